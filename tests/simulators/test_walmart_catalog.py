"""Items, searches, prices and lag times of the Walmart simulator."""

import json
import time
from urllib.parse import quote, quote_plus

import pytest
from walmart_seller import Seller, seller

from tests.contracts import CHECK, violations

SOLE = {"sku": "MUG", "name": "Blue mug", "gtin": "00012345678905", "price": "12.50", "stock": 3}
ODD = "A/B+C D"


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


def rows(answer):
    assert answer.status == 200, answer.text
    return answer.json["ItemResponse"]


def skus(answer):
    return [row["sku"] for row in rows(answer)]


def reprice(shop, amount, sku="MUG", currency="USD", **more):
    entry = {"currentPriceType": "BASE", "currentPrice": {"currency": currency, "amount": amount}, **more}
    return shop.post("/v3/price", {"sku": sku, "pricing": [entry]}, method="PUT")


def catalog_search(shop, paging="", /, **body):
    return shop.post(f"/v3/items/catalog/search{paging}", body)


def test_the_list_goes_on_by_a_constant_token_and_an_advancing_offset(shop):
    shop.control.set_items([{"sku": f"S{number}"} for number in range(45)])
    first = shop.get("/v3/items?nextCursor=*")
    assert (len(rows(first)), first.json["totalItems"]) == (20, 45)
    token = first.json["nextCursor"]
    assert {"/", "+", "="} <= set(token)

    shop.control.set_items([{"sku": "LATE"}])
    second = shop.get(f"/v3/items?nextCursor={quote_plus(token)}&offset=20")
    last = shop.get(f"/v3/items?nextCursor={quote_plus(token)}&offset=40")
    assert second.json["nextCursor"] == token
    assert "nextCursor" not in last.json
    assert [*skus(first), *skus(second), *skus(last)] == [f"S{number}" for number in range(45)]
    assert skus(shop.get(f"/v3/items?nextCursor={quote_plus(token)}")) == skus(first), "without offset: page 1 again"


def test_a_token_that_is_late_raw_or_foreign_is_invalid(shop):
    shop.control.set_items([{"sku": f"S{number}"} for number in range(25)])
    token = shop.get("/v3/items").json["nextCursor"]
    assert shop.get(f"/v3/items?nextCursor={token}&offset=20").status == 400, "a raw + is a blank"
    shop.control.add_account("bob", "secret")
    assert (
        Seller(shop.server, client_id="bob", secret="secret").get(f"/v3/items?nextCursor={quote_plus(token)}").status
        == 400
    )

    path = f"/v3/items?nextCursor={quote_plus(token)}&offset=20"
    shop.control.advance_clock(110)
    assert len(rows(shop.get(path))) == 5
    shop.control.advance_clock(20)
    refused = shop.get(path)
    assert (refused.status, refused.error["description"]) == (400, "Invalid Cursor")
    assert refused.error["code"] == "INVALID_REQUEST_PARAM.GMP_ITEM_QUERY_API"


def test_the_offset_ends_at_ten_thousand_and_the_page_at_a_thousand(shop):
    shop.control.set_items([{"sku": f"S{number}"} for number in range(3)])
    assert shop.get("/v3/items?offset=10001").status == 400
    assert rows(shop.get("/v3/items?offset=10000")) == []
    assert shop.get("/v3/items?limit=1000").status == 200
    assert [shop.get(f"/v3/items?limit={limit}").status for limit in ("1001", "0", "ten", "9" * 5000)] == [400] * 4
    shop.control.set_catalog_options(last_item_cursor="present")
    assert "nextCursor" in shop.get("/v3/items").json


