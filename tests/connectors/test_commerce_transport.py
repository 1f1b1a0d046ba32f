"""The wire to a shop, held against a server that answers whatever a test wants."""

import asyncio
import re
import time
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channel_manager.connectors.adobe_commerce import AdobeCommercePlatform, discover
from channel_manager.connectors.adobe_commerce.transport import Bounds
from channel_manager.ports.documents import NewMemo, NewShipment
from channel_manager.shared.errors import Ambiguous, Misconfigured, NotFound, Rejected, Unavailable
from channel_manager.shared.http import recording
from channel_manager.shared.money import ZERO

KEYS = {"consumer_key": "ck1", "consumer_secret": "cs2", "access_token": "tk3", "access_token_secret": "ts4"}
UNAUTHORISED = {
    "message": "The consumer isn't authorized to access %resources.",
    "parameters": {"resources": "Magento_Sales::cancel"},
}
USED_NONCE = {"message": "The nonce is already being used by the consumer with ID %1.", "parameters": ["3"]}


def told(body, status=200, **rest):
    return lambda: web.json_response(body, status=status, **rest)


def refused():
    return web.json_response(UNAUTHORISED, status=401)


def page(status):
    return lambda: web.Response(status=status, text="<html><p>Back soon.</p></html>", content_type="text/html")


def plain(status):
    return lambda: web.Response(
        status=status, text="Argument #1 ($sku) must be of type string", content_type="text/plain"
    )


class Shop:
    def __init__(self):
        self.answers = []
        self.requests = []

    async def handle(self, request):
        self.requests.append((request.method, request.raw_path, dict(request.headers), await request.text()))
        answer = self.answers.pop(0) if self.answers else told({"message": "Nothing left to say"}, 500)
        return await answer(request) if asyncio.iscoroutinefunction(answer) else answer()

    def nonces(self):
        return [re.search(r'oauth_nonce="(\w+)"', headers["Authorization"])[1] for *_, headers, _ in self.requests]


@asynccontextmanager
async def connected(credentials=KEYS, **options):
    shop = Shop()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", shop.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        platform = AdobeCommercePlatform(
            session,
            base_url=str(server.make_url("/")),
            store_code="walmart",
            store_id=2,
            website_code="base",
            credentials=credentials,
            **options,
        )
        platform.shop, platform.session, platform.address = shop, session, str(server.make_url("/"))
        yield platform


async def test_every_path_carries_the_store_view_and_every_body_is_json():
    async with connected() as platform:
        platform.shop.answers = [told("7")]
        assert await platform.create_cart() == 7
        [(method, path, headers, body)] = platform.shop.requests
    assert (method, path, body) == ("POST", "/rest/walmart/V1/carts", "")
    assert headers["Accept"] == "application/json"
    assert headers["Authorization"].startswith('OAuth oauth_consumer_key="ck1"')


async def test_a_refused_signature_is_tried_once_more_with_a_fresh_nonce():
    async with connected() as platform:
        platform.shop.answers = [refused, told(True)]
        assert await platform.cancel(12) is True
        first, second = platform.shop.nonces()
    assert first != second


async def test_credentials_refused_twice_are_a_misconfiguration_that_names_the_permission():
    async with connected() as platform:
        platform.shop.answers = [refused, refused]
        with pytest.raises(Misconfigured) as error:
            await platform.cancel(12)
        assert len(platform.shop.requests) == 2
    assert error.value.field == "Magento_Sales::cancel"


async def test_a_write_that_arrived_twice_is_not_sent_a_third_time():
    async with connected() as platform:
        platform.shop.answers = [told(USED_NONCE, 401)]
        with pytest.raises(Ambiguous):
            await platform.cancel(12)
        assert len(platform.shop.requests) == 1


