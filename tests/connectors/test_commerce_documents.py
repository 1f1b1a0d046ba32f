"""Shipments, invoices, memos, cancellations, feeds, stock and the connection test, in a simulated shop."""

from dataclasses import replace
from decimal import Decimal

import aiohttp
import pytest
from commerce_shop import KEYS, connect, imported, placed

from channel_manager.ports.documents import Keyset, NewMemo, NewShipment, Track
from channel_manager.shared.errors import Ambiguous, Rejected
from channel_simulators.commerce import sandbox
from channel_simulators.commerce.server import CommerceServer

UPS = Track(carrier_code="ups", title="United Parcel Service", number="1Z999")
READS = ["Magento_Backend::store", "Magento_Sales::actions_view", "Magento_InventoryApi::stock"]


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def platform(session, shop):
    return connect(session, shop)


@pytest.fixture
def control(shop):
    return shop.control


def parcel(order, quantity, *, tracks=(UPS,), **changes):
    quantities = {item.item_id: quantity for item in order.items}
    return replace(NewShipment(quantities=quantities, tracks=tracks, comment="Packed", marker="[cm 17]"), **changes)


async def ledger(platform, order):
    [item] = (await platform.order(order.order_id)).items
    return item.invoiced, item.shipped, item.cancelled, item.refunded


async def stock(platform, sku="WHISK-11"):
    [salable], [source] = (await platform.salable([sku])).values(), (await platform.source_stock([sku])).values()
    return salable, source["default"]


async def test_a_partial_shipment_is_read_back_with_tracks_and_marker(platform):
    order = await imported(platform)
    shipment_id = await platform.ship(order.order_id, parcel(order, 1))
    [shipment] = await platform.shipments_of(order.order_id)
    assert (shipment.shipment_id, shipment.order_id) == (shipment_id, order.order_id)
    assert shipment.quantities == {order.items[0].item_id: 1}
    assert [(track.carrier_code, track.title, track.number) for track in shipment.tracks] == [
        ("ups", "United Parcel Service", "1Z999")
    ]
    assert any("[cm 17]" in comment for comment in shipment.comments)
    assert await ledger(platform, order) == (0, 1, 0, 0)
    assert (await platform.order(order.order_id)).state == "processing"
    assert await stock(platform) == (97, 99)


async def test_shipping_too_many_ships_what_is_open(platform):
    order = await imported(platform)
    shipment_id = await platform.ship(order.order_id, parcel(order, 99))
    [shipment] = await platform.shipments([shipment_id])
    assert shipment.quantities == {order.items[0].item_id: 3}
    with pytest.raises(Rejected, match="left to ship"):
        await platform.ship(order.order_id, parcel(order, 1))


async def test_a_held_order_is_not_shipped_until_it_is_released(platform, control):
    order = await imported(platform)
    control.hold(order.order_id)
    assert (await platform.order(order.order_id)).held
    with pytest.raises(Rejected, match="Release its hold"):
        await platform.ship(order.order_id, parcel(order, 1))
    assert await platform.cancel(order.order_id) is False
    await platform.unhold(order.order_id)
    assert await platform.cancel(order.order_id) is True
    assert await platform.cancel(order.order_id) is False


async def test_a_chosen_source_is_the_one_that_loses_stock(platform, control):
    control.add_source("east", "East")
    control.set_stock("WHISK-11", 10, "east")
    order = await imported(platform)
    await platform.ship(order.order_id, parcel(order, 2, source_code="east"))
    assert await platform.source_stock(["WHISK-11"]) == {"WHISK-11": {"default": 100, "east": 8}}
    with pytest.raises(Rejected, match="source"):
        await platform.ship(order.order_id, parcel(order, 1, source_code="nowhere"))


async def test_a_track_added_later_is_seen_by_reading_the_shipment_again(platform):
    order = await imported(platform)
    shipment_id = await platform.ship(order.order_id, parcel(order, 1, tracks=()))
    assert [shipment.tracks for shipment in await platform.shipments([shipment_id])] == [()]
    track_id = await platform.add_track(
        order_id=order.order_id, shipment_id=shipment_id, carrier_code="ups", title="", number="1Z1"
    )
    [shipment] = await platform.shipments([shipment_id])
    assert shipment.tracks == (Track(carrier_code="ups", title="ups", number="1Z1", track_id=track_id),)


async def test_a_lost_reply_to_a_shipment_is_ambiguous_and_the_marker_is_found(platform, control):
    order = await imported(platform)
    control.faults_add("lost_reply", method="POST", path="/ship$")
    with pytest.raises(Ambiguous):
        await platform.ship(order.order_id, parcel(order, 1))
    [shipment] = await platform.shipments_of(order.order_id)
    assert any("[cm 17]" in comment for comment in shipment.comments)


