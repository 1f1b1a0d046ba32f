from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl

import aiohttp
import pytest
from walmart_account import Account

from channel_manager.ports.messages import Fulfilment, RefundedCharges, RefundReason
from channel_manager.ports.returns import LineRefund, ReturnedUnits, ReturnKind, ReturnState
from channel_manager.shared.errors import Ambiguous, NotFound, Rejected, Unavailable
from channel_simulators.walmart.server import WalmartServer

D = Decimal
WHOLE = RefundedCharges(product=D("30.00"), product_tax=D("2.40"), shipping=D("5.00"), shipping_tax=D("0.40"))


@pytest.fixture(scope="module")
def server():
    with WalmartServer() as running:
        yield running


class Shop(Account):
    """A seller account, and what happens to its orders and returns outside."""

    def sold(self, *lines, **more):
        """An order that has left."""
        lines = lines or (
            {"sku": "A", "quantity": 3, "price": "10.00", "tax": "2.40", "shipping": "5.00", "shipping_tax": "0.40"},
        )
        number = self.control.place_order(lines=lines, account=self.client_id, **more)
        self.control.ship_elsewhere(number)
        return number

    def sent(self, path):
        return [exchange for exchange in self.control.requests() if exchange["path"].startswith(path)]

    async def refund(self, rma, *lines):
        found = await self.marketplace.return_order(rma)
        units = tuple(ReturnedUnits(number=number, quantity=quantity) for number, quantity in lines)
        await self.marketplace.refund_return(rma, customer_order_number=found.customer_order_number, lines=units)


@pytest.fixture
async def shop(server):
    async with aiohttp.ClientSession() as session:
        yield Shop(server, session)
    server.control.faults_clear()
    server.control.set_return_options(
        last_cursor="absent", tracking_order="newest_first", flat_fields=True, names={}, line_status="least"
    )


def since(**ago):
    return datetime.now(UTC) - timedelta(**ago)


async def requested(shop, fulfilment=Fulfilment.SELLER, **more):
    now = shop.control.now() + timedelta(minutes=1)
    return await shop.marketplace.returns(fulfilment=fulfilment, requested_since=since(days=2), until=now, **more)


async def test_no_returns_are_an_empty_page(shop):
    page = await shop.marketplace.returns(
        fulfilment=Fulfilment.SELLER, changed_since=since(hours=1), until=datetime.now(UTC)
    )
    assert (page.returns, page.next_cursor) == ((), None)


async def test_dates_are_sent_in_pairs_and_only_one_pair(shop):
    await requested(shop)
    sent = dict(parse_qsl(shop.sent("/v3/returns")[-1]["query"]))
    assert set(sent) == {"returnCreationStartDate", "returnCreationEndDate", "limit", "replacementInfo"}
    assert (sent["limit"], sent["replacementInfo"]) == ("200", "true")
    for both in ({}, {"requested_since": since(days=1), "changed_since": since(days=1)}):
        with pytest.raises(ValueError, match="by when"):
            await shop.marketplace.returns(fulfilment=Fulfilment.SELLER, until=datetime.now(UTC), **both)


async def test_a_return_is_read_with_its_money_to_the_cent(shop):
    number = shop.sold()
    rma = shop.control.open_return(number)
    (found,) = (await requested(shop)).returns
    assert (found.number, found.kind, found.fulfilment) == (rma, ReturnKind.REFUND, Fulfilment.SELLER)
    assert found.stated_total == WHOLE.total
    (line,) = found.lines
    assert (line.order_number, line.order_line_number, line.sku, line.quantity) == (number, "1", "A", 3)
    assert (line.state, line.refunded, line.charges) == (ReturnState.REQUESTED, 0, WHOLE)
    assert found.tracking_numbers


async def test_odd_cents_of_part_of_a_line_are_not_lost(shop):
    number = shop.sold(
        {"sku": "A", "quantity": 3, "price": "3.33", "tax": "1.00", "discount": "0.50", "shipping": "1.00"}
    )
    charges = [(await shop.marketplace.return_order(shop.control.open_return(number, [("1", count)]))).lines[0].charges
               for count in (1, 2)]  # fmt: skip
    assert sum(each.product for each in charges) == D("9.49")
    assert sum(each.product_tax for each in charges) == D("1.00")
    assert sum(each.shipping for each in charges) == D("1.00")


async def test_pages_are_followed_to_the_end_in_each_of_its_forms(shop):
    numbers = {shop.control.open_return(shop.sold({"sku": "A"})) for _ in range(3)}
    for last in ("absent", "empty", "repeated"):
        shop.control.set_return_options(last_cursor=last)
        found, cursor = [], "?replacementInfo=true&limit=2"
        while cursor:
            page = await requested(shop, cursor=cursor)
            found += [each.number for each in page.returns]
            cursor = page.next_cursor
            assert len(found) <= 3
        assert set(found) == numbers