def test_filters_choose_and_nothing_is_404(shop):
    assert shop.get("/v3/items").status == 404
    shop.control.set_items(
        [
            {"sku": "LIVE", "variant_group_id": "G1", "is_primary": True, "grouping": {"actual_color": "Blue"}},
            {"sku": "OUT", "published_status": "UNPUBLISHED", "unpublished_reasons": ["No tax code."]},
            {"sku": "OLD", "lifecycle_status": "RETIRED", "condition": "Restored"},
        ]
    )
    for query, found in {
        "sku=OUT": ["OUT"],
        "lifecycleStatus=RETIRED": ["OLD"],
        "publishedStatus=PUBLISHED": ["LIVE", "OLD"],
        "publishedStatus=PUBLISHED&lifecycleStatus=ACTIVE": ["LIVE"],
        "variantGroupId=G1": ["LIVE"],
        "condition=Restored": ["OLD"],
    }.items():
        assert skus(shop.get(f"/v3/items?{query}")) == found
    assert shop.get("/v3/items?sku=NO").error["code"] == "CONTENT_NOT_FOUND.GMP_ITEM_QUERY_API"
    assert [shop.get(f"/v3/items?{query}").status for query in ("publishedStatus=X", "condition=Shiny")] == [400, 400]


def test_a_row_has_its_oddities(shop):
    shop.control.set_items(
        [
            {**SOLE, "upc": "", "shelf": ["Home Page", "Mugs"], "variant_group_id": "G", "is_primary": True},
            {"sku": "OUT", "published_status": "UNPUBLISHED", "unpublished_reasons": ["No tax code."]},
        ]
    )
    mug, out = rows(shop.get("/v3/items"))
    assert json.loads(mug["shelf"]) == ["Home Page", "Mugs"]
    assert (mug["upc"], mug["price"]) == ("", {"currency": "USD", "amount": 12.5})
    assert mug["variantGroupInfo"]["isPrimary"] == "true"
    assert out["unpublishedReasons"] == {"reason": ["No tax code."]}
    assert "price" not in out
    shop.control.set_catalog_options(primary_as="boolean")
    assert rows(shop.get("/v3/items"))[0]["variantGroupInfo"]["isPrimary"] is True


@pytest.mark.parametrize("sku", [ODD, "100%", "Ü?#&", "a%2Fb"])
def test_a_single_item_is_found_by_its_percent_encoded_sku(shop, sku):
    shop.control.set_items([{"sku": sku}, {"sku": "A"}])
    found = shop.get(f"/v3/items/{quote(sku, safe='')}?productIdType=SKU")
    assert (skus(found), found.json["totalItems"]) == ([sku], 1)


def test_an_unencoded_slash_is_another_path(shop):
    shop.control.set_items([{"sku": "A/B"}])
    refused = shop.get("/v3/items/A/B?productIdType=SKU")
    assert (refused.status, refused.json["error"][0]["code"]) == (404, "URI_NOT_FOUND.GMP_GATEWAY_API")


def test_a_single_item_is_found_by_any_identifier(shop):
    shop.control.set_items([SOLE, {"sku": "BOOK", "gtin": "09780306406157"}])
    item_id = shop.control.item("MUG")["item_id"]
    for kind, value, sku in (
        ("GTIN", "00012345678905", "MUG"),
        ("UPC", "012345678905", "MUG"),
        ("ITEM_ID", item_id, "MUG"),
        ("EAN", "9780306406157", "BOOK"),
        ("ISBN", "9780306406157", "BOOK"),
        ("ISBN", "0306406152", "BOOK"),
    ):
        assert skus(shop.get(f"/v3/items/{value}?productIdType={kind}")) == [sku]
    assert shop.get("/v3/items/12345678905?productIdType=UPC").status == 404, "eleven digits"
    assert shop.get("/v3/items/MUG?productIdType=SKU&condition=Restored").status == 404
    assert shop.get("/v3/items/MUG?productIdType=COLOUR").status == 400


def test_items_are_counted_by_status(shop):
    shop.control.set_items([{"sku": "A"}, {"sku": "B"}, {"sku": "C", "published_status": "UNPUBLISHED"}])
    assert shop.get("/v3/items/count?status=PUBLISHED").json == {"PUBLISHED": 2}
    assert shop.get("/v3/items/count?status=SYSTEM_PROBLEM").json == {"SYSTEM_PROBLEM": 0}
    assert shop.get("/v3/items/count?status=ALL").json == {"All": 3}
    assert shop.get("/v3/items/count?status=GREEN").status == 400


