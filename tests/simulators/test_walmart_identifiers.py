"""The forms of Walmart's numbers and names (walmart-api §0.2): callers keep them as text and compare them whole."""

import re

import pytest
from walmart_seller import seller


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


def test_numbers_of_orders_are_digits_in_text(shop):
    order = shop.order(shop.control.place_order())
    assert re.fullmatch(r"\d{13}", order["purchaseOrderId"])
    assert re.fullmatch(r"\d{13,15}", order["customerOrderId"])
    assert [line["lineNumber"] for line in order["orderLines"]["orderLine"]] == ["1"]
    assert re.fullmatch(r"\d+", order["shipNode"]["id"])


def test_one_customer_order_may_be_several_purchase_orders(shop):
    customer = "5281956426648"
    placed = {shop.control.place_order(customer_order_id=customer) for _ in range(2)}
    found = shop.get(f"/v3/orders?customerOrderId={customer}").json["list"]["elements"]["order"]
    assert {order["purchaseOrderId"] for order in found} == placed
    assert len(placed) == 2


def test_a_return_has_a_long_number_and_counts_its_lines_in_integers(shop):
    po = shop.control.place_order()
    shop.control.ship_elsewhere(po)
    rma = shop.control.open_return(po)
    (found,) = shop.get(f"/v3/returns?returnOrderId={rma}").json["returnOrders"]
    (line,) = found["returnOrderLines"]
    assert re.fullmatch(r"\d{17,18}", found["returnOrderId"])
    assert (line["returnOrderLineNumber"], line["purchaseOrderLineNumber"]) == (1, 1)


def test_an_item_has_walmarts_numbers_beside_the_sellers_sku(shop):
    shop.control.set_items([{"sku": "A"}])
    item = shop.control.item("A")
    assert re.fullmatch(r"[0-9A-Z]{12}", item["wpid"])
    assert re.fullmatch(r"\d+", item["item_id"])


def test_skus_differ_by_the_case_of_their_letters(shop):
    po = shop.control.place_order(lines=[{"sku": "Mug"}, {"sku": "MUG"}])
    assert shop.get("/v3/orders?sku=mug").status == 404
    assert [line["item"]["sku"] for line in shop.order(po)["orderLines"]["orderLine"]] == ["Mug", "MUG"]
    shop.control.set_stock("Mug", 3)
    shop.control.set_stock("MUG", 7)
    assert [shop.get(f"/v3/inventory?sku={sku}").json["quantity"]["amount"] for sku in ("Mug", "MUG")] == [3, 7]


def test_an_account_has_two_different_numbers(shop):
    partner = shop.get("/v3/settings/partnerprofile").json["partner"]
    assert partner["partnerId"] != partner["partnerStoreId"]
    assert partner["partnerId"].isdecimal()
    assert partner["partnerStoreId"].isdecimal()
