"""Products, prices and attributes: commerce-api §9."""

import time

import pytest
from commerce_caller import Caller, criteria

from channel_simulators.commerce.server import CommerceServer

CONNECT = "connect_to_channel_manager"


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


def skus(alice, *filters, **more):
    return [product["sku"] for product in alice.get("products", criteria(*filters, **more))["items"]]


def custom(product):
    return {entry["attribute_code"]: entry["value"] for entry in product["custom_attributes"]}


def test_a_product_and_its_shape(alice):
    product = alice.get("products/SPATULA")
    assert {name: product[name] for name in ("sku", "name", "price", "status", "visibility", "type_id", "weight")} == {
        "sku": "SPATULA", "name": "Silicone Spatula", "price": 7.49, "status": 1, "visibility": 4, "type_id": "simple",
        "weight": 1,
    }  # fmt: skip
    assert product["extension_attributes"]["website_ids"] == [1, 2]
    values = custom(product)
    assert (values[CONNECT], len(values["upc"]), values["category_ids"]) == ("1", 12, ["2"])
    assert "special_price" not in values
    assert "stock_item" not in alice.get("products", criteria(size=1))["items"][0]["extension_attributes"]


def test_an_unknown_product(alice):
    message = "The product that was requested doesn't exist. Verify the product and try again."
    assert alice.send("GET", "products/NO-SUCH") == (404, {"message": message})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("sku", "eq", "spatula "), ["SPATULA"]),
        (("sku", "in", "SPATULA,MUG+LID,NO-SUCH"), ["SPATULA", "MUG+LID"]),
        (("sku", "like", "KNIFE%"), ["KNIFE-8", "KNIFE-SET-5"]),
        (("name", "like", "%silicone%"), ["SPATULA"]),
        (("price", "gt", "50"), ["KNIFE-SET-5", "POT-5QT"]),
        (("status", "eq", 2), ["GRATER-OLD"]),
        (("type_id", "eq", "configurable"), ["APRON"]),
        (("visibility", "eq", 1), ["APRON-RED", "APRON-BLUE"]),
        ((CONNECT, "null", ""), ["GRATER-OLD", "VASE-WEB", "APRON"]),
        (("entity_id", "lteq", 2), ["KNIFE-8", "KNIFE-SET-5"]),
    ],
)
def test_products_are_found_by_any_attribute(alice, condition, expected):
    assert skus(alice, condition) == expected


def test_a_product_belongs_to_websites_and_is_listed_everywhere(alice):
    assert skus(alice, ("website_id", "eq", 2), ("sku", "eq", "VASE-WEB")) == []
    assert skus(alice, ("website_id", "in", "1,7"), ("sku", "eq", "VASE-WEB")) == ["VASE-WEB"]
    assert skus(alice, ("sku", "eq", "VASE-WEB")) == ["VASE-WEB"]
    assert skus(alice, ("store_id", "eq", 2), ("sku", "eq", "VASE-WEB")) == ["VASE-WEB"]


def test_an_unknown_attribute_is_an_error_of_the_server(shop, alice):
    assert alice.send("GET", "products", query=criteria(("ean", "eq", 1)))[0] == 500
    shop.control.add_attribute("ean", "EAN")
    assert skus(alice, ("ean", "eq", 1)) == []


def test_a_configurable_names_its_children(alice):
    product = alice.get("products/APRON")
    ids = product["extension_attributes"]["configurable_product_links"]
    children = alice.get("configurable-products/APRON/children")
    assert [(child["id"], child["sku"]) for child in children] == list(
        zip(ids, ["APRON-RED", "APRON-BLUE"], strict=True)
    )
    (option,) = product["extension_attributes"]["configurable_product_options"]
    assert [value["value_index"] for value in option["values"]] == [21, 22]


def test_special_prices_count_on_their_days_only(shop, alice):
    today = shop.control.now().date().isoformat()
    shop.control.set_price("SPATULA", special=5, begins=f"{today} 00:00:00", ends="2999-01-01 00:00:00")
    shop.control.set_price("WHISK-11", special=5, begins="2998-01-01 00:00:00")
    assert custom(alice.get("products/SPATULA"))["special_price"] == "5.000000"
    order = alice.order(alice.place(("SPATULA", 1), ("WHISK-11", 1)))
    assert [(item["price"], item["original_price"]) for item in order["items"]] == [(5, 7.49), (9.99, 9.99)]
    rendered = alice.get("products-render-info", criteria(("sku", "eq", "SPATULA")) + "&storeId=2&currencyCode=USD")
    assert rendered["items"][0]["price_info"]["final_price"] == 5
    assert rendered["items"][0]["price_info"]["regular_price"] == 7.49