def test_retiring_takes_its_time(shop):
    shop.control.set_items([{"sku": ODD}])
    shop.control.set_catalog_options(retire_after=48 * 3600)
    path = f"/v3/items/{quote(ODD, safe='')}"
    retired = shop.post(path, method="DELETE").json
    assert (retired["sku"], retired["errors"]) == (ODD, None)
    shop.control.advance_clock(40 * 3600)
    shop.post(path, method="DELETE")
    shop._token = None
    assert rows(shop.get(path))[0]["lifecycleStatus"] == "ACTIVE"
    shop.control.advance_clock(9 * 3600)
    shop._token = None
    assert rows(shop.get(path))[0]["lifecycleStatus"] == "RETIRED"
    assert shop.post("/v3/items/NO", method="DELETE").status == 404


def test_the_own_catalogue_is_searched_by_field_filtered_and_sorted(shop):
    shop.control.set_items(
        [
            SOLE,
            {
                "sku": "CUP",
                "name": "Red cup",
                "price": 70,
                "published_status": "UNPUBLISHED",
                "unpublished_reasons": ["END_DATE"],
            },
            {"sku": "JUG", "name": "Blue jug", "price": "30.10", "lifecycle_status": "RETIRED"},
        ]
    )
    found = catalog_search(shop, query={"field": "gtin", "value": SOLE["gtin"]}).json
    assert (found["status"], found["totalItems"]) == ("Success", 1)
    mug = found["payload"][0]
    assert mug["publishedStatus"] == {"status": "PUBLISHED"}
    assert mug["price"] == {"unit": "USD", "amount": 12.5}
    assert (mug["inventoryStatus"], len(mug["itemId"])) == ("IN_STOCK", 10)

    def names(**body):
        return [row["sku"] for row in catalog_search(shop, **body).json["payload"]]

    assert names(query={"field": "productName", "value": "blue"}) == ["MUG", "JUG"]
    assert names(filters=[{"field": "publishedStatus", "op": "equals", "values": ["UNPUBLISHED"]}]) == ["CUP"]
    assert names(filters=[{"field": "unpublishedReasons", "op": "equals", "values": ["END_DATE"]}]) == ["CUP"]
    assert names(filters=[{"field": "price", "op": "between", "values": ["20", "80"]}]) == ["CUP", "JUG"]
    assert names(filters=[{"field": "price", "op": "less_than", "values": ["20"]}]) == ["MUG"]
    assert names(sort={"field": "lifecycleStatus", "order": "DESC"})[0] == "JUG"
    assert catalog_search(shop, query={"field": "sku", "value": "NO"}).status == 404
    for wrong in ({"query": {"field": "colour"}}, {"filters": [{"field": "price"}]}, {"sort": {"field": "sku"}}):
        assert catalog_search(shop, **wrong).status == 400


def test_the_own_catalogue_is_paged_by_number_and_kept_by_a_cursor(shop):
    shop.control.set_items([{"sku": f"S{number}"} for number in range(5)])
    first = catalog_search(shop, "?limit=2").json
    cursor = quote_plus(first["nextCursor"])
    last = catalog_search(shop, f"?limit=2&page=2&nextCursor={cursor}").json
    assert [row["sku"] for row in last["payload"]] == ["S4"]
    assert "nextCursor" not in last
    assert catalog_search(shop, "?nextCursor=AoE").status == 400


def test_walmarts_catalogue_knows_a_product_by_upc_gtin_and_words(shop):
    shop.control.set_products(
        [
            {"gtin": "00012345678905", "title": "iPad mini Case", "brand": "ULAK", "price": "12.99"},
            {"gtin": "04006381333931", "title": "Marker", "needs_setup": True},
        ]
    )
    hit = shop.get("/v3/items/walmart/search?upc=012345678905").json["items"][0]
    assert (hit["title"], hit["price"]) == ("iPad mini Case", {"amount": "12.99", "currency": "USD"})
    assert shop.get("/v3/items/walmart/search?gtin=04006381333931").json["items"][0]["title"] == "Marker"
    assert shop.get("/v3/items/walmart/search?upc=400638133393").status == 404
    assert [
        shop.get(f"/v3/items/walmart/search?{query}").status for query in ("upc=12345", "gtin=012345678905", "")
    ] == [400] * 3

    marked = shop.get("/v3/items/walmart/search?query=case%20ipad").json["items"][0]
    assert marked["title"] == "<mark>iPad</mark> mini <mark>Case</mark>"
    assert shop.get("/v3/items/walmart/search?query=case%20marker").status == 404


