"""Errors that close by themselves when a later read shows that the platform already has what was wanted."""

from datetime import UTC, datetime

import pytest

from channel_manager.history.models import Event
from channel_manager.orders import actions, fixing
from channel_manager.orders.models import Status
from channel_manager.ports.documents import Track
from channel_manager.sync.models import State, SyncOperation

UPS = ("ups", "UPS", "1Z999AA10123456784")
FEDEX = ("fedex", "FedEx", "794644790132")


def place(world, units):
    sku = world.commerce.products()[0]["sku"]
    number = world.walmart.place_order(lines=[{"sku": sku, "quantity": units, "price": "9.99"}])
    world.settle()
    return number


def refuse(world, path, words, times=1):
    """Walmart understands and refuses."""
    world.walmart.faults_add(
        "status_before",
        method="POST",
        path=path,
        status=400,
        code="INVALID_REQUEST_CONTENT",
        description=words,
        times=times,
    )


def failed(world, number):
    return SyncOperation.objects.get(subject=world.order(number).subject, state=State.FAILED)


def closed(operation):
    """The state and the reason of an operation that has closed itself."""
    operation.refresh_from_db()
    told = Event.objects.filter(subject=operation.subject, kind="closed")
    assert [event.sentence["template"] for event in told] == [operation.reason["template"]]
    return operation.state, operation.reason["template"] % operation.reason["values"]


def refused_parcel(world, units=2, shipped=1):
    number = place(world, units)
    refuse(world, "/shipping", "The tracking number is not valid")
    world.ship(number, {"1": shipped}, [UPS])
    world.settle()
    assert world.order(number).has_error
    return number, failed(world, number)


def test_a_refused_parcel_that_was_entered_in_seller_center_is_no_error_any_more(world):
    number, operation = refused_parcel(world)
    world.walmart.ship_elsewhere(number, lines=[("1", 1)], carrier="UPS", number=UPS[2])
    world.settle()
    state, words = closed(operation)
    assert state == State.SKIPPED
    assert words.startswith(f"Closed by itself: Walmart shows the shipment under {UPS[2]} since 20")
    order = world.order(number)
    assert (order.has_error, order.status) == (False, Status.PARTIALLY_SHIPPED)
    assert order.shipments.get().reported_number == UPS[2]
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 0, 1)}


def test_so_is_one_that_was_entered_there_under_another_number(world):
    number, operation = refused_parcel(world)
    world.walmart.ship_elsewhere(number, lines=[("1", 1)], carrier="FedEx", number=FEDEX[2])
    world.settle()
    assert closed(operation)[0] == State.SKIPPED
    order = world.order(number)
    assert (order.has_error, order.shipments.get().reported_number) == (False, FEDEX[2])
    assert world.at_walmart(number) == {"1": ([(1, "FedEx", FEDEX[2])], 0, 1)}


def test_another_parcel_of_the_order_closes_nothing(world):
    number, operation = refused_parcel(world)
    world.ship(number, {"1": 1}, [FEDEX])
    world.settle()
    operation.refresh_from_db()
    order = world.order(number)
    assert (operation.state, order.has_error, order.status) == (State.FAILED, True, Status.SHIPPED)
    world.retry(operation.pk)
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "FedEx", FEDEX[2]), (1, "UPS", UPS[2])], 0, 0)}
    assert not world.order(number).has_error


def test_a_refused_cancellation_that_was_made_in_seller_center_is_mirrored(world):
    number = place(world, 3)
    refuse(world, "/cancel", "The cancellationReason is not valid")
    world.cancel(number, {"1": 2})
    world.settle()
    operation = failed(world, number)
    world.walmart.cancel_at_walmart(number, [("1", 2)], "Seller Center")
    world.settle()
    assert closed(operation)[0] == State.SKIPPED
    assert not world.order(number).has_error
    assert world.at_walmart(number) == {"1": ([], 2, 1)}
    item = world.in_commerce(number)["items"][0]
    assert float(item["qty_canceled"]) + float(item["qty_refunded"]) == 2


def test_a_refused_acknowledgement_that_was_given_elsewhere_is_no_error(world):
    refuse(world, "/acknowledge", "Not now", times=9)
    number = place(world, 1)
    operation = failed(world, number)
    world.walmart.acknowledge_elsewhere(number)
    world.settle()
    assert closed(operation)[0] == State.SKIPPED
    assert world.order(number).acknowledged_at


def test_a_shipment_that_commerce_refused_and_the_merchant_made_there_goes_to_walmart_once(world):
    number = place(world, 2)
    world.commerce.faults_add("status_before", method="POST", path="/ship$", status=400)
    world.ship(number, {"1": 2}, [UPS])
    world.settle()
    operation = failed(world, number)
    world.commerce.ship(number, None, [FEDEX])
    world.settle()
    assert closed(operation)[0] == State.SKIPPED
    order = world.order(number)
    assert (order.has_error, order.shipments.count(), order.status) == (False, 1, Status.SHIPPED)
    assert world.at_walmart(number) == {"1": ([(2, "FedEx", FEDEX[2])], 0, 0)}


def test_a_number_changed_while_an_answer_is_in_doubt_sends_no_second_parcel(world):
    number = place(world, 2)
    world.walmart.faults_add("lost_reply", method="POST", path="/shipping")
    shipment = world.ship(number, {"1": 1}, [UPS])
    world.turn()
    track = Track(carrier_code=FEDEX[0], title=FEDEX[1], number=FEDEX[2])
    actions.add_tracking(shipment, track=track, by=world.alice, at=datetime.now(UTC))
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "FedEx", FEDEX[2])], 0, 1)}
    assert not world.order(number).has_error


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_unknown_product_is_linked_or_its_order_entered_by_hand(world, by_hand):
    number = world.walmart.place_order(lines=[{"sku": "ON-WALMART", "quantity": 1, "price": "9.99"}])
    world.settle()
    operation = SyncOperation.objects.get(kind="create_commerce_order")
    sku = world.commerce.products()[0]["sku"]
    if by_hand:
        world.commerce.add_product("ON-WALMART", "Made later", "9.99")
    else:
        fixing.link_sku(operation.pk, sku="ON-WALMART", commerce_sku=sku, by=world.alice, at=datetime.now(UTC))
    world.settle()
    assert world.in_commerce(number)["items"][0]["sku"] == ("ON-WALMART" if by_hand else sku)
    order = world.order(number)
    assert (order.needs_action, order.commerce_total) == (False, order.total)
    later = world.walmart.place_order(lines=[{"sku": "ON-WALMART", "quantity": 1, "price": "9.99"}])
    world.settle()
    assert world.has_commerce_order(later)


def test_a_refused_refund_that_walmart_made_by_itself_is_no_error(world):
    number = place(world, 2)
    world.ship(number, {"1": 2}, [UPS])
    world.settle()
    rma = world.walmart.open_return(number, [("1", 1)])
    world.walmart.deliver_return(rma)
    world.settle()
    refuse(world, "/refund", "Not now")
    world.credit_memo(rma, number)
    world.settle()
    operation = failed(world, number)
    world.walmart.refund_at_walmart(rma)
    world.settle()
    assert closed(operation)[0] == State.SKIPPED
    returned = world.returned(rma)
    assert (returned.has_error, returned.needs_action, world.order(number).has_error) == (False, False, False)
    assert world.refunded_at_walmart(rma) == {"1": (1, 1)}
    assert len(world.memos(number)) == 1
