import pytest
from commerce_caller import Caller, criteria

from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop(monkeypatch):
    monkeypatch.delenv("CHANNEL_EXCHANGES", raising=False)
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
