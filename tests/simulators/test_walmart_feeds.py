"""Feeds at the Walmart simulator: received at once, processed by the clock, judged row by row."""

import http.client
import json
import time
from urllib.parse import quote

import pytest
from walmart_seller import Answer, Seller, seller

from channel_simulators.walmart.server import WalmartServer
from tests.contracts import CHECK, violations

MAIN, SECOND = "10000003527", "10000003528"
MATCH_HEADER = {
    "processMode": "REPLACE",
    "subset": "EXTERNAL",
    "locale": "en",
    "sellingChannel": "mpsetupbymatch",
    "version": "4.2",
}
MUG, PEN = "00012345678905", "04006381333931"
LOCKED, TAKEN, STRUCTURE = "ERR_EXT_DATA_0101211", "ERR_EXT_DATA_0101119", "ERR_EXT_DATA_0503009"


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


def stock_rows(*rows):
    rows = [{"sku": sku, "quantity": {"unit": "EACH", "amount": amount}} for sku, amount in rows]
    return {"InventoryHeader": {"version": "1.4"}, "Inventory": rows}


def node_rows(sku, *nodes):
    nodes = [{"shipNode": node, "quantity": {"unit": "EACH", "amount": amount}} for node, amount in nodes]
    return {"inventoryHeader": {"version": "1.5"}, "inventory": [{"sku": sku, "shipNodes": nodes}]}


def price_rows(*rows):
    rows = [
        {"sku": sku, "pricing": [{"currentPriceType": "BASE", "currentPrice": {"currency": "USD", "amount": amount}}]}
        for sku, amount in rows
    ]
    return {"PriceHeader": {"version": "1.7"}, "Price": rows}


def lag_rows(*rows):
    return {
        "LagTimeHeader": {"version": "1.0"},
        "lagTime": [{"sku": sku, "fulfillmentLagTime": days} for sku, days in rows],
    }


def offer(sku, gtin=MUG, kind="GTIN", **more):
    identifiers = {"productIdType": kind, "productId": gtin}
    return {
        "Item": {
            "sku": sku,
            "condition": "New",
            "productIdentifiers": identifiers,
            "ShippingWeight": 0.4,
            "price": 14.76,
            **more,
        }
    }


def match_rows(*offers):
    return {"MPItemFeedHeader": MATCH_HEADER, "MPItem": list(offers)}


def submit(shop, feed_type, body, query="") -> Answer:
    return shop.post(f"/v3/feeds?feedType={feed_type}{query}", body)


def upload(shop, feed_type, content, name="file"):
    """As a form with one part."""
    part = (
        f'Content-Disposition: form-data; name="{name}"; filename="rows.json"\r\nContent-Type: application/json\r\n\r\n'
    )
    body = f"--xYz\r\n{part}{content}\r\n--xYz--\r\n"
    headers = shop.headers(**{"WM_SEC.ACCESS_TOKEN": shop.token, "Content-Type": "multipart/form-data; boundary=xYz"})
    return shop.send("POST", f"/v3/feeds?feedType={feed_type}", body, headers)


def detail(shop, feed_id, query="includeDetails=true"):
    return shop.get(f"/v3/feeds/{quote(feed_id, safe='')}?{query}").json


def results(shop, feed_type, body, query=""):
    """Submitted and processed at once: the detail and its rows."""
    feed_id = submit(shop, feed_type, body, query).json["feedId"]
    shop.control.finish_feeds()
    found = detail(shop, feed_id)
    return found, found["itemDetails"]["itemIngestionStatus"]


def outcomes(rows):
    codes = [[fault["code"] for fault in row["ingestionErrors"]["ingestionError"]] for row in rows]
    return [(row["sku"], row["ingestionStatus"], *code) for row, code in zip(rows, codes, strict=True)]


