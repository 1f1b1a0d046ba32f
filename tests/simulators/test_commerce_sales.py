from concurrent.futures import ThreadPoolExecutor

import pytest
from commerce_caller import Caller, criteria, twins

from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


def direct(**columns):
    item = {
        "sku": "WHISK-11",
        "name": "Whisk",
        "product_type": "simple",
        "qty_ordered": 3,
        "price": 9.99,
        "row_total": 29.97,
    }
    entity = {"state": "new", "status": "pending", "store_id": 2, "customer_email": "a@b.invalid", "grand_total": 29.97}
    return {
        "entity": {**entity, "base_grand_total": 29.97, "items": [item], "payment": {"method": "whatever"}, **columns}
    }


def test_a_direct_order_reserves_nothing_and_drifts_when_cancelled(shop, alice):
    order = alice.post("orders", direct(increment_id="WM-1"))
    assert (order["increment_id"], shop.control.salable("WHISK-11")) == ("WM-1", 100)
    assert alice.post(f"orders/{order['entity_id']}/cancel") is True
    assert shop.control.salable("WHISK-11") == 103


def test_increment_ids_are_unique_per_store(alice):
    alice.post("orders", direct(increment_id="WM-1"))
    status, body = alice.send("POST", "orders", direct(increment_id="wm-1"))
    assert (status, body) == (400, {"message": "Unique constraint violation found"})
    assert alice.post("orders", direct(increment_id="WM-1", store_id=1))["increment_id"] == "WM-1"


def test_ext_order_id_is_echoed_whole_stored_cut_and_not_unique(alice):
    long = "1234567890" * 4
    first, second = (alice.post("orders", direct(ext_order_id=long)) for _ in range(2))
    assert first["ext_order_id"] == second["ext_order_id"] == long
    assert alice.order(first["entity_id"])["ext_order_id"] == long[:32]


def test_a_correction_writes_only_its_columns(shop, alice):
    order, _ = alice.example_order()
    before = alice.order(order)
    alice.correct(order, ext_order_id="PO-1", shipping_description="Channel Shipping - Standard", email_sent=1)
    after = alice.order(order)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed - {"updated_at"} == {"ext_order_id", "shipping_description"}
    assert (after["grand_total"], after["items"][0]["qty_ordered"], after["items"][0]["sku"]) == (37.02, 3, "WHISK-11")
    assert shop.control.salable("WHISK-11") == 97


def test_the_payment_information_is_replaced_whole(alice):
    order = alice.place(("WHISK-11", 1))
    payment = alice.order(order)["payment"]
    lines = "Offline Channel Payment\nExternal Order Number: 1872846217683"
    information = {"method_title": "Offline Channel Payment", "instructions": lines}
    entity = {"entity_id": payment["entity_id"], "method": "banktransfer", "additional_information": information}
    alice.correct(order, payment=entity)
    stored = alice.order(order)
    assert stored["payment"]["additional_information"] == ["Offline Channel Payment", lines]
    assert stored["extension_attributes"]["payment_additional_info"][1] == {"key": "instructions", "value": lines}
    alice.correct(order, payment={"entity_id": payment["entity_id"], "method": "banktransfer"})
    assert alice.order(order)["payment"]["additional_information"] is None


def test_row_total_is_shown_net_of_discount(shop, alice):
    order = alice.place(("WHISK-11", 3))
    item = alice.items(order)[0]
    alice.correct(order, items=[{"item_id": item, "row_total": 29.97, "discount_amount": 3}])
    assert alice.order(order)["items"][0]["row_total"] == 26.97
    assert shop.control.order(order)["items"][0]["row_total"] == 29.97


def test_state_beside_partial_items_flips_the_order(alice):
    order = alice.place(("WHISK-11", 3))
    item = {"item_id": alice.items(order)[0], "row_total": 1}
    alice.correct(order, state="processing", status="processing", items=[item])
    assert alice.order(order)["state"] == "complete"
    alice.correct(order, state="processing", status="processing", items=[item], grand_total=1)
    assert alice.order(order)["state"] == "closed"


