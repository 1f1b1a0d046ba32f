"""How an order gets from new to closed (observed §4; commerce-api §3.3), and money that stands beside its items (§9)."""

import pytest
from commerce_caller import Caller, twins

from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


def states(alice, order, *steps):
    """State and status after each step."""
    seen = []
    for step in steps:
        step()
        shown = alice.order(order)
        seen.append((shown["state"], shown["status"]))
    return seen


def test_an_order_is_complete_when_it_is_invoiced_and_shipped_in_either_order(alice):
    first, second = alice.place(("WHISK-11", 2)), alice.place(("WHISK-11", 2))
    expected = [("processing", "processing"), ("complete", "complete")]
    for order, calls in ((first, ("ship", "invoice")), (second, ("invoice", "ship"))):
        steps = [lambda call=call, order=order: alice.post(f"order/{order}/{call}") for call in calls]
        assert states(alice, order, *steps) == expected


def test_shipping_alone_never_completes(alice):
    order = alice.place(("WHISK-11", 1), ("SPATULA", 1))
    for item in alice.items(order):
        alice.ship(order, item, 1)
    assert alice.order(order)["state"] == "processing"


def test_a_refund_of_all_that_was_paid_leaves_an_order_open_of_which_something_may_still_leave(alice):
    order, item = alice.example_order()
    alice.invoice(order, **{f"_{item}": 1})
    alice.ship(order, item, 1)
    steps = [lambda: alice.memo(order, item, 1, shipping=4.57), lambda: alice.post(f"orders/{order}/cancel")]
    assert states(alice, order, *steps) == [("processing", "processing"), ("canceled", "canceled")]


def test_a_discount_of_the_shipping_is_taken_off_invoice_and_memo(alice):
    order, item = alice.example_order()
    alice.correct(order, shipping_discount_amount=1.57, discount_amount=-1.57, grand_total=35.45)
    alice.invoice(order)
    assert alice.order(order)["total_paid"] == 35.45
    alice.ship(order, item, 3)
    memo = alice.post(f"order/{order}/refund", {"notify": False})
    assert (alice.get(f"creditmemo/{memo}")["grand_total"], alice.order(order)["state"]) == (35.45, "closed")


def test_lines_of_different_price_merged_into_one_item_are_refunded_at_their_average(alice):
    order = alice.place(("WHISK-11", 1), ("WHISK-11", 1))
    (item,) = alice.items(order)
    line = {"item_id": item, **twins({"row_total": 30.01, "tax_amount": 0, "discount_amount": 0})}
    alice.correct(order, subtotal=30.01, shipping_amount=0, tax_amount=0, grand_total=30.01, items=[line])
    alice.invoice(order)
    memos = [alice.memo(order, item, 1) for _ in range(2)]
    assert sorted(memos) == [15, 15.01]


@pytest.mark.parametrize("length", [64, 65])
def test_a_sku_has_at_most_64_characters(alice, length):
    product = {"sku": "X" * length, "name": "Long", "price": 3, "attribute_set_id": 4, "type_id": "simple", "weight": 1}
    row = {"sku": "X" * length, "source_code": "default", "quantity": 1, "status": 1}
    answers = [
        alice.send("POST", "products", {"product": product})[0],
        alice.send("POST", "inventory/source-items", {"sourceItems": [row]})[0],
    ]
    assert answers == ([200, 200] if length == 64 else [400, 400])
