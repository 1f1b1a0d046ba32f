"""The whole life: received, created, acknowledged, shipped in parts, cancelled, seen the same on both sides."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from channel_manager.orders.models import PurchaseOrder, Status
from channel_manager.ports.messages import Reason
from channel_manager.sync.models import StreamCursor, SyncAttempt, SyncOperation
from channel_simulators.commerce import sandbox

UPS = ("ups", "United Parcel Service", "1Z999AA10123456784")
FEDEX = ("fedex", "Federal Express", "794644790132")


def first_skus(world, count):
    return [product["sku"] for product in world.commerce.products()][:count]


def place(world, *quantities, **options):
    """An order with one line a quantity, each of another SKU, received and created."""
    skus = first_skus(world, len(quantities))
    lines = [{"sku": sku, "quantity": units, "price": "9.99"} for sku, units in zip(skus, quantities, strict=True)]
    number = world.walmart.place_order(lines=lines, **options)
    world.settle()
    return number


def in_commerce(world, number):
    """Each item as (ordered, shipped, cancelled, invoiced, refunded)."""
    columns = ("qty_ordered", "qty_shipped", "qty_canceled", "qty_invoiced", "qty_refunded")
    return [tuple(int(float(item[column] or 0)) for column in columns) for item in world.in_commerce(number)["items"]]


def test_an_order_is_received_created_and_acknowledged(world):
    number = place(world, 2, 1)
    order = world.order(number)
    assert (order.status, order.has_error, order.needs_action) == (Status.OPEN, False, False)
    assert order.commerce_number == world.in_commerce(number)["increment_id"]
    assert order.commerce_total == order.total
    assert world.at_walmart(number) == {"1": ([], 0, 2), "2": ([], 0, 1)}
    assert world.walmart.order(number)["lines"][0]["acknowledged"] == 2
    assert in_commerce(world, number) == [(2, 0, 0, 0, 0), (1, 0, 0, 0, 0)]
    assert all(mail["to"].endswith(".invalid") for mail in world.commerce.mails())


def test_shipped_on_our_page_in_two_parcels(world):
    number = place(world, 3)
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    assert world.order(number).status == Status.PARTIALLY_SHIPPED
    world.ship(number, {"1": 2}, [FEDEX])
    world.settle()
    assert world.order(number).status == Status.SHIPPED
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2]), (2, "FedEx", FEDEX[2])], 0, 0)}
    assert in_commerce(world, number) == [(3, 3, 0, 0, 0)]


def test_shipped_in_commerce_in_two_parcels_with_a_late_track(world):
    number = place(world, 3)
    sku = first_skus(world, 1)[0]
    world.commerce.ship(number, {sku: 1}, [UPS])
    late = world.commerce.ship(number, {sku: 2}, [])
    world.settle()
    assert world.problems(number) == ["Waiting for tracking: add a tracking number to the shipment."]
    world.commerce.add_track(late, *FEDEX)
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2]), (2, "FedEx", FEDEX[2])], 0, 0)}
    assert world.problems(number) == []


@pytest.mark.parametrize("seconds", [5, 300])
def test_a_parcel_leaves_at_once_although_walmarts_clock_is_ahead_of_ours(world, seconds):
    world.walmart.advance_clock(seconds)
    number = place(world, 2)
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    world.commerce.ship(number, {first_skus(world, 1)[0]: 1}, [FEDEX])
    world.settle()
    assert world.problems(number) == []
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2]), (1, "FedEx", FEDEX[2])], 0, 0)}


def test_an_unmapped_carrier_waits_and_goes_out_once_it_is_mapped(world):
    number = place(world, 1)
    world.commerce.ship(number, None, [("custom", "Colissimo", "6A12345678901")])
    world.settle()
    assert world.problems(number) == [
        "Waiting for a carrier: map the shipment's carrier in the settings, or choose one here."
    ]
    world.map_carrier(title="Colissimo", other_name="Colissimo", tracking_url="https://colissimo.example/{number}")
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "Colissimo", "6A12345678901")], 0, 0)}


def test_a_track_corrected_in_commerce_is_corrected_at_walmart(world):
    number = place(world, 1)
    shipment = world.commerce.ship(number, None, [UPS])
    world.settle()
    tracks = world.in_commerce(number)["shipments"][0]["tracks"]
    world.commerce.remove_track(tracks[0].get("entity_id") or tracks[0]["track_id"])
    world.commerce.add_track(shipment, *FEDEX)
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "FedEx", FEDEX[2])], 0, 0)}


def test_cancelled_whole_on_our_page(world):
    number = place(world, 2)
    sku = first_skus(world, 1)[0]
    before = world.commerce.salable(sku)
    world.cancel(number, {"1": 2}, Reason.STOCK)
    world.settle()
    order = world.order(number)
    assert (order.status, order.commerce_state, order.has_error) == (Status.CANCELED, "canceled", False)
    assert world.at_walmart(number) == {"1": ([], 2, 0)}
    assert world.walmart.order(number)["lines"][0]["cancelled"][0]["reason"] == "SELLER_CANCEL_OUT_OF_STOCK"
    assert in_commerce(world, number) == [(2, 0, 2, 0, 0)]
    assert world.commerce.salable(sku) == before + 2
    assert "Cancellation reason: The item is out of stock" in str(world.in_commerce(number)["payment"])


def test_one_unit_cancelled_on_our_page_after_another_was_shipped(world):
    number = place(world, 3)
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    world.cancel(number, {"1": 1}, Reason.PRICE)
    world.settle()
    assert in_commerce(world, number) == [(3, 1, 1, 2, 0)]
    world.ship(number, {"1": 1}, [FEDEX])
    world.settle()
    assert world.order(number).status == Status.SHIPPED
    assert in_commerce(world, number) == [(3, 2, 1, 2, 0)]
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2]), (1, "FedEx", FEDEX[2])], 1, 0)}


def test_cancelled_in_commerce_with_a_reason_typed_as_a_comment(world):
    number = place(world, 1)
    world.commerce.comment(number, "Reason: Price or other listing errors.")
    world.commerce.cancel(number)
    world.settle()
    assert world.at_walmart(number) == {"1": ([], 1, 0)}
    assert world.walmart.order(number)["lines"][0]["cancelled"][0]["reason"] == "SELLER_CANCEL_PRICING_ERROR"


def test_cancelled_in_commerce_without_a_reason_asks_for_it(world):
    number = place(world, 1)
    world.commerce.cancel(number)
    world.settle()
    assert world.problems(number) == ["Canceled in Commerce without a reason: choose one, Walmart requires it."]
    assert world.at_walmart(number) == {"1": ([], 0, 1)}
    world.commerce.comment(number, "the item is out of stock")
    world.settle()
    assert world.at_walmart(number) == {"1": ([], 1, 0)}
    assert world.order(number).status == Status.CANCELED


def test_partly_shipped_in_commerce_then_cancelled_there(world):
    number = place(world, 3)
    sku = first_skus(world, 1)[0]
    world.commerce.ship(number, {sku: 1}, [UPS])
    world.commerce.comment(number, "item out of stock")
    world.commerce.cancel(number)
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 2, 0)}
    assert world.order(number).status == Status.SHIPPED


def test_walmart_cancels_a_unit_and_commerce_follows(world):
    number = place(world, 3, 1)
    world.walmart.cancel_at_walmart(number, [("1", 1)], "Auto-cancelled due to expiry")
    world.settle()
    assert in_commerce(world, number) == [(3, 0, 1, 2, 0), (1, 0, 0, 1, 0)]
    assert world.order(number).status == Status.OPEN
    assert world.problems(number) == []


def test_walmart_cancels_an_order_that_is_held_in_commerce(world):
    number = place(world, 2)
    world.commerce.hold(number)
    world.walmart.cancel_at_walmart(number, None, "buyer")
    world.settle()
    assert in_commerce(world, number) == [(2, 0, 2, 0, 0)]
    assert world.order(number).status == Status.CANCELED


def test_walmart_cancels_what_was_invoiced_and_partly_shipped(world):
    number = place(world, 3)
    sku = first_skus(world, 1)[0]
    world.commerce.invoice(number)
    world.commerce.ship(number, {sku: 1}, [UPS])
    world.settle()
    stock = world.commerce.salable(sku)
    world.walmart.cancel_at_walmart(number, [("1", 2)], "auto")
    world.settle()
    assert world.problems(number) == []
    assert in_commerce(world, number)[0][3:] == (3, 2)
    assert world.commerce.salable(sku) == stock + 2


def test_a_unit_taken_off_an_invoiced_order_is_closed_once_the_rest_has_left(world):
    """Refunded before it left it stays shippable in Commerce, until all that is kept is shipped (observed §8)."""
    number = place(world, 3)
    sku = first_skus(world, 1)[0]
    world.commerce.invoice(number)
    world.walmart.cancel_at_walmart(number, [("1", 1)], "buyer")
    world.settle()
    assert in_commerce(world, number) == [(3, 0, 0, 3, 1)]
    world.commerce.ship(number, {sku: 1}, [UPS])
    world.settle()
    assert in_commerce(world, number) == [(3, 1, 0, 3, 1)]
    world.ship(number, {"1": 1}, [FEDEX])
    world.settle()
    assert in_commerce(world, number) == [(3, 2, 1, 3, 1)]
    assert (world.order(number).status, world.problems(number)) == (Status.SHIPPED, [])


def test_walmart_cancels_what_the_warehouse_ships_shown_as_an_error(world):
    number = place(world, 1)
    world.commerce.ship(number, None, [UPS])
    world.walmart.cancel_at_walmart(number, None, "auto")
    world.settle()
    order = world.order(number)
    assert order.has_error
    assert any("1 shipped and 1 canceled, but only 1 ordered" in problem for problem in world.problems(number))


def test_a_buyers_request_holds_what_has_not_left(world):
    number = place(world, 2)
    world.walmart.buyer_requests_cancel(number)
    world.commerce.ship(number, {first_skus(world, 1)[0]: 1}, [UPS])
    world.settle()
    assert world.at_walmart(number) == {"1": ([], 0, 2)}
    order = world.order(number)
    assert order.needs_action
    world.send_anyway(order.shipments.get())
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 0, 1)}


def test_the_buyers_request_is_the_reason_that_is_sent(world):
    number = place(world, 1)
    world.walmart.buyer_requests_cancel(number)
    world.settle()
    world.cancel(number, {"1": 1}, Reason.BUYER)
    world.settle()
    reason = world.walmart.order(number)["lines"][0]["cancelled"][0]["reason"]
    assert reason == "CUSTOMER_REQUESTED_SELLER_TO_CANCEL"
    assert world.order(number).status == Status.CANCELED


def test_a_shipment_made_in_seller_center_is_made_in_commerce_too(world):
    number = place(world, 2)
    world.walmart.ship_elsewhere(number, lines=[("1", 1)], carrier="UPS", number=UPS[2])
    world.settle()
    assert in_commerce(world, number) == [(2, 1, 0, 0, 0)]
    assert world.order(number).status == Status.PARTIALLY_SHIPPED
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 0, 1)}


def test_an_edit_in_the_admin_is_followed(world):
    number = place(world, 3)
    sku = first_skus(world, 1)[0]
    world.commerce.comment(number, "item out of stock")
    world.commerce.edit(number, {sku: 2})
    world.settle()
    order = world.order(number)
    assert order.commerce_number.endswith("-1")
    assert world.at_walmart(number) == {"1": ([], 1, 2)}
    world.ship(number, {"1": 2}, [UPS])
    world.settle()
    assert world.order(number).status == Status.SHIPPED


def test_a_reorder_in_the_admin_is_not_mistaken_for_an_edit(world):
    number = place(world, 1)
    before = world.order(number).commerce_number
    world.commerce.reorder(number)
    world.settle()
    assert world.order(number).commerce_number == before
    assert world.at_walmart(number) == {"1": ([], 0, 1)}


def test_wfs_orders_are_shown_only(world):
    number = world.walmart.place_shape("wfs", [(first_skus(world, 1)[0], "Item", "9.99")])
    world.settle()
    assert world.order(number).read_only
    assert world.problems(number) == ["Fulfilled by Walmart: shown only, nothing is sent."]
    assert world.commerce.orders() == []


def test_an_unknown_sku_waits_and_goes_on_by_itself(world):
    number = world.walmart.place_order(lines=[{"sku": "NOT-YET", "quantity": 1, "price": "5.00"}])
    world.settle()
    order = world.order(number)
    assert (order.commerce_number, order.needs_action) == ("", True)
    world.commerce.add_product("NOT-YET", "New", "5.00")
    world.settle()
    assert world.order(number).commerce_number
    assert world.problems(number) == []


def test_an_order_partly_handled_elsewhere_is_adopted_as_it_is(world):
    skus = first_skus(world, 1)
    number = world.walmart.place_order(lines=[{"sku": skus[0], "quantity": 4, "price": "2.50"}])
    world.walmart.ship_elsewhere(number, lines=[("1", 1)], carrier="UPS", number=UPS[2])
    world.walmart.cancel_at_walmart(number, [("1", 1)], "Seller Center")
    world.settle()
    assert in_commerce(world, number) == [(2, 0, 0, 0, 0)]
    assert world.order(number).status == Status.PARTIALLY_SHIPPED
    world.ship(number, {"1": 2}, [FEDEX])
    world.settle()
    assert world.order(number).status == Status.SHIPPED
    assert in_commerce(world, number) == [(2, 2, 0, 0, 0)]


def test_lines_of_one_sku_share_an_item_and_are_shipped_in_line_order(world):
    sku = first_skus(world, 1)[0]
    number = world.walmart.place_order(lines=[{"sku": sku, "quantity": 1, "price": "3.33"} for _ in range(3)])
    world.settle()
    assert in_commerce(world, number) == [(3, 0, 0, 0, 0)]
    world.commerce.ship(number, {sku: 2}, [UPS])
    world.settle()
    assert world.at_walmart(number) == {
        "1": ([(1, "UPS", UPS[2])], 0, 0),
        "2": ([(1, "UPS", UPS[2])], 0, 0),
        "3": ([], 0, 1),
    }


def test_every_shape_of_order_ends_to_the_cent(world):
    catalogue = [
        (product["sku"], product["name"], str(product["price"]))
        for product in world.commerce.products()
        if product.get("status", 1) == 1 and product.get("type_id", "simple") == "simple"
    ][:6]
    numbers = {shape: world.walmart.place_shape(shape, catalogue) for shape in world.walmart.shapes()}
    world.settle()
    for shape, number in numbers.items():
        order = world.order(number)
        if order.commerce_order_id:
            assert order.commerce_total == order.total, shape
            assert not order.has_error, (shape, world.problems(number))
        else:
            assert shape in ("wfs", "unknown_sku", "out_of_stock_sku"), (shape, world.problems(number))


def forget(number):
    """As if our own record had been lost or restored from an old backup."""
    order = PurchaseOrder.objects.get(number=number)
    SyncOperation.objects.filter(subject=order.subject).delete()
    order.delete()


def test_an_order_that_commerce_has_already_is_adopted(world):
    number = place(world, 2)
    before = world.order(number).commerce_number
    forget(number)
    world.settle()
    assert len(world.commerce.orders()) == 1
    assert world.order(number).commerce_number == before
    world.ship(number, {"1": 2}, [UPS])
    world.settle()
    assert in_commerce(world, number) == [(2, 2, 0, 0, 0)]


def test_what_an_adopted_order_went_through_before_is_read_too(world):
    """The feeds have long passed its shipment and its cancellation when it is adopted."""
    number = place(world, 3)
    world.commerce.ship(number, {first_skus(world, 1)[0]: 1}, [UPS])
    world.commerce.comment(number, "item out of stock")
    world.commerce.cancel(number)
    forget(number)
    StreamCursor.objects.filter(stream="commerce_shipments").update(cursor={"last": 1000})
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    StreamCursor.objects.filter(stream="commerce_orders").update(
        cursor={"keyset": {"updated_at": later, "order_id": 0}}
    )
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 2, 0)}
    assert len(world.commerce.orders()) == 1
    assert world.order(number).status == Status.SHIPPED


def test_adopting_follows_an_edited_order_to_its_child(world):
    number = place(world, 3)
    world.commerce.edit(number, {first_skus(world, 1)[0]: 3})
    world.settle()
    child = world.order(number).commerce_number
    forget(number)
    world.settle()
    assert world.order(number).commerce_number == child
    assert len(world.commerce.orders()) == 2


def test_a_unit_that_was_edited_away_without_a_reason_asks_for_it(world):
    number = place(world, 2)
    world.commerce.edit(number, {first_skus(world, 1)[0]: 1})
    world.settle()
    assert world.problems(number) == ["Canceled in Commerce without a reason: choose one, Walmart requires it."]
    assert world.at_walmart(number) == {"1": ([], 0, 2)}
    assert world.order(number).commerce_total == world.order(number).total / 2


def test_an_edit_that_adds_units_is_an_error_that_says_what_to_do(world):
    number = place(world, 1)
    world.commerce.edit(number, {first_skus(world, 1)[0]: 5})
    world.settle()
    assert "now has more of" in world.problems(number)[0]
    assert world.at_walmart(number) == {"1": ([], 0, 1)}


def test_walmart_cancels_while_the_order_is_being_created(world):
    world.commerce.faults_add("lost_reply", method="PUT", path=r"/carts/\d+/order")
    sku = first_skus(world, 1)[0]
    before = world.commerce.salable(sku)
    number = world.walmart.place_order(lines=[{"sku": sku, "quantity": 3, "price": "9.99"}])
    world.turn()
    world.walmart.cancel_at_walmart(number, [("1", 2)], "buyer")
    world.settle()
    assert in_commerce(world, number) == [(3, 0, 2, 1, 0)]
    assert world.commerce.salable(sku) == before - 1
    assert world.problems(number) == []


def test_cancelled_before_it_could_be_created_needs_no_commerce_order(world):
    number = world.walmart.place_order(lines=[{"sku": "NOT-YET", "quantity": 1, "price": "5.00"}])
    world.settle()
    world.cancel(number, {"1": 1}, Reason.STOCK)
    world.settle()
    assert world.order(number).status == Status.CANCELED
    assert world.problems(number) == []
    assert world.commerce.orders() == []


def test_a_refused_parcel_is_shown_and_never_blocks_the_next(world):
    number = place(world, 2)
    world.walmart.faults_add("status_before", method="POST", path="/shipping", status=400, code="X.Y")
    world.ship(number, {"1": 1}, [UPS])
    world.ship(number, {"1": 1}, [FEDEX])
    world.settle()
    assert world.order(number).has_error
    assert world.at_walmart(number) == {"1": ([(1, "FedEx", FEDEX[2])], 0, 1)}
    failed = SyncOperation.objects.get(state="failed")
    world.retry(failed.pk)
    world.settle()
    assert not world.order(number).has_error
    assert world.at_walmart(number) == {"1": ([(1, "FedEx", FEDEX[2]), (1, "UPS", UPS[2])], 0, 0)}


def test_refused_credentials_pause_one_side_and_resume_by_themselves(world):
    world.commerce.set_acl([])
    number = world.walmart.place_order(lines=[{"sku": first_skus(world, 1)[0], "quantity": 1, "price": "9.99"}])
    world.settle()
    assert world.order(number).commerce_number == ""
    world.commerce.set_acl(None)
    world.settle()
    assert world.order(number).commerce_number
    assert world.walmart.order(number)["lines"][0]["acknowledged"] == 1


def test_an_order_finished_elsewhere_gets_a_commerce_order_only_when_asked(world):
    sku = first_skus(world, 1)[0]
    number = world.walmart.place_order(lines=[{"sku": sku, "quantity": 2, "price": "9.99"}])
    world.walmart.ship_elsewhere(number, lines=[("1", 1)], carrier="UPS", number=UPS[2])
    world.walmart.cancel_at_walmart(number, [("1", 1)], "Seller Center")
    world.settle()
    assert world.commerce.orders() == []
    world.create_in_commerce(number)
    world.settle()
    assert in_commerce(world, number) == [(2, 1, 1, 1, 0)]
    assert world.problems(number) == []


def test_a_shipment_that_commerce_refuses_can_be_withdrawn(world):
    number = place(world, 2)
    world.commerce.faults_add("status_before", method="POST", path="/ship$", status=400)
    world.ship(number, {"1": 2}, [UPS])
    world.settle()
    assert world.order(number).has_error
    world.settle_by_hand(SyncOperation.objects.get(state="failed").pk)
    order = world.order(number)
    assert (order.status, order.has_error) == (Status.OPEN, False)
    world.ship(number, {"1": 2}, [FEDEX])
    world.settle()
    assert world.at_walmart(number) == {"1": ([(2, "FedEx", FEDEX[2])], 0, 0)}


def test_a_cancellation_that_came_too_late_is_settled_and_stays_settled(world):
    number = place(world, 1)
    world.walmart.ship_elsewhere(number, carrier="UPS", number=UPS[2])
    world.commerce.comment(number, "item out of stock")
    world.commerce.cancel(number)
    world.settle()
    assert world.order(number).has_error
    for operation in SyncOperation.objects.filter(state="failed"):
        world.settle_by_hand(operation.pk)
    world.settle()
    order = world.order(number)
    assert (order.status, world.problems(number)) == (Status.SHIPPED, [])


def test_a_track_changed_after_walmarts_four_hours_is_only_noted(world):
    number = place(world, 1)
    shipment = world.commerce.ship(number, None, [UPS])
    world.settle()
    world.order(number).shipments.update(reported_at="2026-01-01T00:00:00Z")
    track = world.in_commerce(number)["shipments"][0]["tracks"][0]
    world.commerce.remove_track(track["entity_id"])
    world.commerce.add_track(shipment, *FEDEX)
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 0, 0)}
    assert not world.order(number).has_error


def test_nothing_secret_and_nobodys_data_is_kept_with_the_exchanges(world):
    number = place(world, 1)
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    kept = json.dumps([attempt.exchanges for attempt in SyncAttempt.objects.all()])
    buyer = PurchaseOrder.objects.get(number=number)
    private = [buyer.buyer_name, *buyer.address["street"], buyer.address["phone"], buyer.email]
    secrets = ["sandbox-secret", sandbox.CONSUMER_KEY, sandbox.CONSUMER_SECRET, sandbox.ACCESS_TOKEN, "oauth_signature"]
    assert len(kept) > 1000
    assert [value for value in (*private, *secrets) if value and value in kept] == []


@pytest.mark.parametrize("rule", ["tax_percent", "cart_rule_percent"])
def test_a_shop_that_adds_tax_or_discounts_of_its_own_is_told_before_anything_is_placed(world, rule):
    world.commerce.set_options(**{rule: 10})
    number = place(world, 1)
    assert world.commerce.orders() == []
    assert "Switch tax and cart rules off" in world.problems(number)[0]
    world.commerce.set_options(**{rule: 0})
    world.settle()
    assert world.order(number).commerce_total == world.order(number).total


def test_a_shipment_of_which_commerce_made_less_follows_commerce(world):
    """The merchant ships in the Admin what the page is about to ship."""
    number = place(world, 3)
    world.ship(number, {"1": 3}, [UPS])
    world.commerce.ship(number, {first_skus(world, 1)[0]: 2}, [FEDEX])
    world.settle()
    shipped, cancelled, still_open = world.at_walmart(number)["1"]
    assert (sorted(shipped), cancelled, still_open) == ([(1, "UPS", UPS[2]), (2, "FedEx", FEDEX[2])], 0, 0)
    assert in_commerce(world, number) == [(3, 3, 0, 0, 0)]
    assert (world.order(number).status, world.problems(number)) == (Status.SHIPPED, [])


def test_lines_whose_skus_differ_in_spelling_only_become_one_item(world):
    sku = first_skus(world, 1)[0]
    lines = [{"sku": sku, "quantity": 1, "price": "3.33"}, {"sku": sku.lower(), "quantity": 2, "price": "5.00"}]
    number = world.walmart.place_order(lines=lines)
    world.settle()
    assert in_commerce(world, number) == [(3, 0, 0, 0, 0)]
    assert world.order(number).commerce_total == world.order(number).total
    assert world.order(number).commerce_items.get().sku == sku
