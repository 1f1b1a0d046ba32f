"""Observed §8 and §9: invoice what is kept, then cancel; money to the cent; stock to the piece."""

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


def stock(shop, sku="WHISK-11"):
    product = next(p for p in shop.control.products() if p["sku"] == sku)
    return product["salable"], product["source_quantity"]


def ledger(alice, order):
    item = alice.order(order)["items"][0]
    return tuple(item[f"qty_{name}"] for name in ("invoiced", "shipped", "canceled", "refunded"))


def test_invoice_what_is_kept_then_cancel(shop, alice):
    order, item = alice.example_order()
    assert (alice.order(order)["grand_total"], stock(shop)) == (37.02, (97, 100))
    alice.invoice(order, **{f"_{item}": 2})
    shown = alice.order(order)
    assert (shown["total_paid"], shown["total_due"], shown["state"]) == (26.33, 10.69, "processing")
    assert alice.post(f"orders/{order}/cancel") is True
    shown = alice.order(order)
    assert (shown["total_canceled"], shown["state"], stock(shop)) == (10.69, "processing", (98, 100))
    alice.ship(order, item, 3)
    assert (ledger(alice, order), stock(shop), alice.order(order)["state"]) == ((2, 2, 1, 0), (98, 98), "complete")
    assert alice.memo(order, item, 1) == 10.70
    assert (alice.order(order)["state"], stock(shop)) == ("complete", (99, 99))
    assert alice.memo(order, item, 1, shipping=4.57, restock=False) == 15.63
    assert (ledger(alice, order), alice.order(order)["state"], stock(shop)) == ((2, 2, 1, 2), "closed", (99, 99))


def test_three_memos_add_up_to_the_cent(alice):
    order, item = alice.example_order()
    alice.invoice(order)
    alice.ship(order, item, 3)
    memos = [alice.memo(order, item, 1), alice.memo(order, item, 1), alice.memo(order, item, 1, shipping=4.57)]
    assert memos == [10.69, 10.69, 15.64]
    assert alice.order(order)["state"] == "closed"


@pytest.mark.parametrize(("total", "quantity"), [(10.00, 3), (100.00, 7)])
def test_odd_divisions_are_exact_in_sum(alice, total, quantity):
    order = alice.place(("WHISK-11", quantity))
    item = alice.items(order)[0]
    line = {"item_id": item, **twins({"row_total": total, "tax_amount": 0, "discount_amount": 0})}
    alice.correct(order, subtotal=total, shipping_amount=0, tax_amount=0, grand_total=total, items=[line])
    alice.invoice(order, **{f"_{item}": 1})
    alice.invoice(order)
    assert alice.order(order)["total_paid"] == total
    memos = [alice.memo(order, item, 1) for _ in range(quantity)]
    assert (round(sum(memos), 2), alice.order(order)["state"]) == (total, "closed")


def test_the_race_leaves_a_unit_that_nothing_can_touch(alice):
    order, item = alice.example_order()
    alice.invoice(order, **{f"_{item}": 2})
    alice.ship(order, item, 3)
    assert alice.post(f"orders/{order}/cancel") is True
    assert (ledger(alice, order), alice.order(order)["state"]) == ((2, 3, 0, 0), "complete")
    assert alice.send("POST", f"order/{order}/invoice", {})[0] == 400


def test_the_phantom_of_a_memo_for_unshipped_units_is_closed_by_hand(shop, alice):
    order, item = alice.example_order()
    alice.invoice(order)
    alice.ship(order, item, 1)
    assert alice.post(f"orders/{order}/cancel") is False
    alice.memo(order, item, 2)
    assert (stock(shop), alice.order(order)["state"]) == ((99, 99), "processing")
    alice.correct(order, items=[{"item_id": item, "qty_canceled": 1}])
    assert alice.order(order)["state"] == "complete"


@pytest.mark.parametrize(
    ("shipped", "invoiced", "answer", "state", "canceled", "salable"),
    [
        (0, 0, True, "canceled", 3, 100),
        (1, 0, True, "canceled", 2, 99),
        (3, 0, True, "canceled", 0, 97),
        (0, 2, True, "processing", 1, 98),
        (1, 1, True, "complete", 2, 99),
        (0, 3, False, "processing", 0, 97),
        (3, 3, False, "complete", 0, 97),
    ],
)
def test_cancel_table(shop, alice, shipped, invoiced, answer, state, canceled, salable):
    order, item = alice.example_order()
    if shipped:
        alice.ship(order, item, shipped)
    if invoiced:
        alice.invoice(order, **{f"_{item}": invoiced})
    assert alice.post(f"orders/{order}/cancel") is answer
    assert (alice.order(order)["state"], ledger(alice, order)[2], stock(shop)[0]) == (state, canceled, salable)
    if answer:
        assert alice.post(f"orders/{order}/cancel") is False


def test_one_shipped_invoice_one_cancel_then_the_return(shop, alice):
    order, item = alice.example_order()
    alice.ship(order, item, 1)
    alice.invoice(order, **{f"_{item}": 1})
    assert alice.post(f"orders/{order}/cancel") is True
    assert alice.memo(order, item, 1, shipping=4.57) == 15.63
    assert (alice.order(order)["state"], stock(shop)) == ("closed", (100, 100))


