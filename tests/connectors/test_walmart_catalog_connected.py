"""Items, stock and prices of a Walmart account, over real HTTP."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from walmart_account import Account

from channel_manager.connectors.walmart.marketplace import WalmartMarketplace
from channel_manager.ports.catalog import Inventory, Item, Published
from channel_manager.shared.errors import About, Ambiguous, Misconfigured, NotFound, Rejected, Unavailable
from channel_simulators.walmart.server import WalmartServer

D = Decimal
AWKWARD = "A/1 +ä%&=?#"
SECOND = "10000003528"


@pytest.fixture(scope="module")
def server():
    with WalmartServer() as running:
        yield running


class Shop(Account):
    """A seller account with its items, stock and prices."""

    def set_items(self, *items):
        self.control.set_items(items, account=self.client_id)

    def stock(self, sku):
        return self.control.stock(sku, account=self.client_id)["input"]

    def price(self, sku):
        return self.control.item(sku, account=self.client_id)["price"]

    def sent(self, path):
        return [exchange for exchange in self.control.requests() if exchange["path"].startswith(path)]


@pytest.fixture
async def shop(server):
    server.control.clear_requests()
    async with aiohttp.ClientSession() as session:
        session._retry_connection = False  # as the gateways do: whether a write is repeated is ours to decide
        yield Shop(server, session)
    server.control.faults_clear()
    server.control.set_options(limits={})
    server.control.set_catalog_options(
        unknown_skus="appear",
        short_pages=True,
        last_item_cursor="absent",
        largest_item_offset=10_000,
        price_delay=0,
        new_item_price_hold=0,
        legacy_wfs_inventory=True,
    )


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
        status, body = self.answers.pop(0)
        return web.json_response(body, status=status)


@pytest.fixture
async def oddity():
    found = Oddity()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        found.marketplace = WalmartMarketplace(session, base_url=url, client_id="a", client_secret="b")
        yield found
    await runner.cleanup()


def fault(code, description="Something", **more):
    return {"code": code, "field": None, "description": description, "severity": "ERROR"} | more


async def all_of(ask, most=100):
    """Pages from the first to the last."""
    pages, cursor = [], None
    while len(pages) < most:
        pages.append(await ask(cursor=cursor))
        cursor = pages[-1].cursor
        if cursor is None:
            return pages
    raise AssertionError("It never ends.")


def test_what_walmart_can_do_is_told():
    marketplace = WalmartMarketplace(None, base_url="x", client_id="", client_secret="")
    assert (marketplace.capabilities.most_items_listed, marketplace.capabilities.feed_lines) == (10_000, 10_000)
    rates = {name: (limit.count, limit.seconds) for name, limit in marketplace.limits.items()}
    expected = {"set_stock": (200, 60), "set_price": (100, 3600), "feed_stock": (10, 3600), "feed_price": (10, 3600)}
    assert rates | expected == rates
    assert {"items", "item", "inventories", "inventory", "wfs_inventory", "feeds"} < rates.keys()


# -- items --


async def test_no_items_are_an_empty_page(shop):
    page = await shop.marketplace.items()
    assert (page.items, page.cursor, page.unreadable) == ((), None, ())
    assert shop.sent("/v3/items")[-1]["status"] == 404


async def test_an_item_is_read_with_its_oddities(shop):
    shop.set_items(
        {
            "sku": AWKWARD,
            "name": "Mug",
            "price": "14.70",
            "shelf": ['["', "UNNAV"],
            "upc": "",
            "published_status": "UNPUBLISHED",
            "unpublished_reasons": ["No shipping price.", "No tax code."],
            "variant_group_id": "7",
            "is_primary": True,
        }
    )
    (found,) = (await shop.marketplace.items()).items
    assert found == Item(
        sku=AWKWARD,
        product_id=shop.control.item(AWKWARD, account=shop.client_id)["wpid"],
        title="Mug",
        published=Published.ACTION_NEEDED,
        reasons=("No shipping price.", "No tax code."),
        price=D("14.70"),
        currency="USD",
    )
    assert await shop.marketplace.item(AWKWARD) == found


@pytest.mark.parametrize(
    ("published", "lifecycle", "expected"),
    [
        ("PUBLISHED", "ACTIVE", Published.LIVE),
        ("READY_TO_PUBLISH", "ACTIVE", Published.PENDING),
        ("IN_PROGRESS", "ACTIVE", Published.PENDING),
        ("STAGE", "ACTIVE", Published.PENDING),
        ("UNPUBLISHED", "ACTIVE", Published.ACTION_NEEDED),
        ("SYSTEM_PROBLEM", "ACTIVE", Published.PLATFORM_ERROR),
        ("PUBLISHED", "ARCHIVED", Published.ENDED),
        ("PUBLISHED", "RETIRED", Published.ENDED),
    ],
)
async def test_each_status_of_an_item_has_its_meaning(shop, published, lifecycle, expected):
    shop.set_items({"sku": "A", "published_status": published, "lifecycle_status": lifecycle})
    found = await shop.marketplace.item("A")
    assert (found.published, found.price, found.currency) == (expected, None, "")


@pytest.mark.parametrize("last", ["absent", "present"])
async def test_all_items_are_listed_by_token_and_advancing_offset(shop, last):
    shop.control.set_catalog_options(last_item_cursor=last)
    shop.set_items(*({"sku": f"S{number:03}"} for number in range(450)))
    pages = await all_of(shop.marketplace.items)
    assert [len(page.items) for page in pages] == [200, 200, 50]
    assert [item.sku for page in pages for item in page.items] == [f"S{number:03}" for number in range(450)]
    assert {page.total for page in pages} == {450}
    first, second, third = (parse_qs(exchange["query"]) for exchange in shop.sent("/v3/items"))
    assert first == {"nextCursor": ["*"], "limit": ["200"]}
    assert (second["offset"], third["offset"]) == (["200"], ["400"])
    assert second["nextCursor"] == third["nextCursor"] != ["*"]


async def test_the_offset_advances_by_what_came(oddity):
    """An older document allows no more than 50 rows a page."""
    rows = [{"sku": sku, "publishedStatus": "PUBLISHED"} for sku in "ABC"]
    oddity.answers = [
        (200, {"ItemResponse": rows[:2], "totalItems": 3, "nextCursor": "x+/="}),
        (200, {"ItemResponse": rows[2:], "totalItems": 3, "nextCursor": "x+/="}),
    ]
    pages = await all_of(oddity.marketplace.items)
    assert [item.sku for page in pages for item in page.items] == ["A", "B", "C"]
    assert oddity.asked[1].query["offset"] == "2"
    assert oddity.asked[1].raw_path.startswith("/v3/items?nextCursor=x%2B%2F%3D&")


async def test_the_list_ends_where_offsets_end_and_tells_how_many_there_are(shop):
    shop.set_items(*({"sku": f"S{number:05}"} for number in range(10_300)))
    pages = await all_of(shop.marketplace.items)
    assert len({item.sku for page in pages for item in page.items}) == 10_000
    assert (len(pages), pages[-1].cursor, pages[-1].total) == (50, None, 10_300)


async def test_a_list_that_was_forgotten_begins_again(shop):
    shop.set_items(*({"sku": f"S{number:03}"} for number in range(201)))
    page = await shop.marketplace.items()
    shop.control.advance_clock(121)
    with pytest.raises(Rejected, match="starts again from the first page") as caught:
        await shop.marketplace.items(cursor=page.cursor)
    assert (caught.value.side, caught.value.field) == ("Walmart", "nextCursor")
    with pytest.raises(Rejected, match="starts again from the first page"):
        await shop.marketplace.items(cursor="?nextCursor=x")
    with pytest.raises(Rejected, match="starts again from the first page"):
        await shop.marketplace.inventories(cursor="x")


async def test_an_item_that_cannot_be_read_hides_no_other(oddity):
    rows = [
        {"sku": "A", "publishedStatus": "PUBLISHED"},
        {"sku": "B", "publishedStatus": "HIDDEN"},
        None,
        {"sku": "C", "publishedStatus": "PUBLISHED", "price": {"currency": "USD", "amount": "cheap"}},
        {"sku": "D", "publishedStatus": "STAGE", "shelf": 7, "upc": None, "unpublishedReasons": {"reason": "Why"}},
    ]
    oddity.answers = [(200, {"ItemResponse": rows, "totalItems": "5"})]
    page = await oddity.marketplace.items()
    assert [(item.sku, item.reasons) for item in page.items] == [("A", ()), ("D", ("Why",))]
    assert (page.unreadable, page.total) == (("B", "ItemResponse[2]", "C"), 5)
    oddity.answers = [(200, {"ItemResponse": [rows[1]]})]
    with pytest.raises(Rejected, match="SKU B in a form that cannot be understood: publishedStatus") as caught:
        await oddity.marketplace.item("B")
    assert caught.value.about is About.SKU


async def test_a_sku_that_is_not_the_sellers_is_not_found(shop, oddity):
    for call in (shop.marketplace.item, shop.marketplace.inventory):
        for sku in ("NOPE", "", " "):
            with pytest.raises(NotFound, match=f"does not know SKU {sku} in this seller account") as caught:
                await call(sku)
            assert (caught.value.about, caught.value.side) == (About.SKU, "Walmart")
    oddity.answers = [(200, {"ItemResponse": [{"sku": "a", "publishedStatus": "PUBLISHED"}]})]
    with pytest.raises(NotFound):
        await oddity.marketplace.item("A")


# -- stock --


async def test_the_stated_figure_is_set_and_read(shop):
    for units in (0, 17, 2_000_000):
        await shop.marketplace.set_stock(AWKWARD, units)
        assert (shop.stock(AWKWARD), await shop.marketplace.inventory(AWKWARD)) == (units, units)
    sent = shop.sent("/v3/inventory")[0]
    assert sent["request"] == {"sku": AWKWARD, "quantity": {"unit": "EACH", "amount": 0}}
    assert sent["query"] == "sku=A%2F1%20%2B%C3%A4%25%26%3D%3F%23"


@pytest.mark.parametrize("units", [-1, 2**31])
async def test_what_is_no_number_of_units_is_not_sent(shop, units):
    with pytest.raises(ValueError, match="no number of units"):
        await shop.marketplace.set_stock("A", units)
    assert shop.sent("/v3/inventory") == []


async def test_reservations_are_read_beside_what_was_stated(shop):
    shop.set_items({"sku": "A", "stock": 10}, {"sku": "B", "stock": {"10000003527": 3, SECOND: 4}})
    shop.control.add_ship_node(SECOND, "West", account=shop.client_id)
    shop.control.place_order(lines=[{"sku": "A", "quantity": 4}, {"sku": "B", "quantity": 5}], account=shop.client_id)
    page = await shop.marketplace.inventories()
    assert page.inventories == (
        Inventory(sku="A", stated=10, reserved=4, available=6),
        Inventory(sku="B", stated=7, reserved=5, available=4),
    )
    assert (page.cursor, page.total, page.unreadable) == (None, 2, ())


async def test_short_pages_of_stock_are_not_the_last(shop):
    shop.set_items(*({"sku": f"S{number:03}", "stock": number} for number in range(230)))
    pages = await all_of(shop.marketplace.inventories)
    assert [len(page.inventories) for page in pages] == [50, 49, 49, 50, 32]
    found = [inventory.stated for page in pages for inventory in page.inventories]
    assert sorted(found) == list(range(230))


def node(given=3, reserved=1, left=2):
    figures = {"inputQty": given, "reservedQty": reserved, "availToSellQty": left}
    return {"shipNode": "1"} | {name: {"unit": "EACH", "amount": value} for name, value in figures.items()}


async def test_stock_of_which_a_node_is_missing_is_not_read(oddity):
    rows = [
        {"sku": "A", "nodes": [node(), node(left=-4)]},
        {"sku": "B", "nodes": [node(), {"shipNode": "2", "errors": [fault("X")]}]},
        {"sku": "C", "nodes": [node(given=None)]},
        {"sku": "D"},
        {"sku": "E", "nodes": []},
        {"sku": "F", "nodes": [node() | {"availToSellQty": None, "errors": []}]},
        "rubble",
    ]
    oddity.answers = [(200, {"meta": {"totalCount": 7}, "elements": {"inventories": rows}})]
    page = await oddity.marketplace.inventories()
    assert page.inventories == (
        Inventory(sku="A", stated=6, reserved=2, available=2),
        Inventory(sku="E", stated=0, reserved=0, available=0),
        Inventory(sku="F", stated=3, reserved=1, available=2),
    )
    assert page.unreadable == ("B", "C", "D", "inventories[6]")


async def test_an_empty_page_of_stock_is_not_the_last_but_a_repeated_cursor_is(oddity):
    def page(cursor, *rows):
        return 200, {"meta": {"nextCursor": cursor}, "elements": {"inventories": list(rows)}}

    oddity.answers = [page("x"), page("y", {"sku": "A", "nodes": [node()]}), page("y")]
    pages = await all_of(oddity.marketplace.inventories)
    assert [len(each.inventories) for each in pages] == [0, 1, 0]


async def test_skus_in_walmarts_own_warehouses_are_told(shop):
    assert await shop.marketplace.marketplace_stocked() == ((), None)
    for number in range(301):
        shop.control.set_wfs_stock(f"W{number:03}", available=number, on_hand=number, account=shop.client_id)
    first, cursor = await shop.marketplace.marketplace_stocked()
    rest, end = await shop.marketplace.marketplace_stocked(cursor=cursor)
    assert [*first, *rest] == [f"W{number:03}" for number in range(301)]
    assert (len(rest), end) == (1, None)
    with pytest.raises(Rejected, match="starts again"):
        await shop.marketplace.marketplace_stocked(cursor="300")


GONE = [
    (404, {"error": [fault("URI_NOT_FOUND.GMP_GATEWAY_API")]}),
    (404, {"errors": {"error": [fault("X")]}}),
    (410, {}),
]


def newer(total, *skus):
    rows = [{"itemInformation": {"sku": sku}, "inventoryData": {"availableUnits": 1}} for sku in skus]
    return 200, {"headers": {"totalCount": total}, "payload": {"inventory": rows}}


@pytest.mark.parametrize("gone", GONE)
async def test_the_newer_call_is_asked_where_the_older_one_has_ended(oddity, gone):
    oddity.answers = [gone, newer(3, "A", "B"), newer(3, "C")]
    first, cursor = await oddity.marketplace.marketplace_stocked()
    assert (first, await oddity.marketplace.marketplace_stocked(cursor=cursor)) == (("A", "B"), (("C",), None))
    assert [request.path for request in oddity.asked] == [
        "/v3/fulfillment/inventory",
        "/v3/wfs/inventory",
        "/v3/wfs/inventory",
    ]
    assert oddity.asked[2].query["offset"] == "2"


async def test_an_account_that_is_told_nothing_of_walmarts_warehouses_keeps_its_token(oddity):
    unknown = {"error": [fault("UNAUTHORIZED.GMP_GATEWAY_API", "Program Eligibility is not enabled")]}
    oddity.answers = [GONE[0], (401, unknown), (401, unknown)]
    with pytest.raises(Rejected, match="does not tell this account"):
        await oddity.marketplace.marketplace_stocked()
    oddity.answers = [GONE[0], (403, {"error": [fault("FORBIDDEN.GMP_GATEWAY_API", "FORBIDDEN")]})]
    with pytest.raises(Misconfigured):
        await oddity.marketplace.marketplace_stocked()


async def test_stock_of_the_sellers_own_is_not_walmarts_and_rubble_is_not_nothing(oddity):
    def older(*rows):
        return 200, {"headers": {"totalCount": len(rows)}, "payload": {"inventory": list(rows)}}

    own = {"sku": "A", "shipNodes": [{"shipNodeType": "SellerFulfilled"}]}
    both = {"sku": "B", "shipNodes": [{"shipNodeType": "SellerFulfilled"}, {"shipNodeType": "WFSFulfilled"}]}
    oddity.answers = [older(own, both, {"sku": "C"}, {"x": 1})]
    assert await oddity.marketplace.marketplace_stocked() == (("B", "C"), None)
    oddity.answers = [older({"x": 1}, None)]
    with pytest.raises(Rejected, match=r"payload\.inventory\.sku is missing or wrong"):
        await oddity.marketplace.marketplace_stocked()


# -- prices --


@pytest.mark.parametrize(
    ("price", "wire"), [("14.7", b"14.70"), ("0.1", b"0.10"), ("29", b"29.00"), ("1E+2", b"100.00")]
)
async def test_a_price_goes_out_to_the_cent(shop, oddity, price, wire):
    shop.set_items({"sku": AWKWARD})
    await shop.marketplace.set_price(AWKWARD, D(price), currency="USD")
    assert D(shop.price(AWKWARD)) == D(price)
    oddity.answers = [(200, {"sku": "A"})]
    await oddity.marketplace.set_price("A", D(price), currency="usd")
    assert b'"amount":' + wire + b"}" in oddity.bodies[0]


@pytest.mark.parametrize("price", ["0", "-1", "1.005", "NaN", "Infinity", "1E+20"])
async def test_what_is_no_price_is_not_sent(shop, price):
    with pytest.raises(ValueError, match="no price"):
        await shop.marketplace.set_price("A", D(price), currency="USD")
    assert shop.sent("/v3/price") == []


async def test_another_currency_is_not_sent(shop):
    with pytest.raises(Rejected, match="US dollars only; the store view's prices are in EUR") as caught:
        await shop.marketplace.set_price("A", D("1"), currency="EUR")
    assert (caught.value.side, caught.value.field) == ("Walmart", "currency")
    assert shop.sent("/v3/price") == []


# -- writes that are refused, or may have happened --

WRITES = {
    "set_stock": (lambda marketplace: marketplace.set_stock("A", 5), "/v3/inventory"),
    "set_price": (lambda marketplace: marketplace.set_price("A", D("5"), currency="USD"), "/v3/price"),
}


@pytest.fixture(params=WRITES)
def write(request):
    return WRITES[request.param]


def done(shop):
    return (shop.stock("A"), shop.price("A")) != (1, "1")


@pytest.mark.parametrize(
    ("kind", "options", "happened"),
    [
        ("lost_reply", {}, True),
        ("reset", {}, False),
        ("status_before", {"status": 520}, False),
        ("status_after", {"status": 500}, True),
        ("status_after", {"shape": "truncated_json"}, True),
    ],
)
async def test_what_may_have_happened_is_ambiguous(shop, write, kind, options, happened):
    shop.set_items({"sku": "A", "stock": 1, "price": "1"})
    call, path = write
    shop.control.faults_add(kind, path=path, **options)
    with pytest.raises(Ambiguous):
        await call(shop.marketplace)
    assert done(shop) is happened
    await call(shop.marketplace)
    assert done(shop)


@pytest.mark.parametrize(
    ("status", "error"), [(429, Unavailable), (423, Unavailable), (503, Unavailable), (403, Misconfigured)]
)
async def test_what_was_not_executed_is_sent_again(shop, write, status, error):
    shop.set_items({"sku": "A", "stock": 1, "price": "1"})
    call, path = write
    shop.control.faults_add("status_before", path=path, status=status, retry_after=60, shape="gateway")
    with pytest.raises(error) as caught:
        await call(shop.marketplace)
    assert not done(shop)
    if status == 429:
        assert caught.value.retry_after >= timedelta(seconds=50)


async def test_an_hours_prices_are_told_as_a_budget(shop):
    shop.set_items({"sku": "A"})
    told = []
    shop.marketplace._client._on_budget = told.append
    await shop.marketplace.set_price("A", D("5"), currency="USD")
    assert [(budget.family, budget.remaining) for budget in told] == [("set_price", 99)]


async def test_an_unknown_sku_is_told_by_name(shop, write):
    shop.control.set_catalog_options(unknown_skus="refuse")
    with pytest.raises(NotFound, match="does not know SKU A in this seller account") as caught:
        await write[0](shop.marketplace)
    assert (caught.value.about, caught.value.status) == (About.SKU, 404)


async def test_a_sku_that_is_too_long_says_so(shop):
    with pytest.raises(Rejected, match="at most 50 characters"):
        await shop.marketplace.set_stock("A" * 51, 1)


async def test_an_answer_about_something_else_is_looked_up(oddity):
    answers = [{"sku": "B", "quantity": {"amount": 5}}, {"sku": "A", "quantity": {"amount": 4}}, {"sku": "A"}]
    for answer in answers:
        oddity.answers = [(200, answer)]
        with pytest.raises(Ambiguous, match="names something else"):
            await oddity.marketplace.set_stock("A", 5)
    oddity.answers = [(200, {"ItemPriceResponse": {"sku": "B", "message": "Thank you."}})]
    with pytest.raises(Ambiguous, match="names something else"):
        await oddity.marketplace.set_price("A", D("5"), currency="USD")


@pytest.mark.parametrize(
    ("said", "code", "error", "words"),
    [
        ("New items take prices after 24 hours", "INVALID_REQUEST_CONTENT.X", Rejected, "no price for this item yet"),
        ("currentPrice amount", "INVALID_REQUEST_CONTENT.X", Rejected, "positive amounts in US dollars"),
        ("The SKU is locked", "INVALID_REQUEST_CONTENT.X", Rejected, "still working on this SKU"),
        ("Something", "SYSTEM_ERROR.X", Ambiguous, "failed while working on this"),
        ("Something", "REQUEST_THRESHOLD_VIOLATED.X", Unavailable, "rate limit"),
    ],
)
async def test_a_refusal_may_be_inside_a_success(oddity, said, code, error, words):
    wrong = {"ItemPriceResponse": {"sku": "A", "errors": [fault(code, said)]}}
    for body in (wrong, wrong["ItemPriceResponse"]):
        oddity.answers = [(200, body)]
        with pytest.raises(error, match=words):
            await oddity.marketplace.set_price("A", D("5"), currency="USD")
    hint = fault(code, said, severity="WARN")
    oddity.answers = [(200, {"ItemPriceResponse": {"sku": "A", "errors": [hint]}})]
    await oddity.marketplace.set_price("A", D("5"), currency="USD")


async def test_figures_of_many_skus_go_out_side_by_side(shop):
    await asyncio.gather(*(shop.marketplace.set_stock(f"S{number}", number) for number in range(40)))
    assert [shop.stock(f"S{number}") for number in range(40)] == list(range(40))
    assert json.loads(json.dumps(shop.sent("/v3/inventory")[0]["response"]))["quantity"]["unit"] == "EACH"
