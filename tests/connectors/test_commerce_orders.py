"""Creating and correcting orders in a simulated shop (observed §1, §9, §10), with every way a reply can be lost."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import aiohttp
import pytest
from commerce_shop import ADDRESS, EMAIL, KEYS, connect, correction, fill, imported, placed

from channel_manager.connectors.adobe_commerce import discover
from channel_manager.ports.documents import NewShipment, StoreView
from channel_manager.shared.errors import Ambiguous, Misconfigured, NotFound, Postponed, Unavailable
from channel_simulators.commerce import sandbox
from channel_simulators.commerce.server import CommerceServer

PO = "1796277083022"


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


async def test_the_import_protocol_end_to_end(platform, control):
    before = control.salable("WHISK-11")
    assert await platform.find_orders(external_number=PO) == ()

    cart_id = await platform.create_cart()
    first = await platform.add_to_cart(cart_id, sku="WHISK-11", quantity=2)
    again = await platform.add_to_cart(cart_id, sku="whisk-11 ", quantity=1)
    assert (first.item_id, again.item_id, again.sku, again.quantity) == (first.item_id, first.item_id, "WHISK-11", 3)
    quote = await platform.set_shipping(cart_id, ADDRESS, email=EMAIL)
    assert ("checkmo" in quote.payment_methods, quote.tax, quote.discount) == (True, Decimal(0), Decimal(0))
    cart = await platform.cart(cart_id)
    assert (cart.active, cart.items) == (True, (again,))

    order_id = await platform.place(cart_id, payment_method="checkmo")
    assert control.salable("WHISK-11") == before - 3
    assert not (await platform.cart(cart_id)).active
    with pytest.raises(NotFound):
        await platform.place(cart_id, payment_method="checkmo")

    order = await platform.find_order_by_cart(cart_id)
    assert (order.order_id, order.cart_id, order.store_id, order.state) == (order_id, cart_id, 2, "new")
    assert [item.cart_item_id for item in order.items] == [again.item_id]

    await platform.correct(correction(order))
    [corrected] = await platform.find_orders(external_number=PO)
    assert corrected.order_id == order_id
    assert corrected.state == "new"
    assert corrected.external_number == PO
    assert (corrected.email, corrected.email_sent) == ("relay@example.invalid", True)
    assert corrected.payment_lines == ("Offline Channel Payment", f"External Order Number: {PO}")
    expected = {
        "grand_total": "37.02",
        "subtotal": "29.97",
        "shipping_amount": "4.57",
        "shipping_tax_amount": "0.37",
        "tax_amount": "2.48",
        "discount_amount": "0",
        "shipping_discount_amount": "0",
        "discount_tax_compensation_amount": "0",
    }
    for name, amount in expected.items():
        assert (name, corrected.money[name], corrected.money[f"base_{name}"]) == (
            name,
            Decimal(amount),
            Decimal(amount),
        )
    [item] = corrected.items
    assert (item.ordered, item.row_total, item.base_row_total, item.tax) == (
        3,
        Decimal("29.97"),
        Decimal("29.97"),
        Decimal("2.11"),
    )
    assert control.salable("WHISK-11") == before - 3
    assert [mail["to"] for mail in control.mails() if not mail["to"].endswith(".invalid")] == []


async def test_correcting_twice_changes_nothing(platform):
    order = await imported(platform)
    await platform.correct(correction(order))
    assert replace(await platform.order(order.order_id), updated_at=order.updated_at) == order


async def test_a_discount_is_written_and_read_before_it(platform, control):
    control.set_options(cart_rule_percent=10)
    order = await placed(platform, {"WHISK-11": 3})
    assert order.items[0].discount > 0
    wanted = correction(order)
    [line] = wanted.money.items
    money = replace(
        wanted.money, items=(replace(line, discount=Decimal("3.00")),), discount_description="Walmart discount"
    )
    await platform.correct(replace(wanted, money=money))
    read = await platform.order(order.order_id)
    assert (read.money["discount_amount"], read.money["grand_total"]) == (Decimal("-3.00"), Decimal("34.02"))
    [item] = read.items
    assert (item.row_total, item.discount, item.base_row_total) == (Decimal("29.97"), Decimal("3.00"), Decimal("29.97"))
    await platform.invoice(read.order_id, {item.item_id: 3})
    assert (await platform.order(order.order_id)).money["total_paid"] == Decimal("34.02")


async def test_a_shop_that_would_add_tax_or_discount_shows_it_before_placing(platform, control):
    control.set_options(tax_percent=8, cart_rule_percent=10)
    cart_id = await platform.create_cart()
    await platform.add_to_cart(cart_id, sku="WHISK-11", quantity=1)
    quote = await platform.set_shipping(cart_id, ADDRESS, email=EMAIL)
    assert quote.tax > 0
    assert quote.discount > 0


async def test_the_payment_block_is_described_again_after_a_cancel(platform):
    order = await imported(platform)
    assert await platform.cancel(order.order_id) is True
    lines = (*order.payment_lines, "Cancellation reason: The item is out of stock")
    await platform.describe_payment(order, lines)
    after = await platform.order(order.order_id)
    assert (after.payment_lines, after.state, after.money["grand_total"]) == (lines, "canceled", Decimal("37.02"))


async def test_comments_come_back_newest_first(platform, control):
    order = await imported(platform)
    await platform.comment(order, "Received from Walmart")
    control.advance_clock(5)
    control.comment(order.order_id, "The item is out of stock")
    texts = [comment.text for comment in (await platform.order(order.order_id)).comments]
    assert texts[:2] == ["The item is out of stock", "Received from Walmart"]


@pytest.mark.parametrize(
    ("sku", "quantity", "says"),
    [
        ("NO-SUCH", 1, "no product with the SKU NO-SUCH"),
        ("GRATER-OLD", 1, "disabled"),
        ("VASE-WEB", 1, "not assigned to the website"),
        ("JAR-SOLD-OUT", 1, "out of stock"),
        ("BOARD-ENGRAVED", 1, "required options"),
        ("WHISK-11", 101, "not enough of WHISK-11"),
    ],
)
async def test_a_product_that_cannot_be_sold_postpones_the_order(platform, sku, quantity, says):
    cart_id = await platform.create_cart()
    with pytest.raises(Postponed, match=says) as refused:
        await platform.add_to_cart(cart_id, sku=sku, quantity=quantity)
    assert sku in str(refused.value)


@pytest.mark.parametrize("field", ["telephone", "city", "postcode"])
async def test_a_refused_address_names_the_field(platform, field):
    cart_id = await platform.create_cart()
    await platform.add_to_cart(cart_id, sku="WHISK-11", quantity=1)
    empty = replace(ADDRESS, **{"phone" if field == "telephone" else field: ""})
    with pytest.raises(Postponed) as refused:
        await platform.set_shipping(cart_id, empty, email=EMAIL)
    assert refused.value.field == field


async def test_stock_that_went_away_before_placing_postpones_the_order(platform, control):
    cart_id, _ = await fill(platform, {"WHISK-11": 3})
    control.set_stock("WHISK-11", 1)
    with pytest.raises(Postponed):
        await platform.place(cart_id, payment_method="checkmo")
    assert await platform.find_order_by_cart(cart_id) is None
    assert (await platform.cart(cart_id)).active


async def test_a_payment_method_that_is_not_offered_waits_for_the_merchant(platform):
    cart_id, _ = await fill(platform, {"WHISK-11": 1})
    with pytest.raises(Postponed, match="payment method"):
        await platform.place(cart_id, payment_method="purchaseorder")


async def test_a_shipping_method_that_is_not_offered_waits_for_the_merchant(session, shop):
    platform = connect(session, shop, shipping_method="freeshipping_freeshipping")
    with pytest.raises(Postponed, match="shipping method"):
        await fill(platform, {"WHISK-11": 1})


async def test_an_unknown_order_or_cart_is_not_found(platform):
    with pytest.raises(NotFound):
        await platform.order(999)
    with pytest.raises(NotFound):
        await platform.cart(999)
    with pytest.raises(NotFound):
        await platform.cancel(999)


@pytest.mark.parametrize("kind", ["lost_reply", "status_after"])
async def test_a_lost_reply_at_placing_is_ambiguous_and_the_order_is_found_by_its_cart(platform, control, kind):
    cart_id, _ = await fill(platform, {"WHISK-11": 3})
    control.faults_add(kind, method="PUT", path="/order$", status=504)
    with pytest.raises(Ambiguous):
        await platform.place(cart_id, payment_method="checkmo")
    order = await platform.find_order_by_cart(cart_id)
    assert (order.cart_id, len(control.orders())) == (cart_id, 1)


@pytest.mark.parametrize("kind", ["lost_reply", "reset"])
async def test_a_broken_connection_is_ambiguous_for_a_write_and_unavailable_for_a_read(platform, control, kind):
    order = await imported(platform)
    control.faults_add(kind, method="POST")
    with pytest.raises(Ambiguous):
        await platform.comment(order, "Hello")
    control.faults_add(kind, method="GET", times=3)
    with pytest.raises(Unavailable):
        await platform.order(order.order_id)


async def test_maintenance_is_unavailable_even_for_a_write(platform, control):
    order = await imported(platform)
    control.faults_add("html", times=2)
    with pytest.raises(Unavailable):
        await platform.cancel(order.order_id)
    with pytest.raises(Unavailable):
        await platform.order(order.order_id)
    assert control.order(order.order_id)["state"] == "new"


async def test_an_error_before_execution_looks_like_one_after_it(platform, control):
    order = await imported(platform)
    control.faults_add("status_before", method="POST", status=500)
    with pytest.raises(Ambiguous):
        await platform.cancel(order.order_id)
    assert (await platform.order(order.order_id)).state == "new"


async def test_one_refused_token_is_tried_again_and_two_are_not(platform, control):
    order = await imported(platform)
    control.faults_add("unauthorized")
    assert (await platform.order(order.order_id)).order_id == order.order_id
    control.faults_add("unauthorized", times=2)
    with pytest.raises(Misconfigured):
        await platform.order(order.order_id)


async def test_a_missing_permission_is_named(platform, control):
    order = await imported(platform)
    control.set_acl(["Magento_Sales::actions_view"])
    with pytest.raises(Misconfigured) as refused:
        await platform.cancel(order.order_id)
    assert refused.value.field == "Magento_Sales::cancel"
    assert "Magento_Sales::cancel" in str(refused.value)


async def test_wrong_secrets_are_told_as_such(session, shop):
    with pytest.raises(Misconfigured, match="consumer secret"):
        await connect(session, shop, {**KEYS, "consumer_secret": "wrong"}).create_cart()


async def test_a_bearer_token_needs_the_shops_setting(session, shop, control):
    platform = connect(session, shop, {"access_token": sandbox.ACCESS_TOKEN})
    with pytest.raises(Misconfigured, match="standalone Bearer tokens"):
        await platform.create_cart()
    control.set_options(bearer_allowed=True)
    assert (await imported(platform)).money["grand_total"] == Decimal("37.02")


async def test_a_store_view_that_is_gone_is_a_misconfiguration(session, shop):
    with pytest.raises(Misconfigured) as refused:
        await connect(session, shop, store_code="gone").create_cart()
    assert refused.value.field == "store_code"


async def test_store_views_are_discovered_before_one_is_chosen(session, shop, platform):
    views = (
        StoreView(id=1, code="default", name="Default", website_code="base", currency="USD"),
        StoreView(id=2, code="walmart", name="Walmart", website_code="walmart", currency="USD"),
    )
    assert await discover(session, shop.url + "/", KEYS) == views
    assert await platform.store_views() == views


ODD_SKUS = ("A/B", "A+B", "A,B", "A B", "50% off", "naïve-帽子", "#1?&=;:", 'it\'s "x" \\ <b>')


async def test_odd_skus_survive_cart_order_stock_and_shipment(platform, control):
    for number, sku in enumerate(ODD_SKUS):
        control.add_product(sku, f"Odd {number}", "9.99", 10)
    order = await placed(platform, dict.fromkeys(ODD_SKUS, 1))
    assert [item.sku for item in order.items] == list(ODD_SKUS)
    assert await platform.salable(ODD_SKUS) == dict.fromkeys(ODD_SKUS, 9)
    quantities = {item.item_id: 1 for item in order.items}
    await platform.ship(order.order_id, NewShipment(quantities=quantities, tracks=(), comment="", marker="[cm 1]"))
    assert await platform.source_stock(ODD_SKUS) == {sku: {"default": 9} for sku in ODD_SKUS}
    assert await platform.salable(ODD_SKUS) == dict.fromkeys(ODD_SKUS, 9)


async def test_calls_at_the_same_time_do_not_disturb_each_other(platform):
    orders = await asyncio.gather(*(placed(platform, {"WHISK-11": 1}) for _ in range(4)))
    assert len({order.order_id for order in orders}) == 4


async def test_an_edited_order_names_its_child(platform, control):
    order = await imported(platform)
    child_id = control.edit(order.order_id)
    parent, child = await platform.order(order.order_id), await platform.order(child_id)
    assert (parent.state, parent.child_id, child.parent_id) == ("canceled", child_id, order.order_id)
    assert child.external_number == ""
    child_items = {item.product_id: item.sku for item in child.items}
    assert child_items == {item.product_id: item.sku for item in order.items}
    assert None not in child_items
    assert {item.cart_item_id for item in child.items}.isdisjoint(item.cart_item_id for item in order.items)