async def test_invoice_what_is_kept_then_cancel(platform):
    """Cancel 1 of 3 (observed §8): every figure of the table."""
    order = await imported(platform)
    item = order.items[0].item_id
    assert await stock(platform) == (97, 100)

    await platform.invoice(order.order_id, {item: 2})
    read = await platform.order(order.order_id)
    assert (await ledger(platform, order), read.state) == ((2, 0, 0, 0), "processing")
    assert (read.money["total_paid"], read.money["total_due"]) == (Decimal("26.33"), Decimal("10.69"))

    assert await platform.cancel(order.order_id) is True
    read = await platform.order(order.order_id)
    assert (await ledger(platform, order), read.money["total_canceled"]) == ((2, 0, 1, 0), Decimal("10.69"))
    assert await stock(platform) == (98, 100)

    await platform.ship(order.order_id, parcel(order, 3))
    assert (await ledger(platform, order), await stock(platform)) == ((2, 2, 1, 0), (98, 98))
    assert (await platform.order(order.order_id)).state == "complete"

    memo = NewMemo(quantities={item: 1}, shipping=Decimal(0), restock=(item,), comment="Returned")
    await platform.refund(order.order_id, memo)
    assert (await platform.order(order.order_id)).money["total_refunded"] == Decimal("10.70")
    assert await stock(platform) == (99, 99)

    await platform.refund(order.order_id, replace(memo, shipping=Decimal("4.57"), restock=()))
    read = await platform.order(order.order_id)
    assert (read.state, read.money["total_refunded"]) == ("closed", Decimal("26.33"))
    assert (await ledger(platform, order), await stock(platform)) == ((2, 2, 1, 2), (99, 99))


async def test_a_phantom_unit_is_closed_after_the_kept_ones_are_shipped(platform):
    """All invoiced, one shipped, the rest cancelled at Walmart: memo of two with return, then close them (observed §8)."""
    order = await imported(platform)
    item = order.items[0].item_id
    await platform.invoice(order.order_id, {item: 3})
    await platform.ship(order.order_id, parcel(order, 1))
    assert await platform.cancel(order.order_id) is False
    await platform.refund(
        order.order_id, NewMemo(quantities={item: 2}, shipping=Decimal(0), restock=(item,), comment="Cancelled")
    )
    await platform.close_phantom(await platform.order(order.order_id), {item: 2})
    assert await ledger(platform, order) == (3, 1, 2, 2)
    assert await stock(platform) == (99, 99)


async def test_a_memo_before_any_invoice_says_what_to_do(platform):
    order = await imported(platform)
    memo = NewMemo(quantities={order.items[0].item_id: 1}, shipping=Decimal(0), restock=(), comment="")
    with pytest.raises(Rejected, match="Invoice what was shipped first"):
        await platform.refund(order.order_id, memo)


async def test_nobody_is_mailed(platform, control):
    order = await imported(platform)
    mails = control.mails()
    item = order.items[0].item_id
    await platform.invoice(order.order_id, {item: 2})
    await platform.ship(order.order_id, parcel(order, 1))
    await platform.comment(await platform.order(order.order_id), "Hello")
    await platform.refund(
        order.order_id, NewMemo(quantities={item: 1}, shipping=Decimal(0), restock=(item,), comment="Returned")
    )
    assert control.mails() == mails


async def drain(platform, cursor, limit):
    seen = []
    for _ in range(40):
        page = await platform.changed_orders(cursor, limit=limit)
        seen += [order.order_id for order in page.orders]
        cursor = page.cursor
        if not page.more:
            return seen, cursor
    raise AssertionError("the feed does not end")


async def test_changed_orders_come_once_though_more_than_a_page_changed_in_one_second(platform, session, shop, control):
    start = Keyset(updated_at=control.now())
    other = connect(session, shop, store_code="default", store_id=1, website_code="base")
    orders = [await placed(platform, {"TOWEL-4": 1}) for _ in range(7)]
    await placed(other, {"TOWEL-4": 1})
    seen, cursor = await drain(platform, start, limit=2)
    assert seen == [order.order_id for order in orders]
    assert await drain(platform, cursor, limit=2) == ([], cursor)


