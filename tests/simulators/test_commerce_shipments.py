from concurrent.futures import ThreadPoolExecutor

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


EMPTY = "You can't create a shipment without products."
PREFIX = "Shipment Document Validation Error(s):\n"
NOT_SAVED = "Could not save a shipment, see error log for details"
TRACK = {"track_number": "1Z999", "title": "UPS", "carrier_code": "ups"}


@pytest.fixture
def order(alice):
    return alice.place(("WHISK-11", 3), ("SPATULA", 2))


def refused(alice, order, **body):
    status, answer = alice.send("POST", f"order/{order}/ship", body)
    assert status == 400
    return answer["message"]


def test_a_shipment_and_its_shape(shop, alice, order):
    whisk, _ = alice.items(order)
    made = alice.ship(order, whisk, 1, tracks=[TRACK], comment={"comment": "hello", "is_visible_on_front": 0})
    shipment = alice.get(f"shipment/{made}")
    assert [(i["order_item_id"], i["sku"], i["qty"]) for i in shipment["items"]] == [(whisk, "WHISK-11", 1)]
    assert [(t["track_number"], t["title"], t["carrier_code"], t["order_id"]) for t in shipment["tracks"]] == [
        ("1Z999", "UPS", "ups", order)
    ]
    assert shipment["extension_attributes"] == {"source_code": "default"}
    assert (shipment["total_qty"], shipment["order_id"], shipment["store_id"]) == (1, order, 2)
    assert alice.get("shipments", criteria(("order_id", "eq", order)))["items"] == [shipment]
    assert (alice.order(order)["state"], shop.control.salable("WHISK-11")) == ("processing", 97)


def test_shipping_too_much_ships_what_is_there(alice, order):
    whisk, _ = alice.items(order)
    items = [
        {"order_item_id": whisk, "qty": 99},
        {"order_item_id": 4711, "qty": 1},
        {"order_item_id": whisk, "qty": 99},
    ]
    made = alice.post(f"order/{order}/ship", {"items": items})
    assert [(i["sku"], i["qty"]) for i in alice.get(f"shipment/{made}")["items"]] == [("WHISK-11", 3)]


@pytest.mark.parametrize("quantity", [0, -1, 0.5])
def test_quantities_that_ship_nothing(alice, order, quantity):
    whisk, _ = alice.items(order)
    assert refused(alice, order, items=[{"order_item_id": whisk, "qty": quantity}]) == PREFIX + EMPTY
    assert refused(alice, order, items=[{"order_item_id": 4711, "qty": 1}]) == PREFIX + EMPTY


def test_shipped_canceled_and_unknown_orders(alice, order):
    alice.post(f"order/{order}/ship")
    assert alice.order(order)["state"] == "processing"
    again = PREFIX + "The order does not allow a shipment to be created.\n" + EMPTY
    assert refused(alice, order) == again
    other = alice.place(("WHISK-11", 1))
    alice.post(f"orders/{other}/cancel")
    assert "A shipment cannot be created when an order has a status of canceled" in refused(alice, other)
    assert alice.send("POST", "order/999/ship", {})[0] == 404


def test_a_source_that_cannot_cover_it(shop, alice, order):
    source = {"arguments": {"extension_attributes": {"source_code": "nowhere"}}}
    assert refused(alice, order, **source) == NOT_SAVED
    assert refused(alice, order, tracks=[{"track_number": "1Z"}]) == NOT_SAVED
    shop.control.set_stock("WHISK-11", 2)
    assert refused(alice, order) == NOT_SAVED
    assert alice.get("shipments", criteria())["total_count"] == 0


def test_an_item_without_product_type_breaks_shipping(alice):
    item = {"sku": "WHISK-11", "qty_ordered": 1}
    order = alice.post("orders", {"entity": {"items": [item], "payment": {"method": "checkmo"}, "state": "new"}})
    status, body = alice.send("POST", f"order/{order['entity_id']}/ship", {})
    assert (status, isinstance(body, str)) == (500, True)


def test_of_four_simultaneous_full_shipments_one_succeeds(alice, order):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: alice.send("POST", f"order/{order}/ship", {})[0], range(4)))
    assert sorted(answers) == [200, 400, 400, 400]


def test_tracks_come_and_go_without_moving_the_shipment(shop, alice, order):
    shipment = int(alice.post(f"order/{order}/ship"))
    before = alice.get(f"shipment/{shipment}")["updated_at"]
    shop.control.advance_clock(3)
    entity = {"order_id": order, "parent_id": shipment, **TRACK}
    track = alice.post("shipment/track", {"entity": entity})
    assert alice.send("POST", "shipment/track", {"entity": {**entity, "order_id": 999}})[0] == 400
    assert [t["entity_id"] for t in alice.get(f"shipment/{shipment}")["tracks"]] == [track["entity_id"]]
    assert alice.ok("DELETE", f"shipment/track/{track['entity_id']}") is True
    after = alice.get(f"shipment/{shipment}")
    assert (after["tracks"], after["updated_at"]) == ([], before)


def test_two_sources_make_default_the_default(shop, alice, order):
    shop.control.add_source("east", "East")
    shop.control.set_stock("WHISK-11", 20, source_code="east")
    assert shop.control.salable("WHISK-11") == 117
    codes = [s["source_code"] for s in alice.get("inventory/get-sources-assigned-to-stock-ordered-by-priority/1")]
    assert codes == ["default", "east"]
    whisk, _ = alice.items(order)
    made = alice.ship(order, whisk, 1, arguments={"extension_attributes": {"source_code": "east"}})
    assert alice.get(f"shipment/{made}")["extension_attributes"] == {"source_code": "east"}
    made = alice.ship(order, whisk, 1)
    assert alice.get(f"shipment/{made}")["extension_attributes"] == {"source_code": "default"}


def test_duplicate_numbers_and_unknown_carriers_are_taken_an_empty_number_is_not(alice, order):
    whisk, _ = alice.items(order)
    tracks = [TRACK, TRACK, {**TRACK, "carrier_code": "no_such", "title": "No Such"}]
    made = alice.ship(order, whisk, 1, tracks=tracks)
    assert [track["carrier_code"] for track in alice.get(f"shipment/{made}")["tracks"]] == ["ups", "ups", "no_such"]
    assert refused(alice, order, tracks=[{**TRACK, "track_number": ""}]) == PREFIX + "Please enter a tracking number."


def test_comments_of_a_shipment(shop, alice, order):
    made = alice.post(f"order/{order}/ship", {"comment": {"comment": "first", "is_visible_on_front": 0}})
    entity = {"comment": "second", "is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": int(made)}
    alice.post(f"shipment/{made}/comments", {"entity": entity})
    assert [c["comment"] for c in alice.get(f"shipment/{made}/comments")["items"]] == ["second", "first"]
    assert [c["comment"] for c in alice.get(f"shipment/{made}")["comments"]] == ["first", "second"]
