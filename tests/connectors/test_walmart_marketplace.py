from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from walmart_account import Account

from channel_manager.connectors.walmart.marketplace import WalmartMarketplace
from channel_manager.ports.marketplace import Marketplace
from channel_manager.ports.messages import (
    Fulfilment,
    LineCancellation,
    LineCharges,
    LineState,
    Parcel,
    ParcelLine,
    Reason,
)
from channel_manager.shared.errors import Ambiguous, NotFound, Rejected, Unavailable
from channel_simulators.walmart.server import WalmartServer

D = Decimal


@pytest.fixture(scope="module")
def server():
    with WalmartServer() as running:
        yield running


class Shop(Account):
    """A seller account at which orders are placed."""

    def __init__(self, server, session):
        self.budgets = []
        options = {"channel_type": "channel-17", "on_budget": self.budgets.append}
        super().__init__(server, session, base_url=server.url + "/", **options)

    def place(self, *lines, **more):
        return self.control.place_order(lines=lines or ({"sku": "A"},), account=self.client_id, **more)

    def sent(self, path):
        return [exchange for exchange in self.control.requests()[self.before :] if path in exchange["path"]]


@pytest.fixture
async def shop(server):
    async with aiohttp.ClientSession() as session:
        yield Shop(server, session)
    server.control.set_options(last_cursor="absent", limits={})


def since(**ago):
    return datetime.now(UTC) - timedelta(**ago)


async def released(shop, **more):
    ask = {"fulfilment": Fulfilment.SELLER, "created_since": since(days=7)} | more
    return await shop.marketplace.released_orders(**ask)


def parcel(*lines, number="1Z999AA1", **more):
    ordinary = {"carrier": "UPS", "method": "Standard", "seller_order_number": "000000017"}
    lines = tuple(ParcelLine(number=line, quantity=quantity) for line, quantity in lines)
    return Parcel(lines=lines, tracking_number=number, shipped_at=datetime.now(UTC), **ordinary | more)


def states(order):
    return [[(entry.state, entry.quantity) for entry in line.reported] for line in order.lines]


def test_it_is_a_marketplace():
    def accept(marketplace: Marketplace) -> Marketplace:
        return marketplace

    marketplace = WalmartMarketplace(None, base_url="x", client_id="", client_secret="")
    assert accept(marketplace) is marketplace
    capabilities = marketplace.capabilities
    assert (len(capabilities.carriers), len(capabilities.ship_methods), len(capabilities.reasons)) == (75, 6, 5)
    assert (capabilities.acknowledge_hours, capabilities.tracking_correction_hours) == (4, 4)
    assert (capabilities.automatic_cancellation_days, len(capabilities.fulfilments)) == (4, 3)
    assert (capabilities.refund_hours, len(capabilities.refund_reasons)) == (48, 13)
    families = {"orders", "released", "acknowledge", "ship", "cancel", "refund", "returns", "refund_return"}
    assert families <= set(marketplace.limits)


async def test_no_orders_are_an_empty_page(shop):
    assert (await released(shop)).orders == ()
    changed = await shop.marketplace.changed_orders(
        fulfilment=Fulfilment.PARTNER, created_since=since(days=179), changed_since=since(hours=1)
    )
    assert (changed.orders, changed.next_cursor) == ((), None)
    assert [exchange["status"] for exchange in shop.sent("/v3/orders")] == [404, 404]


async def test_every_call_carries_walmarts_headers_and_a_fresh_correlation_id(shop):
    await released(shop)
    await released(shop)
    token, first, second = ({k.lower(): v for k, v in sent["headers"].items()} for sent in shop.sent("/v3/"))
    assert token["content-type"] == "application/x-www-form-urlencoded"
    for headers in (token, first, second):
        assert headers["accept"] == "application/json"
        assert headers["user-agent"].startswith("ChannelManager")
        assert headers["wm_consumer.channel.type"] == "channel-17"
        assert headers["wm_svc.name"] == "Walmart Marketplace"
    assert len({headers["wm_qos.correlation_id"] for headers in (token, first, second)}) == 3
    assert "authorization" not in first


