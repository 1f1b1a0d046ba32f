"""What a person does with an order: its errors beside their field, done once, and never more than is open."""

import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from channel_manager.history.models import Actor, Event
from channel_manager.orders import actions, state
from channel_manager.orders.lifecycle import NotCancellable, NotPossible, NotShippable
from channel_manager.orders.models import Cancellation, Hold, OrderLine, Shipment, ShipmentLine, Status, Treatment
from channel_manager.ports.documents import Track
from channel_manager.ports.messages import Reason
from channel_manager.sync.models import State, SyncOperation
from tests import factories

UPS = Track(carrier_code="ups", title="UPS", number="1Z999AA10123456784")


@pytest.fixture
def alice(db):
    return factories.user()


@pytest.fixture
def store(db):
    return factories.store()


@pytest.fixture
def order(store):
    return factories.order(store, lines=(("CAP", 3), ("MUG", 1)))


def ship(order, by, quantities=None, *, tracks=(UPS,), override=False, marker=None):
    return actions.ship(
        order,
        quantities={"1": 1} if quantities is None else quantities,
        tracks=list(tracks),
        comment="",
        source_code="",
        override=override,
        marker=marker or uuid.uuid4(),
        by=by,
        at=timezone.now(),
    )


def cancel(order, by, quantities=None, *, reason=Reason.STOCK, marker=None):
    return actions.cancel(
        order,
        quantities={"1": 1} if quantities is None else quantities,
        reason=reason,
        marker=marker or uuid.uuid4(),
        by=by,
        at=timezone.now(),
    )


def kinds():
    return list(SyncOperation.objects.order_by("id").values_list("kind", flat=True))


def columns(order):
    return [
        (line.sent_shipped, line.recorded_shipped, line.sent_cancelled, line.recorded_cancelled)
        for line in order.lines.all()
    ]


# ---- beside the field --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"quantities": {"1": 4}}, "1"),
        ({"quantities": {"1": -1}}, "1"),
        ({"quantities": {"9": 1}}, "9"),
        ({"quantities": {"1": 0}}, "quantities"),
        ({"quantities": {}}, "quantities"),
        ({"tracks": [Track(carrier_code="ups", title="UPS", number="  ")]}, "number"),
        ({"tracks": [Track(carrier_code="ups", title="UPS", number="1Z 99")]}, "number"),
        ({"tracks": [Track(carrier_code="ups", title="UPS", number="1" * 101)]}, "number"),
    ],
)
def test_a_shipment_that_is_not_possible_names_its_field_and_changes_nothing(order, alice, wanted, field):
    with pytest.raises(NotShippable) as refused:
        ship(order, alice, **wanted)
    assert refused.value.field == field
    assert str(refused.value).endswith((".", "!"))
    assert columns(order) == [(0, 0, 0, 0)] * 2
    assert (kinds(), Event.objects.count(), Shipment.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize("name", ["number", "customer_order_number", "commerce_number"])
def test_an_orders_own_number_is_no_tracking_number(order, alice, name):
    with pytest.raises(NotShippable) as refused:
        ship(order, alice, tracks=[Track(carrier_code="ups", title="UPS", number=getattr(order, name))])
    assert refused.value.field == "number"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"quantities": {"1": 4}}, "1"),
        ({"quantities": {"9": 1}}, "9"),
        ({"quantities": {}}, "quantities"),
        ({"reason": Reason.BUYER}, "reason"),
    ],
)
def test_a_cancellation_that_is_not_possible_names_its_field_and_changes_nothing(order, alice, wanted, field):
    with pytest.raises(NotCancellable) as refused:
        cancel(order, alice, **wanted)
    assert refused.value.field == field
    assert columns(order) == [(0, 0, 0, 0)] * 2
    assert (kinds(), Cancellation.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "facts",
    [
        {"fulfilment": "marketplace"},
        {"in_commerce": False},
        {"commerce_state": "holded"},
    ],
)
def test_orders_that_cannot_be_shipped_now(store, alice, facts):
    with pytest.raises(NotShippable):
        ship(factories.order(store, **facts), alice)


def test_nothing_is_written_before_the_store_is_confirmed(alice):
    order = factories.order(factories.store(confirmed_at=None, orders_from=None))
    with pytest.raises(NotShippable):
        ship(order, alice)
    with pytest.raises(NotCancellable):
        cancel(order, alice)


def test_a_line_the_buyer_asked_to_cancel_goes_out_only_by_a_named_persons_choice(order, alice):
    order.lines.filter(number="1").update(buyer_asked_to_cancel=True)
    with pytest.raises(NotShippable) as refused:
        ship(order, alice)
    assert refused.value.field == "override"
    assert ship(order, alice, {"2": 1}).override_by is None
    assert ship(order, alice, override=True).override_by == alice


# ---- once --------------------------------------------------------------------------------------------------------


def test_a_double_submit_ships_once(order, alice):
    marker = uuid.uuid4()
    assert ship(order, alice, marker=marker) == ship(order, alice, marker=marker)
    assert columns(order)[0] == (1, 1, 0, 0)
    assert kinds() == ["create_commerce_shipment"]
    assert Event.objects.count() == 1