async def test_placing_on_a_connection_that_broke_is_never_mistaken_for_a_refusal():
    """The HTTP client itself repeats a PUT whose kept connection was closed; the shop knows the nonce by then."""

    async def vanish(request):
        request.transport.close()
        return web.Response()

    async with connected() as platform:
        platform.shop.answers = [told("7"), vanish, told(USED_NONCE, 401)]
        await platform.create_cart()
        with pytest.raises(Ambiguous):
            await platform.place(7, payment_method="checkmo")


@pytest.mark.parametrize(
    ("answer", "reading", "writing"),
    [
        (page(503), Unavailable, Unavailable),
        (page(502), Unavailable, Ambiguous),
        (page(200), Unavailable, Ambiguous),
        (lambda: web.Response(status=200), Unavailable, Ambiguous),
        (plain(500), Unavailable, Ambiguous),
        (told({"message": "Internal Error. Report ID: webapi-1"}, 500), Unavailable, Ambiguous),
        (told({"message": "x"}, 429, headers={"Retry-After": "7"}), Unavailable, Unavailable),
        (told({"message": "Decoding error."}, 400), Rejected, Rejected),
        (told({"message": "Request does not match any route."}, 404), NotFound, NotFound),
    ],
)
async def test_what_an_answer_means_for_a_read_and_for_a_write(answer, reading, writing):
    async with connected() as platform:
        platform.shop.answers = [answer, answer]
        with pytest.raises(reading) as error:
            await platform.order(12)
        assert type(error.value) is reading
        with pytest.raises(writing) as error:
            await platform.cancel(12)
        assert type(error.value) is writing


async def test_redirects_are_not_followed():
    async with connected() as platform:
        platform.shop.answers = [lambda: web.Response(status=302, headers={"Location": "http://elsewhere.invalid/"})]
        with pytest.raises(Misconfigured, match="elsewhere"):
            await platform.order(12)
        assert len(platform.shop.requests) == 1


async def test_a_shop_that_does_not_listen_is_unavailable():
    async with aiohttp.ClientSession() as session:
        platform = AdobeCommercePlatform(
            session,
            base_url="http://127.0.0.1:9",
            store_code="walmart",
            store_id=2,
            website_code="base",
            credentials=KEYS,
        )
        with pytest.raises(Unavailable):
            await platform.cancel(12)


async def test_a_bearer_token_is_sent_as_it_is():
    async with connected("tk3") as platform:
        platform.shop.answers = [told(False)]
        assert await platform.cancel(12) is False
        assert platform.shop.requests[0][2]["Authorization"] == "Bearer tk3"


async def test_a_refused_bearer_token_names_the_setting():
    async with connected("tk3") as platform:
        platform.shop.answers = [refused, refused]
        with pytest.raises(Misconfigured, match="standalone Bearer tokens"):
            await platform.cancel(12)


async def test_no_more_calls_at_once_than_allowed():
    running, most = 0, 0

    async def slow(request):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return web.json_response(True)

    async with connected(concurrency=2) as platform:
        platform.shop.answers = [slow] * 6
        await asyncio.gather(*(platform.cancel(number) for number in range(6)))
    assert most == 2


async def test_secrets_are_not_recorded():
    async with connected() as platform:
        platform.shop.answers = [told(True)]
        with recording() as exchanges:
            await platform.cancel(12)
    assert exchanges[0]["request_headers"]["Authorization"] == "•••"


@pytest.mark.parametrize("quantities", [{}, {30: 0}, {30: -1, 31: 2}])
async def test_an_empty_shipment_or_invoice_never_leaves(quantities):
    async with connected() as platform:
        with pytest.raises(Rejected):
            await platform.ship(12, NewShipment(quantities=quantities, tracks=(), comment="", marker="[cm 1]"))
        with pytest.raises(Rejected):
            await platform.invoice(12, quantities)
        assert platform.shop.requests == []


@pytest.mark.parametrize(("quantities", "shipping"), [({}, 5), ({30: 0}, 0), ({30: -1}, 5), ({30: 1}, -1)])
async def test_a_memo_that_the_shop_would_misread_never_leaves(quantities, shipping):
    async with connected() as platform:
        memo = NewMemo(quantities=quantities, shipping=ZERO + shipping, restock=(), comment="")
        with pytest.raises(ValueError, match="redit memo"):
            await platform.refund(12, memo)
        assert platform.shop.requests == []