def test_a_feed_is_received_then_in_progress_then_processed(shop):
    shop.control.set_feed_options(start_after=60, finish_after=900)
    answer = submit(shop, "inventory", stock_rows(("A", 10), ("B", 3)))
    feed_id = answer.json["feedId"]
    assert answer.json == {"feedId": feed_id, "additionalAttributes": None, "errors": None}
    assert (len(feed_id.partition("@")[0]), "@" in feed_id) == (32, True)

    received = detail(shop, feed_id)
    assert (received["feedStatus"], received["itemsReceived"], received["itemsProcessing"]) == ("RECEIVED", 2, 2)
    assert received["itemDetails"]["itemIngestionStatus"] == []
    shop.control.advance_clock(60)
    running = detail(shop, feed_id)
    assert running["feedStatus"] == "INPROGRESS"
    assert outcomes(running["itemDetails"]["itemIngestionStatus"]) == [("A", "INPROGRESS"), ("B", "INPROGRESS")]
    assert shop.control.stock("A")["input"] is None
    shop.control.advance_clock(840)
    shop._token = None
    done = detail(shop, feed_id)
    assert (done["feedStatus"], done["itemsSucceeded"], done["itemsProcessing"]) == ("PROCESSED", 2, 0)
    assert shop.control.stock("A")["input"] == 10


def test_a_slow_feed_overwrites_what_was_put_meanwhile(shop):
    submit(shop, "inventory", stock_rows(("A", 10)))
    body = {"sku": "A", "quantity": {"unit": "EACH", "amount": 2}}
    shop.post("/v3/inventory?sku=A", body, method="PUT")
    shop.control.advance_clock(31)
    assert shop.get("/v3/inventory?sku=A").json["quantity"]["amount"] == 10


def test_a_form_and_a_raw_body_are_both_taken(shop):
    content = json.dumps(stock_rows(("A", 10)))
    feed_id = upload(shop, "inventory", content).json["feedId"]
    assert upload(shop, "inventory", content, name="feed").status == 400
    shop.control.finish_feeds()
    assert shop.control.stock("A")["input"] == 10
    assert shop.get("/v3/feeds").json["results"]["feed"][0]["fileName"] == "rows.json"
    assert shop.control.requests()[1]["request"] == stock_rows(("A", 10)), "recorded as what it holds"
    assert detail(shop, feed_id)["itemsSucceeded"] == 1

    headers = shop.headers(**{"WM_SEC.ACCESS_TOKEN": shop.token, "Content-Type": "text/plain"})
    assert shop.send("POST", "/v3/feeds?feedType=inventory", content, headers).status == 415
    assert submit(shop, "inventory", None).status in {400, 415}


@pytest.mark.parametrize(
    ("feed_type", "body"),
    [
        ("inventory", {"inventoryHeader": {"version": "1.4"}, "inventory": [{"sku": "A"}]}),
        ("inventory", {"InventoryHeader": {"version": "1.5"}, "Inventory": [{"sku": "A"}]}),
        ("inventory", {"InventoryHeader": {"version": "1.4"}, "inventory": [{"sku": "A"}]}),
        ("inventory", {"InventoryHeader": {"version": "1.4"}, "Inventory": []}),
        ("MP_INVENTORY", {"InventoryHeader": {"version": "1.5"}, "Inventory": [{"sku": "A"}]}),
        ("price", {"PriceFeed": price_rows(("A", 1))}),
        ("MP_ITEM_MATCH", {"MPItemFeedHeader": {"version": "3.2"}, "MPItem": [offer("A")]}),
        ("RETIRE_ITEM", {"retireItemHeader": {"version": "1.0"}, "RetireItem": [{"sku": "A"}]}),
    ],
)
def test_a_file_of_the_wrong_structure_ends_in_error_as_a_whole(shop, feed_type, body):
    found, rows = results(shop, feed_type, body)
    assert (found["feedStatus"], found["itemsReceived"], rows) == ("ERROR", 0, [])
    assert found["ingestionErrors"]["ingestionError"][0]["code"] == STRUCTURE