def test_the_specification_of_a_hit_says_which_feed_it_needs(shop):
    shop.control.set_products(
        [{"gtin": "00012345678905", "title": "Mug"}, {"gtin": "04006381333931", "title": "Marker", "needs_setup": True}]
    )
    match = shop.get("/v3/items/walmart/search?upc=012345678905&responseFormat=SPEC").json["items"][0]
    setup = shop.get("/v3/items/walmart/search?gtin=04006381333931&responseFormat=SPEC").json["items"][0]
    assert (match["feedType"], setup["feedType"]) == ("MP_ITEM_MATCH", "MP_ITEM")
    assert match["version"].startswith("5.0.")
    assert match["itemSpecPayload"]["MPItem"][0]["Item"]["productIdentifiers"]["productId"] == "012345678905"


def test_a_price_is_taken_wrapped_and_cannot_be_read_back(shop):
    shop.control.set_items([SOLE])
    answered = reprice(shop, 14.76).json["ItemPriceResponse"]
    assert (answered["mart"], answered["sku"], answered["message"][:9]) == ("WALMART_US", "MUG", "Thank you")
    assert rows(shop.get("/v3/items/MUG?productIdType=SKU"))[0]["price"]["amount"] == 14.76
    assert shop.get("/v3/price?sku=MUG").status == 404
    assert reprice(shop, 1, sku="NO").status == 404


@pytest.mark.parametrize("amount", [14.765, 0.1 + 0.2, 0, -1, "14.76", True, None, 1e400, 10**40])
def test_a_price_has_two_decimals_and_is_a_positive_number(shop, amount):
    shop.control.set_items([SOLE])
    assert reprice(shop, amount).status == 400
    assert shop.control.item("MUG")["price"] == "12.50"


def test_a_price_is_in_dollars_and_whole_or_not_at_all(shop):
    shop.control.set_items([SOLE])
    assert reprice(shop, 5, currency="CAD").error["field"] == "currentPrice"
    good = {"currentPriceType": "BASE", "currentPrice": {"currency": "USD", "amount": 5}}
    for body in (
        {"sku": "MUG"},
        {"pricing": [good]},
        {"sku": "MUG", "pricing": []},
        {"sku": "MUG", "pricing": [good, {**good, "currentPriceType": "SALE"}]},
        {"sku": "MUG", "pricing": [{**good, "processMode": "PATCH"}]},
    ):
        assert shop.post("/v3/price", body, method="PUT").status == 400
    assert shop.control.item("MUG")["price"] == "12.50"


def test_promotions_have_dates_and_can_be_deleted(shop):
    shop.control.set_items([SOLE])
    dates = {"effectiveDate": "2026-12-01T00:00:00Z", "expirationDate": "2026-12-24T00:00:00Z"}
    assert reprice(shop, 9.99, currentPriceType="REDUCED").error["field"] == "effectiveDate"
    assert reprice(shop, 9.99, currentPriceType="CLEARANCE", **dates, comparisonPriceType="BASE").status == 200
    kept = shop.control.item("MUG")
    assert (kept["price"], [promotion["amount"] for promotion in kept["promotions"]]) == ("12.50", ["9.99"])
    backwards = {"effectiveDate": dates["expirationDate"], "expirationDate": dates["effectiveDate"]}
    assert reprice(shop, 9.99, currentPriceType="REDUCED", **backwards).error["field"] == "expirationDate"
    reprice(shop, 9.99, currentPriceType="CLEARANCE", processMode="DELETE", **dates)
    assert shop.control.item("MUG")["promotions"] == []


