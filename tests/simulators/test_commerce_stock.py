"""Sources, stocks, salable quantities, and shops without Multi-Source Inventory: commerce-api §6.5, §8."""

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


def exported(alice, *skus, website="walmart"):
    page = alice.get(f"inventory/export-stock-salable-qty/website/{website}", criteria(("sku", "in", ",".join(skus))))
    return {row["sku"]: (row["qty"], row["is_salable"]) for row in page["items"]}, page["total_count"]


def held(alice, sku):
    rows = alice.get("inventory/source-items", criteria(("sku", "eq", sku)))["items"]
    return {row["source_code"]: row["quantity"] for row in rows}


def test_the_export_counts_its_page_and_drops_what_no_source_has(shop, alice):
    shop.control.drop_stock("SPATULA")
    alice.place(("WHISK-11", 4))
    rows, total = exported(alice, "WHISK-11", "SPATULA", "APRON", "JAR-SOLD-OUT", "NO-SUCH")
    assert rows == {"WHISK-11": (96, True), "APRON": (0, True), "JAR-SOLD-OUT": (0, False)}
    assert total == 3
    page = alice.get(
        "inventory/export-stock-salable-qty/website/walmart", criteria(size=2, sort=[("entity_id", "ASC")])
    )
    assert (len(page["items"]), page["total_count"]) == (2, 2)


def test_a_product_whose_stock_is_not_managed_has_no_quantity(shop, alice):
    shop.control.set_product("WHISK-11", manage_stock=False)
    alice.place(("WHISK-11", 500))
    assert exported(alice, "WHISK-11")[0] == {"WHISK-11": (None, True)}
    assert held(alice, "WHISK-11") == {"default": 100}


def test_the_threshold_and_backorders(shop, alice):
    shop.control.set_product("WHISK-11", min_qty=10)
    assert alice.get("inventory/get-product-salable-quantity/WHISK-11/1") == 90
    shop.control.set_product("SPATULA", backorders=True)
    alice.place(("SPATULA", 90))
    assert alice.get("inventory/get-product-salable-quantity/SPATULA/1") == -10
    assert alice.get("inventory/is-product-salable/SPATULA/1") is True


def test_a_source_item_out_of_stock_does_not_count(shop, alice):
    shop.control.add_source("east", "East")
    shop.control.set_stock("WHISK-11", 30, "east", status=0)
    assert alice.get("inventory/get-product-salable-quantity/WHISK-11/1") == 100
    shop.control.set_stock("WHISK-11", 100, status=0)
    assert alice.get("inventory/get-product-salable-quantity/WHISK-11/1") == 0
    assert alice.get("inventory/is-product-salable/WHISK-11/1") is False
    shop.control.set_stock("WHISK-11", 30, "east")
    shop.control.set_source("east", enabled=False)
    assert alice.get("inventory/get-product-salable-quantity/WHISK-11/1") == 0


def test_each_website_sells_from_its_own_stock(shop, alice):
    shop.control.add_source("warehouse", "Warehouse", in_stock=False)
    shop.control.set_stock("WHISK-11", 7, "warehouse")
    stock = shop.control.add_stock("Channel stock", ["walmart"], ["warehouse"])
    assert alice.get("inventory/stock-resolver/website/walmart")["stock_id"] == stock
    assert alice.get("inventory/stock-resolver/website/base")["stock_id"] == 1
    assert [shop.control.salable("WHISK-11", stock), shop.control.salable("WHISK-11")] == [7, 100]
    order = alice.place(("WHISK-11", 2))
    assert [shop.control.salable("WHISK-11", stock), shop.control.salable("WHISK-11")] == [5, 100]
    assert [made["stock_id"] for made in shop.control.order(order)["reservations"]] == [stock]
    shipment = alice.post(f"order/{order}/ship")
    assert alice.get(f"shipment/{shipment}")["extension_attributes"]["source_code"] == "warehouse"
    assert held(alice, "WHISK-11") == {"default": 100, "warehouse": 5}
    assert exported(alice, "WHISK-11", "SPATULA")[0] == {"WHISK-11": (5, True)}
    assert exported(alice, "WHISK-11", website="base")[0] == {"WHISK-11": (100, True)}
    cart = alice.post("carts")
    body = {"cartItem": {"quote_id": str(cart), "sku": "WHISK-11", "qty": 6}}
    assert alice.send("POST", f"carts/{cart}/items", body)[0] == 400
    codes = alice.get("inventory/stock-source-links", criteria(("stock_id", "eq", stock)))["items"]
    assert [(link["source_code"], link["priority"]) for link in codes] == [("warehouse", 1)]
    assert alice.get("inventory/stocks", criteria())["total_count"] == 2
    assert alice.send("GET", "inventory/get-product-salable-quantity/WHISK-11/9")[0] == 404
    assert alice.send("GET", "inventory/stock-resolver/website/nowhere")[0] == 404


