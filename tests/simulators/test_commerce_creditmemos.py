"""Credit memos: observed §4, §5, §8, §9; commerce-api §6.5, §7."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from commerce_caller import Caller, criteria, twins
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channel_simulators.commerce.control_client import ControlError
from channel_simulators.commerce.server import CommerceServer

PREFIX = "Creditmemo Document Validation Error(s):\n"


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture(scope="module")
def server():
    """One for many generated orders."""
    with CommerceServer() as running:
        yield running


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


@pytest.fixture
def sold(alice):
    """Three units of 37.02 altogether, shipped and paid."""
    order, item = alice.example_order()
    alice.invoice(order)
    alice.ship(order, item, 3)
    return order, item


def refund(alice, order, *lines, restock=(), path="order", **arguments):
    """Status and answer; lines are (item id, quantity), none at all leave `items` out."""
    extension = {"extension_attributes": {"return_to_stock_items": list(restock)}} if restock else {}
    items = {"items": [{"order_item_id": item, "qty": quantity} for item, quantity in lines]} if lines else {}
    return alice.send("POST", f"{path}/{order}/refund", {**items, "arguments": {**arguments, **extension}})


def stock(shop, sku="WHISK-11"):
    product = shop.control.product(sku)
    return product["salable"], product["source_quantity"]


def test_a_memo_and_its_shape(alice, sold):
    order, item = sold
    status, memo = refund(alice, order, (item, 1), shipping_amount=0)
    assert (status, memo) == (200, "1")
    shown = alice.get("creditmemo/1")
    (line,) = shown["items"]
    assert (shown["order_id"], shown["state"], shown["store_id"], shown["increment_id"]) == (order, 2, 2, "2000000001")
    assert (line["order_item_id"], line["sku"], line["qty"], line["row_total"], line["tax_amount"]) == (
        item, "WHISK-11", 1, 9.99, 0.7,
    )  # fmt: skip
    money = {name: shown[name] for name in ("subtotal", "tax_amount", "shipping_amount", "adjustment", "grand_total")}
    assert money == {"subtotal": 9.99, "tax_amount": 0.7, "shipping_amount": 0, "adjustment": 0, "grand_total": 10.69}
    assert shown["base_grand_total"] == 10.69


def test_the_order_keeps_count_of_what_was_refunded(alice, sold):
    order, item = sold
    assert "total_refunded" not in alice.order(order)
    refund(alice, order, (item, 1), shipping_amount=2, adjustment_positive=1, adjustment_negative=0.5)
    shown = alice.order(order)
    assert {name: shown[name] for name in shown if "refunded" in name and not name.startswith("base_")} == {
        "subtotal_refunded": 9.99,
        "shipping_refunded": 2,
        "shipping_tax_refunded": 0.16,
        "tax_refunded": 0.87,  # the fraction of the shipping tax is carried on
        "discount_refunded": 0,
        "total_refunded": 13.36,
        "total_offline_refunded": 13.36,
    }
    assert (shown["adjustment_positive"], shown["adjustment_negative"]) == (1, 0.5)
    assert shown["items"][0]["qty_refunded"] == 1
    assert shown["items"][0]["amount_refunded"] == 9.99
    assert (shown["payment"]["amount_refunded"], shown["payment"]["shipping_refunded"]) == (13.36, 2)


@pytest.mark.parametrize("lines", [{}, {"items": []}])
def test_no_items_and_no_shipping_amount_refund_everything(alice, sold, lines):
    order, _ = sold
    memo = alice.post(f"order/{order}/refund", {**lines, "notify": False})
    assert alice.get(f"creditmemo/{memo}")["grand_total"] == 37.02
    assert (alice.order(order)["state"], alice.order(order)["status"]) == ("closed", "closed")
    status, body = refund(alice, order)
    assert (status, body["message"]) == (
        400,
        PREFIX + "A creditmemo can not be created when an order has a status of closed",
    )


def test_shipping_is_refunded_once(alice, sold):
    order, item = sold
    assert refund(alice, order, (item, 0), shipping_amount=4.57)[0] == 200
    assert alice.get("creditmemo/1")["grand_total"] == 4.94
    status, body = refund(alice, order, (item, 0), shipping_amount=0.01)
    assert (status, body) == (
        400,
        {"message": "Maximum shipping amount allowed to refund is: %1", "parameters": [0.0]},
    )
    refund(alice, order, (item, 1))
    assert alice.get("creditmemo/2")["shipping_amount"] == 0


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        (4, 'We found an invalid quantity to refund item "%1".'),
        (0.5, 'We found an invalid quantity to refund item "%1".'),
    ],
)
def test_quantities_that_are_refused(alice, sold, quantity, message):
    order, item = sold
    status, body = refund(alice, order, (item, quantity), shipping_amount=0)
    assert (status, body) == (400, {"message": message, "parameters": ["Balloon Whisk, 11 inch"]})
    assert alice.get("creditmemos", criteria())["total_count"] == 0


def test_lines_that_are_not_of_the_order_or_have_nothing_left(alice):
    order = alice.place(("WHISK-11", 1), ("SPATULA", 1))
    whisk, spatula = alice.items(order)
    alice.invoice(order, **{f"_{whisk}": 1})
    foreign = "The creditmemo contains product item that is not part of the original order."
    assert refund(alice, order, (999, 1), shipping_amount=0)[1]["message"] == PREFIX + foreign
    too_many = "The quantity to refund must not be greater than the unrefunded quantity."
    assert refund(alice, order, (spatula, 1), shipping_amount=0)[1]["message"] == PREFIX + too_many
    returned = "The return to stock argument contains product item that is not part of the original order."
    answer = refund(alice, order, (whisk, 1), shipping_amount=0, restock=[999])
    assert answer[1]["message"] == PREFIX + returned
    answer = refund(alice, order, (whisk, 1), shipping_amount=0, restock=[spatula])
    assert answer[1]["message"] == PREFIX + 'The "SPATULA" product is not part of the current creditmemo.'


def test_unknown_canceled_and_held_orders(shop, alice):
    assert refund(alice, 999)[0] == 404
    assert alice.send("GET", "creditmemo/999")[0] == 404
    order = alice.place(("WHISK-11", 1))
    shop.control.hold(order)
    assert refund(alice, order)[1]["message"].endswith("when an order has a status of holded")
    shop.control.unhold(order)
    shop.control.cancel(order)
    assert refund(alice, order)[1]["message"].endswith("when an order has a status of canceled")


def test_more_money_than_was_paid_is_refused(alice, sold):
    order, item = sold
    status, body = refund(alice, order, (item, 3), adjustment_positive=0.01)
    assert (status, body["message"]) == (400, PREFIX + "The most money available to refund is 37.02.")


def test_a_money_only_refund_and_the_full_one_after_it(alice, sold):
    order, item = sold
    assert refund(alice, order, (item, 0), shipping_amount=0, adjustment_positive=5)[0] == 200
    memo = alice.get("creditmemo/1")
    assert (memo["grand_total"], memo["items"][0]["qty"], alice.order(order)["state"]) == (5, 0, "complete")
    assert refund(alice, order)[1]["message"] == PREFIX + "The most money available to refund is 32.02."
    assert refund(alice, order, adjustment_negative=5)[0] == 200
    assert (alice.get("creditmemo/2")["grand_total"], alice.order(order)["state"]) == (32.02, "closed")


def test_a_refund_of_all_money_closes_the_order_and_no_memo_can_restock(shop, alice, sold):
    order, item = sold
    refund(alice, order, (item, 0), shipping_amount=0, adjustment_positive=37.02)
    assert alice.order(order)["state"] == "closed"
    status, body = refund(alice, order, (item, 1), shipping_amount=0, restock=[item])
    assert (status, body["message"].endswith("has a status of closed"), stock(shop)) == (400, True, (97, 97))


def test_nothing_and_less_than_nothing_are_taken(alice, sold):
    order, item = sold
    assert refund(alice, order, (item, 0), shipping_amount=0)[0] == 200
    assert refund(alice, order, (item, 0), shipping_amount=0, adjustment_positive=-1)[0] == 200
    assert [alice.get(f"creditmemo/{n}")["grand_total"] for n in (1, 2)] == [0, -1]
    assert alice.order(order)["total_refunded"] == -1


def test_before_the_invoice_there_is_no_money(alice):
    order = alice.place(("WHISK-11", 1))
    assert refund(alice, order)[1]["message"] == PREFIX + "The most money available to refund is 0."


def test_the_first_memo_lets_a_complete_order_be_and_moves_its_timestamp(shop, alice, sold):
    order, item = sold
    before = alice.order(order)
    shop.control.advance_clock(2)
    refund(alice, order, (item, 1), shipping_amount=0)
    after = alice.order(order)
    assert (before["state"], after["state"], after["updated_at"] > before["updated_at"]) == (
        "complete",
        "complete",
        True,
    )
    shop.control.advance_clock(2)
    alice.post("creditmemo/1/comments", {"entity": {"comment": "x", "parent_id": 1, "is_visible_on_front": 0}})
    assert alice.order(order)["updated_at"] == after["updated_at"]
    assert alice.get("creditmemo/1")["updated_at"] == after["updated_at"]


@pytest.mark.parametrize(
    ("shipped", "refunded", "restock", "expected"),
    [
        # salable, source; 97 and 100 - shipped before
        (3, 1, True, (98, 98)),
        (3, 1, False, (97, 97)),
        (0, 1, True, (98, 100)),
        (0, 1, False, (97, 99)),
        (1, 2, True, (99, 99)),
        (1, 3, True, (100, 100)),
        (1, 3, False, (97, 97)),
        (2, 2, True, (99, 99)),
    ],
)
def test_stock_after_a_memo(shop, alice, shipped, refunded, restock, expected):
    """Units that never left count as refunded first; without the flag their goods are lost (commerce-api §6.5)."""
    order, item = alice.example_order()
    alice.invoice(order)
    if shipped:
        alice.ship(order, item, shipped)
    refund(alice, order, (item, refunded), shipping_amount=0, restock=[item] if restock else [])
    assert stock(shop) == expected


def test_unit_by_unit_the_unshipped_ones_come_first(shop, alice):
    order, item = alice.example_order()
    alice.invoice(order)
    alice.ship(order, item, 1)
    seen = []
    for _ in range(3):
        refund(alice, order, (item, 1), shipping_amount=0, restock=[item])
        seen.append(stock(shop))
    assert seen == [(98, 99), (99, 99), (100, 100)]


def test_goods_go_back_to_the_sources_they_left(shop, alice):
    shop.control.add_source("east", "East")
    shop.control.set_stock("WHISK-11", 20, "east")
    order, item = alice.example_order()
    alice.invoice(order)
    shop.control.ship(order, {item: 1}, source_code="east")
    shop.control.ship(order, {item: 2}, source_code="default")

    def held():
        rows = alice.get("inventory/source-items", criteria(("sku", "eq", "WHISK-11")))["items"]
        return {row["source_code"]: row["quantity"] for row in rows}

    assert held() == {"default": 98, "east": 19}
    refund(alice, order, (item, 2), shipping_amount=0, restock=[item])
    assert held() == {"default": 99, "east": 20}
    refund(alice, order, (item, 1), restock=[item])
    assert held() == {"default": 99, "east": 21}  # the first source again: earlier returns are not counted


def test_a_source_that_cannot_give_up_what_never_left(shop, alice):
    order, item = alice.example_order()
    alice.invoice(order)
    shop.control.set_stock("WHISK-11", 0)
    status, body = refund(alice, order, (item, 1), shipping_amount=0)
    assert (status, body["message"]) == (400, "Could not save a Creditmemo, see error log for details")
    assert alice.get("creditmemos", criteria())["total_count"] == 0


def test_a_configurable_has_two_rows_in_invoice_and_memo(shop, alice):
    cart = alice.post("carts")
    option = {"extension_attributes": {"configurable_item_options": [{"option_id": "93", "option_value": 22}]}}
    alice.post(
        f"carts/{cart}/items", {"cartItem": {"quote_id": str(cart), "sku": "APRON", "qty": 2, "product_option": option}}
    )
    order = alice.place_cart(cart)
    parent, child = alice.items(order)
    alice.invoice(order)
    alice.ship(order, parent, 2)
    refund(alice, order, (parent, 1), shipping_amount=0, restock=[parent])
    lines = [(i["order_item_id"], i["sku"], i["qty"], i.get("row_total")) for i in alice.get("creditmemo/1")["items"]]
    assert lines == [(parent, "APRON-BLUE", 1, 22), (child, "APRON-BLUE", 1, None)]
    assert [i["order_item_id"] for i in alice.get("invoices/1")["items"]] == [parent, child]
    assert [i["qty_refunded"] for i in alice.order(order)["items"]] == [1, 1]
    assert stock(shop, "APRON-BLUE") == (49, 49)


def test_a_memo_of_one_invoice_is_bound_to_its_units(alice):
    order, item = alice.example_order()
    first, second = alice.invoice(order, **{f"_{item}": 1}), alice.invoice(order)
    status, _ = refund(alice, first, (item, 2), path="invoice", shipping_amount=0)
    assert status == 400
    memo = refund(alice, first, path="invoice")[1]
    assert (alice.get(f"creditmemo/{memo}")["grand_total"], alice.get(f"creditmemo/{memo}")["invoice_id"]) == (15.63, 1)
    assert alice.get(f"invoices/{first}")["base_total_refunded"] == 15.63
    memo = refund(alice, second, path="invoice")[1]
    assert alice.get(f"creditmemo/{memo}")["grand_total"] == 21.39
    assert alice.order(order)["total_refunded"] == 37.02
    assert refund(alice, 99, path="invoice")[0] == 404


def test_comments_of_a_memo(shop, alice, sold):
    order, item = sold
    comment = {"comment": "Return 1081", "is_visible_on_front": 0}
    body = {"items": [{"order_item_id": item, "qty": 1}], "comment": comment, "appendComment": False}
    memo = alice.post(f"order/{order}/refund", {**body, "arguments": {"shipping_amount": 0}})
    given = {"comment": "second", "is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": int(memo)}
    added = alice.post(f"creditmemo/{memo}/comments", {"entity": given})
    assert (added["comment"], added["parent_id"]) == ("second", int(memo))
    shop.control.comment_document("creditmemo", int(memo), "third")
    listed = alice.get(f"creditmemo/{memo}/comments")
    assert ([c["comment"] for c in listed["items"]], listed["total_count"]) == (["third", "second", "Return 1081"], 3)
    assert [c["comment"] for c in alice.get(f"creditmemo/{memo}")["comments"]] == ["Return 1081", "second", "third"]
    assert alice.order(order)["status_histories"][0]["comment"] == "We refunded $10.69 offline."
    assert shop.control.mails()[1:] == []


def test_memos_are_found_by_order_id_number_and_time(shop, alice):
    orders = []
    for _ in range(3):
        order, item = alice.example_order()
        alice.invoice(order)
        shop.control.advance_clock(60)
        refund(alice, order, (item, 1), shipping_amount=0)
        orders.append(order)
    dates = [memo["created_at"] for memo in alice.get("creditmemos", criteria())["items"]]

    def found(*filters):
        page = alice.get("creditmemos", criteria(*filters, sort=[("entity_id", "ASC")]))
        return [memo["entity_id"] for memo in page["items"]]

    assert found(("order_id", "eq", orders[1])) == [2]
    assert found(("entity_id", "gt", 1)) == [2, 3]
    assert found(("created_at", "gteq", dates[1])) == [2, 3]
    assert found(("store_id", "in", "1,2"), ("order_id", "in", f"{orders[0]},{orders[2]}")) == [1, 3]
    assert found(("increment_id", "eq", "2000000003")) == [3]


def test_a_memo_cannot_be_taken_back(alice, sold):
    order, item = sold
    refund(alice, order, (item, 1), shipping_amount=0)
    status, body = alice.send("PUT", "creditmemo/1")
    assert (status, body["message"]) == (400, "You can not cancel Credit Memo")
    assert alice.send("PUT", "creditmemo/9")[0] == 404


def test_mail_goes_out_only_when_asked_for(shop, alice, sold):
    order, item = sold
    alice.post(f"order/{order}/refund", {"items": [{"order_item_id": item, "qty": 1}], "notify": True})
    assert shop.control.mails()[-1]["kind"] == "creditmemo"
    assert alice.post("creditmemo/1/emails") is True
    assert len(shop.control.mails()) == 3


def test_a_memo_made_in_the_admin(shop, alice, sold):
    order, _ = sold
    memo = shop.control.refund(
        order, {"WHISK-11": 1}, shipping=1, positive=2, negative=0.5, restock=["WHISK-11"], comment="Broken lid"
    )
    shown = alice.get(f"creditmemo/{memo}")
    assert (shown["grand_total"], shown["comments"][0]["comment"]) == (13.27, "Broken lid")
    assert stock(shop) == (98, 98)
    shop.control.refund(order, {"WHISK-11": 0}, shipping=0, positive=3, restock=False)
    assert alice.get("creditmemo/2")["grand_total"] == 3
    with pytest.raises(ControlError, match="total must be positive"):
        shop.control.refund(order, {"WHISK-11": 0}, shipping=0)


def test_an_order_the_admin_cancelled_after_a_part_left(shop, alice):
    order, item = alice.example_order()
    shop.control.ship(order, {"WHISK-11": 1})
    shop.control.cancel(order)
    assert alice.send("POST", f"order/{order}/invoice", {})[0] == 400
    cancelled = {f"{name}_canceled": 0 for name in ("subtotal", "tax", "shipping", "total", "discount")}
    line = {"item_id": item, **twins({"row_total": 9.99, "tax_amount": 0.70})}
    alice.correct(order, items=[line], subtotal=9.99, tax_amount=1.07, grand_total=15.63, **cancelled)
    assert alice.order(order)["state"] == "canceled"
    alice.correct(order, state="processing", status="processing")
    assert alice.order(order)["state"] == "processing"
    alice.invoice(order, **{f"_{item}": 1})
    assert refund(alice, order, (item, 1), shipping_amount=4.57, restock=[item])[0] == 200
    shown = alice.order(order)
    assert (alice.get("creditmemo/1")["grand_total"], shown["total_paid"], shown["total_refunded"]) == (15.63,) * 3
    assert (shown["state"], stock(shop)) == ("closed", (100, 100))


@pytest.mark.parametrize("path", ["order", "invoice"])
def test_of_four_simultaneous_refunds_of_one_unit_one_succeeds(shop, alice, path):
    order = alice.place(("WHISK-11", 1))
    invoice = alice.invoice(order)
    shop.control.set_options(commit_delay=0.05)
    with ThreadPoolExecutor(4) as pool:
        target = order if path == "order" else invoice
        answers = list(pool.map(lambda _: refund(alice, target, path=path)[0], range(4)))
    assert sorted(answers) == [200, 400, 400, 400]
    assert alice.order(order)["total_refunded"] == 14.99


CENTS = st.integers(100, 20_000).map(lambda cents: cents / 100)


@given(
    quantity=st.integers(1, 7),
    row_total=CENTS,
    tax=st.integers(0, 2_000).map(lambda cents: cents / 100),
    shipping=st.integers(0, 1_500).map(lambda cents: cents / 100),
    cuts=st.lists(st.integers(1, 4), min_size=7, max_size=7),
    first_invoice=st.integers(0, 7),
    shipped=st.integers(0, 7),
)
@settings(max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_returned_in_parts_adds_up(
    server, quantity, row_total, tax, shipping, cuts, first_invoice, shipped
):
    """Two invoices, any number of memos, the shipping with the last: every cent and every piece comes back."""
    alice = Caller(server.url)
    before = stock(server)
    order = alice.place(("WHISK-11", quantity))
    (item,) = alice.items(order)
    total = round(row_total + tax + shipping, 2)
    line = {"item_id": item, **twins({"row_total": row_total, "tax_amount": tax, "discount_amount": 0})}
    money = {"subtotal": row_total, "tax_amount": tax, "shipping_amount": shipping, "grand_total": total}
    alice.correct(order, items=[line], **money)
    if 0 < first_invoice < quantity:
        alice.invoice(order, **{f"_{item}": first_invoice})
    alice.invoice(order)
    assert alice.order(order)["total_paid"] == total
    if shipped:
        alice.ship(order, item, shipped)
    left = quantity
    for cut in cuts:
        part = min(cut, left)
        if part:
            left -= part
            status, body = refund(alice, order, (item, part), shipping_amount=0 if left else shipping, restock=[item])
            assert status == 200, body
    shown = alice.order(order)
    assert (shown["total_refunded"], shown["state"], stock(server)) == (total, "closed", before)


def test_an_order_of_no_money_is_closed_by_its_first_memo(alice):
    """Refunded equals paid: nothing more can go back to stock (observed §9)."""
    order = alice.place(("WHISK-11", 2))
    (item,) = alice.items(order)
    line = {"item_id": item, **twins({"row_total": 0, "tax_amount": 0})}
    alice.correct(order, items=[line], subtotal=0, shipping_amount=0, tax_amount=0, grand_total=0)
    alice.invoice(order)
    alice.ship(order, item, 2)
    assert refund(alice, order, (item, 1), restock=[item])[0] == 200
    assert alice.order(order)["state"] == "closed"
