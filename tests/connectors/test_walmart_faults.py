import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from channel_manager.connectors.walmart.auth import TokenCache
from channel_manager.connectors.walmart.marketplace import WalmartMarketplace
from channel_manager.ports.messages import Fulfilment, LineState, Parcel, ParcelLine
from channel_manager.shared import http
from channel_manager.shared.errors import Ambiguous, Misconfigured, Rejected, Unavailable
from channel_simulators.walmart.server import WalmartServer


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
    server.control.faults_clear()
    server.control.clear_requests()
    yield server.control
    server.control.faults_clear()
    server.control.set_options(
        early_token_expiry=None,
        limits={},
        require_channel_type=False,
        ship_node_as="object",
        replenish_format="epoch_ms",
    )


@pytest.fixture
def account(control):
    client_id = uuid.uuid4().hex
    control.add_account(client_id, "secret")
    return client_id


@pytest.fixture
def marketplace(server, session, account):
    return WalmartMarketplace(session, base_url=server.url, client_id=account, client_secret="secret")


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


def calls(control, path):
    return [exchange["status"] for exchange in control.requests() if exchange["path"].partition("?")[0] == path]


async def read(marketplace):
    created = datetime.now(UTC) - timedelta(days=1)
    return await marketplace.released_orders(fulfilment=Fulfilment.SELLER, created_since=created)


async def test_twenty_concurrent_calls_fetch_one_token(marketplace, number, control):
    await asyncio.gather(*(marketplace.order(number) for _ in range(20)))
    assert len(calls(control, "/v3/token")) == 1
    assert calls(control, f"/v3/orders/{number}") == [200] * 20


async def test_dead_tokens_are_replaced_once_for_all(marketplace, number, control):
    await marketplace.order(number)
    control.expire_tokens()
    await asyncio.gather(*(marketplace.order(number) for _ in range(20)))
    assert len(calls(control, "/v3/token")) == 2
    found = calls(control, f"/v3/orders/{number}")
    assert found.count(200) == 21
    assert found.count(401) <= 20


async def test_a_write_refused_for_its_token_is_done_once(marketplace, number, control):
    control.faults_add("expired_token", path="/shipping")
    await marketplace.ship(number, parcel())
    assert calls(control, f"/v3/orders/{number}/shipping") == [401, 200]


async def test_a_second_refusal_of_a_token_is_a_matter_of_configuration(marketplace, control):
    control.faults_add("expired_token", times=2)
    with pytest.raises(Misconfigured, match="access token"):
        await read(marketplace)
    assert len(calls(control, "/v3/token")) == 2


async def test_bad_credentials_are_a_matter_of_configuration(server, session, control):
    bad = WalmartMarketplace(session, base_url=server.url, client_id="nobody", client_secret="x")
    with pytest.raises(Misconfigured, match="Client ID"):
        await read(bad)


@pytest.mark.parametrize("status", [429, 500, 503, 520])
async def test_trouble_at_the_token_endpoint_is_tried_later(marketplace, control, status):
    control.faults_add("status_before", path="^/v3/token$", status=status)
    with pytest.raises(Unavailable):
        await read(marketplace)
    assert (await read(marketplace)).orders == ()


async def test_accounts_of_one_cache_do_not_share_tokens(server, session, control):
    tokens = TokenCache()
    for client_id in ("first", "second"):
        control.add_account(f"{client_id}-{id(tokens)}", "secret")
        one = WalmartMarketplace(
            session, base_url=server.url, client_id=f"{client_id}-{id(tokens)}", client_secret="secret", tokens=tokens
        )
        await read(one)
    assert len(calls(control, "/v3/token")) == 2


