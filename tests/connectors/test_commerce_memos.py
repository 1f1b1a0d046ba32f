"""Credit memos in a simulated shop: exact to the cent, found by their marker, read in order (observed §8, §9)."""

from dataclasses import replace
from decimal import Decimal

import aiohttp
import pytest
from commerce_shop import connect, imported, placed

from channel_manager.ports.documents import ItemMoney, MemoItem, NewMemo, NewShipment, OrderMoney
from channel_manager.shared.errors import Ambiguous, NotFound, Rejected
from channel_simulators.commerce.server import CommerceServer

D = Decimal


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


@pytest.fixture
async def order(platform):
    """Three units at 9.99, item tax 2.11, shipping 4.57 and its tax 0.37, all shipped and invoiced: 37.02."""
    order = await imported(platform)
    [item] = order.items
    await platform.ship(
        order.order_id, NewShipment(quantities={item.item_id: 3}, tracks=(), comment="", marker="[cm 1]")
    )
    await platform.invoice(order.order_id, {item.item_id: 3})
    return await platform.order(order.order_id)


def units(order, quantity=1, **changes):
    item = order.items[0].item_id
    restock = (item,) if quantity else ()
    memo = NewMemo(quantities={item: quantity}, shipping=D(0), restock=restock, comment="Returned", marker="[cm 5]")
    return replace(memo, **changes)


async def test_one_unit_is_refunded_with_its_exact_share_and_found_by_its_marker(platform, order, control):
    memo_id = await platform.refund(order.order_id, units(order))
    [memo] = await platform.memos_of(order.order_id)
    item = order.items[0].item_id
    assert (memo.memo_id, memo.order_id, memo.quantities) == (memo_id, order.order_id, {item: 1})
    assert (memo.total, memo.subtotal, memo.tax, memo.shipping) == (D("10.69"), D("9.99"), D("0.70"), D("0.00"))
    assert memo.items == (MemoItem(item_id=item, quantity=1, row_total=D("9.99"), tax=D("0.70")),)
    assert memo.comments == ("Returned\n[cm 5]",)
    assert memo.number
    assert (await platform.salable(["WHISK-11"]))["WHISK-11"] == 98


async def test_the_order_shows_what_was_paid_and_refunded(platform, order):
    assert order.money["total_paid"] == order.money["total_invoiced"] == D("37.02")
    await platform.refund(order.order_id, units(order, shipping=D("4.57"), plus=D("2.00"), minus=D("0.50")))
    read = await platform.order(order.order_id)
    shown = {name: read.money[name] for name in read.money if "refunded" in name or name.startswith("adjustment")}
    assert shown == {
        "total_refunded": D("17.13"),
        "subtotal_refunded": D("9.99"),
        "shipping_refunded": D("4.57"),
        "shipping_tax_refunded": D("0.37"),
        "tax_refunded": D("1.07"),
        "discount_refunded": D("0.00"),
        "adjustment_positive": D("2.00"),
        "adjustment_negative": D("0.50"),
    } | {name: amount for name, amount in shown.items() if name.startswith("base_")}
    assert all(read.money[f"base_{name}"] == amount for name, amount in shown.items() if not name.startswith("base_"))
    [item] = read.items
    assert (item.refunded, item.amount_refunded, item.tax_refunded) == (1, D("9.99"), D("0.70"))
    assert (item.row_invoiced, item.tax_invoiced, item.discount_invoiced) == (D("29.97"), D("2.11"), D("0.00"))


async def test_memos_of_single_units_add_up_to_what_was_paid(platform, order):
    for shipping in ("0", "0", "4.57"):
        await platform.refund(order.order_id, units(order, shipping=D(shipping)))
    totals = [memo.total for memo in await platform.memos_of(order.order_id)]
    assert totals == [D("10.69"), D("10.69"), D("15.64")]
    read = await platform.order(order.order_id)
    assert (read.state, read.money["total_refunded"]) == ("closed", D("37.02"))


async def test_money_alone_takes_no_unit_back(platform, order):
    await platform.refund(order.order_id, units(order, 0, plus=D("5.00"), comment="Sorry"))
    [memo] = await platform.memos_of(order.order_id)
    assert (memo.total, memo.plus, memo.quantities, memo.items) == (D("5.00"), D("5.00"), {}, ())
    assert (await platform.order(order.order_id)).items[0].refunded == 0
    await platform.refund(order.order_id, units(order, 3, shipping=D("4.57"), minus=D("5.00")))
    assert (await platform.order(order.order_id)).money["total_refunded"] == D("37.02")


