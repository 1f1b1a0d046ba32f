"""A simulated shop that fails in every way: what the caller is told, and what the shop has done all the same."""

import re

import aiohttp
import pytest
from commerce_shop import KEYS, connect, correction_of_all, imported, placed

from channel_manager.connectors.adobe_commerce.transport import Bounds
from channel_manager.ports.documents import NewMemo, NewShipment
from channel_manager.shared.errors import Ambiguous, Misconfigured, Rejected, Unavailable
from channel_manager.shared.http import recording
from channel_manager.shared.money import ZERO
from channel_simulators.commerce.server import CommerceServer

HASTY = Bounds(connect=1, read=0.3, write=0.3, largest=200_000)
EXECUTED = {"slow_reply", "status_after", "lost_reply", "truncated", "cut", "drip", "huge", "noise", "empty"}
FAULTS = {
    # kind: (settings, what a read raises, what a write raises)
    "status_before": ({"status": 502}, Unavailable, Ambiguous),
    "reset": ({}, Unavailable, Ambiguous),
    "html": ({}, Unavailable, Unavailable),
    "html_ok": ({}, Unavailable, Ambiguous),
    "redirect": ({}, Misconfigured, Misconfigured),
    "php_error": ({}, Unavailable, Ambiguous),
    "unauthorized": ({"times": 2}, Misconfigured, Misconfigured),
    "slow_reply": ({"delay": 1.0}, Unavailable, Ambiguous),
    "status_after": ({"status": 504}, Unavailable, Ambiguous),
    "lost_reply": ({}, Unavailable, Ambiguous),
    "truncated": ({}, Unavailable, Ambiguous),
    "cut": ({}, Unavailable, Ambiguous),
    "drip": ({"delay": 0.2}, Unavailable, Ambiguous),
    "huge": ({"size": 400_000}, Unavailable, Ambiguous),
    "noise": ({}, Unavailable, Ambiguous),
    "empty": ({}, Unavailable, Ambiguous),
}


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        session._retry_connection = False
        yield session


@pytest.fixture
def platform(session, shop):
    return connect(session, shop)


@pytest.fixture
def hasty(session, shop):
    return connect(session, shop, bounds=HASTY)


@pytest.fixture
def control(shop):
    return shop.control


def parcel(order, marker="[cm 17]"):
    return NewShipment(quantities={order.items[0].item_id: 1}, tracks=(), comment="Packed", marker=marker)


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_read_that_fails_is_asked_again_or_the_owner_is_told(kind, platform, hasty, control):
    order = await imported(platform)
    options, expected, _ = FAULTS[kind]
    control.call("faults_add", kind=kind, method="GET", path=r"/orders/\d+$", **options)
    with pytest.raises(expected) as error:
        await hasty.order(order.order_id)
    assert type(error.value) is expected
    assert (await platform.order(order.order_id)).number == order.number


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_write_that_may_have_happened_is_ambiguous_and_found_by_its_marker(kind, platform, hasty, control):
    order = await imported(platform)
    options, _, expected = FAULTS[kind]
    control.call("faults_add", kind=kind, method="POST", path="/ship$", **options)
    with pytest.raises(expected) as error:
        await hasty.ship(order.order_id, parcel(order))
    assert type(error.value) is expected
    control.faults_clear()
    found = await platform.shipments_of(order.order_id)
    assert [shipment.comments for shipment in found] == ([("Packed\n[cm 17]",)] if kind in EXECUTED else [])


async def test_json_that_calls_itself_html_is_read_all_the_same(platform, control):
    order = await imported(platform)
    control.faults_add("wrong_type", times=2)
    assert (await platform.order(order.order_id)).number == order.number
    assert await platform.ship(order.order_id, parcel(order))


async def test_a_slow_answer_within_the_bounds_is_waited_for(platform, control):
    order = await imported(platform)
    control.faults_add("slow_reply", delay=0.2)
    assert (await platform.order(order.order_id)).number == order.number