def test_a_second_stock_by_rest(alice):
    alice.post(
        "inventory/sources", {"source": {"source_code": "west", "name": "West", "country_id": "US", "postcode": "1"}}
    )
    channels = {"sales_channels": [{"type": "website", "code": "walmart"}]}
    stock = alice.post("inventory/stocks", {"stock": {"name": "West", "extension_attributes": channels}})
    alice.post("inventory/stock-source-links", {"links": [{"stock_id": stock, "source_code": "west", "priority": 1}]})
    assert alice.get("inventory/stock-resolver/website/walmart")["stock_id"] == stock
    path = f"inventory/get-sources-assigned-to-stock-ordered-by-priority/{stock}"
    assert [source["source_code"] for source in alice.get(path)] == ["west"]
    assert alice.get("inventory/sources", criteria(("source_code", "eq", "west")))["items"][0]["name"] == "West"


def test_selection_by_priority_splits_over_sources(shop, alice):
    shop.control.add_source("east", "East")
    shop.control.set_stock("WHISK-11", 20, "east")
    request = {"stockId": 1, "items": [{"sku": "WHISK-11", "qty": 110}]}
    found = alice.post(
        "inventory/source-selection-algorithm-result", {"inventoryRequest": request, "algorithmCode": "priority"}
    )
    taken = [
        (row["source_code"], row["qty_to_deduct"], row["qty_available"]) for row in found["source_selection_items"]
    ]
    assert (taken, found["shippable"]) == ([("default", 100, 100), ("east", 10, 20)], True)
    request["items"][0]["qty"] = 121
    found = alice.post(
        "inventory/source-selection-algorithm-result", {"inventoryRequest": request, "algorithmCode": "priority"}
    )
    assert found["shippable"] is False


def test_salable_for_a_quantity(alice):
    path = "inventory/is-product-salable-for-requested-qty/WHISK-11/1"
    assert alice.get(f"{path}/100") == {"salable": True, "errors": []}
    answer = alice.get(f"{path}/101")
    assert (answer["salable"], answer["errors"][0]["message"]) == (False, "The requested qty is not available")


def test_the_index_dump_knows_no_reservations(alice):
    alice.place(("WHISK-11", 30))
    rows = {row["sku"]: row["qty"] for row in alice.get("inventory/dump-stock-index-data/website/walmart")}
    assert (rows["WHISK-11"], rows["APRON"]) == (100, 0)


def test_orphans_stay_until_they_are_deleted(alice):
    orphan = {"sku": "ORPHAN", "source_code": "default", "quantity": 5, "status": 1}
    alice.post("inventory/source-items", {"sourceItems": [orphan]})
    assert held(alice, "orphan ") == {"default": 5}
    assert alice.send("GET", "inventory/get-product-salable-quantity/ORPHAN/1")[0] == 500
    alice.post("inventory/source-items-delete", {"sourceItems": [{"sku": "ORPHAN", "source_code": "default"}]})
    assert held(alice, "ORPHAN") == {}