def test_a_file_that_is_no_json_ends_in_error(shop):
    upload(shop, "inventory", "<InventoryFeed/>")
    shop.control.finish_feeds()
    assert shop.control.feeds()[0]["status"] == "ERROR"


def test_a_file_of_too_many_rows_ends_in_error_and_one_too_large_is_413(shop):
    found, _ = results(shop, "inventory", stock_rows(*((str(number), 1) for number in range(10_001))))
    assert found["feedStatus"] == "ERROR"
    content = json.dumps(node_rows("A", (MAIN, 1)))
    assert upload(shop, "MP_INVENTORY", content.ljust(1_000_001)).status == 413
    assert upload(shop, "MP_INVENTORY", content.ljust(1_000_000)).status == 200
    assert upload(shop, "inventory", content.ljust(10_000_001)).status == 413
    assert len(shop.control.feeds()) == 2


def test_the_type_must_be_known(shop):
    missing = shop.post("/v3/feeds", stock_rows(("A", 1)))
    assert missing.error["code"] == "MISSING_REQUEST_PARAM.GMP_RECEIVER_API"
    for feed_type in ("Inventory", "MP_ITEM", "promo"):
        assert submit(shop, feed_type, stock_rows(("A", 1))).error["code"] == "INVALID_REQUEST_PARAM.GMP_RECEIVER_API"