async def test_an_order_is_read_to_the_cent(shop):
    number = shop.place(
        {"sku": "TEE/1 +", "quantity": 2, "price": "9.99", "tax": "1.60", "shipping": "5.99", "shipping_tax": "0.48"},
        {"sku": "B", "price": "10.00", "tax": None, "discount": "1.00", "discount_name": "SubscriptionDiscount"},
        {"sku": "C", "price": "3.00", "tax": None, "fee": "1.25", "fee_name": "Recycling", "line": "7"},
        method_code="Express",
        buyer={"name": "Alice Baker", "phone": "2175550100", "email": "a@relay.walmart.com", "state": "IL"},
    )
    (order,) = (await released(shop)).orders
    assert order == await shop.marketplace.order(number)
    assert (order.number, order.fulfilment, order.ship_method) == (number, Fulfilment.SELLER, "Express")
    assert (order.email, order.address.name, order.address.phone) == (
        "a@relay.walmart.com",
        "Alice Baker",
        "2175550100",
    )
    assert (order.address.state, order.address.country, order.replacement_for) == ("IL", "US", None)
    assert [(line.sku, line.quantity) for line in order.lines] == [("TEE/1 +", 2), ("B", 1), ("C", 1)]
    assert order.lines[0].charges == LineCharges(
        product=D("19.98"), product_tax=D("1.60"), shipping=D("5.99"), shipping_tax=D("0.48")
    )
    assert (order.lines[1].charges.discount, order.lines[1].charge_names) == (D("1.00"), ("SubscriptionDiscount",))
    assert (order.lines[2].charges.fee, order.lines[2].charge_names) == (D("1.25"), ("Recycling",))
    assert order.stated_total == sum(line.charges.total for line in order.lines)
    assert order.ship_by < order.deliver_by


async def test_each_fulfilment_is_read_by_its_own_question(shop):
    numbers = [shop.place(ship_node_type=kind) for kind in ("SellerFulfilled", "3PLFulfilled", "WFSFulfilled")]
    for number, fulfilment in zip(numbers, shop.marketplace.capabilities.fulfilments, strict=True):
        page = await shop.marketplace.changed_orders(
            fulfilment=fulfilment, created_since=since(days=7), changed_since=since(hours=1)
        )
        assert [(order.number, order.fulfilment) for order in page.orders] == [(number, fulfilment)]


async def test_an_old_order_that_changed_is_found(shop):
    number = shop.place(placed_at=since(days=10), estimated_ship_date=since(days=-1))
    ask = {"fulfilment": Fulfilment.SELLER, "created_since": since(days=179), "changed_since": since(minutes=15)}
    assert (await shop.marketplace.changed_orders(**ask)).orders == ()
    shop.control.buyer_requests_cancel(number)
    page = await shop.marketplace.changed_orders(**ask)
    assert [(order.number, order.lines[0].buyer_asked_to_cancel) for order in page.orders] == [(number, True)]


@pytest.mark.parametrize("last_cursor", ["absent", "empty", "no_more"])
async def test_all_pages_are_read_with_the_cursor_to_the_letter(shop, last_cursor):
    shop.control.set_options(last_cursor=last_cursor)
    placed = {shop.place() for _ in range(203)}
    first = await released(shop)
    second = await released(shop, cursor=first.next_cursor)
    assert (len(first.orders), len(second.orders), second.next_cursor) == (200, 3, None)
    assert {order.number for order in first.orders + second.orders} == placed
    asked = shop.sent("/v3/orders/released")[-1]
    assert (asked["query"], asked["status"]) == (first.next_cursor.removeprefix("?"), 200)


async def test_a_damaged_cursor_starts_again_from_the_first_page(shop):
    for cursor in ("limit=200", "?a=1\nHost: evil", "?a b"):
        with pytest.raises(Unavailable, match="first page"):
            await released(shop, cursor=cursor)
    assert shop.sent("/v3/orders") == []


@pytest.mark.parametrize("number", ["1234567890123", "a/b?c", "..", ""])
async def test_an_unknown_order_is_not_found(shop, number):
    with pytest.raises(NotFound):
        await shop.marketplace.order(number)


async def test_the_whole_life_of_an_order(shop):
    number = shop.place({"sku": "A", "quantity": 3, "line": "2"}, {"sku": "B", "line": "5"})
    order = await shop.marketplace.acknowledge(number)
    assert states(order) == [[(LineState.ACKNOWLEDGED, 3)], [(LineState.ACKNOWLEDGED, 1)]]

    order = await shop.marketplace.ship(number, parcel(("2", 2)))
    assert sorted(states(order)[0]) == [(LineState.ACKNOWLEDGED, 1), (LineState.SHIPPED, 2)]
    shipped = next(entry for entry in order.lines[0].reported if entry.state is LineState.SHIPPED)
    assert (shipped.carrier, shipped.tracking_number) == ("UPS", "1Z999AA1")

    other = {"carrier": "", "other_carrier": "Bob's Vans", "tracking_url": "https://bob.test/7"}
    order = await shop.marketplace.correct_tracking(
        number, parcel(("2", 2), number="7", **other), previous_number="1Z999AA1"
    )
    shipped = next(entry for entry in order.lines[0].reported if entry.state is LineState.SHIPPED)
    assert (shipped.carrier, shipped.tracking_number) == ("Bob's Vans", "7")

    gone = (LineCancellation(number="5", quantity=1, reason=Reason.STOCK),)
    order = await shop.marketplace.cancel(number, gone)
    assert states(order)[1] == [(LineState.CANCELLED, 1)]
    assert order.lines[1].reported[0].reason == "SELLER_CANCEL_OUT_OF_STOCK"

    order = await shop.marketplace.ship(number, parcel(("2", 1), number="1Z999AA2"))
    assert (order.address.phone, order.ship_by) == ("", None)
    shop.control.deliver(number)
    assert {state for state, _ in states(await shop.marketplace.order(number))[0]} == {LineState.DELIVERED}