async def test_a_memo_of_shipping_alone_names_its_items_with_zero():
    async with connected() as platform:
        platform.shop.answers = [told("5")]
        memo = NewMemo(quantities={30: 0}, shipping=ZERO + 5, restock=(), comment="Sorry")
        assert await platform.refund(12, memo) == 5
        body = platform.shop.requests[0][3]
    assert '"items":[{"order_item_id":30,"qty":0}]' in body
    assert '"shipping_amount":5.00' in body
    assert '"notify":false' in body


async def test_a_shop_without_sources_is_read_the_old_way_from_then_on():
    gone = told({"message": "Request does not match any route."}, 404)
    unknown = told({"message": "The product that was requested doesn't exist."}, 404)
    async with connected(concurrency=1) as platform:
        stocked = told({"qty": 5, "is_in_stock": True, "manage_stock": True})
        platform.shop.answers = [gone, stocked, unknown, stocked]
        assert await platform.salable(["A/B+C 1", "gone"]) == {"A/B+C 1": 5}
        assert await platform.source_stock(["A/B+C 1"]) == {"A/B+C 1": {"default": 5}}
        paths = [path.partition("?")[0] for _, path, *_ in platform.shop.requests]
    assert paths == [
        "/rest/walmart/V1/inventory/export-stock-salable-qty/website/base",
        "/rest/walmart/V1/stockItems/A%2FB%2BC%201",
        "/rest/walmart/V1/stockItems/gone",
        "/rest/walmart/V1/stockItems/A%2FB%2BC%201",
    ]


async def test_an_address_without_scheme_is_refused_at_once():
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Misconfigured) as error:
            await discover(session, "shop.example.com", KEYS)
    assert error.value.field == "base_url"


async def test_an_answer_without_items_is_an_empty_list():
    async with connected() as platform:
        platform.shop.answers = [told({"items": None, "total_count": 0})]
        assert await platform.find_orders(external_number="179") == ()


async def test_a_comment_refused_for_its_status_is_sent_with_the_present_one():
    gone = {"message": 'Unable to add comment: The status "%1" is not part of the order\n  status history.'}
    now = {
        "entity_id": 12,
        "status": "processing",
        "created_at": "2026-11-23 12:00:00",
        "updated_at": "2026-11-23 12:00:00",
    }
    async with connected() as platform:
        platform.shop.answers = [told({**now, "status": "pending"}), told(gone, 400), told(now), told(True)]
        await platform.comment(await platform.order(12), "Received")
        sent = [body for method, _, _, body in platform.shop.requests if method == "POST"]
    assert ['"status":"pending"' in sent[0], '"status":"processing"' in sent[1]] == [True, True]
    assert '"is_customer_notified":0' in sent[1]


ORDER = {"entity_id": 12, "created_at": "2026-11-23 12:00:00", "updated_at": "2026-11-23 12:00:00"}


@pytest.mark.parametrize(
    ("answer", "kind", "field"),
    [
        ({**ORDER, "items": [{"item_id": 30}, {"item_id": []}]}, Rejected, "items[1].item_id"),
        ({**ORDER, "updated_at": "yesterday"}, Rejected, "updated_at"),
        ({"status": "blocked"}, Rejected, "entity_id"),
        ([], Unavailable, ""),
        ("ok", Unavailable, ""),
        (None, Unavailable, ""),
    ],
)
async def test_a_document_that_cannot_be_understood_is_refused_with_the_path(answer, kind, field):
    async with connected() as platform:
        platform.shop.answers = [told(answer)]
        with pytest.raises(kind) as error:
            await platform.order(12)
    assert (type(error.value), error.value.field) == (kind, field)
    assert field in str(error.value)