def test_prices_show_after_a_while_and_new_items_wait_longer(shop):
    shop.control.set_catalog_options(price_delay=60)
    shop.control.set_items([SOLE])
    reprice(shop, 20)
    reprice(shop, 21)
    assert (shop.control.item("MUG")["price"], shop.control.item("MUG")["later_prices"]) == ("12.50", ["20", "21"])
    shop.control.advance_clock(61)
    assert (shop.control.item("MUG")["price"], shop.control.item("MUG")["later_prices"]) == ("21", [])

    shop.control.set_catalog_options(price_delay=0, new_item_price_hold=24 * 3600)
    reprice(shop, 22)
    assert shop.control.item("MUG")["price"] == "21"
    shop.control.advance_clock(24 * 3600)
    assert shop.control.item("MUG")["price"] == "22"


def test_lag_time_is_read_and_moves_later_orders(shop):
    shop.control.set_items([{"sku": "MUG", "lag_time": 4}, {"sku": "CUP"}])
    assert shop.get("/v3/lagtime?sku=MUG").json == {"sku": "MUG", "fulfillmentLagTime": 4}
    assert [shop.get(f"/v3/lagtime{query}").status for query in ("?sku=NO", "")] == [404, 400]
    mug, cup = (shop.order(shop.control.place_order(lines=[{"sku": sku}])) for sku in ("MUG", "CUP"))
    days = [(order["shippingInfo"]["estimatedShipDate"] - order["orderDate"]) / 86_400_000 for order in (mug, cup)]
    assert days == [5, 2]


def test_each_operation_of_the_catalogue_has_its_own_limit(shop):
    shop.control.set_items([SOLE])
    counts = {
        path: int(shop.get(path).headers["x-current-token-count"])
        for path in ("/v3/items", "/v3/items?sku=MUG", "/v3/lagtime?sku=MUG", "/v3/items/count")
    }
    assert list(counts.values()) == [299, 59, 19, 199]
    assert reprice(shop, 5).headers["x-current-token-count"] == "99"


def test_unknown_members_of_control_calls_are_refused(shop):
    with pytest.raises(ValueError, match="no colour"):
        shop.control.set_items([{"sku": "A", "colour": "red"}])
    with pytest.raises(ValueError, match="colour"):
        shop.control.set_catalog_options(colour="red")
    with pytest.raises(ValueError, match="No account carol"):
        shop.control.set_items([{"sku": "A"}], account="carol")
    with pytest.raises(KeyError):
        shop.control.item("NO")


def test_a_hundred_thousand_items_are_made_listed_and_found_fast(shop):
    began = time.monotonic()
    shop.control.set_items({"sku": f"S{number}", "price": "9.99", "stock": 5} for number in range(100_000))
    assert time.monotonic() - began < 15
    began = time.monotonic()
    assert len(rows(shop.get("/v3/items?limit=1000&publishedStatus=PUBLISHED"))) == 1000
    assert skus(shop.get("/v3/items/S99999?productIdType=SKU")) == ["S99999"]
    assert shop.get("/v3/inventories?limit=50").json["meta"]["totalCount"] == 100_000
    assert time.monotonic() - began < 3


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_the_catalogue_keeps_the_published_contract(shop):
    shop.control.set_items(
        [
            {**SOLE, "variant_group_id": "G", "is_primary": True, "grouping": {"actual_color": "Blue"}},
            {"sku": ODD, "published_status": "UNPUBLISHED", "unpublished_reasons": ["No tax code."]},
        ]
    )
    first = shop.get("/v3/items?nextCursor=*&limit=1&publishedStatus=PUBLISHED")
    shop.get(f"/v3/items?nextCursor={quote_plus(first.json.get('nextCursor', '*'))}&offset=1")
    shop.get(f"/v3/items/{quote(ODD, safe='')}?productIdType=SKU")
    shop.get("/v3/items/count?status=PUBLISHED")
    shop.get("/v3/items/walmart/search?upc=012345678905")
    shop.get("/v3/lagtime?sku=MUG")
    wanted = [{"field": "publishedStatus", "op": "equals", "values": ["PUBLISHED"]}]
    catalog_search(shop, "?limit=100&page=0", query={"field": "gtin", "value": SOLE["gtin"]}, filters=wanted)
    reprice(shop, 9.99)
    shop.post(f"/v3/items/{quote(ODD, safe='')}", method="DELETE")
    exchanges = shop.control.requests()
    assert [exchange["status"] for exchange in exchanges] == [200] * 10
    assert violations(exchanges) == []