async def test_acknowledging_what_has_moved_on_is_as_good_as_done(shop):
    number = shop.place()
    shop.control.ship_elsewhere(number)
    order = await shop.marketplace.acknowledge(number)
    assert states(order) == [[(LineState.SHIPPED, 1)]]


@pytest.mark.parametrize(
    ("line", "given", "words"),
    [
        ({"sku": "A"}, parcel(("1", 2)), "more than is still open"),
        ({"sku": "A"}, parcel(("9", 1)), "more than is still open"),
        ({"sku": "A", "intent_to_cancel": True}, parcel(("1", 1)), "buyer asked to cancel"),
        ({"sku": "A"}, parcel(("1", 1), carrier="Colissimo"), "does not know the carrier “Colissimo”"),
    ],
)
async def test_a_refused_shipment_says_what_to_do(shop, line, given, words):
    number = shop.place(line)
    await shop.marketplace.acknowledge(number)
    with pytest.raises(Rejected, match=words):
        await shop.marketplace.ship(number, given)
    assert states(await shop.marketplace.order(number)) == [[(LineState.ACKNOWLEDGED, 1)]]


async def test_a_named_person_may_ship_against_the_buyers_wish(shop):
    number = shop.place({"sku": "A", "intent_to_cancel": True})
    await shop.marketplace.acknowledge(number)
    lines = (ParcelLine(number="1", quantity=1, override=True),)
    given = parcel()
    override = Parcel(
        lines=lines,
        tracking_number=given.tracking_number,
        carrier="UPS",
        shipped_at=given.shipped_at,
        method="Drone",
        seller_order_number="0" * 40,
    )
    assert states(await shop.marketplace.ship(number, override)) == [[(LineState.SHIPPED, 1)]]


async def test_a_refused_cancellation_says_what_to_do(shop):
    shipped, unasked, own = shop.place(), shop.place(), shop.place(ship_node_type="WFSFulfilled")
    shop.control.ship_elsewhere(shipped)
    for number, reason, words in (
        (shipped, Reason.PRICE, "Refund them instead"),
        (unasked, Reason.BUYER, "whose buyer asked"),
        (own, Reason.PRICE, "ships this order itself"),
    ):
        with pytest.raises(Rejected, match=words):
            await shop.marketplace.cancel(number, (LineCancellation(number="1", quantity=1, reason=reason),))


async def test_more_than_a_hundred_lines_are_cancelled_in_several_calls(shop):
    number = shop.place(*({"sku": f"S{n}"} for n in range(120)))
    lines = tuple(LineCancellation(number=str(n + 1), quantity=1, reason=Reason.STOCK) for n in range(120))
    order = await shop.marketplace.cancel(number, lines)
    assert {state for line in states(order) for state, _ in line} == {LineState.CANCELLED}
    assert len(shop.sent("/cancel")) == 2


async def test_a_cancellation_interrupted_between_two_calls_is_looked_up(shop):
    number = shop.place(*({"sku": f"S{n}"} for n in range(120)))
    lines = tuple(LineCancellation(number=str(n + 1), quantity=1, reason=Reason.STOCK) for n in range(120))
    shop.control.set_options(limits={"orders.cancel": 1})
    with pytest.raises(Ambiguous):
        await shop.marketplace.cancel(number, lines)
    assert len(shop.sent("/cancel")) == 2


async def test_told_budgets_are_passed_on(shop):
    await released(shop)
    await shop.marketplace.acknowledge(shop.place())
    assert [(budget.family, budget.remaining) for budget in shop.budgets] == [("released", 59), ("acknowledge", 59)]
    assert all(budget.replenished_at - datetime.now(UTC) < timedelta(minutes=1) for budget in shop.budgets)


async def test_the_connection_test_passes_for_good_credentials(shop):
    found = {check.name: (check.passed, str(check.sentence)) for check in await shop.marketplace.check()}
    assert found == {
        "credentials": (True, "Walmart accepts the Client ID and Client Secret."),
        "permissions": (True, "The keys have full access to orders and returns."),
        "orders": (True, "Orders can be read."),
    }


async def test_the_connection_test_says_what_is_wrong_with_bad_credentials(server):
    async with aiohttp.ClientSession() as session:
        bad = WalmartMarketplace(session, base_url=server.url, client_id="nobody", client_secret="x")
        (found,) = await bad.check()
    assert (found.name, found.passed) == ("credentials", False)
    assert "Client ID" in str(found.sentence)