@pytest.mark.parametrize("answer", [None, {}, [], "many", "", -5, 0, {"id": 5}, 1.5])
async def test_a_write_that_does_not_say_what_it_made_is_looked_up(answer):
    async with connected() as platform:
        platform.shop.answers = [told(answer)] * 3
        with pytest.raises(Ambiguous, match="looked up before it is repeated"):
            await platform.create_cart()
        with pytest.raises(Ambiguous):
            await platform.cancel(12) if answer != 0 else await platform.invoice(12, {30: 1})
        with pytest.raises(Ambiguous):
            await platform.refund(12, NewMemo(quantities={30: 1}, shipping=ZERO, restock=(), comment=""))


async def test_a_list_that_is_none_is_asked_for_again():
    async with connected() as platform:
        platform.shop.answers = [told(answer) for answer in ({"items": 5}, [1], "ok")]
        for _ in range(3):
            with pytest.raises(Unavailable):
                await platform.memos_of(12)


async def test_one_broken_row_hides_no_other_though_its_text_is_broken_too():
    page = b'{"items": [%s, {"entity_id": 6, "order_id": 12, "created_at": "\\ud800\\u0000\xff", "a": NaN}, %s]}'
    memo = (
        '{"entity_id": %s, "order_id": 12, "created_at": "2026-11-23 12:00:00", "comments": [{"comment": "\\u0000"}]}'
    )
    body = page % ((memo % 5).encode(), (memo % 7).encode())
    async with connected() as platform:
        platform.shop.answers = [lambda: web.Response(body=body, content_type="application/json")]
        found = await platform.new_memos(after_id=0)
    assert [memo.memo_id for memo in found.memos] == [5, 7]
    assert [(told.document_id, told.path) for told in found.unreadable] == [(6, "created_at")]
    assert found.unreadable[0].raw["created_at"] == "?\ufffd"
    assert found.memos[0].comments == ("",)


async def test_the_connection_test_survives_nonsense():
    views = [{"id": 2, "code": "walmart", "website_id": {}, "is_active": 1}]
    configs = [{"code": "walmart", "base_currency_code": ["USD"]}]
    nonsense = [told(5), told([None]), told({"items": 5}), told([]), told("x")]
    async with connected() as platform:
        platform.shop.answers = [told(configs), told(views), told([], headers={"Date": "today"}), *nonsense]
        checks = {check.name: check for check in await platform.check()}
        assert checks["connection"].passed
        assert checks["clock"].passed
        assert not checks["currency"].passed
        platform.shop.answers = [told(5)]
        [check] = await platform.check()
    assert not check.passed


async def test_a_shop_that_says_nothing_is_not_waited_for_longer_than_the_bounds():
    async def silent(request):
        await asyncio.sleep(5)
        return web.json_response(True)

    async with connected(bounds=Bounds(read=0.1, write=0.2)) as platform:
        platform.shop.answers = [silent, silent]
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await platform.order(12)
        with pytest.raises(Ambiguous):
            await platform.cancel(12)
    assert time.monotonic() - started < 3


async def test_what_the_shop_knows_of_a_buyer_is_not_recorded():
    buyer = {
        "customer_email": "bob@example.com",
        "customer_dob": "1980-05-05",
        "customer_middlename": "Quentin",
        "customer_taxvat": "VAT77",
        "remote_ip": "203.0.113.9",
        "x_forwarded_for": "203.0.113.9",
        "protect_code": "abcdef0123",
        "billing_address": {"firstname": "Bob", "middlename": "Quentin", "vat_id": "VAT77", "fax": "5550199"},
    }
    async with connected() as platform:
        platform.shop.answers = [told({**ORDER, **buyer})]
        with recording() as exchanges:
            await platform.order(12)
    recorded = repr(exchanges[0]["response"])
    assert "2026-11-23 12:00:00" in recorded
    for known in ("bob@", "1980", "Quentin", "VAT77", "203.0", "abcdef", "Bob", "5550199"):
        assert known not in recorded