@pytest.mark.parametrize(("invoiced", "shipping"), [(3, 4.57), (1, 4.57)])
def test_all_or_one_invoiced_none_shipped_comes_back_whole(shop, alice, invoiced, shipping):
    order, item = alice.example_order()
    alice.invoice(order, **{f"_{item}": invoiced})
    alice.post(f"orders/{order}/cancel")
    alice.memo(order, item, invoiced, shipping=shipping)
    assert (alice.order(order)["state"], stock(shop)) == ("closed", (100, 100))


def test_a_memo_without_the_return_flag_loses_unshipped_stock(shop, alice):
    order, item = alice.example_order()
    alice.invoice(order)
    alice.memo(order, item, 1, restock=False)
    assert stock(shop) == (97, 99)


def test_a_plainly_cancelled_order_is_revived_for_a_return(shop, alice):
    order, item = alice.example_order()
    alice.ship(order, item, 1)
    alice.post(f"orders/{order}/cancel")
    assert alice.send("POST", f"order/{order}/invoice", {})[0] == 400
    line = {"item_id": item, **twins({"row_total": 9.99, "tax_amount": 0.70})}
    cancelled = {f"{name}_canceled": 0 for name in ("subtotal", "tax", "shipping", "total")}
    money = {"subtotal": 9.99, "tax_amount": 1.07, "grand_total": 15.63, **cancelled}
    alice.correct(order, items=[line], **money)
    alice.correct(order, state="processing", status="processing")
    alice.invoice(order, **{f"_{item}": 1})
    assert alice.memo(order, item, 1, shipping=4.57) == 15.63
    assert (alice.order(order)["state"], stock(shop)) == ("closed", (100, 100))


def test_money_only_refund_and_missing_guards(alice):
    order, item = alice.example_order()
    alice.invoice(order)
    assert alice.memo(order, item, 0, adjustment_positive=5) == 5
    assert alice.memo(order, item, 0) == 0
    assert alice.memo(order, item, 0, adjustment_positive=-1) == -1
    memo = alice.post(f"order/{order}/refund", {"items": [], "arguments": {"adjustment_negative": 4}})
    assert alice.get(f"creditmemo/{memo}")["grand_total"] == 33.02
    assert alice.order(order)["state"] == "closed"


def test_stale_base_amounts_refuse_the_second_memo(alice):
    order = alice.place(("KNIFE-SET-5", 2))
    item = alice.items(order)[0]
    line = {"item_id": item, "row_total": 20, "tax_amount": 0}
    alice.correct(order, subtotal=20, shipping_amount=0, tax_amount=0, grand_total=20, items=[line])
    alice.invoice(order)
    refund = {"items": [{"order_item_id": item, "qty": 1}], "arguments": {"shipping_amount": 0}}
    status, body = alice.send("POST", f"order/{order}/refund", refund)
    assert (status, body["message"].startswith("Creditmemo Document Validation Error(s):\nThe most money")) == (
        400,
        True,
    )


def test_an_order_with_stale_base_totals_never_closes(alice):
    order = alice.place(("WHISK-11", 3))
    entity = {"entity_id": order, "shipping_amount": 4.57, "grand_total": 34.54}
    alice.post("orders", {"entity": entity})
    item = alice.items(order)[0]
    alice.invoice(order)
    alice.ship(order, item, 3)
    alice.memo(order, item, 3, shipping=4.57)
    assert alice.order(order)["state"] == "complete"


def test_a_cart_rule_survives_a_naive_correction(shop, alice):
    shop.control.set_options(cart_rule_percent=25)
    order = alice.place(("WHISK-11", 3))
    item = alice.items(order)[0]
    line = {"item_id": item, **twins({"row_total": 29.97, "tax_amount": 0})}
    alice.correct(order, subtotal=29.97, shipping_amount=0, tax_amount=0, grand_total=29.97, items=[line])
    alice.invoice(order)
    shown = alice.order(order)
    assert (shown["grand_total"], shown["total_paid"]) == (29.97, 22.48)


def test_discount_and_refusals_of_memos(alice):
    order = alice.place(("WHISK-11", 3))
    item = alice.items(order)[0]
    line = {"item_id": item, **twins({"row_total": 29.97, "tax_amount": 0, "discount_amount": 3})}
    alice.correct(order, subtotal=29.97, shipping_amount=0, discount_amount=-3, grand_total=26.97, items=[line])
    refund = {"items": [{"order_item_id": item, "qty": 1}]}
    status, body = alice.send("POST", f"order/{order}/refund", refund)
    assert (status, body["message"]) == (
        400,
        "Creditmemo Document Validation Error(s):\nThe most money available to refund is 0.",
    )
    alice.invoice(order)
    assert [alice.memo(order, item, 1), alice.memo(order, item, 1)] == [8.99, 8.99]
    status, body = alice.send("POST", f"order/{order}/refund", {"items": [{"order_item_id": item, "qty": 2}]})
    assert (status, body["message"]) == (400, 'We found an invalid quantity to refund item "%1".')
    assert alice.memo(order, item, 1) == 8.99
    status, body = alice.send("POST", f"order/{order}/refund", refund)
    assert body["message"].endswith("A creditmemo can not be created when an order has a status of closed")