@pytest.mark.parametrize("form", ["epoch_ms", "epoch_s", "iso"])
async def test_a_throttled_write_waits_as_long_as_told_in_both_spellings(marketplace, number, control, form):
    control.set_options(replenish_format=form)
    control.faults_add("status_before", path="/shipping", status=429, retry_after=90, times=2)
    with http.recording() as exchanges:
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                await marketplace.ship(number, parcel())
            assert timedelta(seconds=80) < caught.value.retry_after <= timedelta(seconds=91)
    told = [
        {name.lower() for name in exchange["response_headers"]} for exchange in exchanges if exchange["status"] == 429
    ]
    spellings = [name for names in told for name in names if name.startswith("x-next")]
    assert set(spellings) == {"x-next-replenishment-time", "x-next-replenish-time"}


@pytest.mark.parametrize("status", [500, 502, 504, 520])
@pytest.mark.parametrize("kind", ["status_before", "status_after"])
async def test_a_write_that_broke_is_ambiguous(marketplace, number, control, kind, status):
    control.faults_add(kind, path="/shipping", status=status)
    with pytest.raises(Ambiguous):
        await marketplace.ship(number, parcel())
    done = [entry for line in (await marketplace.order(number)).lines for entry in line.reported]
    assert any(entry.state is LineState.SHIPPED for entry in done) is (kind == "status_after")


@pytest.mark.parametrize("status", [503, 423])
async def test_a_write_refused_before_execution_is_tried_later(marketplace, number, control, status):
    control.faults_add("status_before", path="/shipping", status=status)
    with pytest.raises(Unavailable):
        await marketplace.ship(number, parcel())


@pytest.mark.parametrize("kind", ["lost_reply", "reset"])
async def test_a_lost_reply_is_ambiguous_for_a_write_and_nothing_for_a_read(marketplace, number, control, kind):
    await marketplace.order(number)
    control.faults_add(kind, path="/shipping")
    with pytest.raises(Ambiguous):
        await marketplace.ship(number, parcel())
    # The library itself repeats a read on a fresh connection once; more than that is ours to tell.
    control.faults_add(kind, method="GET", times=3)
    with pytest.raises(Unavailable):
        await marketplace.order(number)


@pytest.mark.parametrize(
    ("status", "expected"), [(403, Misconfigured), (404, Unavailable), (502, Unavailable), (520, Unavailable)]
)
async def test_a_page_for_people_is_understood(marketplace, control, status, expected):
    control.faults_add("html", status=status)
    with pytest.raises(expected):
        await read(marketplace)


async def test_a_missing_channel_type_is_a_matter_of_configuration(marketplace, server, session, account, control):
    control.set_options(require_channel_type=True)
    with pytest.raises(Misconfigured):
        await read(marketplace)
    with_type = WalmartMarketplace(
        session, base_url=server.url, client_id=account, client_secret="secret", channel_type="c-1"
    )
    assert (await read(with_type)).orders == ()


async def test_a_server_that_is_not_there_is_tried_later(session):
    away = WalmartMarketplace(session, base_url="http://127.0.0.1:9", client_id="a", client_secret="b")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await read(away)


async def test_exchanges_are_recorded_without_secrets(marketplace, number, account):
    with http.recording() as exchanges:
        await marketplace.order(number)
    assert [exchange["status"] for exchange in exchanges] == [200, 200]
    shown = str(exchanges)
    assert "eyJraWQi" not in shown
    assert "Basic " not in shown


@pytest.mark.parametrize("shown", ["array", "null"])
async def test_an_order_that_hides_who_fulfils_it_is_of_the_kind_asked_for(marketplace, account, control, shown):
    control.set_options(ship_node_as=shown)
    number = control.place_order(lines=[{"sku": "A"}], ship_node_type="WFSFulfilled", account=account)
    created = datetime.now(UTC) - timedelta(days=1)
    for fulfilment, expected in ((Fulfilment.MARKETPLACE, [number]), (Fulfilment.SELLER, [])):
        page = await marketplace.changed_orders(fulfilment=fulfilment, created_since=created, changed_since=created)
        assert [order.number for order in page.orders if order.fulfilment is fulfilment] == expected