async def test_a_redirect_is_not_followed_and_its_host_gets_no_credentials(platform, control):
    control.faults_add("redirect")
    before = len(control.requests())
    with pytest.raises(Misconfigured, match=r"login\.example\.com/sign-in") as error:
        await platform.order(1)
    assert len(control.requests()) == before + 1
    assert error.value.field == "base_url"


async def test_a_shop_that_asks_for_a_pause_is_given_it(platform, control):
    control.call("faults_add", kind="status_before", status=429, headers={"Retry-After": "7"})
    with pytest.raises(Unavailable) as error:
        await platform.order(1)
    assert error.value.retry_after.total_seconds() == 7


async def test_every_attempt_has_its_own_correlation_id_and_nonce(platform, control):
    control.faults_add("unauthorized")
    with recording() as exchanges:
        await platform.store_views()
    ids = [exchange["request_headers"]["X-Correlation-Id"] for exchange in exchanges]
    assert len(ids) == len(set(ids)) == len(exchanges) == 4
    assert all(re.fullmatch(r"[0-9a-f-]{36}", one) for one in ids)


async def test_what_is_recorded_holds_no_secret_and_no_buyer(platform, control):
    with recording() as exchanges:
        order = await imported(platform)
        control.faults_add("truncated")
        with pytest.raises(Unavailable):
            await platform.order(order.order_id)
        await platform.find_orders(external_number="1796277083022")
    recorded = repr(exchanges)
    for secret in (*KEYS.values(), "Alice", "Archer", "Main St", "5125550100", "relay@example.invalid"):
        assert secret not in recorded
    assert "1796277083022" in recorded
    assert exchanges[0]["request_headers"]["Authorization"] == "•••"


async def test_more_items_than_a_limited_shop_takes_at_once_are_corrected_to_the_cent(platform, control):
    control.set_options(input_limits=True)
    lines = {f"MANY-{number}": 2 for number in range(23)}
    for sku in lines:
        control.add_product(sku, sku, "3.00", 50)
    order = await placed(platform, lines)
    wanted = correction_of_all(order)
    for _ in range(2):
        await platform.correct(wanted)
        read = await platform.order(order.order_id)
        assert (read.external_number, len(read.items)) == ("1796277083022", 23)
        assert {item.row_total for item in read.items} == {item.base_row_total for item in read.items}
        assert [(item.row_total, item.tax, item.ordered) for item in read.items] == [
            (item.row_total, item.tax, item.quantity) for item in wanted.money.items
        ]
        shown = {name: read.money[name] for name in ("grand_total", "base_grand_total", "subtotal", "tax_amount")}
        assert shown == {
            "grand_total": wanted.money.total,
            "base_grand_total": wanted.money.total,
            "subtotal": wanted.money.subtotal,
            "tax_amount": wanted.money.tax,
        }
        assert (read.state, read.status) == ("new", "pending")


async def test_twenty_three_items_are_paid_and_refunded_to_the_last_cent(platform, control):
    """The correction in two calls leaves nothing behind that an invoice or a credit memo would stumble over."""
    lines = {f"MANY-{number}": 2 for number in range(23)}
    for sku in lines:
        control.add_product(sku, sku, "3.00", 50)
    order = await placed(platform, lines)
    wanted = correction_of_all(order)
    await platform.correct(wanted)
    items = [item.item_id for item in order.items]
    await platform.invoice(order.order_id, dict.fromkeys(items, 2))
    for shipping in (ZERO, wanted.money.shipping):
        memo = NewMemo(quantities=dict.fromkeys(items, 1), shipping=shipping, restock=tuple(items), comment="Back")
        await platform.refund(order.order_id, memo)
    read = await platform.order(order.order_id)
    assert (read.state, read.money["total_refunded"]) == ("closed", wanted.money.total)


async def test_a_limited_shop_says_what_to_raise(platform, control):
    control.set_options(input_limits=True)
    order = await imported(platform)
    with pytest.raises(Rejected, match="Web API Input Limits"):
        await platform.ship(
            order.order_id, NewShipment(quantities=dict.fromkeys(range(1, 22), 1), tracks=(), comment="", marker="m")
        )