async def test_the_48_hours_begin_with_the_delivery(shop):
    rma = shop.control.open_return(shop.sold())
    shop.control.ship_return(rma)
    shop.control.deliver_return(rma, [(1, 2)])
    for order in ("newest_first", "oldest_first", "shuffled"):
        shop.control.set_return_options(tracking_order=order)
        (line,) = (await shop.marketplace.return_order(rma)).lines
        assert (line.state, line.refunded) == (ReturnState.DELIVERED, 0)
        assert abs(line.delivered_at - shop.control.now()) < timedelta(minutes=1)


async def test_a_refund_is_seen_at_once_and_only_its_units(shop):
    number = shop.sold()
    rma = shop.control.open_return(number)
    shop.control.deliver_return(rma)
    await shop.refund(rma, ("1", 2))
    for flat in (True, False):
        shop.control.set_return_options(flat_fields=flat)
        (line,) = (await shop.marketplace.return_order(rma)).lines
        assert (line.state, line.refunded) == (ReturnState.DELIVERED, 2)
        assert line.refund_channel == "SELLER_SYSTEM_REFUND"
    await shop.refund(rma, ("1", 1))
    shop.control.advance_clock(60)
    (line,) = (await shop.marketplace.return_order(rma)).lines
    assert (line.state, line.refunded, line.refund_state) == (ReturnState.COMPLETED, 3, "REFUND_COMPLETED")
    assert line.completed_at is not None
    assert (await shop.marketplace.order(number)).lines[0].refunded == WHOLE


@pytest.mark.parametrize(
    ("kind", "keep_it", "expected_back", "channel"),
    [
        ("keep_it", True, False, "SELLER_AUTO_REFUND"),
        ("instant", False, True, "InstantRefund"),
        ("in_store", False, True, "WALMART_SETTLED_REFUND"),
    ],
)
async def test_what_is_refunded_by_itself_is_seen_as_refunded(shop, kind, keep_it, expected_back, channel):
    rma = shop.control.open_return(shop.sold(), kind=kind)
    (line,) = (await shop.marketplace.return_order(rma)).lines
    assert (line.refunded, line.keep_it, line.refund_channel) == (3, keep_it, channel)
    assert line.goods_expected is expected_back
    with pytest.raises(Rejected, match="already refunded"):
        await shop.refund(rma, ("1", 1))


async def test_a_cancelled_return_is_told_from_a_refunded_one(shop):
    rma = shop.control.open_return(shop.sold())
    shop.control.cancel_return(rma)
    (line,) = (await shop.marketplace.return_order(rma)).lines
    assert (line.state, line.refunded) == (ReturnState.CANCELLED, 0)
    with pytest.raises(Rejected, match="cancelled this return"):
        await shop.refund(rma, ("1", 1))


async def test_walmarts_own_refund_after_48_hours_is_seen(shop):
    rma = shop.control.open_return(shop.sold())
    shop.control.deliver_return(rma)
    shop.control.advance_clock(49 * 3600)
    (line,) = (await shop.marketplace.return_order(rma)).lines
    assert (line.state, line.refunded, line.refund_channel) == (ReturnState.COMPLETED, 3, "WALMART_TRIGGERED_REFUND")


async def test_returns_of_what_walmart_fulfils_are_listed_apart_and_cannot_be_refunded(shop):
    number = shop.sold({"sku": "A"}, ship_node_type="WFSFulfilled")
    rma = shop.control.open_return(number)
    assert (await requested(shop)).returns == ()
    (found,) = (await requested(shop, Fulfilment.MARKETPLACE)).returns
    assert (found.number, found.fulfilment) == (rma, Fulfilment.MARKETPLACE)
    assert (await shop.marketplace.return_order(rma)).fulfilment is Fulfilment.MARKETPLACE
    with pytest.raises(Rejected, match="Walmart fulfils this order"):
        await shop.refund(rma, ("1", 1))


@pytest.mark.parametrize(
    ("kind", "words"), [("exception", "Refund the order instead"), ("replacement", "replacement for this return")]
)
async def test_what_is_not_refunded_through_its_return_says_so(shop, kind, words):
    rma = shop.control.open_return(shop.sold(), kind=kind)
    found = await shop.marketplace.return_order(rma)
    assert (found.kind is ReturnKind.REPLACEMENT, found.lines[0].exceptional) == (
        kind == "replacement",
        kind == "exception",
    )
    with pytest.raises(Rejected, match=words):
        await shop.refund(rma, ("1", 1))


