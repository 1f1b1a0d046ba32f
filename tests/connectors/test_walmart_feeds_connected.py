"""Stock and prices of many SKUs as a file, and what became of its rows, over real HTTP."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from walmart_account import Account

from channel_manager.connectors.walmart import feeds
from channel_manager.connectors.walmart.marketplace import WalmartMarketplace
from channel_manager.ports.catalog import FeedKind, FeedLine, FeedRow, FeedState, RowOutcome
from channel_manager.shared.errors import Ambiguous, NotFound, Rejected, Unavailable
from channel_simulators.walmart.server import WalmartServer

D = Decimal
LOCKED, WRONG = "ERR_EXT_DATA_0101211", "ERR_EXT_DATA_0101119"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server():
    with WalmartServer() as running:
        yield running


class Shop(Account):
    """A seller account, and what the tests of this file ask of it."""

    async def submit(self, kind, *lines, name="rows.json"):
        given = tuple(FeedLine(sku=sku, value=D(value)) for sku, value in lines)
        return await self.marketplace.submit_feed(kind, given, currency="USD", name=name)

    async def results(self, kind, *lines):
        """Of a feed that is submitted and processed at once."""
        feed_id = await self.submit(kind, *lines)
        self.control.finish_feeds()
        return await self.marketplace.feed(feed_id, rows_from=0)

    def sent(self, method, path="/v3/feeds"):
        return [each for each in self.control.requests() if each["method"] == method and each["path"].startswith(path)]


@pytest.fixture
async def shop(server):
    server.control.clear_requests()
    async with aiohttp.ClientSession() as session:
        yield Shop(server, session)
    server.control.faults_clear()
    server.control.set_options(limits={})
    server.control.set_feed_options(start_after=5, finish_after=30, rows_without_sku="none")


class Oddity:
    """A server that answers every call but that for a token as it is told, in turn."""

    def __init__(self):
        self.answers = []
        self.asked = []
        self.bodies = []

    async def handle(self, request):
        if request.path == "/v3/token":
            return web.json_response({"access_token": "t", "expires_in": 900})
        self.asked.append(request)
        self.bodies.append(await request.read())
        return self.answers.pop(0)


@pytest.fixture
async def oddity():
    found = Oddity()
    app = web.Application(client_max_size=2**25)
    app.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        found.marketplace = WalmartMarketplace(session, base_url=url, client_id="a", client_secret="b")
        yield found
    await runner.cleanup()


# -- submitting --


async def test_stock_goes_out_as_one_file_with_its_name(shop):
    feed_id = await shop.submit(FeedKind.STOCK, ("A/1 +", "7"), ("B", "0"), name="stock-17.json")
    (sent,) = shop.sent("POST")
    assert parse_qs(sent["query"]) == {"feedType": ["inventory"]}
    assert sent["request"] == {
        "InventoryHeader": {"version": "1.4"},
        "Inventory": [
            {"sku": "A/1 +", "quantity": {"unit": "EACH", "amount": 7}},
            {"sku": "B", "quantity": {"unit": "EACH", "amount": 0}},
        ],
    }
    (found,) = await shop.marketplace.feeds(FeedKind.STOCK, since=LONG_AGO)
    assert (found.feed_id, found.kind, found.state) == (feed_id, FeedKind.STOCK, FeedState.RECEIVED)
    assert (found.file_name, found.received, found.processing) == ("stock-17.json", 2, 2)
    assert abs(found.submitted_at - shop.control.now()) < timedelta(minutes=1)


async def test_prices_go_out_to_the_cent(shop, oddity):
    shop.control.set_items([{"sku": "A"}, {"sku": "B"}], account=shop.client_id)
    found = await shop.results(FeedKind.PRICE, ("A", "14.7"), ("B", "0.1"))
    assert [(row.sku, row.outcome) for row in found.rows] == [("A", RowOutcome.ACCEPTED), ("B", RowOutcome.ACCEPTED)]
    assert [shop.control.item(sku, account=shop.client_id)["price"] for sku in "AB"] == ["14.7", "0.1"]
    assert parse_qs(shop.sent("POST")[0]["query"]) == {"feedType": ["price"]}

    oddity.answers = [web.json_response({"feedId": "F1%40X"})]
    lines = (FeedLine(sku="A", value=D("14.7")), FeedLine(sku="B", value=D("29")))
    assert await oddity.marketplace.submit_feed(FeedKind.PRICE, lines, currency="USD", name="p.json") == "F1@X"
    assert b'{"currency":"USD","amount":14.70}' in oddity.bodies[0]
    assert b'{"currency":"USD","amount":29.00}' in oddity.bodies[0]
    assert b'{"PriceHeader":{"version":"1.7"},"Price":[' in oddity.bodies[0]


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (FeedKind.STOCK, []),
        (FeedKind.STOCK, [("A", "1")] * 10_001),
        (FeedKind.STOCK, [("A", "1.5")]),
        (FeedKind.STOCK, [("A", "-1")]),
        (FeedKind.STOCK, [("A", "NaN")]),
        (FeedKind.PRICE, [("A", "1.005")]),
        (FeedKind.PRICE, [("A", "0")]),
    ],
)
async def test_what_is_no_file_is_not_sent(shop, kind, lines):
    with pytest.raises(ValueError, match=r"10000 lines|no number of units|no price"):
        await shop.submit(kind, *lines)
    with pytest.raises(ValueError, match="no name of a file"):
        await shop.submit(kind, *lines, name='a"\r\nb')
    assert shop.sent("POST") == []


async def test_the_largest_file_is_taken_and_a_larger_one_is_not_sent(shop, monkeypatch):
    lines = [(f"{number:050}", str(number + 1)) for number in range(10_000)]
    for kind in FeedKind:
        assert await shop.submit(kind, *lines)
    monkeypatch.setattr(feeds, "LARGEST_FILE", 1_000_000)
    with pytest.raises(Rejected, match=r"A file of 10000 SKUs has 1\.\d MB, and Walmart takes at most 1 MB") as caught:
        await shop.submit(FeedKind.STOCK, *lines)
    assert (caught.value.side, caught.value.field, caught.value.status) == ("Walmart", "file", 413)
    assert len(shop.sent("POST")) == 2


async def test_a_file_that_walmart_finds_too_large_says_so(oddity):
    oddity.answers = [web.Response(status=413, text="<html><title>413 Request Entity Too Large</title></html>")]
    with pytest.raises(Rejected, match="larger than Walmart takes"):
        await oddity.marketplace.submit_feed(
            FeedKind.STOCK, (FeedLine(sku="A", value=D(1)),), currency="USD", name="x.json"
        )


async def test_a_feed_in_another_currency_is_not_sent(shop):
    lines = (FeedLine(sku="A", value=D("1")),)
    with pytest.raises(Rejected, match="US dollars only"):
        await shop.marketplace.submit_feed(FeedKind.PRICE, lines, currency="EUR", name="p.json")


@pytest.mark.parametrize(
    ("kind", "options", "arrived"),
    [
        ("lost_reply", {}, 1),
        ("status_after", {"status": 504}, 1),
        ("status_after", {"shape": "truncated_json"}, 1),
        ("reset", {}, 0),
        ("status_before", {"status": 520}, 0),
    ],
)
async def test_a_feed_whose_answer_is_lost_is_found_by_its_name(shop, kind, options, arrived):
    began = shop.control.now() - timedelta(seconds=1)
    shop.control.faults_add(kind, method="POST", path="/v3/feeds", **options)
    with pytest.raises(Ambiguous):
        await shop.submit(FeedKind.STOCK, ("A", "1"), name="stock-18.json")
    found = await shop.marketplace.feeds(FeedKind.STOCK, since=began)
    assert [one.file_name for one in found] == ["stock-18.json"] * arrived


async def test_an_hours_feeds_are_counted_apart_for_stock_and_prices(shop):
    told = []
    shop.marketplace._client._on_budget = told.append
    for kind in FeedKind:
        await shop.submit(kind, ("A", "1"))
    assert [(budget.family, budget.remaining) for budget in told] == [("feed_stock", 9), ("feed_price", 9)]
    shop.control.faults_add("status_before", method="POST", path="/v3/feeds", status=429, retry_after=300)
    with pytest.raises(Unavailable) as caught:
        await shop.submit(FeedKind.STOCK, ("A", "1"))
    assert caught.value.retry_after >= timedelta(seconds=290)


# -- the list --


async def test_feeds_of_a_kind_since_a_moment_latest_first(shop):
    shop.control.set_options(limits={"feed.inventory": 200, "feed.prices": 200})
    numbers = [await shop.submit(FeedKind.STOCK, ("A", str(n)), name=f"{n}.json") for n in range(120)]
    await shop.submit(FeedKind.PRICE, ("A", "1"))
    shop.control.clear_requests()
    found = await shop.marketplace.feeds(FeedKind.STOCK, since=LONG_AGO)
    assert [one.feed_id for one in found] == numbers[::-1]
    assert [parse_qs(each["query"])["offset"] for each in shop.sent("GET")] == [["0"], ["50"], ["100"]]
    shop.control.clear_requests()
    assert await shop.marketplace.feeds(FeedKind.STOCK, since=shop.control.now() + timedelta(seconds=1)) == ()
    assert len(shop.sent("GET")) == 1


def listed(feed_id, at, **more):
    shown = {"feedId": feed_id, "feedType": "INVENTORY", "feedStatus": "PROCESSED", "feedDate": at.timestamp() * 1000}
    return shown | {"itemsReceived": 3, "itemsSucceeded": 2, "itemsFailed": 1, "itemsProcessing": 0} | more


async def test_a_list_in_any_order_and_with_rubble_is_read_to_its_end(oddity):
    now = datetime.now(UTC)
    rows = [
        listed("OLD@X", LONG_AGO),
        None,
        listed("", now),
        listed("PRICE@X", now, feedType="price"),
        listed("ODD%40X", now, feedStatus="PAUSED", feedType=None, itemsReceived="many"),
    ]
    page = {"totalResults": 6, "results": {"feed": rows}}
    rest = {"totalResults": 6, "results": {"feed": listed("LATE@X", now, feedDate=None, feedStatus="ERROR")}}
    oddity.answers = [web.json_response(page), web.json_response(rest)]
    found = await oddity.marketplace.feeds(FeedKind.STOCK, since=now - timedelta(hours=1))
    assert [(one.feed_id, one.state, one.said) for one in found] == [
        ("ODD@X", FeedState.PROCESSING, "PAUSED"),
        ("LATE@X", FeedState.REFUSED, ""),
    ]
    assert (found[0].received, found[1].accepted, found[1].failed) == (0, 2, 1)
    assert [request.query["offset"] for request in oddity.asked] == ["0", "5"]
    oddity.answers = [web.json_response({"errors": {"error": [{"code": "CONTENT_NOT_FOUND"}]}}, status=404)]
    assert await oddity.marketplace.feeds(FeedKind.STOCK, since=now) == ()


# -- the rows --


async def test_a_feed_is_followed_from_its_receipt_to_its_end(shop):
    shop.control.set_feed_options(start_after=60, finish_after=900)
    feed_id = await shop.submit(FeedKind.STOCK, ("A", "1"), ("B", "2"))
    received = await shop.marketplace.feed(feed_id, rows_from=0)
    assert (received.feed.feed_id, received.feed.state) == (feed_id, FeedState.RECEIVED)
    assert (received.rows, received.following) == ((), None)
    assert shop.sent("GET")[0]["path"] in (f"/v3/feeds/{feed_id}", f"/v3/feeds/{feed_id.replace('@', '%40')}")
    shop.control.advance_clock(61)
    running = await shop.marketplace.feed(feed_id, rows_from=0)
    assert [(row.index, row.sku, row.outcome) for row in running.rows] == [
        (0, "A", RowOutcome.PROCESSING),
        (1, "B", RowOutcome.PROCESSING),
    ]
    shop.control.advance_clock(840)
    done = await shop.marketplace.feed(feed_id)
    assert (done.feed.state, done.feed.received, done.feed.accepted) == (FeedState.FINISHED, 2, 2)
    assert (done.rows, done.following) == ((), None)
    assert abs(done.feed.submitted_at + timedelta(seconds=901) - shop.control.now()) < timedelta(minutes=1)


async def test_the_id_is_percent_encoded(oddity):
    oddity.answers = [web.json_response({"feedId": "F1%40X", "feedStatus": "PROCESSED"})]
    found = await oddity.marketplace.feed("F1@X")
    assert (oddity.asked[0].raw_path, found.feed.feed_id) == ("/v3/feeds/F1%40X?includeDetails=false", "F1@X")


@pytest.mark.parametrize("hidden", ["none", "failed", "all"])
async def test_each_row_has_its_outcome_whether_it_names_its_sku_or_not(shop, hidden):
    shop.control.set_feed_options(rows_without_sku=hidden)
    faults = {
        "LOCKED": {"type": "DATA_ERROR", "code": LOCKED, "description": "Busy."},
        "WRONG": {"type": "DATA_ERROR", "code": WRONG, "description": "Taken."},
        "SYSTEM": {"type": "SYSTEM_ERROR", "code": "X", "description": "Sorry."},
        "LATE": {"type": "TIMEOUT_ERROR", "code": "Y", "description": "Slow."},
    }
    shop.control.fail_rows(faults, account=shop.client_id)
    found = await shop.results(FeedKind.STOCK, ("GOOD", "1"), *((sku, "2") for sku in faults))
    assert (found.feed.state, found.feed.accepted, found.feed.failed) == (FeedState.FINISHED, 1, 4)
    shown = [sku if hidden == "none" or (hidden == "failed" and sku == "GOOD") else "" for sku in ("GOOD", *faults)]
    assert [row.sku for row in found.rows] == shown
    assert [(row.index, row.outcome, row.code, row.said) for row in found.rows] == [
        (0, RowOutcome.ACCEPTED, "", ""),
        (1, RowOutcome.AGAIN, LOCKED, "Busy."),
        (2, RowOutcome.REFUSED, WRONG, "Taken."),
        (3, RowOutcome.AGAIN, "X", "Sorry."),
        (4, RowOutcome.AGAIN, "Y", "Slow."),
    ]


async def test_rows_are_read_page_by_page(shop):
    feed_id = await shop.submit(FeedKind.STOCK, *((f"S{number}", str(number)) for number in range(120)))
    shop.control.finish_feeds()
    found, following = [], 0
    while following is not None:
        page = await shop.marketplace.feed(feed_id, rows_from=following)
        found += page.rows
        assert page.following in (following + 50, None)
        following = page.following
    assert [(row.index, row.sku) for row in found] == [(number, f"S{number}") for number in range(120)]


async def test_a_file_that_is_refused_as_a_whole_says_why(shop):
    shop.control.fail_files(type="DATA_ERROR", code="ERR_EXT_DATA_0503009", description="Wrong header.")
    found = await shop.results(FeedKind.STOCK, ("A", "1"))
    assert (found.feed.state, found.feed.said) == (FeedState.REFUSED, "Wrong header.")
    assert (found.rows, found.following) == ((), None)


async def test_a_row_that_cannot_be_understood_loses_no_other(oddity):
    def row(status, *errors, **more):
        return {"ingestionStatus": status, "ingestionErrors": {"ingestionError": list(errors)}} | more

    locked, wrong = {"code": LOCKED, "type": "DATA_ERROR"}, {"code": WRONG, "description": "Taken."}
    rows = [
        row("SUCCESS", sku="A", index=0),
        row("WHATEVER", sku="B"),
        None,
        row("DATA_ERROR", locked, wrong, sku="D", index="3"),
        {"ingestionStatus": "DATA_ERROR", "ingestionErrors": None, "sku": None},
    ]
    detail = {"feedId": "F", "itemsReceived": 9, "itemDetails": {"itemIngestionStatus": rows}}
    oddity.answers = [web.json_response(detail | {"feedStatus": "PROCESSED"})]
    found = await oddity.marketplace.feed("F", rows_from=0)
    assert found.rows == (
        FeedRow(index=0, sku="A", outcome=RowOutcome.ACCEPTED),
        FeedRow(index=1, sku="B", outcome=RowOutcome.REFUSED, code="UNREADABLE", said="WHATEVER"),
        FeedRow(index=2, sku="", outcome=RowOutcome.REFUSED, code="UNREADABLE"),
        FeedRow(index=3, sku="D", outcome=RowOutcome.REFUSED, code=LOCKED, said=f"{LOCKED}; Taken."),
        FeedRow(index=4, sku="", outcome=RowOutcome.REFUSED),
    )
    assert found.following == 5
    oddity.answers = [web.json_response(detail | {"itemsReceived": None})]
    assert (await oddity.marketplace.feed("F", rows_from=0)).following is None


async def test_a_feed_that_is_not_ours_is_not_found(shop):
    for feed_id in ("F129C19240844B97A3C6AD8F1A2C4997@AU8BAQA", "", ".."):
        with pytest.raises(NotFound, match="does not know feed"):
            await shop.marketplace.feed(feed_id, rows_from=0)


@pytest.mark.parametrize(
    "answer", [{}, {"feedId": None}, {"feedId": "", "errors": None}, {"errors": [{"code": "SYSTEM_ERROR"}]}]
)
async def test_a_submission_without_an_id_is_looked_up(oddity, answer):
    oddity.answers = [web.json_response(answer)]
    with pytest.raises(Ambiguous):
        await oddity.marketplace.submit_feed(
            FeedKind.STOCK, (FeedLine(sku="A", value=D(1)),), currency="USD", name="x.json"
        )
    assert json.loads(oddity.bodies[0].split(b"\r\n")[4])["Inventory"][0]["sku"] == "A"