def test_a_double_submit_cancels_once(order, alice):
    marker = uuid.uuid4()
    assert cancel(order, alice, marker=marker) == cancel(order, alice, marker=marker)
    assert columns(order)[0] == (0, 0, 1, 1)
    assert kinds() == ["cancel_on_marketplace"]


def test_a_marker_of_another_order_does_not_answer_for_this_one(store, order, alice):
    marker = uuid.uuid4()
    ship(order, alice, marker=marker)
    other = factories.order(store)
    with pytest.raises(IntegrityError), transaction.atomic():
        ship(other, alice, marker=marker)
    assert columns(other) == [(0, 0, 0, 0)]


def race(*calls):
    """All at once, each in a thread with its own connection; what each answered or raised."""
    start, ends = threading.Barrier(len(calls)), [None] * len(calls)

    def run(position, call):
        try:
            start.wait(5)
            ends[position] = call()
        except Exception as error:  # noqa: BLE001 - compared by the test
            ends[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return ends


@pytest.mark.django_db(transaction=True)
def test_racing_actions_never_send_more_than_was_ordered():
    alice, store = factories.user(), factories.store()
    order = factories.order(store, lines=(("CAP", 3),))
    ends = race(
        lambda: ship(order, alice, {"1": 2}),
        lambda: ship(order, alice, {"1": 2}),
        lambda: cancel(order, alice, {"1": 2}),
        lambda: cancel(order, alice, {"1": 2}),
    )
    refused = [end for end in ends if isinstance(end, NotPossible)]
    assert len(refused) == 3, ends
    assert {end.field for end in refused} == {"1"}
    (line,) = order.lines.all()
    assert line.sent_shipped + line.sent_cancelled == 2
    assert len(kinds()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_that_races_itself_ships_once():
    alice, store, marker = factories.user(), factories.store(), uuid.uuid4()
    order = factories.order(store, lines=(("CAP", 3),))
    first, second = race(*[lambda: ship(order, alice, marker=marker)] * 2)
    assert first == second
    assert Shipment.objects.get() == first


# ---- what follows ------------------------------------------------------------------------------------------------


def test_a_shipment_goes_to_commerce_first(order, alice):
    shipment = ship(order, alice, {"1": 2, "2": 1})
    order.refresh_from_db()
    assert order.status == Status.PARTIALLY_SHIPPED
    assert kinds() == ["create_commerce_shipment"]
    assert SyncOperation.objects.get().requested_by_id == alice.pk
    assert (shipment.origin, shipment.requested_by) == (Actor.PERSON, alice)


def test_without_a_track_it_waits_and_goes_out_when_one_is_added(order, alice):
    shipment = ship(order, alice, tracks=[])
    shipment.refresh_from_db()
    assert shipment.hold == Hold.TRACKING
    order.refresh_from_db()
    assert order.needs_action
    actions.add_tracking(shipment, track=UPS, by=alice, at=timezone.now())
    shipment.refresh_from_db()
    assert (shipment.hold, shipment.tracks.get().number) == (Hold.NONE, UPS.number)


def test_a_track_cannot_be_added_here_to_what_walmart_has(order, alice):
    shipment = factories.shipment(order, by=alice, reported_at=timezone.now())
    with pytest.raises(NotShippable) as refused:
        actions.add_tracking(shipment, track=UPS, by=alice, at=timezone.now())
    assert refused.value.field == "number"


def test_cancelling_everything_takes_the_creation_back(store, alice):
    order = factories.order(store, lines=(("CAP", 1),), in_commerce=False)
    creation = factories.operation(order, kind="create_commerce_order", platform="commerce", state=State.WAITING)
    cancel(order, alice)
    creation.refresh_from_db()
    order.refresh_from_db()
    assert (creation.state, order.status) == (State.SKIPPED, Status.CANCELED)


def test_a_reason_is_given_once_and_then_sent(order, alice):
    cancellation = factories.cancellation(order, quantities={"1": 1}, reason="")
    order.refresh_from_db()
    assert order.needs_action
    actions.give_reason(cancellation, reason=Reason.PRICE, by=alice, at=timezone.now())
    assert kinds() == ["cancel_on_marketplace"]
    assert SyncOperation.objects.get().payload["reason"] == "price"
    with pytest.raises(NotCancellable) as refused:
        actions.give_reason(cancellation, reason=Reason.STOCK, by=alice, at=timezone.now())
    assert refused.value.field == "reason"


def test_retry_sends_again_and_settle_closes(order, alice):
    operation = factories.operation(order, kind="acknowledge")
    order.refresh_from_db()
    assert order.has_error
    actions.retry(operation.pk, by=alice, at=timezone.now())
    operation.refresh_from_db()
    order.refresh_from_db()
    assert (operation.state, operation.requested_by_id, order.has_error) == (State.WAITING, alice.pk, False)
    with pytest.raises(NotPossible) as refused:
        actions.settle(operation.pk, reason=" ", by=alice, at=timezone.now())
    assert refused.value.field == "reason"
    actions.settle(operation.pk, reason="Done in Seller Center", by=alice, at=timezone.now())
    operation.refresh_from_db()
    assert (operation.state, operation.reason["values"]) == (State.SETTLED, {"reason": "Done in Seller Center"})
    for decide in (
        lambda: actions.retry(operation.pk, by=alice, at=timezone.now()),
        lambda: actions.settle(operation.pk, reason="x", by=alice, at=timezone.now()),
    ):
        with pytest.raises(NotPossible):
            decide()


def test_a_changed_carrier_map_sends_what_waited_for_it_and_only_that(store, order, alice):
    waiting = factories.shipment(order, quantities={"1": 1}, hold=Hold.CARRIER)
    factories.shipment(order, quantities={"2": 1}, hold=Hold.TRACKING, tracks=())
    elsewhere = factories.order(factories.store())
    factories.shipment(elsewhere, quantities={"1": 1}, hold=Hold.CARRIER)
    assert actions.carriers_changed(store) == 1
    waiting.refresh_from_db()
    assert (waiting.hold, waiting.dispatches) == (Hold.NONE, 1)
    assert SyncOperation.objects.get().payload == {"shipment": waiting.pk}


def test_an_order_that_was_left_alone_can_be_created_after_all(store, alice):
    order = factories.order(store, in_commerce=False, treatment=Treatment.IGNORE)
    actions.create_in_commerce(order, by=alice, at=timezone.now())
    order.refresh_from_db()
    assert (order.treatment, kinds()) == (Treatment.IMPORT, ["create_commerce_order"])
    done = factories.order(store)
    with pytest.raises(NotPossible):
        actions.create_in_commerce(done, by=alice, at=timezone.now())


def test_sending_anyway_is_a_named_persons_choice(order, alice):
    order.lines.update(buyer_asked_to_cancel=True)
    shipment = factories.shipment(order, quantities={"1": 1}, hold=Hold.BUYER_REQUEST)
    actions.send_anyway(shipment, by=alice, at=timezone.now())
    shipment.refresh_from_db()
    assert (shipment.hold, shipment.override_by) == (Hold.NONE, alice)
    assert kinds() == ["report_shipment"]
    assert Event.objects.get(kind="override").user == alice


# ---- the database's own refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"sent_shipped": 4, "recorded_shipped": 4}, "line_sends_at_most_its_quantity"),
        (
            {"sent_shipped": 2, "recorded_shipped": 2, "sent_cancelled": 2, "recorded_cancelled": 2},
            "line_sends_at_most_its_quantity",
        ),
        ({"sent_shipped": 1}, "line_sends_only_what_is_recorded"),
        ({"sent_cancelled": 1}, "line_sends_only_what_is_recorded"),
        ({"quantity": 0, "commerce_quantity": 0}, "line_orders_something"),
        ({"commerce_quantity": 3, "cancelled_before": 1}, "line_allocated_at_most_its_quantity"),
        ({"sent_shipped": -1}, "sent_shipped_check"),
    ],
)
def test_the_database_refuses_a_line_that_does_not_add_up(order, changes, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrderLine.objects.filter(order=order, number="1").update(**changes)


def test_what_is_reported_is_kept_however_contradictory(order):
    OrderLine.objects.filter(order=order).update(reported_shipped=9, reported_cancelled=9, recorded_shipped=9)
    state.refresh(order)
    assert order.has_error
    assert len(order.details) == 2


def test_the_database_refuses_units_added_beyond_the_quantity(order):
    line = order.lines.first()
    with pytest.raises(IntegrityError, match="line_sends_at_most"), transaction.atomic():
        state.add_units(line.pk, recorded_shipped=4, sent_shipped=4)


def test_the_database_refuses_the_same_twice_and_nobodys_act(order, alice):
    shipment = factories.shipment(order, quantities={"1": 1}, commerce_shipment_id=7)
    row = shipment.lines.get()
    refused = {
        "shipment_line_once": lambda: ShipmentLine.objects.create(shipment=shipment, line=row.line, quantity=1),
        "shipment_line_ships_something": lambda: ShipmentLine.objects.update(quantity=0),
        "commerce_shipment_recorded_once": lambda: factories.shipment(order, quantities={}, commerce_shipment_id=7),
        "shipment_by_a_named_person": lambda: factories.shipment(order, quantities={}, origin=Actor.PERSON),
        "cancellation_by_a_named_person": lambda: factories.cancellation(order, quantities={}, origin=Actor.PERSON),
        "order_received_once": lambda: factories.order(order.store, number=order.number),
        "commerce_order_belongs_to_one_order": lambda: factories.order(
            order.store, commerce_order_id=order.commerce_order_id
        ),
    }
    for constraint, write in refused.items():
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            write()


def test_the_same_tracking_number_entered_twice_is_one(db):
    order = factories.order(factories.store())
    shipment = factories.shipment(order, tracks=())
    alice = factories.user("alice-twice", store=order.store)
    for _ in range(2):
        track = Track(carrier_code="ups", title="UPS", number="1Z999AA10123456784")
        actions.add_tracking(shipment, track=track, by=alice, at=timezone.now())
    assert [row.number for row in shipment.tracks.all()] == ["1Z999AA10123456784"]