@pytest.mark.parametrize(("line", "quantity", "words"), [("1", 4, "more units"), ("9", 1, "does not know a line")])
async def test_a_wrong_refund_says_what_is_wrong(shop, line, quantity, words):
    rma = shop.control.open_return(shop.sold())
    with pytest.raises(Rejected, match=words):
        await shop.refund(rma, (line, quantity))


async def test_an_unknown_return_is_not_found(shop, server):
    for number in ("103738048909818825", "", " "):
        with pytest.raises(NotFound, match="does not know return"):
            await shop.marketplace.return_order(number)
    with pytest.raises(NotFound, match="this return"):
        await shop.marketplace.refund_return(
            "103738048909818825", customer_order_number="1", lines=(ReturnedUnits(number="1", quantity=1),)
        )
    with pytest.raises(Rejected, match="which order"):
        await shop.marketplace.refund_return(
            "1", customer_order_number="", lines=(ReturnedUnits(number="1", quantity=1),)
        )


@pytest.mark.parametrize(
    ("kind", "options", "done"),
    [
        ("lost_reply", {}, 3),
        ("reset", {}, 0),
        ("status_before", {"status": 520}, 0),
        ("status_after", {"status": 500}, 3),
    ],
)
async def test_a_refund_that_may_have_happened_is_looked_up(shop, kind, options, done):
    rma = shop.control.open_return(shop.sold())
    shop.control.faults_add(kind, path="/refund", **options)
    with pytest.raises(Ambiguous):
        await shop.refund(rma, ("1", 3))
    assert (await shop.marketplace.return_order(rma)).lines[0].refunded == done


async def test_a_throttled_refund_waits(shop):
    rma = shop.control.open_return(shop.sold())
    shop.control.faults_add("status_before", path="/refund", status=429, retry_after=60)
    with pytest.raises(Unavailable) as caught:
        await shop.refund(rma, ("1", 3))
    assert caught.value.retry_after >= timedelta(seconds=50)


# -- refunds without a return --


def refund(reason=RefundReason.GOODWILL, **charges):
    return LineRefund(
        number="1", charges=RefundedCharges(**{kind: D(amount) for kind, amount in charges.items()}), reason=reason
    )


async def test_money_goes_back_to_the_cent_and_is_read_back(shop):
    number = shop.sold()
    assert (await shop.marketplace.order(number)).lines[0].refunded == RefundedCharges()
    charges = {"product": "5.25", "product_tax": "0.42", "shipping": "1.10"}
    order = await shop.marketplace.refund_order(number, (refund(**charges),))
    expected = RefundedCharges(**{kind: D(amount) for kind, amount in charges.items()})
    assert order.lines[0].refunded == expected
    again = await shop.marketplace.refund_order(number, (refund(RefundReason.LATE, shipping_tax="0.40"),))
    assert again.lines[0].refunded == RefundedCharges(
        product=D("5.25"), product_tax=D("0.42"), shipping=D("1.10"), shipping_tax=D("0.40")
    )


@pytest.mark.parametrize("reason", list(RefundReason))
async def test_walmart_takes_every_reason(shop, reason):
    order = await shop.marketplace.refund_order(shop.sold(), (refund(reason, product="1"),))
    assert order.lines[0].refunded == RefundedCharges(product=D("1.00"))


async def test_more_than_was_charged_is_refused_with_words(shop):
    number = shop.sold()
    await shop.marketplace.refund_order(number, (refund(product="20"),))
    with pytest.raises(Rejected, match="more than was charged and not yet refunded"):
        await shop.marketplace.refund_order(number, (refund(product="10.01"),))


async def test_what_has_not_left_is_cancelled_instead(shop):
    number = shop.control.place_order(lines=[{"sku": "A"}], account=shop.client_id)
    with pytest.raises(Rejected, match="Ship these items first"):
        await shop.marketplace.refund_order(number, (refund(product="1"),))


async def test_an_order_that_walmart_fulfils_is_refunded_by_walmart(shop):
    number = shop.sold({"sku": "A"}, ship_node_type="WFSFulfilled")
    with pytest.raises(Rejected, match="Walmart fulfils this order"):
        await shop.marketplace.refund_order(number, (refund(product="1"),))


@pytest.mark.parametrize("kind", ["lost_reply", "status_after"])
async def test_a_refund_of_an_order_that_may_have_happened_is_looked_up(shop, kind):
    number = shop.sold()
    shop.control.faults_add(kind, path="/refund", status=502)
    with pytest.raises(Ambiguous):
        await shop.marketplace.refund_order(number, (refund(product="7"),))
    assert (await shop.marketplace.order(number)).lines[0].refunded == RefundedCharges(product=D("7.00"))