def test_unknown_body_members_and_broken_json(alice):
    status, body = alice.send("POST", "orders", {"entity": {"nonsense": 1}})
    assert (status, body["parameters"]) == (400, {"fieldName": "nonsense"})
    assert body["message"] == '"%fieldName" is not supported. Correct the field name and try again.'
    assert alice.send("POST", "orders", b"{") == (400, {"message": "Decoding error."})
    unknown = {"message": "The entity that was requested doesn't exist. Verify the entity and try again."}
    assert alice.send("GET", "orders/999") == (404, unknown)


def test_comments_are_newest_first_without_tags_and_need_the_current_status(shop, alice):
    order = alice.place(("WHISK-11", 1))
    shop.control.advance_clock(5)
    before = alice.order(order)["updated_at"]
    for text in ("first", "<b>out of stock</b>"):
        alice.post(f"orders/{order}/comments", {"statusHistory": {"comment": text, "status": "pending"}})
    shown = alice.order(order)
    assert [c["comment"] for c in shown["status_histories"]] == ["out of stock", "first"]
    assert shown["updated_at"] == before
    status, body = alice.send(
        "POST", f"orders/{order}/comments", {"statusHistory": {"comment": "x", "status": "closed"}}
    )
    assert (status, body["parameters"]) == (400, ["closed"])
    assert alice.get(f"orders/{order}/comments")["total_count"] == 2


def test_hold_refuses_everything_until_unhold(alice):
    order = alice.place(("WHISK-11", 1))
    assert alice.post(f"orders/{order}/hold") is True
    assert alice.send("POST", f"orders/{order}/hold")[0] == 400
    assert alice.post(f"orders/{order}/cancel") is False
    status, body = alice.send("POST", f"order/{order}/ship", {})
    assert status == 400
    assert "A shipment cannot be created when an order has a status of holded" in body["message"]
    assert alice.post(f"orders/{order}/unhold") is True
    assert alice.order(order)["state"] == "new"


def test_updated_at_moves_as_observed(shop, alice):
    order, item = alice.example_order()

    def moves(action):
        before = alice.order(order)["updated_at"]
        shop.control.advance_clock(2)
        action()
        return alice.order(order)["updated_at"] != before

    assert moves(lambda: alice.ship(order, item, 1))
    since = alice.get("orders/items", criteria(("order_id", "eq", order)))["items"][0]["updated_at"]
    assert not moves(lambda: alice.ship(order, item, 1))
    assert alice.get("orders/items", criteria(("updated_at", "gt", since)))["total_count"] == 1
    track = {"order_id": order, "parent_id": 1, "track_number": "1Z", "title": "UPS", "carrier_code": "ups"}
    assert not moves(lambda: alice.post("shipment/track", {"entity": track}))
    assert moves(lambda: alice.invoice(order))
    assert moves(lambda: alice.ship(order, item, 1))
    assert alice.order(order)["state"] == "complete"
    assert not moves(lambda: alice.post(f"orders/{order}/cancel"))
    assert moves(lambda: alice.memo(order, item, 1))


def test_empty_columns_are_left_out_and_ids_have_their_types(alice):
    order, item = alice.example_order()
    shown = alice.order(order)
    assert {"total_paid", "total_refunded", "ext_order_id"} & shown.keys() == set()
    assert isinstance(alice.ship(order, item, 1), str)
    assert isinstance(alice.invoice(order), str)
    assert alice.order(order)["total_paid"] == 37.02


@pytest.mark.parametrize("path", ["orders/items/1", "orders/1/statuses"])
def test_small_reads(alice, path):
    alice.place(("WHISK-11", 1))
    assert alice.get(path)


def paid(alice, order):
    alice.invoice(order)


def shipped(alice, order):
    alice.post(f"order/{order}/ship")


TRACK = {"track_number": "1Z", "title": "UPS", "carrier_code": "ups"}
COMMENT = {"comment": "hello", "is_customer_notified": 0, "is_visible_on_front": 0}


