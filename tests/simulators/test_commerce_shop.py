import pytest
from commerce_caller import Caller, criteria

from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


def test_topology(alice):
    assert [(w["id"], w["code"]) for w in alice.get("store/websites")] == [(0, "admin"), (1, "base"), (2, "walmart")]
    views = {v["code"]: (v["id"], v["website_id"]) for v in alice.get("store/storeViews")}
    assert views == {"default": (1, 1), "walmart": (2, 2), "admin": (0, 0)}
    assert len(alice.get("store/storeGroups")) == 3
    configs = alice.get("store/storeConfigs", "storeCodes%5B0%5D=walmart&storeCodes%5B1%5D=nowhere")
    assert [(c["code"], c["base_currency_code"]) for c in configs] == [("walmart", "USD")]
    regions = alice.get("directory/countries/US")["available_regions"]
    assert {"id": "57", "code": "TX", "name": "Texas"} in regions
    assert (len(regions), {"AE", "PR", "DC"} <= {r["code"] for r in regions}) == (65, True)


def test_the_catalogue(alice):
    found = alice.get("products", criteria(("website_id", "eq", 2), ("status", "eq", 1), ("type_id", "eq", "simple")))
    skus = {product["sku"] for product in found["items"]}
    assert {"CAP/BLK 1", "MUG+LID"} <= skus
    assert {"VASE-WEB", "GRATER-OLD"} & skus == set()
    assert alice.get("products", criteria())["total_count"] == 24
    status, body = alice.send("GET", "products/NO-SUCH")
    assert (status, body["message"]) == (
        404,
        "The product that was requested doesn't exist. Verify the product and try again.",
    )


def test_stock_reads(alice):
    assert alice.get("inventory/stock-resolver/website/walmart")["stock_id"] == 1
    assert alice.get("inventory/stocks", criteria())["total_count"] == 1
    assert alice.get("inventory/get-product-salable-quantity/WHISK-11/1") == 100
    status, body = alice.send("GET", "inventory/get-product-salable-quantity/NO-SUCH/1")
    assert (status, isinstance(body, str)) == (500, True)
    assert alice.send("GET", "inventory/get-product-salable-quantity/APRON/1")[0] == 400
    export = alice.get("inventory/export-stock-salable-qty/website/walmart", criteria(size=2))
    assert (len(export["items"]), export["total_count"]) == (2, 2)


def test_salable_questions_for_many(alice):
    found = alice.get("inventory/are-products-salable", "skus%5B0%5D=WHISK-11&skus%5B1%5D=JAR-SOLD-OUT&stockId=1")
    assert [(row["sku"], row["salable"]) for row in found] == [("WHISK-11", True), ("JAR-SOLD-OUT", False)]
    asked = "skuRequests%5B0%5D%5Bsku%5D=WHISK-11&skuRequests%5B0%5D%5Bqty%5D=101&stockId=1"
    (row,) = alice.get("inventory/are-product-salable-for-requested-qty/", asked)
    assert (row["salable"], len(row["errors"])) == (False, 1)


def test_source_items_take_orphans_and_negatives_but_no_unknown_source(alice):
    def write(sku, source, quantity):
        item = {"sku": sku, "source_code": source, "quantity": quantity, "status": 1}
        return alice.send("POST", "inventory/source-items", {"sourceItems": [item]})

    assert write("WHISK-11", "default", 7) == (200, [])
    assert write("ORPHAN", "default", 1) == (200, [])
    assert write("WHISK-11", "default", -2) == (200, [])
    status, body = write("WHISK-11", "nowhere", 1)
    assert (status, body["message"]) == (400, "Could not save Source Item")
    rows = alice.get("inventory/source-items", criteria(("sku", "in", "WHISK-11,ORPHAN")))["items"]
    assert [(r["sku"], r["quantity"]) for r in rows] == [("WHISK-11", -2), ("ORPHAN", 1)]


def test_source_selection_takes_camel_case_only(alice):
    request = {"stockId": 1, "items": [{"sku": "WHISK-11", "qty": 3}]}
    path = "inventory/source-selection-algorithm-result"
    found = alice.post(path, {"inventoryRequest": request, "algorithmCode": "priority"})
    assert found["shippable"] is True
    assert found["source_selection_items"][0]["qty_to_deduct"] == 3
    request["stock_id"] = request.pop("stockId")
    assert alice.send("POST", path, {"inventoryRequest": request, "algorithmCode": "priority"})[0] == 400


def test_odd_skus_work_in_carts_and_search(shop, alice):
    for sku in ("A&B #1", '50% "OFF"', "ä;ö=<ü>", "X" * 64):
        shop.control.add_product(sku, "Odd", 3)
        order = alice.place((sku, 1))
        assert alice.order(order)["items"][0]["sku"] == sku
        assert alice.get("inventory/source-items", criteria(("sku", "eq", sku)))["total_count"] == 1