def test_base_prices_in_bulk_leave_out_what_has_none(alice):
    found = alice.post("products/base-prices-information", {"skus": ["SPATULA", "APRON", "NO-SUCH", "MUG+LID"]})
    assert found == [
        {"price": 7.49, "store_id": 0, "sku": "SPATULA"},
        {"price": 14.95, "store_id": 0, "sku": "MUG+LID"},
    ]


def test_prices_of_one_website(shop, alice):
    row = {"price": 6.5, "store_id": 2, "sku": "SPATULA"}
    refused = alice.post("products/base-prices", {"prices": [row]})
    assert refused[0]["message"].startswith("Could not change non global Price when price scope is global.")
    shop.control.set_options(price_scope="website")
    assert alice.post("products/base-prices", {"prices": [row]}) == []
    assert [p["price"] for p in alice.post("products/base-prices-information", {"skus": ["SPATULA"]})] == [7.49, 6.5]
    prices = [alice.get(f"/rest/{code}/V1/products/SPATULA")["price"] for code in ("all", "default", "walmart")]
    assert prices == [7.49, 7.49, 6.5]
    assert skus(alice, ("price", "eq", "6.5")) == ["SPATULA"]
    assert alice.order(alice.place(("SPATULA", 1)))["subtotal"] == 6.5


def test_special_price_storage(shop, alice):
    row = {
        "price": 5,
        "store_id": 0,
        "sku": "SPATULA",
        "price_from": "2026-01-01 00:00:00",
        "price_to": "2999-01-01 00:00:00",
    }
    unknown = {**row, "sku": "NO-SUCH"}
    (refused,) = alice.post("products/special-price", {"prices": [row, unknown]})
    assert refused["parameters"] == ["NO-SUCH", "0"]
    asked = {"skus": ["SPATULA", "WHISK-11", "APRON"]}
    assert alice.post("products/special-price-information", asked) == [row]
    assert alice.post("products/special-price-delete", {"prices": [row]}) == []
    assert alice.post("products/special-price-information", asked) == []
    shop.control.set_product("SPATULA", tier_prices=[{"quantity": 10, "price": 6}])
    (tier,) = alice.post("products/tier-prices-information", asked)
    assert (tier["price"], tier["quantity"], tier["website_id"]) == (6, 10, 0)


def test_what_moves_updated_at(shop, alice):
    def moves(action):
        before = alice.get("products/SPATULA")["updated_at"]
        shop.control.advance_clock(2)
        action()
        return alice.get("products/SPATULA")["updated_at"] != before

    price = {"price": 6, "store_id": 0, "sku": "SPATULA"}
    item = {"sku": "SPATULA", "source_code": "default", "quantity": 9, "status": 1}
    assert moves(lambda: alice.ok("PUT", "/rest/all/V1/products/SPATULA", {"product": {"name": "Spatula"}}))
    assert moves(lambda: shop.control.set_product("SPATULA", price=8))
    assert not moves(lambda: alice.post("products/base-prices", {"prices": [price]}))
    assert not moves(lambda: shop.control.set_price("SPATULA", 9, special=4))
    assert not moves(lambda: shop.control.set_product("SPATULA", touch=False, attributes={"upc": "1"}))
    assert not moves(lambda: alice.post("inventory/source-items", {"sourceItems": [item]}))
    assert not moves(lambda: alice.place(("SPATULA", 1)))
    stamp = alice.get("products/SPATULA")["updated_at"]
    assert skus(alice, ("updated_at", "gteq", stamp)) == ["SPATULA"]


def test_the_attribute_that_connects_a_product(shop, alice):
    found = alice.get(f"products/attributes/{CONNECT}")
    assert (found["frontend_input"], found["is_user_defined"]) == ("boolean", True)
    assert alice.get(f"products/attributes/{CONNECT}/options") == [
        {"label": "Yes", "value": "1"},
        {"label": "No", "value": "0"},
    ]
    shop.control.remove_attribute(CONNECT)
    status, body = alice.send("GET", f"products/attributes/{CONNECT}")
    assert (status, body["parameters"]) == (404, [CONNECT])
    assert CONNECT not in custom(alice.get("products/SPATULA"))


