"""What networks, proxies and Walmart do to an exchange, over real HTTP."""

import asyncio
import gzip
import json
import time
import uuid
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from channel_manager.connectors.walmart.client import Bounds
from channel_manager.connectors.walmart.marketplace import WalmartMarketplace
from channel_manager.ports.catalog import FeedKind, FeedLine
from channel_manager.ports.messages import Fulfilment, LineState, Parcel, ParcelLine, RefundedCharges, RefundReason
from channel_manager.ports.returns import LineRefund, ReturnedUnits
from channel_manager.shared import http
from channel_manager.shared.errors import Ambiguous, Misconfigured, Rejected, Unavailable
from channel_manager.shared.money import cents
from channel_simulators.walmart.server import WalmartServer

IMPATIENT = Bounds(total=1.0, connect=0.5, silent=0.4, largest=100_000)


@pytest.fixture(scope="module")
def server():
    with WalmartServer() as running:
        yield running


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def control(server):
    server.control.clear_requests()
    yield server.control
    server.control.faults_clear()


@pytest.fixture
def account(control):
    client_id = uuid.uuid4().hex
    control.add_account(client_id, "secret")
    return client_id


@pytest.fixture
async def marketplace(server, session, account):
    """With a token, so that what is measured is the call."""
    opened = WalmartMarketplace(
        session, base_url=server.url, client_id=account, client_secret="secret", bounds=IMPATIENT
    )
    await read(opened)
    return opened


@pytest.fixture
def number(control, account):
    placed = control.place_order(lines=[{"sku": "A", "quantity": 2}], account=account)
    control.acknowledge_elsewhere(placed)
    return placed


def parcel():
    return Parcel(
        lines=(ParcelLine(number="1", quantity=1),),
        tracking_number="1Z1",
        carrier="UPS",
        shipped_at=datetime.now(UTC),
        method="Standard",
        seller_order_number="17",
    )


async def read(marketplace):
    created = datetime.now(UTC) - timedelta(days=1)
    return await marketplace.released_orders(fulfilment=Fulfilment.SELLER, created_since=created)


def shipped(order):
    return any(entry.state is LineState.SHIPPED for line in order.lines for entry in line.reported)


WRITES = {
    "acknowledge": lambda marketplace: marketplace.acknowledge("1"),
    "ship": lambda marketplace: marketplace.ship("1", parcel()),
    "correct": lambda marketplace: marketplace.correct_tracking("1", parcel(), previous_number="0"),
    "refund_order": lambda marketplace: marketplace.refund_order(
        "1",
        (LineRefund(number="1", charges=RefundedCharges(product=cents("1")), reason=RefundReason.LATE),),
    ),
    "refund_return": lambda marketplace: marketplace.refund_return(
        "1", customer_order_number="2", lines=(ReturnedUnits(number="1", quantity=1),)
    ),
    "set_stock": lambda marketplace: marketplace.set_stock("A", 1),
    "set_price": lambda marketplace: marketplace.set_price("A", cents("1"), currency="USD"),
    "submit_feed": lambda marketplace: marketplace.submit_feed(
        FeedKind.STOCK, (FeedLine(sku="A", value=cents("1")),), currency="USD", name="a.json"
    ),
}
READS = {
    "order": lambda marketplace: marketplace.order("1"),
    "released": read,
    "changed": lambda marketplace: marketplace.changed_orders(
        fulfilment=Fulfilment.SELLER, created_since=datetime.now(UTC), changed_since=datetime.now(UTC)
    ),
    "returns": lambda marketplace: marketplace.returns(
        fulfilment=Fulfilment.SELLER, changed_since=datetime.now(UTC), until=datetime.now(UTC)
    ),
    "return": lambda marketplace: marketplace.return_order("1"),
    "items": lambda marketplace: marketplace.items(),
    "item": lambda marketplace: marketplace.item("A"),
    "inventories": lambda marketplace: marketplace.inventories(),
    "inventory": lambda marketplace: marketplace.inventory("A"),
    "marketplace_stocked": lambda marketplace: marketplace.marketplace_stocked(),
    "feeds": lambda marketplace: marketplace.feeds(FeedKind.PRICE, since=datetime.now(UTC)),
    "feed": lambda marketplace: marketplace.feed("F@1", rows_from=0),
}
CALLS = [(call, Ambiguous) for call in WRITES.values()] + [(call, Unavailable) for call in READS.values()]
NAMES = [*WRITES, *READS]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("slow", {"delay": 0.7}),
        ("dribble_headers", {"delay": 4}),
        ("dribble_body", {"delay": 4}),
    ],
)
async def test_no_answer_is_waited_for_longer_than_its_time(marketplace, number, control, kind, options):
    control.faults_add(kind, path=number, times=2, **options)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="did not answer"):
        await marketplace.order(number)
    with pytest.raises(Ambiguous, match="did not answer"):
        await marketplace.ship(number, parcel())
    assert time.monotonic() - began < 4
    assert shipped(await marketplace.order(number))