async def test_only_what_was_shipped_is_invoiced_before_its_refund(platform):
    order = await imported(platform)
    item = order.items[0].item_id
    await platform.ship(order.order_id, NewShipment(quantities={item: 1}, tracks=(), comment="", marker="[cm 1]"))
    await platform.invoice(order.order_id, {item: 1})
    await platform.refund(order.order_id, units(order))
    read = await platform.order(order.order_id)
    assert (read.items[0].invoiced, read.items[0].shipped, read.items[0].refunded) == (1, 1, 1)
    assert await platform.cancel(order.order_id) is True
    assert (await platform.order(order.order_id)).items[0].cancelled == 2


async def test_a_lost_reply_is_ambiguous_and_the_marker_tells(platform, order, control):
    control.faults_add("lost_reply", method="POST", path="/refund$")
    with pytest.raises(Ambiguous):
        await platform.refund(order.order_id, units(order))
    [memo] = await platform.memos_of(order.order_id)
    assert any("[cm 5]" in comment.splitlines() for comment in memo.comments)


async def test_refusals_say_what_to_do(platform, order, control):
    with pytest.raises(Rejected, match="More units would be refunded"):
        await platform.refund(order.order_id, units(order, 4))
    with pytest.raises(Rejected, match="More shipping would be refunded"):
        await platform.refund(order.order_id, units(order, shipping=D("4.58")))
    with pytest.raises(Rejected, match="More would be refunded than was paid"):
        await platform.refund(order.order_id, units(order, 0, plus=D("37.03")))
    with pytest.raises(Rejected, match="has other items than we know"):
        await platform.refund(order.order_id, replace(units(order), quantities={9999: 1}, restock=(9999,)))
    control.refund(order.order_id)
    with pytest.raises(Rejected, match="a closed one is refunded whole"):
        await platform.refund(order.order_id, units(order))
    with pytest.raises(NotFound):
        await platform.refund(9999, units(order))


async def test_memos_of_the_admin_come_in_order_and_of_this_store_view_alone(platform, session, shop, control):
    other = connect(session, shop, store_code="default", store_id=1, website_code="base")
    ours = []
    for connection in (platform, other, platform, platform):
        placed_now = await placed(connection, {"TOWEL-4": 1})
        control.invoice(placed_now.order_id)
        memo_id = control.refund(placed_now.order_id)
        ours += [memo_id] if connection is platform else []
    page = await platform.new_memos(after_id=0, limit=2)
    assert ([memo.memo_id for memo in page.memos], page.more, page.last_id) == (ours[:2], True, ours[1])
    page = await platform.new_memos(after_id=page.last_id, limit=2)
    assert ([memo.memo_id for memo in page.memos], page.more, page.last_id) == (ours[2:], False, ours[2])
    page = await platform.new_memos(after_id=page.last_id)
    assert (page.memos, page.more, page.last_id) == ((), False, ours[2])


async def test_nobody_is_mailed_and_only_the_named_items_go(platform, order, control):
    mails = control.mails()
    await platform.refund(order.order_id, units(order))
    assert control.mails() == mails
    [request] = [one for one in control.requests() if one["path"].endswith("/refund")]
    assert request["request"]["notify"] is False
    assert request["request"]["items"] == [{"order_item_id": order.items[0].item_id, "qty": 1}]
    assert request["request"]["arguments"]["shipping_amount"] == 0


async def test_an_order_cancelled_after_a_part_had_shipped_is_reopened_for_that_part(platform, control):
    """Money first, state in a call of its own, then invoice and memo: exact, closed, stock right (observed §8)."""
    order = await imported(platform)
    [item] = order.items
    await platform.ship(
        order.order_id, NewShipment(quantities={item.item_id: 1}, tracks=(), comment="", marker="[cm 1]")
    )
    assert await platform.cancel(order.order_id) is True
    with pytest.raises(Rejected):
        await platform.invoice(order.order_id, {item.item_id: 1})
    shipped = ItemMoney(
        item_id=item.item_id, sku=item.sku, quantity=1, row_total=D("9.99"), tax=D("0.70"), discount=D(0), ext_id="1"
    )
    money = OrderMoney(items=(shipped,), shipping=D("4.57"), shipping_tax=D("0.37"), shipping_discount=D(0))
    for _ in range(2):
        await platform.reopen(await platform.order(order.order_id), money)
        read = await platform.order(order.order_id)
        assert (read.state, read.money["grand_total"], read.money["total_canceled"]) == ("processing", D("15.63"), D(0))
    await platform.invoice(order.order_id, {item.item_id: 1})
    await platform.refund(order.order_id, units(order, shipping=D("4.57")))
    read = await platform.order(order.order_id)
    assert (read.state, read.money["total_paid"], read.money["total_refunded"]) == ("closed", D("15.63"), D("15.63"))
    assert await platform.salable(["WHISK-11"]) == {"WHISK-11": 100}
    assert await platform.source_stock(["WHISK-11"]) == {"WHISK-11": {"default": 100}}