class Oddity:
    """A server that answers every call but that for a token with one fixed body."""

    def __init__(self):
        self.status, self.body, self.type = 200, b"", "application/json"
        self.headers = []

    async def answer(self, request):
        if request.path == "/v3/token":
            return web.json_response({"access_token": "t", "expires_in": 900})
        self.headers.append(request.headers)
        return web.Response(status=self.status, body=self.body, content_type=self.type)


@pytest.fixture
async def oddity():
    found = Oddity()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
def odd(oddity, session):
    return WalmartMarketplace(session, base_url=oddity.url, client_id="a", client_secret="b")


XML = b"<ns2:errors xmlns:ns2='x'><ns2:error><ns2:code>INVALID_REQUEST_CONTENT.GMP_ORDER_API</ns2:code><ns2:field>methodCode</ns2:field></ns2:error></ns2:errors>"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, XML, Rejected),
        (200, b"<html><title>Welcome</title></html>", Ambiguous),
        (200, b"", Ambiguous),
        (200, b"[]", Ambiguous),
        (200, b'{"errors": [{"code": "X", "field": "methodCode", "message": "no"}]}', Rejected),
        (200, b'{"order": {"purchaseOrderId": "1"}}', Ambiguous),
        (302, b"", Misconfigured),
    ],
)
async def test_an_odd_answer_to_a_write_never_passes_for_success(odd, oddity, status, body, expected):
    oddity.status, oddity.body = status, body
    with pytest.raises(expected):
        await odd.ship("1", parcel())


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b"", b"[]", b"{}", b'{"list": null, "errors": [{"code": "X"}]}', b'{"list": {"a']
)
async def test_an_odd_answer_to_a_read_never_passes_for_an_empty_page(odd, oddity, body):
    oddity.body = body
    with pytest.raises(Unavailable):
        await read(odd)


async def test_an_order_that_cannot_be_understood_is_refused_by_name(odd, oddity):
    oddity.body = b'{"order": {"purchaseOrderId": "1", "orderDate": 1795435200000}}'
    with pytest.raises(Rejected, match="orderLines is missing or wrong"):
        await odd.order("1")


@pytest.mark.parametrize(
    ("written", "kept"),
    [(b"a\\u0000b", "ab"), (b"a\\ud83c b", "a? b"), (b"a\xff", "a\ufffd"), (b"\\ud83c\\udf1e", "\U0001f31e")],
)
async def test_characters_that_the_database_cannot_hold_do_not_hide_the_page(odd, oddity, written, kept):
    oddity.body = (
        b'{"list": {"elements": {"order": [{"purchaseOrderId": "1", "orderDate": 1795435200000, "buyer": "%b",'
        b'"orderLines": {"orderLine": {"lineNumber": "1", "item": {"sku": "A%b"},'
        b'"orderLineQuantity": {"amount": "1"}}}}]}}}' % (written, written)
    )
    (order,) = (await read(odd)).orders
    assert (order.lines[0].sku, order.raw["buyer"]) == ("A" + kept, kept)


async def test_an_acknowledgement_has_no_body_and_says_json(odd, oddity):
    oddity.status = 503
    with pytest.raises(Unavailable):
        await odd.acknowledge("1")
    assert (oddity.headers[0]["Content-Type"], oddity.headers[0]["Content-Length"]) == ("application/json", "0")


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"is_valid": True, "scopes": {"orders": "view_only"}}, {"permissions": False, "other permissions": True}),
        ({"is_valid": True, "is_channel_match": False, "scopes": {"orders": "full_access", "returns": "full_access"}},
         {"channel type": False, "permissions": True, "other permissions": True}),
        ({"is_valid": True, "scopes": {"orders": "full_access", "returns": "view_only"}},
         {"permissions": False, "other permissions": True}),
        ({"is_valid": True, "scopes": None}, {"permissions": False, "other permissions": True}),
    ],
)  # fmt: skip
async def test_the_connection_test_names_weak_permissions(odd, oddity, detail, expected):
    oddity.body = json.dumps(detail).encode()
    found = {check.name: check.passed for check in await odd.check()}
    assert found == {"credentials": True, "orders": False} | expected