def test_price_feeds_share_their_hourly_quota(shop):
    shop.control.set_options(limit_factor=0.3)
    promotion = {
        "MPItemFeedHeader": {"businessUnit": "WALMART_US", "locale": "en", "version": "2.0.20240126-12_25_52-api"}
    }
    body = {**promotion, "MPItem": [{"Promo&Discount": {"sku": "A", "price": 5}}]}
    answers = [submit(shop, "price", price_rows(("A", 1))), submit(shop, "PRICE_AND_PROMOTION", body)]
    answers += [submit(shop, "price", price_rows(("A", 1))) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert submit(shop, "inventory", stock_rows(("A", 1))).status == 200, "another quota"
    shop.control.advance_clock(3600)
    shop._token = None
    assert submit(shop, "PRICE_AND_PROMOTION", body).status == 200


def test_stock_rows_fail_alone(shop):
    shop.control.set_catalog_options(unknown_skus="refuse")
    shop.control.set_items([{"sku": "A"}, {"sku": "B"}, {"sku": "L"}])
    shop.control.lock_items(["L"])
    body = stock_rows(("A", 10), ("NO", 1), ("B", -1), ("L", 1), ("S" * 51, 1))
    body["Inventory"] += [{"quantity": {"unit": "EACH", "amount": 1}}, "rubbish"]
    found, rows = results(shop, "inventory", body)
    assert (found["feedStatus"], found["itemsReceived"], found["itemsSucceeded"], found["itemsFailed"]) == (
        "PROCESSED",
        7,
        1,
        6,
    )
    assert [row["ingestionStatus"] for row in rows] == ["SUCCESS"] + ["DATA_ERROR"] * 6
    assert [row["index"] for row in rows] == list(range(7))
    assert [row["sku"] for row in rows[4:]] == ["S" * 51, None, None]
    assert outcomes(rows)[3] == ("L", "DATA_ERROR", LOCKED)
    summary = shop.get("/v3/feeds").json["results"]["feed"][0]
    assert (summary["itemDataErrorCount"], summary["itemsFailed"]) == (6, 6)
    assert shop.control.stock("B")["input"] is None


def test_unknown_skus_of_a_stock_feed_may_appear(shop):
    results(shop, "inventory", stock_rows(("NEW", 10)))
    assert shop.control.item("NEW")["stock"] == {MAIN: 10}


def test_stock_feeds_reach_ship_nodes(shop):
    shop.control.add_ship_node(SECOND, "West")
    results(shop, "inventory", stock_rows(("A", 4)), query=f"&shipNode={SECOND}")
    assert shop.control.item("A")["stock"] == {SECOND: 4}
    results(shop, "MP_INVENTORY", node_rows("A", (MAIN, 13), (SECOND, 0)))
    assert shop.control.item("A")["stock"] == {SECOND: 0, MAIN: 13}
    _, rows = results(shop, "MP_INVENTORY", node_rows("A", (MAIN, 1), ("1", 1)))
    assert rows[0]["ingestionStatus"] == "DATA_ERROR"
    assert shop.control.item("A")["stock"] == {SECOND: 0, MAIN: 13}, "a row is applied as a whole"
    assert submit(shop, "inventory", stock_rows(("A", 4)), query="&shipNode=1").status == 400


def test_price_rows_change_prices_or_fail(shop):
    shop.control.set_items([{"sku": "A", "price": "5.00"}, {"sku": "B", "price": "5.00"}])
    _, rows = results(shop, "price", price_rows(("A", 14.76), ("B", 1.005), ("NO", 1)))
    assert [row["ingestionStatus"] for row in rows] == ["SUCCESS", "DATA_ERROR", "DATA_ERROR"]
    assert [shop.control.item(sku)["price"] for sku in ("A", "B")] == ["14.76", "5.00"]
    header = {"businessUnit": "WALMART_US", "locale": "en", "version": "2.0.20240126-12_25_52-api"}
    promotions = [
        {"Promo&Discount": {"sku": "A", "price": 7.5}},
        {"Promo&Discount": {"sku": "B"}},
        {"sku": "B", "price": 7.5},
    ]
    _, rows = results(shop, "PRICE_AND_PROMOTION", {"MPItemFeedHeader": header, "MPItem": promotions})
    assert [row["ingestionStatus"] for row in rows] == ["SUCCESS", "DATA_ERROR", "DATA_ERROR"]
    assert [shop.control.item(sku)["price"] for sku in ("A", "B")] == ["7.5", "5.00"]


def test_lag_times_above_a_day_need_an_approval(shop):
    shop.control.set_items([{"sku": "A", "product_type": "Mugs"}, {"sku": "B", "product_type": "Pens"}])
    shop.control.approve_lag_time("Mugs")
    _, rows = results(shop, "lagtime", lag_rows(("A", "3"), ("B", "2"), ("B", "0"), ("A", "soon"), ("NO", "1")))
    assert [row["ingestionStatus"] for row in rows] == ["SUCCESS", "DATA_ERROR", "SUCCESS", "DATA_ERROR", "DATA_ERROR"]
    assert [shop.get(f"/v3/lagtime?sku={sku}").json["fulfillmentLagTime"] for sku in "AB"] == [3, 0]
    assert shop.get("/v3/feeds?feedType=lagtime").json["results"]["feed"][0]["feedType"] == "LAGTIME"


def test_items_are_retired_by_feed(shop):
    shop.control.set_catalog_options(retire_after=0)
    shop.control.set_items([{"sku": "A"}])
    body = {
        "RetireItemHeader": {"feedDate": "2026-01-22T00:59:14.000Z", "version": "1.0"},
        "RetireItem": [{"sku": "A"}, {"sku": "NO"}],
    }
    _, rows = results(shop, "RETIRE_ITEM", body)
    assert [row["ingestionStatus"] for row in rows] == ["SUCCESS", "DATA_ERROR"]
    assert shop.control.item("A")["lifecycle_status"] == "RETIRED"


def test_a_match_makes_an_item_that_is_published_later(shop):
    shop.control.set_products([{"gtin": MUG, "title": "Blue mug", "brand": "Acme", "product_type": "Mugs"}])
    _, rows = results(shop, "MP_ITEM_MATCH", match_rows(offer("A", "012345678905", kind="UPC")))
    item = shop.control.item("A")
    assert (rows[0]["wpid"], rows[0]["itemid"]) == (item["wpid"], item["item_id"])
    pairs = [(one["productIdType"], one["productId"]) for one in rows[0]["productIdentifiers"]["productIdentifier"]]
    assert pairs == [("GTIN", MUG), ("UPC", "012345678905")]
    assert (item["name"], item["price"], item["published_status"]) == ("Blue mug", "14.76", "IN_PROGRESS")
    shop.control.advance_clock(61)
    assert shop.control.item("A")["published_status"] == "PUBLISHED"


def test_a_matched_offer_may_stay_unpublished(shop):
    shop.control.set_catalog_options(publish_after=0)
    shop.control.set_products(
        [{"gtin": MUG, "title": "Mug", "unpublished_reasons": ["Reasonable price not satisfied."]}]
    )
    results(shop, "MP_ITEM_MATCH", match_rows(offer("A")))
    row = shop.get("/v3/items/A?productIdType=SKU").json["ItemResponse"][0]
    assert (row["publishedStatus"], row["unpublishedReasons"]["reason"]) == (
        "UNPUBLISHED",
        ["Reasonable price not satisfied."],
    )


def test_a_match_fails_for_what_is_unknown_taken_locked_or_wrong(shop):
    shop.control.set_products([{"gtin": MUG, "title": "Mug"}, {"gtin": PEN, "title": "Pen", "needs_setup": True}])
    shop.control.set_items([{"sku": "HELD", "gtin": MUG}, {"sku": "L"}])
    shop.control.lock_items(["L"], seconds=60)
    several = offer("I")
    several["Item"]["productIdentifiers"] = [several["Item"]["productIdentifiers"]]
    light = offer("J")
    del light["Item"]["ShippingWeight"]
    offers = [
        offer("A"),
        offer("B", "00099999999999"),
        offer("C", PEN),
        offer("L"),
        offer("D", "12345678905"),
        offer("E", price=0),
        offer("F", condition="Restored"),
        offer("G", condition="Restored", mainImageUrl="https://example.org/mug.jpg"),
        offer("H", condition="Worn"),
        several,
        light,
        offer("HELD", price=3),
        {"sku": "K"},
    ]
    _, rows = results(shop, "MP_ITEM_MATCH", match_rows(*offers))
    codes = {sku: code for sku, _, code in (row for row in outcomes(rows) if len(row) == 3)}
    assert [row["sku"] for row in rows if row["ingestionStatus"] == "SUCCESS"] == ["G", "HELD"]
    assert (codes["A"], codes["L"]) == (TAKEN, LOCKED)
    fault = rows[0]["ingestionErrors"]["ingestionError"][0]
    assert (fault["type"], fault["field"]) == ("DATA_ERROR", "productId")
    assert shop.control.item("HELD")["price"] == "3"


def test_two_rows_of_one_file_cannot_take_the_same_product(shop):
    shop.control.set_products([{"gtin": MUG, "title": "Mug"}])
    _, rows = results(shop, "MP_ITEM_MATCH", match_rows(offer("A"), offer("B")))
    assert outcomes(rows) == [("A", "SUCCESS"), ("B", "DATA_ERROR", TAKEN)]


def test_the_rolling_version_of_a_match_is_accepted_and_may_carry_stock(shop):
    shop.control.set_products([{"gtin": MUG, "title": "Mug"}])
    header = {"businessUnit": "WALMART_US", "locale": "en", "version": "5.0.20260607-22_38_54-api"}
    body = {
        "MPItemFeedHeader": header,
        "MPItem": [offer("A", inventory=[{"quantity": 6, "fulfillmentCenterID": MAIN}])],
    }
    results(shop, "MP_ITEM_MATCH", body)
    assert shop.control.item("A")["stock"] == {MAIN: 6}
    shop.control.set_feed_options(versions={"MP_ITEM_MATCH": ["5.0.20261101"]})
    assert results(shop, "MP_ITEM_MATCH", body)[0]["feedStatus"] == "ERROR"


def test_rows_fail_when_told_to_so_many_times(shop):
    shop.control.fail_rows({"A": {"type": "SYSTEM_ERROR", "code": "ERR_1", "description": "Try again."}}, times=2)
    shop.control.fail_rows({"B": {"type": "TIMEOUT_ERROR"}, "C": {}}, feed_type="price")
    seen = [outcomes(results(shop, "inventory", stock_rows(("A", 1), ("B", 1)))[1]) for _ in range(3)]
    assert seen == [[("A", "SYSTEM_ERROR", "ERR_1"), ("B", "SUCCESS")]] * 2 + [[("A", "SUCCESS"), ("B", "SUCCESS")]]
    _, rows = results(shop, "price", price_rows(("B", 1), ("C", 1)))
    assert [row["ingestionStatus"] for row in rows] == ["TIMEOUT_ERROR", "DATA_ERROR"]
    summary = shop.get("/v3/feeds?feedType=price").json["results"]["feed"][0]
    assert (summary["itemTimeoutErrorCount"], summary["itemDataErrorCount"]) == (1, 1)
    with pytest.raises(ValueError, match="Unknown type of error"):
        shop.control.fail_rows({"A": {"type": "BAD_LUCK"}})


def test_files_fail_when_told_to(shop):
    shop.control.fail_files(type="SYSTEM_ERROR", code="ERR_2", description="Try again.")
    assert (
        results(shop, "inventory", stock_rows(("A", 1)))[0]["ingestionErrors"]["ingestionError"][0]["code"] == "ERR_2"
    )
    assert results(shop, "inventory", stock_rows(("A", 1)))[0]["feedStatus"] == "PROCESSED"


def test_rows_may_come_without_their_sku(shop):
    shop.control.fail_rows({"B": {}}, times=9)
    shop.control.set_feed_options(rows_without_sku="failed")
    found, rows = results(shop, "inventory", stock_rows(("A", 1), ("B", 1), ("C", 1)))
    assert [(row["index"], row["sku"]) for row in rows] == [(0, "A"), (1, None), (2, "C")]
    shop.control.set_feed_options(rows_without_sku="all")
    assert {row["sku"] for row in detail(shop, found["feedId"])["itemDetails"]["itemIngestionStatus"]} == {None}


def test_the_detail_is_paged_and_shows_rows_only_when_asked(shop):
    found, rows = results(shop, "inventory", stock_rows(*((str(number), 1) for number in range(120))))
    assert (len(rows), found["limit"]) == (50, 50)
    pages = [detail(shop, found["feedId"], f"includeDetails=true&offset={at}&limit=50") for at in (50, 100, 150)]
    assert [len(page["itemDetails"]["itemIngestionStatus"]) for page in pages] == [50, 20, 0]
    assert pages[1]["itemDetails"]["itemIngestionStatus"][0]["index"] == 100
    assert detail(shop, found["feedId"], "")["itemDetails"]["itemIngestionStatus"] == []
    path = f"/v3/feeds/{found['feedId']}?includeDetails=true&limit=1000"
    assert shop.get(path).status == 400
    shop.control.set_feed_options(largest_detail_page=1000)
    assert len(shop.get(path).json["itemDetails"]["itemIngestionStatus"]) == 120, "a raw @ is understood too"


def test_the_list_is_filtered_and_paged_newest_first(shop):
    assert (shop.get("/v3/feeds").status, shop.get("/v3/feeds").json["totalResults"]) == (200, 0)
    first = submit(shop, "inventory", stock_rows(("A", 1))).json["feedId"]
    shop.control.finish_feeds()
    second = submit(shop, "price", price_rows(("A", 1))).json["feedId"]

    def ids(query):
        return [feed["feedId"] for feed in shop.get(f"/v3/feeds?{query}").json["results"]["feed"]]

    assert ids("") == [second, first]
    assert ids("limit=1&offset=1") == [first]
    assert ids("feedType=inventory") == [first]
    assert ids("feedStatus=RECEIVED") == [second]
    assert ids(f"feedId={quote(first, safe='')}") == [first]
    assert [shop.get(f"/v3/feeds?{query}").status for query in ("limit=51", "feedStatus=DONE")] == [400, 400]


def test_a_feed_belongs_to_its_seller(shop):
    feed_id = submit(shop, "inventory", stock_rows(("A", 1))).json["feedId"]
    shop.control.add_account("bob", "secret")
    bob = Seller(shop.server, client_id="bob", secret="secret")
    missing = bob.get(f"/v3/feeds/{quote(feed_id, safe='')}")
    assert (missing.status, missing.error["code"]) == (404, "CONTENT_NOT_FOUND.GMP_RECEIVER_API")
    assert bob.get("/v3/feeds").json["totalResults"] == 0
    assert shop.get(f"/v3/feeds/{feed_id}/errorReport?feedType=inventory").status == 400


def test_a_feed_whose_answer_was_lost_is_in_the_list(shop):
    shop.control.faults_add("lost_reply", method="POST", path="/v3/feeds")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        submit(shop, "inventory", stock_rows(("A", 1), ("B", 2)))
    found = shop.get("/v3/feeds?feedType=inventory").json
    assert found["totalResults"] == 1
    assert (found["results"]["feed"][0]["itemsReceived"], found["results"]["feed"][0]["feedStatus"]) == (2, "RECEIVED")


def test_feeds_survive_a_restart(shop, tmp_path):
    file = tmp_path / "walmart.json"
    with WalmartServer(state_file=file) as server:
        alice = Seller(server)
        server.control.set_items([{"sku": "A", "price": "1.50", "gtin": MUG}])
        submit(alice, "price", price_rows(("A", 2.25)))
    with WalmartServer(state_file=file) as server:
        server.control.finish_feeds()
        assert server.control.item("A")["price"] == "2.25"
        assert server.control.feeds()[0]["status"] == "PROCESSED"


def test_ten_thousand_rows_over_a_hundred_thousand_items_are_fast(shop):
    shop.control.set_items({"sku": f"S{number}", "stock": 1} for number in range(100_000))
    submit(shop, "inventory", stock_rows(*((f"S{number}", 2) for number in range(0, 100_000, 10))))
    began = time.monotonic()
    shop.control.finish_feeds()
    assert time.monotonic() - began < 1
    assert shop.get("/v3/feeds").json["results"]["feed"][0]["itemsSucceeded"] == 10_000
    assert shop.control.stock("S10")["input"] == 2


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_feeds_keep_the_published_contract(shop):
    shop.control.set_products([{"gtin": MUG, "title": "Mug"}])
    shop.control.set_items([{"sku": "A"}])
    shop.control.fail_rows({"B": {"type": "SYSTEM_ERROR"}})
    retirement = {
        "RetireItemHeader": {"feedDate": "2026-01-22T00:59:14.000Z", "version": "1.0"},
        "RetireItem": [{"sku": "A"}],
    }
    for feed_type, body in {
        "inventory": stock_rows(("A", 10), ("B", 1)),
        "MP_INVENTORY": node_rows("A", (MAIN, 13)),
        "price": price_rows(("A", 14.76), ("NO", 1)),
        "lagtime": lag_rows(("A", "1")),
        "MP_ITEM_MATCH": match_rows(offer("C")),
        "RETIRE_ITEM": retirement,
    }.items():
        feed_id = submit(shop, feed_type, body).json["feedId"]
        upload(shop, feed_type, json.dumps(body))
        detail(shop, feed_id)
        shop.control.finish_feeds()
        detail(shop, feed_id, "includeDetails=true&offset=0&limit=50")
    shop.get("/v3/feeds?feedType=inventory&feedStatus=PROCESSED&offset=0&limit=50")
    exchanges = shop.control.requests()
    assert {exchange["status"] for exchange in exchanges} == {200}
    assert len(exchanges) == 26
    assert violations(exchanges) == []
