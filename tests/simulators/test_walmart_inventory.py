"""Stock at the Walmart simulator: gross figures, ship nodes, reservations, and the site that follows."""

import base64
from urllib.parse import quote, quote_plus

import pytest
from walmart_seller import seller

from tests.contracts import CHECK, violations

MAIN, SECOND = "10000003527", "10000003528"
OUT_OF_STOCK = "SELLER_CANCEL_OUT_OF_STOCK"
ODD = "A/B+C D"


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


def put(shop, sku, amount, *, node=None, unit="EACH", body_sku=None):
    where = f"&shipNode={node}" if node else ""
    body = {"sku": body_sku or sku, "quantity": {"unit": unit, "amount": amount}}
    return shop.post(f"/v3/inventory?sku={quote_plus(sku)}{where}", body, method="PUT")


def put_nodes(shop, sku, *nodes):
    sent = [{"shipNode": node, "inputQty": {"unit": "EACH", "amount": amount}} for node, amount in nodes]
    return shop.post(f"/v3/inventories/{quote(sku, safe='')}", {"inventories": {"nodes": sent}}, method="PUT")


def figures(node):
    return tuple(node[name]["amount"] for name in ("inputQty", "reservedQty", "availToSellQty"))


def shown(shop, sku, query=""):
    return shop.get(f"/v3/inventories/{quote(sku, safe='')}{query}").json["nodes"]


def test_a_figure_is_absolute_and_named_twice(shop):
    assert put(shop, ODD, 10).json == {"sku": ODD, "quantity": {"unit": "EACH", "amount": 10}}
    put(shop, ODD, 4)
    assert shop.get(f"/v3/inventory?sku={quote_plus(ODD)}").json["quantity"]["amount"] == 4
    for refused in (
        put(shop, "A", 1, body_sku="B"),
        put(shop, "A", -1),
        put(shop, "A", 1.5),
        put(shop, "A", 1, unit="BOX"),
    ):
        assert refused.status == 400
        assert refused.error["code"] == "INVALID_REQUEST_CONTENT.GMP_RECEIVER_API"
    assert put(shop, "A" * 51, 1).status == 400


def test_an_unknown_sku_appears_as_an_item_or_is_refused(shop):
    put(shop, "NEW", 1)
    assert shop.control.item("NEW")["published_status"] == "PUBLISHED"
    shop.control.set_catalog_options(unknown_skus="refuse")
    assert [put(shop, sku, 2).status for sku in ("NEW", "OTHER")] == [200, 404]
    assert put_nodes(shop, "OTHER", (MAIN, 1)).status == 404
    assert shop.get("/v3/inventory?sku=OTHER").status == 404

    shop.control.set_items([{"sku": "OTHER"}])
    assert shop.get("/v3/inventory?sku=OTHER").json["quantity"]["amount"] == 0
    assert shop.control.stock("OTHER")["input"] is None


def test_each_ship_node_has_its_own_figure(shop):
    shop.control.add_ship_node(SECOND, "West")
    put(shop, "A", 7)
    put(shop, "A", 5, node=SECOND)
    assert shop.get(f"/v3/inventory?sku=A&shipNode={SECOND}").json["quantity"]["amount"] == 5
    assert shop.get("/v3/inventory?sku=A").json["quantity"]["amount"] == 7
    assert put(shop, "A", 5, node="1").error["field"] == "shipNode"
    assert [figures(node) for node in shown(shop, "A")] == [(7, 0, 7), (5, 0, 5)]
    assert [node["shipNode"] for node in shown(shop, "A", f"?shipNode={SECOND}")] == [SECOND]
    assert shop.control.stock("A") == {"input": 12, "reserved": 0, "available": 12}
    assert [node["shipNode"] for node in shop.get("/v3/settings/shipping/shipnodes").json] == [MAIN, SECOND]