async def test_an_answer_that_never_ends_is_not_read(marketplace, number, control):
    """The write was done: so it is looked up."""
    control.faults_add("gigantic", path=number, times=2, size=8 * 1024 * 1024)
    with http.recording() as exchanges:
        with pytest.raises(Unavailable, match="more than 100000 bytes, which is not read"):
            await marketplace.order(number)
        with pytest.raises(Ambiguous, match="more than 100000 bytes, which is not read"):
            await marketplace.ship(number, parcel())
    assert [exchange["problem"] for exchange in exchanges] == ["The answer is larger than 100000 bytes."] * 2
    assert shipped(await marketplace.order(number))


async def test_a_wrong_content_type_is_no_obstacle(marketplace, number, control):
    control.faults_add("content_type", content_type="text/html", times=2)
    assert (await marketplace.order(number)).number == number
    assert shipped(await marketplace.ship(number, parcel()))


async def test_an_answer_cut_in_the_middle_shows_nobody(marketplace, number, control):
    control.faults_add("status_after", shape="truncated_json", times=2)
    with http.recording() as exchanges:
        with pytest.raises(Unavailable) as reading:
            await marketplace.order(number)
        with pytest.raises(Ambiguous) as writing:
            await marketplace.ship(number, parcel())
    kept = [exchange["response"] for exchange in exchanges]
    assert all("cannot be read safely, not kept" in body for body in kept)
    assert [reading.value.said, writing.value.said] == kept
    assert shipped(await marketplace.order(number))


async def test_part_of_a_page_is_used(marketplace, control, account):
    placed = {control.place_order(lines=[{"sku": "A"}], account=account) for _ in range(3)}
    control.faults_add("partial")
    found = {order.number for order in (await read(marketplace)).orders}
    assert (len(found), found < placed) == (2, True)


SHAPES = ["resource", "gateway", "list", "message_list", "sparse", "xml", "html", "empty", "not_json", "truncated_json"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (403, Misconfigured, Misconfigured),
        (423, Unavailable, Unavailable),
        (429, Unavailable, Unavailable),
        (500, Unavailable, Ambiguous),
        (503, Unavailable, Unavailable),
        (520, Unavailable, Ambiguous),
    ],
)
async def test_each_status_is_understood_in_each_shape(marketplace, number, control, shape, status, reading, writing):
    control.faults_add("status_before", path=number, status=status, shape=shape, times=2)
    for call, expected in ((marketplace.order(number), reading), (marketplace.ship(number, parcel()), writing)):
        with pytest.raises(expected) as caught:
            await call
        assert type(caught.value) is expected
        assert (caught.value.status, str(caught.value).endswith(".")) == (status, True)
    assert not shipped(await marketplace.order(number))


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_refusal_in_each_shape_is_a_refusal(marketplace, number, control, shape):
    control.faults_add(
        "status_before",
        path="/shipping",
        status=400,
        shape=shape,
        code="INVALID_REQUEST_CONTENT",
        description="Method code is not supported in line number 1",
    )
    with pytest.raises(Rejected) as caught:
        await marketplace.ship(number, parcel())
    assert ("shipping method" in str(caught.value)) is (shape not in ("sparse", "empty", "truncated_json"))


class Oddity:
    """A server that answers every call but that for a token as it is told."""

    def __init__(self):
        self.answer = web.Response
        self.token = {"access_token": "t", "expires_in": 900}
        self.headers = []
        self.busy = self.most_busy = 0

    async def handle(self, request):
        if request.path == "/v3/token":
            return web.Response(body=self.token) if isinstance(self.token, bytes) else web.json_response(self.token)
        self.headers.append(dict(request.headers))
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        await asyncio.sleep(0.02)
        self.busy -= 1
        return self.answer()


@pytest.fixture
async def oddity():
    found = Oddity()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
def odd(oddity, session):
    return WalmartMarketplace(session, base_url=oddity.url, client_id="a", client_secret="b", bounds=IMPATIENT)