def test_an_attribute_is_made_put_into_a_set_and_used(alice):
    given = {"attribute_code": "walmart", "frontend_input": "boolean", "entity_type_id": "4", "is_required": False,
             "scope": "global", "default_frontend_label": "Walmart", "frontend_labels": [{"store_id": 0, "label": "Walmart"}]}  # fmt: skip
    made = alice.post("products/attributes", {"attribute": given})
    assert made["attribute_id"] > 200
    assert alice.send("POST", "products/attributes", {"attribute": given})[0] == 400
    assert "walmart" not in {a["attribute_code"] for a in alice.get("products/attribute-sets/4/attributes")}
    (group, *_) = alice.get("products/attribute-sets/groups/list", criteria(("attribute_set_id", "eq", 4)))["items"]
    (default,) = alice.get("products/attribute-sets/sets/list", criteria(("entity_type_id", "eq", 4)))["items"]
    body = {"attributeSetId": default["attribute_set_id"], "attributeGroupId": int(group["attribute_group_id"])}
    alice.post("products/attribute-sets/attributes", {**body, "attributeCode": "walmart", "sortOrder": 100})
    assert "walmart" in {a["attribute_code"] for a in alice.get("products/attribute-sets/4/attributes")}
    value = {"custom_attributes": [{"attribute_code": "walmart", "value": "1"}]}
    alice.ok("PUT", "/rest/all/V1/products/SPATULA", {"product": value})
    assert skus(alice, ("walmart", "eq", 1)) == ["SPATULA"]
    assert alice.ok("DELETE", "products/attributes/walmart") is True
    assert alice.send("GET", "products", query=criteria(("walmart", "eq", 1)))[0] == 500


def test_attributes_are_searched_like_anything_else(alice):
    found = alice.get("products/attributes", criteria(("is_user_defined", "eq", 1), sort=[("attribute_code", "ASC")]))
    assert [a["attribute_code"] for a in found["items"]] == [CONNECT, "gtin", "upc"]
    cut = alice.get("products/attributes", criteria(("attribute_code", "eq", "color"), fields="items[frontend_input]"))
    assert cut == {"items": [{"frontend_input": "select"}]}


def test_a_product_is_made_by_post_and_changed_by_it_again(alice):
    product = {
        "sku": "NEW-1",
        "name": "New",
        "price": 12.5,
        "extension_attributes": {"website_ids": [1, 2], "stock_item": {"qty": 7, "is_in_stock": True}},
    }
    made = alice.post("/rest/all/V1/products", {"product": product})
    assert (made["price"], made["status"], made["extension_attributes"]["website_ids"]) == (12.5, 1, [1, 2])
    assert alice.get("inventory/source-items", criteria(("sku", "eq", "NEW-1")))["items"][0]["quantity"] == 7
    alice.post("/rest/all/V1/products", {"product": {"sku": "NEW-1", "status": 2}})
    (again,) = alice.get("products", criteria(("sku", "eq", "NEW-1")))["items"]
    assert (again["id"], again["status"], again["name"]) == (made["id"], 2, "New")
    assert alice.ok("DELETE", "products/NEW-1") is True
    assert skus(alice, ("sku", "eq", "NEW-1")) == []
    status, body = alice.send("POST", "products", {"product": {"sku": "X"}})
    assert (status, "Product Name" in body["message"]) == (400, True)


def test_a_value_written_for_one_store_view_hides_the_common_one(alice):
    alice.ok("PUT", "/rest/walmart/V1/products/SPATULA", {"product": {"name": "Walmart Spatula"}})
    names = [alice.get(f"/rest/{code}/V1/products/SPATULA")["name"] for code in ("all", "default", "walmart")]
    assert names == ["Silicone Spatula", "Silicone Spatula", "Walmart Spatula"]


def test_a_large_catalogue_is_read_by_id_without_a_look_at_all_of_it(shop, alice):
    began = time.monotonic()
    assert shop.control.generate_products(20_000, qty=3) == 20_000
    rows = [{"sku": f"BULK-{n:05d}", "price": 2, "qty": 0} for n in range(1, 500)]
    assert shop.control.set_products(rows) == 499
    seen, last = 0, 0
    while True:
        page = alice.get(
            "products",
            criteria(
                ("entity_id", "gt", last),
                sort=[("entity_id", "ASC")],
                size=5000,
                fields="items[id,sku,price],total_count",
            ),
        )
        if page["items"] is None:
            break
        seen, last = seen + len(page["items"]), page["items"][-1]["id"]
    assert seen == 20_024
    found = alice.get("products", criteria(("sku", "in", "BULK-00001,BULK-20000")))["items"]
    assert [product["price"] for product in found] == [2, 10 + 20_000 % 90]
    export = alice.get(
        "inventory/export-stock-salable-qty/website/walmart", criteria(("sku", "in", "BULK-00001,BULK-20000"))
    )
    assert [row["qty"] for row in export["items"]] == [0, 3]
    assert time.monotonic() - began < 20