def test_a_failed_node_is_inside_a_200(shop):
    answer = put_nodes(shop, ODD, (MAIN, 9), ("1", 4), (MAIN, -1))
    assert (answer.status, answer.json["sku"]) == (200, ODD)
    good, unknown, negative = answer.json["nodes"]
    assert good == {"shipNode": MAIN, "status": "Success"}
    assert [node["errors"][0]["field"] for node in (unknown, negative)] == ["shipNode", "inputQty"]
    assert {unknown["status"], negative["status"]} == {"Failure"}
    assert shop.control.stock(ODD)["input"] == 9
    assert "errors" in shown(shop, ODD, "?shipNode=1")[0]
    assert shop.get("/v3/inventories/NO").status == 404
    for body in ({}, {"inventories": {"nodes": []}}, {"inventories": [1]}, {"inventories": {"nodes": [1]}}):
        assert shop.post("/v3/inventories/A", body, method="PUT").status == 400


def test_open_orders_are_reserved_until_they_ship(shop):
    put(shop, "A", 100)
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 3}, {"sku": "A", "quantity": 2}])
    assert figures(shown(shop, "A")[0]) == (100, 5, 95)
    shop.acknowledge(po)
    assert figures(shown(shop, "A")[0]) == (100, 5, 95)
    shop.ship(po, shop.part("1", 3))
    assert figures(shown(shop, "A")[0]) == (100, 2, 98), "the figure stays, so shipped units are sellable again"
    shop.control.cancel_at_walmart(po)
    assert figures(shown(shop, "A")[0]) == (100, 0, 100)


def test_reservations_may_end_at_the_acknowledgement(shop):
    shop.control.set_catalog_options(reserved_until="acknowledgement")
    put(shop, "A", 10)
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 3}])
    assert shop.control.stock("A")["reserved"] == 3
    shop.acknowledge(po)
    assert shop.control.stock("A") == {"input": 10, "reserved": 0, "available": 10}


def test_more_sold_than_sent_leaves_nothing_to_sell(shop):
    put(shop, "A", 2)
    shop.control.place_order(lines=[{"sku": "A", "quantity": 5}])
    assert figures(shown(shop, "A")[0]) == (2, 5, 0)


def test_what_walmart_fulfils_reserves_nothing_of_the_sellers(shop):
    put(shop, "A", 10)
    shop.control.place_order(lines=[{"sku": "A"}], ship_node_type="WFSFulfilled")
    assert shop.control.stock("A")["reserved"] == 0


def test_a_cancellation_out_of_stock_zeroes_the_node(shop):
    shop.control.add_ship_node(SECOND, "West")
    put_nodes(shop, "A", (MAIN, 20), (SECOND, 4))
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 2}])
    shop.cancel(po, ("1", 1, OUT_OF_STOCK))
    assert [figures(node) for node in shown(shop, "A")] == [(0, 1, 0), (4, 0, 4)]


def test_the_list_has_short_pages_that_are_not_the_last(shop):
    shop.control.set_items([{"sku": f"S{number:02}", "stock": number} for number in range(23)])
    sizes, found, cursor = [], [], ""
    for _ in range(10):
        answer = shop.get(f"/v3/inventories?limit=5{cursor}").json
        inventories = answer["elements"]["inventories"]
        sizes.append(len(inventories))
        found += [entry["sku"] for entry in inventories]
        token = answer["meta"].get("nextCursor")
        assert answer["meta"]["totalCount"] == 23
        if not token:
            break
        assert base64.b64decode(token).decode().count("-") == 4
        cursor = f"&nextCursor={quote_plus(token)}"
    assert found == [f"S{number:02}" for number in range(23)]
    assert 4 in sizes[:-1]

    shop.control.set_catalog_options(short_pages=False)
    assert len(shop.get("/v3/inventories").json["elements"]["inventories"]) == 10
    made_up = base64.b64encode(b"1 2").decode()
    queries = ("limit=51", "limit=0", "nextCursor=%25", f"nextCursor={quote_plus(made_up)}")
    assert [shop.get(f"/v3/inventories?{query}").status for query in queries] == [400] * 4