@pytest.mark.parametrize(
    ("before", "act", "moved"),
    [
        ([], lambda shop, alice: alice.post("orders/1/comments", {"statusHistory": COMMENT}), False),
        ([], lambda shop, alice: shop.control.comment(1, "hello"), False),
        ([], lambda shop, alice: alice.post("orders/1/hold"), True),
        ([lambda alice, order: alice.post("orders/1/hold")], lambda shop, alice: alice.post("orders/1/unhold"), True),
        ([lambda alice, order: alice.post("orders/1/hold")], lambda shop, alice: alice.post("orders/1/cancel"), False),
        ([], lambda shop, alice: alice.post("orders/1/cancel"), True),
        ([], lambda shop, alice: alice.post("order/1/invoice"), True),
        ([], lambda shop, alice: alice.correct(1), True),
        ([], lambda shop, alice: alice.post("order/1/ship"), True),
        ([], lambda shop, alice: shop.control.change_address(1, city="Dallas"), False),
        ([], lambda shop, alice: alice.ok("PUT", "orders/1", {"entity": {"address_type": "billing", "city": "Dallas"}}), False),
        ([paid], lambda shop, alice: alice.ship(1, 1, 1), False),
        ([paid], lambda shop, alice: alice.post("order/1/ship"), True),
        ([paid], lambda shop, alice: alice.post("order/1/refund", {"items": [{"order_item_id": 1, "qty": 1}]}), True),
        ([paid], lambda shop, alice: alice.post("invoices/1/emails"), False),
        ([shipped], lambda shop, alice: alice.post("shipment/1/comments", {"entity": {**COMMENT, "parent_id": 1}}), False),
        ([shipped], lambda shop, alice: shop.control.add_track(1, "ups", "UPS", "1Z"), False),
        ([shipped], lambda shop, alice: alice.post("shipment/track", {"entity": {"order_id": 1, "parent_id": 1, **TRACK}}), False),
        ([shipped], lambda shop, alice: alice.post("order/1/invoice"), True),
        ([paid, shipped], lambda shop, alice: alice.post("orders/1/cancel"), False),
    ],
)  # fmt: skip
def test_what_moves_an_orders_timestamp(shop, alice, before, act, moved):
    order, _ = alice.example_order()
    for step in before:
        step(alice, order)
    seen = alice.order(order)["updated_at"]
    shop.control.advance_clock(2)
    act(shop, alice)
    assert (alice.order(order)["updated_at"] != seen) is moved


def test_a_last_shipment_of_an_uninvoiced_order_moves_nothing(shop, alice):
    order, item = alice.example_order()
    alice.ship(order, item, 1)
    seen = alice.order(order)["updated_at"]
    shop.control.advance_clock(2)
    alice.ship(order, item, 2)
    assert (alice.order(order)["updated_at"], alice.order(order)["state"]) == (seen, "processing")


def test_thin_direct_orders_are_taken_unless_a_newer_release_checks_them(shop, alice):
    assert alice.send("POST", "orders", direct(items=[]))[0] == 200
    shop.control.set_options(order_validation=True)
    status, body = alice.send("POST", "orders", direct())
    assert (status, body["message"]) == (400, "Please provide billing address for the order.")
    billing = {"firstname": "Alice", "lastname": "Doe"}
    status, body = alice.send("POST", "orders", direct(items=[], billing_address=billing))
    assert (status, body["message"]) == (400, "Please specify order items.")
    assert alice.ok("PUT", "orders/create", direct(billing_address=billing))["items"][0]["sku"] == "WHISK-11"
    status, body = alice.send("POST", "orders", direct(payment=None))
    assert (status, body["message"]) == (400, "Please provide payment for the order.")


def test_the_order_of_the_keys_decides_whose_email_the_billing_address_has(alice):
    """The setters run in the order of the JSON's keys (commerce-api §3.5 A)."""
    address = {"firstname": "Alice", "lastname": "Doe", "email": "own@b.invalid"}
    late = alice.post(
        "orders",
        {"entity": {"payment": {"method": "checkmo"}, "billing_address": address, "customer_email": "a@b.invalid"}},
    )
    early = alice.post(
        "orders",
        {"entity": {"customer_email": "a@b.invalid", "payment": {"method": "checkmo"}, "billing_address": address}},
    )
    emails = [alice.order(order["entity_id"])["billing_address"]["email"] for order in (late, early)]
    assert emails == ["own@b.invalid", "a@b.invalid"]