async def test_an_order_that_changes_while_the_feed_is_read_hides_no_other(platform, control):
    start = Keyset(updated_at=control.now())
    orders = []
    for _ in range(5):
        orders.append(await placed(platform, {"TOWEL-4": 1}))
        control.advance_clock(2)
    first = await platform.changed_orders(start, limit=2)
    await platform.cancel(orders[0].order_id)
    seen, _ = await drain(platform, first.cursor, limit=2)
    assert [order.order_id for order in first.orders] == [order.order_id for order in orders[:2]]
    assert seen == [*(order.order_id for order in orders[2:]), orders[0].order_id]


async def test_a_second_partial_shipment_is_seen_by_its_own_feed_alone(platform, control):
    order = await imported(platform)
    first = await platform.ship(order.order_id, parcel(order, 1))
    control.advance_clock(2)
    cursor = (await drain(platform, Keyset(updated_at=order.created_at), limit=10))[1]
    second = control.ship(order.order_id, {"WHISK-11": 1})
    assert (await drain(platform, cursor, limit=10))[0] == []
    found = await platform.new_shipments(after_id=first)
    assert [shipment.shipment_id for shipment in found.shipments] == [second]
    assert not found.more


async def test_new_shipments_come_in_pages_and_of_this_store_view_alone(platform, session, shop):
    other = connect(session, shop, store_code="default", store_id=1, website_code="base")
    ours = []
    for connection in (platform, other, platform, platform):
        order = await placed(connection, {"TOWEL-4": 1})
        shipment_id = await connection.ship(order.order_id, parcel(order, 1))
        ours += [shipment_id] if connection is platform else []
    page = await platform.new_shipments(after_id=0, limit=2)
    assert ([one.shipment_id for one in page.shipments], page.more) == (ours[:2], True)
    page = await platform.new_shipments(after_id=ours[1], limit=2)
    assert ([one.shipment_id for one in page.shipments], page.more) == (ours[2:], False)


async def test_stock_of_many_skus_and_of_unknown_ones(platform, control):
    for number in range(45):
        control.add_product(f"BULK-{number}", f"Bulk {number}", "1.00", number)
    skus = [f"BULK-{number}" for number in range(45)]
    expected = {sku: number for number, sku in enumerate(skus)}
    assert await platform.salable([*skus, "NO-SUCH"]) == expected
    assert await platform.source_stock([*skus, "NO-SUCH"]) == {sku: {"default": n} for sku, n in expected.items()}
    assert await platform.salable([]) == {}


async def test_input_limits_of_a_shop_are_kept(platform, control):
    control.set_options(input_limits=True)
    order = await imported(platform)
    await platform.ship(order.order_id, parcel(order, 3))
    assert len(await platform.salable([f"SKU-{number}" for number in range(30)])) == 0
    assert len(await platform.shipments_of(order.order_id)) == 1


async def test_the_connection_test_of_a_good_connection_passes_whole(platform):
    checks = await platform.check()
    assert [(check.name, check.passed) for check in checks] == [
        (name, True) for name in ("connection", "store_view", "currency", "clock", "permissions", "inventory")
    ]
    assert abs(await platform.clock_skew()) < 5


def failed(checks):
    return {check.name: str(check.sentence) for check in checks if not check.passed}


async def test_the_connection_test_collects_what_may_not_be_read(platform, control):
    control.set_acl([*READS, "Magento_InventorySalesApi::stock"])
    problems = failed(await platform.check())
    assert set(problems) == {"permissions"}
    for resource in ("Sales::shipment", "Sales::sales_creditmemo", "Sales::sales_invoice", "Catalog::products"):
        assert f"Magento_{resource}" in problems["permissions"]


async def test_the_connection_test_tells_missing_rights_from_bad_keys(session, shop, control):
    control.set_acl([])
    problems = failed(await connect(session, shop).check())
    assert "Magento_Backend::store" in problems["connection"]
    assert "lacks permissions" in problems["connection"]
    problems = failed(await connect(session, shop, {**KEYS, "access_token": "other"}).check())
    assert "refused the credentials" in problems["connection"]
    problems = failed(await connect(session, shop, {"access_token": sandbox.ACCESS_TOKEN}).check())
    assert "standalone Bearer tokens" in problems["connection"]


async def test_the_connection_test_names_the_store_views_that_exist(session, shop):
    problems = failed(await connect(session, shop, store_code="gone").check())
    assert problems["store_view"] == "The shop has no store view gone. Choose one of: default, walmart."


async def test_the_connection_test_of_a_shop_in_maintenance_fails_with_one_sentence(platform, control):
    control.faults_add("html", times=5)
    [check] = await platform.check()
    assert (check.name, check.passed) == ("connection", False)
    assert "not available now" in str(check.sentence)