def test_the_list_of_nobodys_stock_is_empty(shop):
    answer = shop.get("/v3/inventories")
    assert (answer.status, answer.json) == (200, {"meta": {"totalCount": 0}, "elements": {"inventories": []}})


def test_the_site_follows_after_its_delay(shop):
    put(shop, "A", 5)
    assert shop.control.buyable("A") == 5
    shop.control.set_catalog_options(site_delay=60)
    put(shop, "A", 0)
    shop.control.advance_clock(30)
    put(shop, "A", 8)
    assert (shop.control.buyable("A"), shop.control.stock("A")["available"]) == (5, 8)
    shop.control.advance_clock(31)
    assert shop.control.buyable("A") == 0
    shop.control.advance_clock(30)
    assert shop.control.buyable("A") == 8
    shop.control.place_order(lines=[{"sku": "A", "quantity": 3}])
    assert shop.control.buyable("A") == 5, "a sale is known at once"
    shop.control.set_items([{"sku": "A", "published_status": "UNPUBLISHED"}])
    assert shop.control.buyable("A") == 0


def test_walmarts_own_warehouses_answer_in_two_shapes(shop):
    shop.control.set_items([{"sku": "A", "gtin": "00012345678905"}])
    for sku in ("A", "B"):
        shop.control.set_wfs_stock(sku, available=4, on_hand=6)
    legacy = shop.get("/v3/fulfillment/inventory?limit=1").json
    assert legacy["headers"] == {"totalCount": 2, "limit": 1, "offset": 0}
    assert legacy["payload"]["inventory"][0]["shipNodes"][0]["availToSellQty"] == 4
    second = shop.get("/v3/wfs/inventory?limit=1&offset=1").json["payload"]["inventory"]
    assert second == [{"itemInformation": {"sku": "B"}, "inventoryData": {"availableUnits": 4, "onhandUnits": 6}}]
    assert shop.get("/v3/wfs/inventory?sku=B,NO").json["headers"]["totalCount"] == 1
    later = quote_plus("2126-01-01T00:00:00Z")
    assert shop.get(f"/v3/wfs/inventory?fromModifiedDate={later}").json["payload"]["inventory"] == []
    assert [shop.get(f"/v3/wfs/inventory?{query}").status for query in ("limit=301", "toModifiedDate=soon")] == [
        400,
        400,
    ]

    shop.control.set_catalog_options(legacy_wfs_inventory=False)
    assert shop.get("/v3/fulfillment/inventory").json["error"][0]["code"] == "URI_NOT_FOUND.GMP_GATEWAY_API"


def test_the_stock_of_one_seller_is_not_anothers(shop):
    shop.control.add_account("bob", "secret")
    shop.control.set_stock("A", 5, account="bob")
    assert shop.get("/v3/inventory?sku=A").status == 404
    assert shop.control.stock("A", account="bob")["input"] == 5
    shop.control.remove_items(["A"], account="bob")
    assert shop.control.stock("A", account="bob")["input"] is None


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_inventory_keeps_the_published_contract(shop):
    shop.control.set_wfs_stock("A", available=4, on_hand=6)
    put(shop, ODD, 10)
    put(shop, "A", 10, node=MAIN)
    shop.get(f"/v3/inventory?sku={quote_plus(ODD)}")
    put_nodes(shop, ODD, (MAIN, 9), ("1", 4))
    shown(shop, ODD)
    shown(shop, ODD, "?shipNode=1")
    cursor = shop.get("/v3/inventories?limit=1").json["meta"]["nextCursor"]
    shop.get(f"/v3/inventories?limit=1&nextCursor={quote_plus(cursor)}")
    shop.get("/v3/fulfillment/inventory?limit=10&offset=0")
    exchanges = shop.control.requests()
    assert [exchange["status"] for exchange in exchanges] == [200] * 10
    assert violations(exchanges) == []