def test_of_four_racing_direct_orders_with_one_number_one_wins(alice):
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(alice.send, "POST", "orders", direct(increment_id="WM-9")) for _ in range(4)]
    assert sorted(answer.result()[0] for answer in answers) == [200, 400, 400, 400]


def test_an_order_corrected_to_nothing_stays_new_and_ships(alice):
    order = alice.place(("WHISK-11", 2))
    item = alice.items(order)[0]
    line = {"item_id": item, **twins({"price": 0, "row_total": 0, "tax_amount": 0})}
    money = {"subtotal": 0, "shipping_amount": 0, "tax_amount": 0, "discount_amount": 0, "grand_total": 0}
    alice.correct(order, items=[line], **money)
    shown = alice.order(order)
    assert (shown["state"], shown["status"], shown["grand_total"], shown["total_due"]) == ("new", "pending", 0, 0)
    alice.ship(order, item, 1)
    assert alice.order(order)["state"] == "processing"


def test_texts_and_payment_can_be_corrected_after_a_partial_shipment(alice):
    order, item = alice.example_order()
    alice.ship(order, item, 1)
    before = alice.order(order)
    payment = {
        "entity_id": before["payment"]["entity_id"],
        "method": "banktransfer",
        "additional_information": {"a": "b"},
    }
    alice.correct(order, payment=payment, shipping_description="S" * 300, customer_note="N" * 3000)
    after = alice.order(order)
    assert (after["state"], after["items"][0]["qty_shipped"], after["grand_total"]) == ("processing", 1, 37.02)
    assert (len(after["shipping_description"]), len(after["customer_note"])) == (255, 3000)


def test_a_direct_order_takes_anything(shop, alice):
    """More than there is, an unknown SKU, no product id, no items, no addresses, any payment (observed §2.1, §5)."""
    item = {"sku": "NO-SUCH", "name": "X" * 300, "product_type": "simple", "qty_ordered": 5000}
    made = alice.order(alice.post("orders", direct(items=[item], payment={"method": "no_such"}))["entity_id"])
    assert (made["items"][0]["sku"], len(made["items"][0]["name"]), made["payment"]["method"]) == (
        "NO-SUCH",
        255,
        "no_such",
    )
    assert "billing_address" not in made
    assert alice.post("orders", direct(items=None))["items"] == []
    shown = alice.post("orders", direct(customer_firstname="Zo\u00eb \U0001f600"))
    assert alice.order(shown["entity_id"])["customer_firstname"] == "Zo\u00eb ????"


def test_refusals_of_invoices(alice):
    order, item = alice.example_order()
    prefix = "Invoice Document Validation Error(s):\n"
    more = alice.send("POST", f"order/{order}/invoice", {"items": [{"order_item_id": item, "qty": 4}]})
    text = 'The quantity to invoice must not be greater than the uninvoiced quantity for product SKU "WHISK-11".'
    assert (more[0], more[1]["message"]) == (400, prefix + text)
    alice.invoice(order)
    status, body = alice.send("POST", f"order/{order}/invoice", {})
    assert (status, body["message"].startswith(prefix + "The invoice can't be created without products.")) == (
        400,
        True,
    )
    alice.ship(order, item, 3)
    assert "status of complete" in alice.send("POST", f"order/{order}/invoice", {})[1]["message"]
    assert alice.send("POST", "order/999/invoice", {})[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "orders/999"), ("GET", "orders/items/999"), ("GET", "shipment/999"), ("GET", "invoices/999"),
        ("GET", "creditmemo/999"), ("GET", "creditmemo/999/comments"), ("POST", "orders/999/cancel"),
        ("POST", "orders/999/hold"), ("POST", "order/999/refund"), ("DELETE", "shipment/track/999"),
    ],
)  # fmt: skip
def test_what_does_not_exist(alice, method, path):
    body = {} if method == "POST" else None
    assert alice.send(method, path, body) == (
        404,
        {"message": "The entity that was requested doesn't exist. Verify the entity and try again."},
    )
