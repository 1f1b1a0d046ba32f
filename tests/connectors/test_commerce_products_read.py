"""Products and prices of a simulated shop, read page by page, by SKU and by what changed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from commerce_shop import connect

from channel_manager.connectors.adobe_commerce.catalog.website import Website
from channel_manager.connectors.adobe_commerce.transport import Bounds
from channel_manager.ports.catalog import ShopSettings
from channel_manager.ports.documents import Keyset
from channel_manager.shared.errors import Misconfigured, Unavailable
from channel_simulators.commerce.server import CommerceServer

CONNECT = "connect_to_channel_manager"
LONG_AGO = Keyset(updated_at=datetime(2020, 1, 1, tzinfo=UTC))
ODD_SKUS = ("A,B", "A/B+C 1", 'a"b', "a'b", "50%", "a#b&c=d", "a\\b", "帽子", " led", "x" * 64)
HASTY = Bounds(connect=1, read=0.3, write=0.3, largest=200_000)


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def control(shop):
    return shop.control


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        session._retry_connection = False
        yield session


@pytest.fixture
def platform(session, shop):
    return connect(session, shop)


def skus(found):
    return [product.sku for product in found]


async def everything(platform, attribute="", limit=100):
    """All products and the number of pages."""
    found, last_id = [], 0
    for pages in range(1, 100):
        page = await platform.products(attribute=attribute, after_id=last_id, limit=limit)
        found += page.products
        last_id = page.last_id
        if not page.more:
            return found, pages
    raise AssertionError("the pages do not end")


async def changes(platform, cursor, limit=100):
    found = []
    for _ in range(100):
        products, cursor, more = await platform.changed_products(cursor, attribute=CONNECT, limit=limit)
        found += products
        if not more:
            return found, cursor
    raise AssertionError("the feed does not end")


# -- the shop --


async def test_what_prices_and_days_of_the_shop_mean(platform, control):
    expected = ShopSettings(currency="USD", time_zone="America/Chicago", has_sources=True)
    assert await platform.shop_settings() == expected
    control.set_options(msi=False)
    assert not (await platform.shop_settings()).has_sources


async def test_a_shop_without_sources_is_asked_once(platform, control):
    control.set_options(msi=False)
    for _ in range(3):
        assert not (await platform.shop_settings()).has_sources
    asked = [one for one in control.requests() if "/inventory/" in str(one)]
    assert len(asked) == 1


async def test_a_store_view_that_the_shop_does_not_know_any_more(session, shop):
    with pytest.raises(Misconfigured) as error:
        await connect(session, shop, store_code="gone").shop_settings()
    assert error.value.field == "store_code"


async def test_a_store_view_whose_settings_are_not_told():
    class Silent:
        async def store_configs(self):
            return [{"code": "default", "base_currency_code": "USD", "timezone": "UTC"}]

    with pytest.raises(Misconfigured, match="does not tell the currency of the store view walmart"):
        await Website(Silent(), store_code="walmart", website_code="walmart").settings(has_sources=True)


async def test_whether_the_shop_has_an_attribute(platform, control):
    assert await platform.has_attribute(CONNECT)
    assert not await platform.has_attribute("nobody/has this")
    control.remove_attribute(CONNECT)
    assert not await platform.has_attribute(CONNECT)


async def test_a_missing_permission_to_read_attributes_is_not_a_missing_attribute(platform, control):
    control.set_acl(["Magento_Backend::store"])
    with pytest.raises(Misconfigured, match="Magento_Catalog::attributes_attributes"):
        await platform.has_attribute(CONNECT)


# -- pages of products --


@pytest.mark.parametrize("limit", [1, 7, 100])
async def test_products_of_the_website_come_in_order_of_id_for_any_page(platform, limit):
    found, _ = await everything(platform, limit=limit)
    ids = [product.product_id for product in found]
    assert ids == sorted(set(ids))
    assert "WHISK-11" in skus(found)
    assert "VASE-WEB" not in skus(found)


async def test_only_connected_products_when_an_attribute_is_named(platform, control):
    control.set_product("SPATULA", attributes={CONNECT: "0"})
    control.set_product("WHISK-11", attributes={CONNECT: None})
    connected = await everything(platform, attribute=CONNECT)
    every = await everything(platform)
    assert all(product.connected for product in connected[0])
    assert {"SPATULA", "WHISK-11", "GRATER-OLD"} <= set(skus(every[0])) - set(skus(connected[0]))
    assert len(connected[0]) > 10


async def test_a_product_as_the_store_view_shows_it(platform, control):
    today = datetime.now(UTC).date()
    control.set_price("SPATULA", "7.495", special="5.25", begins=f"{today} 00:00:00", ends="2999-01-01 00:00:00")
    found = {product.sku: product for product in (await everything(platform, CONNECT))[0]}
    spatula = found["SPATULA"]
    assert (spatula.name, spatula.kind, spatula.enabled) == ("Silicone Spatula", "simple", True)
    assert (spatula.price, spatula.special_price) == (Decimal("7.495"), Decimal("5.25"))
    assert (spatula.special_from, spatula.special_until) == (today, date(2999, 1, 1))
    [grater] = await platform.products_by_sku(["GRATER-OLD"], attribute=CONNECT)
    assert (grater.enabled, grater.connected, grater.special_price, grater.special_from) == (False, False, None, None)


async def test_a_configurable_product_has_no_price(platform):
    parents = [product for product in (await everything(platform))[0] if product.kind == "configurable"]
    assert parents
    assert [parent.price for parent in parents] == [None] * len(parents)


async def test_prices_are_those_of_the_store_view(session, shop, control):
    control.set_options(price_scope="website")
    control.set_price("WHISK-11", "11.11", store_id=2)
    ours, theirs = connect(session, shop), connect(session, shop, store_code="default", store_id=1, website_code="base")
    prices = [(await platform.products_by_sku(["WHISK-11"], attribute=""))[0].price for platform in (ours, theirs)]
    assert prices == [Decimal("11.11"), Decimal("9.99")]
    assert skus(await theirs.products_by_sku(["VASE-WEB"], attribute="")) == ["VASE-WEB"]


async def test_the_website_is_looked_up_once(platform, control):
    for _ in range(3):
        await platform.products(attribute="", limit=5)
    assert len([one for one in control.requests() if "/store/websites" in str(one)]) == 1


async def test_a_website_that_is_gone_is_a_matter_of_configuration(session, shop):
    with pytest.raises(Misconfigured, match="no website gone") as error:
        await connect(session, shop, website_code="gone").products(attribute="")
    assert error.value.field == "website_code"


async def test_no_products_is_an_empty_page_where_the_last_one_was(platform):
    page = await platform.products(attribute=CONNECT, after_id=9999)
    assert (page.products, page.last_id, page.more) == ((), 9999, False)


async def test_an_unreadable_product_is_named_and_hides_no_other(platform, control):
    control.set_product("WHISK-11", attributes={"special_from_date": "soon"})
    found = await platform.products(attribute=CONNECT)
    assert found.unreadable == ("WHISK-11",)
    assert {"SPATULA", "TOWEL-4"} <= set(skus(found.products))
    assert found.last_id == max(product.product_id for product in found.products)
    assert skus(await platform.products_by_sku(["WHISK-11", "SPATULA"], attribute="")) == ["SPATULA"]


async def test_an_unreadable_product_at_the_end_of_a_page_is_passed(platform, control):
    page = await platform.products(attribute="", limit=3)
    control.set_product(page.products[-1].sku, attributes={"special_from_date": "soon"})
    again = await platform.products(attribute="", limit=3)
    assert (again.unreadable, again.last_id, again.more) == ((page.products[-1].sku,), page.last_id, True)


async def test_a_limited_shop_answers_pages_of_a_hundred(platform, control):
    control.set_options(input_limits=True)
    control.generate_products(150, website_ids=[2], attributes={CONNECT: "1"})
    found, pages = await everything(platform, attribute=CONNECT)
    assert (len([one for one in found if one.sku.startswith("BULK")]), pages) == (150, 2)


# -- by SKU --


async def test_products_are_found_by_odd_skus_and_unknown_ones_are_absent(platform, control):
    for number, sku in enumerate(ODD_SKUS):
        control.add_product(sku, f"Odd {number}", number + 1, website_ids=[2])
    found = await platform.products_by_sku([*ODD_SKUS, "NO-SUCH", "VASE-WEB"], attribute=CONNECT)
    assert {product.sku: product.price for product in found} == {sku: n + 1 for n, sku in enumerate(ODD_SKUS)}
    assert await platform.products_by_sku([], attribute=CONNECT) == ()


async def test_products_are_answered_in_the_shops_spelling(platform):
    found = await platform.products_by_sku(["whisk-11 ", "Spatula"], attribute="")
    assert sorted(skus(found)) == ["SPATULA", "WHISK-11"]


async def test_a_hundred_skus_take_one_call_also_where_input_is_limited(platform, control):
    control.set_options(input_limits=True)
    control.generate_products(250, website_ids=[2])
    wanted = [f"BULK-{number:03}" for number in range(1, 251)]
    await platform.products(attribute="", limit=1)
    for read in (
        lambda: platform.products_by_sku(wanted, attribute=""),
        lambda: platform.salable(wanted),
        lambda: platform.source_stock(wanted),
    ):
        control.clear_requests()
        assert len(await read()) == 250
        assert len(control.requests()) == 3


async def test_stock_at_many_sources_is_read_to_its_end(platform, control):
    control.generate_products(80, website_ids=[2])
    wanted = [f"BULK-{number:02}" for number in range(1, 81)]
    for source in ("east", "north", "south"):
        control.add_source(source, source.title())
        for sku in wanted:
            control.set_stock(sku, 1, source_code=source)
    held = {"default": 10, "east": 1, "north": 1, "south": 1}
    assert await platform.source_stock(wanted) == dict.fromkeys(wanted, held)
    assert await platform.salable(wanted) == dict.fromkeys(wanted, 13)


async def test_stock_of_odd_skus_and_of_what_is_not_managed(platform, control):
    for number, sku in enumerate(ODD_SKUS):
        control.add_product(sku, f"Odd {number}", 1, qty=number, website_ids=[2])
    control.add_product("GIFT", "Gift", 1, manage_stock=False, website_ids=[2])
    control.add_product("NOWHERE", "Nowhere", 1, website_ids=[2])
    control.drop_stock("NOWHERE")
    expected = {sku: number for number, sku in enumerate(ODD_SKUS)}
    assert await platform.salable([*ODD_SKUS, "GIFT", "NOWHERE", "NO-SUCH"]) == {**expected, "GIFT": 999_999}
    assert await platform.source_stock([*ODD_SKUS, "NOWHERE"]) == {
        sku: {"default": number} for sku, number in expected.items()
    }


async def test_stock_of_a_shop_without_sources_is_less_its_threshold(platform, control):
    control.set_options(msi=False)
    control.set_product("WHISK-11", min_qty=3)
    control.set_product("GRATER-OLD", manage_stock=False)
    assert await platform.salable(["WHISK-11", "GRATER-OLD", "NO-SUCH"]) == {"WHISK-11": 97, "GRATER-OLD": 999_999}


# -- what changed --


@pytest.mark.parametrize("limit", [1, 4, 100])
async def test_changed_products_come_once_whatever_the_page(platform, limit):
    """A fresh shop made all of them in one second, more than a page holds."""
    found, cursor = await changes(platform, LONG_AGO, limit)
    every, _ = await everything(platform)
    assert sorted(skus(found)) == sorted(skus(every))
    assert (await changes(platform, cursor, limit))[0] == []


async def test_only_what_was_saved_since_comes_again(platform, control):
    _, cursor = await changes(platform, LONG_AGO)
    control.advance_clock(5)
    control.set_product("SPATULA", price=8)
    control.set_product("WHISK-11", attributes={CONNECT: None})
    control.set_product("VASE-WEB", price=8)
    control.set_price("TOWEL-4", 9)
    control.set_stock("MUG+LID", 4)
    found, reached = await changes(platform, cursor)
    assert [(product.sku, product.price, product.connected) for product in found] == [
        ("WHISK-11", Decimal("9.99"), False),
        ("SPATULA", Decimal("8.00"), True),
    ]
    assert reached.updated_at - cursor.updated_at >= timedelta(seconds=5)
    assert reached.order_id == found[-1].product_id


async def test_the_cursor_passes_a_changed_product_that_cannot_be_understood(platform, control, caplog):
    _, cursor = await changes(platform, LONG_AGO)
    for sku in ("SPATULA", "WHISK-11"):
        control.advance_clock(5)
        control.set_product(sku, attributes={"special_to_date": "never"} if sku == "WHISK-11" else {})
    found, reached = await changes(platform, cursor)
    assert skus(found) == ["SPATULA"]
    assert "product WHISK-11 of Commerce cannot be understood: special_to_date" in caplog.text
    assert (await changes(platform, reached))[0] == []


# -- a shop that fails --

READS = {
    "settings": ("/store/storeConfigs", lambda platform: platform.shop_settings()),
    "attribute": ("/products/attributes/", lambda platform: platform.has_attribute(CONNECT)),
    "page": ("/products$", lambda platform: platform.products(attribute=CONNECT)),
    "changed": ("/products$", lambda platform: platform.changed_products(LONG_AGO, attribute=CONNECT)),
    "by_sku": ("/products$", lambda platform: platform.products_by_sku(["WHISK-11"], attribute=CONNECT)),
    "website": ("/store/websites", lambda platform: platform.products(attribute=CONNECT)),
    "salable": ("/export-stock-salable-qty/", lambda platform: platform.salable(["WHISK-11"])),
    "sources": ("/source-items", lambda platform: platform.source_stock(["WHISK-11"])),
}
FAULTS = {
    "status_before": ({"status": 503}, Unavailable),
    "reset": ({}, Unavailable),
    "html": ({}, Unavailable),
    "html_ok": ({}, Unavailable),
    "php_error": ({}, Unavailable),
    "truncated": ({}, Unavailable),
    "noise": ({}, Unavailable),
    "empty": ({}, Unavailable),
    "slow_reply": ({"delay": 1.0}, Unavailable),
    "unauthorized": ({"times": 2}, Misconfigured),
}


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("name", READS)
async def test_a_read_that_fails_says_why_and_answers_the_next_time(name, kind, session, shop, control):
    path, read = READS[name]
    settings, expected = FAULTS[kind]
    control.call("faults_add", kind=kind, method="GET", path=path, **settings)
    with pytest.raises(expected) as error:
        await read(connect(session, shop, bounds=HASTY))
    assert type(error.value) is expected
    control.faults_clear()
    assert await read(connect(session, shop))