@pytest.mark.parametrize(("call", "expected"), CALLS, ids=NAMES)
async def test_each_call_has_its_time_and_its_size(oddity, session, call, expected):
    oddity.answer = lambda: web.Response(body=b"[" * 200)
    small = Bounds(total=5, connect=1, silent=5, largest=100)
    hasty = Bounds(total=0.01, connect=1, silent=5)
    for bounds, words in ((small, "more than 100 bytes"), (hasty, "did not answer")):
        one = WalmartMarketplace(session, base_url=oddity.url, client_id="a", client_secret="b", bounds=bounds)
        await one._client.renew_token()
        with pytest.raises(expected, match=words):
            await call(one)


@pytest.mark.parametrize(("call", "expected"), CALLS, ids=NAMES)
async def test_each_attempt_has_its_own_correlation_id_and_it_is_recorded(odd, oddity, call, expected):
    oddity.answer = lambda: web.Response(status=401)
    with http.recording() as exchanges, pytest.raises(Misconfigured):
        await call(odd)
    ids = [exchange["request_headers"]["WM_QOS.CORRELATION_ID"] for exchange in exchanges]
    assert len(ids) == len(set(ids)) == 4  # token, call, token, call
    assert [headers["WM_QOS.CORRELATION_ID"] for headers in oddity.headers] == [ids[1], ids[3]]
    assert all(str(uuid.UUID(each)) == each for each in ids)


@pytest.mark.parametrize(("call", "expected"), CALLS, ids=NAMES)
async def test_rubble_under_a_success_never_passes_for_data(odd, oddity, call, expected):
    for body in (b"", b"null", b"{}", b"<html>hello</html>", b'{"order": {"cust', b"[" * 90_000):
        oddity.answer = lambda body=body: web.Response(body=body)
        with pytest.raises(expected):
            await call(odd)


async def test_calls_share_a_bounded_pool_and_do_not_wait_for_ever(oddity):
    oddity.answer = lambda: web.Response(status=404)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=3)) as session:
        one = WalmartMarketplace(session, base_url=oddity.url, client_id="a", client_secret="b")
        await asyncio.gather(*(read(one) for _ in range(30)))
        assert oddity.most_busy == 3
        hasty = WalmartMarketplace(
            session, base_url=oddity.url, client_id="a", client_secret="b", bounds=Bounds(connect=0.01)
        )
        await hasty._client.renew_token()
        found = await asyncio.gather(*(hasty.ship("1", parcel()) for _ in range(30)), return_exceptions=True)
    waited = [error for error in found if type(error) is Unavailable]
    assert waited
    assert all("cannot be reached" in str(error) for error in waited)


async def test_headers_that_cannot_be_stored_are_cleaned(odd, oddity):
    oddity.answer = lambda: web.Response(status=503, headers={"X-Note": "caf\udce9"})
    with http.recording() as exchanges, pytest.raises(Unavailable):
        await read(odd)
    json.dumps(exchanges, ensure_ascii=False).encode()


async def test_a_body_that_grows_when_unpacked_is_not_read_whole(odd, oddity):
    bomb = gzip.compress(b" " * 20_000_000)
    oddity.answer = lambda: web.Response(body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(Unavailable):
        await read(odd)


async def test_what_claims_to_be_packed_and_is_not_is_no_answer(odd, oddity):
    oddity.answer = lambda: web.Response(body=b"plain", headers={"Content-Encoding": "gzip"})
    with pytest.raises(Unavailable, match="did not answer"):
        await read(odd)
    with pytest.raises(Ambiguous, match="did not answer"):
        await odd.ship("1", parcel())


async def test_endless_headers_are_not_read(odd, oddity):
    oddity.answer = lambda: web.Response(status=404, headers={"X-Long": "x" * 100_000})
    with pytest.raises(Unavailable):
        await read(odd)


@pytest.mark.parametrize(
    "token",
    [
        {},
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "two\nlines"},
        {"access_token": ["x"]},
        [],
        {"error": "invalid_client"},
        b"",
        b"<html>hello</html>",
        b'{"access_token": "ab',
        b'{"access_token": "x", "expires_in": "soon"}',
        b'{"access_token": "x", "pad": "' + b"y" * 1_100_000 + b'"}',
    ],
)
async def test_a_token_that_is_none_is_asked_for_again(odd, oddity, token):
    oddity.token = token
    with http.recording() as exchanges, pytest.raises(Unavailable):
        await odd.ship("1", parcel())
    assert len(exchanges) == 1
    assert "ab" not in str(exchanges[0]["response"])


@pytest.mark.parametrize("life", [None, 0, -5, 1e300, "900", True, 10**30])
async def test_a_token_with_an_odd_life_is_used(odd, oddity, life):
    oddity.token = {"access_token": "t", "expires_in": life}
    oddity.answer = lambda: web.Response(status=404)
    for _ in range(2):
        assert (await read(odd)).orders == ()