def test_source_items_are_listed_by_source_status_and_page(shop, alice):
    shop.control.add_source("east", "East")
    shop.control.set_stock("WHISK-11", 20, "east")
    page = alice.get("inventory/source-items", criteria(("source_code", "eq", "east")))
    assert page["items"] == [{"sku": "WHISK-11", "source_code": "east", "quantity": 20, "status": 1}]
    assert alice.get("inventory/source-items", criteria(("status", "eq", 0)))["items"][0]["sku"] == "JAR-SOLD-OUT"
    first, second = (alice.get("inventory/source-items", criteria(size=15, page=n))["items"] for n in (1, 2))
    assert len({row["sku"] for row in first} | {row["sku"] for row in second}) == 23


def test_a_direct_order_makes_salable_drift_above_stock(shop, alice):
    """Shipping lowers the source and leaves salable: the compensation had nothing to compensate (observed §2.1)."""
    item = {"sku": "WHISK-11", "product_type": "simple", "qty_ordered": 3, "price": 1, "row_total": 3}
    entity = {"state": "new", "status": "pending", "store_id": 2, "items": [item], "payment": {"method": "checkmo"}}
    order = alice.post("orders", {"entity": entity})["entity_id"]
    assert shop.control.salable("WHISK-11") == 100
    alice.post(f"order/{order}/ship")
    assert (held(alice, "WHISK-11"), shop.control.salable("WHISK-11")) == ({"default": 97}, 100)


def test_a_shop_without_multi_source_inventory(shop, alice):
    shop.control.set_options(msi=False)
    assert alice.send("GET", "inventory/stocks", query=criteria()) == (
        404,
        {"message": "Request does not match any route."},
    )
    assert not [module for module in alice.get("modules") if "Inventory" in module]

    def quantity():
        return alice.get("stockItems/WHISK-11")["qty"]

    order = alice.place(("WHISK-11", 3))
    assert quantity() == 97
    (item,) = alice.items(order)
    alice.invoice(order, **{f"_{item}": 2})
    alice.post(f"orders/{order}/cancel")
    assert quantity() == 98
    shipment = alice.ship(order, item, 2)
    assert quantity() == 98
    assert "source_code" not in alice.get(f"shipment/{shipment}")["extension_attributes"]
    alice.memo(order, item, 1)
    assert quantity() == 99
    alice.memo(order, item, 1, restock=False)
    assert quantity() == 99
    direct = alice.post("orders", {"entity": {
        "state": "new", "store_id": 2, "payment": {"method": "checkmo"},
        "items": [{"sku": "WHISK-11", "product_type": "simple", "qty_ordered": 5}]}})  # fmt: skip
    assert quantity() == 99
    alice.post(f"orders/{direct['entity_id']}/cancel")
    assert quantity() == 104
    cart = alice.post("carts")
    body = {"cartItem": {"quote_id": str(cart), "sku": "WHISK-11", "qty": 105}}
    assert alice.send("POST", f"carts/{cart}/items", body)[0] == 400


def test_stock_items(alice):
    item = alice.get("stockItems/WHISK-11")
    assert (item["qty"], item["is_in_stock"], item["manage_stock"], item["stock_id"]) == (100, True, True, 1)
    path = f"products/WHISK-11/stockItems/{item['item_id']}"
    assert alice.ok("PUT", path, {"stockItem": {"qty": 12, "is_in_stock": True, "min_qty": 2}}) == item["item_id"]
    status = alice.get("stockStatuses/WHISK-11")
    assert (status["qty"], status["stock_status"], status["stock_item"]["min_qty"]) == (12, 1, 2)
    assert held(alice, "WHISK-11") == {"default": 12}
    low = alice.get("stockItems/lowStock/", "scopeId=0&qty=15&pageSize=10")
    assert [row["qty"] for row in low["items"]] == [12, 0]
    assert alice.send("GET", "stockItems/NO-SUCH")[0] == 404
