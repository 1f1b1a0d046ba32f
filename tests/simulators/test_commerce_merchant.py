import pytest
from commerce_caller import Caller

from channel_simulators.commerce.control_client import ControlError
from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


@pytest.fixture
def order(alice):
    order = alice.place(("WHISK-11", 3), ("SPATULA", 2))
    alice.correct(order, ext_order_id="PO-1")
    return order


def test_ship_in_parts_with_tracks_added_later(shop, order):
    first = shop.control.ship("PO-1", {"WHISK-11": 1}, tracks=[("ups", "UPS", "1Z1")])
    second = shop.control.ship(order)
    track = shop.control.add_track(second, "custom", "OnTrac", "C2")
    facts = shop.control.order("PO-1")
    parcels = [
        (s["entity_id"], [(i["sku"], i["qty"]) for i in s["items"]], [t["track_number"] for t in s["tracks"]])
        for s in facts["shipments"]
    ]
    assert parcels == [(first, [("WHISK-11", 1)], ["1Z1"]), (second, [("WHISK-11", 2), ("SPATULA", 2)], ["C2"])]
    shop.control.remove_track(track)
    assert shop.control.order(order)["shipments"][1]["tracks"] == []
    with pytest.raises(ControlError, match="does not allow a shipment"):
        shop.control.ship(order)


def test_edit_makes_a_child_of_the_open_quantities_and_cancels_the_parent(shop, order):
    shop.control.ship(order, {"WHISK-11": 1})
    child = shop.control.edit(order, {"SPATULA": 1}, add={"POT-5QT": 1})
    old, new = shop.control.order(order), shop.control.order(child)
    assert (old["state"], old["relation_child_id"], old["updated_at"]) == ("canceled", str(child), new["created_at"])
    assert (new["relation_parent_id"], new["original_increment_id"]) == (str(order), old["increment_id"])
    assert (new["increment_id"], new["edit_increment"]) == (old["increment_id"] + "-1", 1)
    assert "ext_order_id" not in new
    assert [(i["sku"], i["qty_ordered"]) for i in new["items"]] == [("WHISK-11", 2), ("SPATULA", 1), ("POT-5QT", 1)]
    assert [shop.control.salable(sku) for sku in ("WHISK-11", "SPATULA", "POT-5QT")] == [97, 79, 34]
    assert shop.control.mails()[-1]["order_id"] == child


def test_reorder_leaves_the_old_order_open(shop, order):
    child = shop.control.reorder(order, confirm=False)
    assert shop.control.order(order)["state"] == "new"
    assert shop.control.order(child)["relation_parent_id"] == str(order)
    assert (shop.control.salable("WHISK-11"), len(shop.control.mails())) == (94, 1)


def test_cancel_hold_comment_invoice_refund(shop, order):
    shop.control.hold(order)
    assert shop.control.cancel(order) is False
    shop.control.unhold(order)
    shop.control.comment(order, "<i>The item is out of stock</i>")
    assert shop.control.order(order)["comments"][0]["comment"] == "The item is out of stock"
    shop.control.invoice(order, {"SPATULA": 2})
    assert shop.control.cancel(order) is True
    shop.control.refund(order, {"SPATULA": 1}, shipping=0)
    facts = shop.control.order(order)
    assert [(i["qty_canceled"], i["qty_refunded"]) for i in facts["items"]] == [(3, 0), (0, 1)]
    assert len(facts["creditmemos"]) == 1


def test_what_the_shop_can_change(shop, alice):
    shop.control.set_product("WHISK-11", enabled=False, price="12.00")
    whisk = next(p for p in shop.control.products() if p["sku"] == "WHISK-11")
    assert (whisk["enabled"], whisk["price"]) == (False, 12)
    with pytest.raises(ControlError, match="nonsense"):
        shop.control.set_options(nonsense=1)
    with pytest.raises(ControlError, match="There is no order 999"):
        shop.control.cancel(999)
    assert shop.control.state()["options"]["bearer_allowed"] is False


def test_the_page_shows_the_order_to_a_person(alice, shop, order):
    shop.control.ship(order, {"WHISK-11": 1}, tracks=[("ups", "UPS", "1Z1")])
    shop.control.invoice(order)
    shop.control.refund(order, {"WHISK-11": 1}, shipping=0, comment="Broken handle")
    status, page = alice.send("GET", "/")
    assert status == 200
    for text in ("PO-1", "WHISK-11", "1Z1", "Broken handle", "Check / Money order", "po-1@channel.invalid"):
        assert text in page


def test_a_successor_may_be_edited_again(shop, order):
    first = shop.control.edit(order, {"SPATULA": 1})
    second = shop.control.edit(first, {"SPATULA": 2})
    old, new = shop.control.order(order), shop.control.order(second)
    assert (new["increment_id"], new["edit_increment"], new["original_increment_id"]) == (
        old["increment_id"] + "-2",
        2,
        old["increment_id"],
    )
    assert (new["relation_parent_id"], shop.control.order(first)["relation_child_id"]) == (str(first), str(second))
    assert shop.control.salable("SPATULA") == 78


def test_an_order_is_named_by_its_id_its_external_number_or_its_number(shop, alice):
    ours = alice.place(("WHISK-11", 1))
    other = alice.ok(
        "PUT", f"/rest/default/V1/carts/{alice.cart(('SPATULA', 1))}/order", {"paymentMethod": {"method": "checkmo"}}
    )
    alice.correct(ours, ext_order_id="4711")
    named = [shop.control.order(name)["entity_id"] for name in (ours, str(ours), "4711", "2000000001", "000000001")]
    assert named == [ours, ours, ours, ours, other]
