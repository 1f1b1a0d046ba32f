import pytest
from commerce_caller import ADDRESS, Caller, criteria, shipping

from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


def add(alice, cart, sku, quantity=1, **more):
    body = {"cartItem": {"quote_id": str(cart), "sku": sku, "qty": quantity, **more}}
    return alice.send("POST", f"carts/{cart}/items", body)


def test_the_import_protocol(shop, alice):
    cart = alice.cart(("WHISK-11", 1), ("whisk-11 ", 2), ("MUG+LID", 1))
    assert [(i["sku"], i["qty"]) for i in alice.get(f"carts/{cart}/items")] == [("WHISK-11", 3), ("MUG+LID", 1)]
    order = alice.ok("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    assert isinstance(order, int)
    assert shop.control.salable("WHISK-11") == 97
    assert alice.get("inventory/source-items", criteria(("sku", "eq", "WHISK-11")))["items"][0]["quantity"] == 100
    status, body = alice.send("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    assert (status, body["message"]) == (404, "No such entity with %fieldName = %fieldValue")
    assert body["parameters"]["fieldName"] == "cartId"
    found = alice.get("orders", criteria(("quote_id", "eq", cart)))
    assert [o["entity_id"] for o in found["items"]] == [order]
    assert alice.get(f"carts/{cart}")["is_active"] is False


def test_the_placed_order(alice):
    cart = alice.cart(("WHISK-11", 3))
    item = alice.get(f"carts/{cart}/items")[0]
    order = alice.order(alice.ok("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}}))
    assert (order["state"], order["status"], order["store_id"]) == ("new", "pending", 2)
    assert order["increment_id"].startswith("2")
    assert (order["subtotal"], order["shipping_amount"], order["grand_total"]) == (29.97, 15, 44.97)
    assert order["items"][0]["quote_item_id"] == item["item_id"]
    assert order["customer_email"] == ADDRESS["email"]
    assert "ext_order_id" not in order
    assert "total_paid" not in order
    address = order["extension_attributes"]["shipping_assignments"][0]["shipping"]["address"]
    assert (address["region"], address["region_id"], address["street"]) == ("Texas", 57, ["1 Main St", "Apt 4"])


@pytest.mark.parametrize(
    ("sku", "quantity", "status", "message"),
    [
        ("NO-SUCH", 1, 404, "The product that was requested doesn't exist. Verify the product and try again."),
        ("GRATER-OLD", 1, 400, "Product that you are trying to add is not available."),
        ("VASE-WEB", 1, 400, "Product that you are trying to add is not available."),
        ("JAR-SOLD-OUT", 1, 400, "Product that you are trying to add is not available."),
        ("WHISK-11", 101, 400, "The requested qty is not available"),
        ("APRON", 1, 400, "You need to choose options for your item."),
        (
            "BOARD-ENGRAVED",
            1,
            400,
            "The product's required option(s) weren't entered. Make sure the options are entered and try again.",
        ),
    ],
)
def test_refused_items(alice, sku, quantity, status, message):
    cart = alice.post("carts")
    answer, body = add(alice, cart, sku, quantity)
    assert (answer, body["message"]) == (status, message)
    assert alice.get(f"carts/{cart}/items") == []


def test_stock_that_went_away_is_refused_at_placing(shop, alice):
    cart = alice.cart(("WHISK-11", 3))
    shop.control.set_stock("WHISK-11", 2)
    status, body = alice.send("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    assert (status, body["message"]) == (400, "The requested qty is not available")
    assert alice.get(f"carts/{cart}")["is_active"] is True
    assert shop.control.orders() == []


def test_item_quantities_add_up_and_can_be_set(alice):
    cart = alice.post("carts")
    add(alice, cart, "WHISK-11", 2)
    _, item = add(alice, cart, "WHISK-11", 0)
    assert item["qty"] == 3
    path = f"carts/{cart}/items/{item['item_id']}"
    assert alice.ok("PUT", path, {"cartItem": {"quote_id": str(cart), "qty": 7}})["qty"] == 7
    assert alice.ok("DELETE", path) is True
    assert alice.get(f"carts/{cart}/items") == []


@pytest.mark.parametrize("field", ["telephone", "lastname"])
def test_an_empty_address_part_is_refused(alice, field):
    cart = alice.post("carts")
    add(alice, cart, "WHISK-11")
    status, body = alice.send("POST", f"carts/{cart}/shipping-information", shipping(ADDRESS | {field: ""}))
    assert status == 400
    assert body["message"] == "Please check the shipping address information. %1"
    assert body["parameters"] == [f'"{field}" is required. Enter and try again.']


def test_a_shop_may_do_without_telephones(shop, alice):
    shop.control.set_options(telephone_required=False)
    assert isinstance(alice.cart(("WHISK-11", 1), address=ADDRESS | {"telephone": ""}), int)


def test_long_names_are_cut_and_emoji_lost(alice):
    cart = alice.cart(("WHISK-11", 1), address=ADDRESS | {"firstname": "A" * 300, "lastname": "Ré😀"})
    order = alice.order(alice.ok("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}}))
    assert (len(order["billing_address"]["firstname"]), order["billing_address"]["lastname"]) == (255, "Ré????")


def test_wrong_carrier_and_inactive_payment_are_refused(alice):
    cart = alice.post("carts")
    add(alice, cart, "WHISK-11")
    body = shipping()
    body["addressInformation"]["shipping_carrier_code"] = "ups"
    assert alice.send("POST", f"carts/{cart}/shipping-information", body)[0] == 400
    status, refused = alice.send("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    assert (status, refused["message"]) == (400, "Shipping address is not set")
    alice.post(f"carts/{cart}/shipping-information", shipping())
    status, refused = alice.send("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "purchaseorder"}})
    assert (status, refused["message"]) == (400, "The requested Payment Method is not available.")


def test_only_the_path_of_the_placing_call_decides_the_store(shop, alice):
    cart = alice.cart(("WHISK-11", 1))
    order = alice.ok("PUT", f"/rest/V1/carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    assert (alice.order(order)["store_id"], alice.order(order)["increment_id"]) == (1, "000000001")


def test_a_configurable_makes_two_items_and_ships_as_one(shop, alice):
    cart = alice.post("carts")
    option = {"extension_attributes": {"configurable_item_options": [{"option_id": "93", "option_value": 22}]}}
    assert add(alice, cart, "APRON", 2, product_option=option)[0] == 200
    alice.post(f"carts/{cart}/shipping-information", shipping())
    order = alice.ok("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    parent, child = alice.order(order)["items"]
    assert (parent["product_type"], parent["sku"], parent["price"]) == ("configurable", "APRON-BLUE", 22)
    assert (child["parent_item_id"], child["sku"], child["price"]) == (parent["item_id"], "APRON-BLUE", 0)
    assert shop.control.salable("APRON-BLUE") == 48
    alice.ship(order, parent["item_id"], 2)
    assert [i["qty_shipped"] for i in alice.order(order)["items"]] == [2, 0]
    assert shop.control.salable("APRON-BLUE") == 48


def test_shop_rules_show_in_the_totals(shop, alice):
    shop.control.set_options(cart_rule_percent=10, tax_percent=8)
    cart = alice.post("carts")
    add(alice, cart, "WHISK-11", 3)
    totals = alice.post(f"carts/{cart}/shipping-information", shipping())["totals"]
    assert (totals["discount_amount"], totals["tax_amount"]) == (-3, 2.16)


def test_confirmation_mail_now_or_by_cron(shop, alice):
    alice.place(("WHISK-11", 1))
    assert [(m["kind"], m["to"]) for m in shop.control.mails()] == [("order", "po-1@channel.invalid")]
    shop.control.set_options(async_mail=True)
    quiet, loud = alice.place(("WHISK-11", 1)), alice.place(("WHISK-11", 1))
    alice.correct(quiet, customer_email="relay@example.com", email_sent=1)
    alice.correct(loud, customer_email="relay@example.com")
    assert len(shop.control.mails()) == 1
    shop.control.advance_clock(61)
    assert [(m["order_id"], m["to"]) for m in shop.control.mails()[1:]] == [(loud, "relay@example.com")]


@pytest.mark.parametrize(
    ("limits", "quantity", "message", "parameters"),
    [
        ({"min_sale_qty": 3}, 2, "The fewest you may purchase is %1", [3]),
        ({"qty_increments": 6}, 4, "You can buy this product only in quantities of %1 at a time.", [6]),
        ({"max_sale_qty": 5}, 6, "The requested qty exceeds the maximum qty allowed in shopping cart", None),
    ],
)
def test_quantities_a_product_is_not_sold_in(shop, alice, limits, quantity, message, parameters):
    shop.control.set_product("WHISK-11", **limits)
    status, body = add(alice, alice.post("carts"), "WHISK-11", quantity)
    assert (status, body["message"], body.get("parameters")) == (400, message, parameters)


def test_a_minimum_order_amount(shop, alice):
    shop.control.set_options(minimum_order=20)
    cart = alice.cart(("WHISK-11", 2))
    status, body = alice.send("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    assert (status, body) == (400, {"message": "Minimum order amount is %1", "parameters": ["$20.00"]})


@pytest.mark.parametrize(("code", "region"), [("PR", "Puerto Rico"), ("AE", "Armed Forces Europe"), ("tx", "Texas")])
def test_a_region_code_is_enough_anywhere_mail_goes(alice, code, region):
    street = ["1 Main St", "Building 7", "Apt 4"]
    cart = alice.cart(("WHISK-11", 1), address=ADDRESS | {"region_code": code, "street": street})
    address = alice.order(alice.submit(cart))["billing_address"]
    assert (address["region"], address["region_id"] > 0, address["street"]) == (region, True, street)


def test_a_cart_that_costs_nothing_takes_only_the_method_free(shop, alice):
    shop.control.set_product("WHISK-11", price=0)
    shop.control.set_options(flat_rate=0)
    cart = alice.cart(("WHISK-11", 1))
    status, body = alice.send("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    assert (status, body["message"]) == (400, "The requested Payment Method is not available.")
    order = alice.ok("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "free"}})
    assert alice.order(order)["grand_total"] == 0
