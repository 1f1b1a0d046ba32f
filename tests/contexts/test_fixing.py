"""Fix and resend: what is corrected is sent once more, what was faster is noticed, and what is in doubt is left alone."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from channel_manager.history.models import Actor, Event
from channel_manager.orders import actions, fixing
from channel_manager.orders.fixing import Overtaken
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import Hold, PurchaseOrder
from channel_manager.orders.plans import creation_plan
from channel_manager.orders.troubles import troubles
from channel_manager.ports.messages import Reason
from channel_manager.shared.sentences import say
from channel_manager.stores.models import SkuLink
from channel_manager.sync import queries
from channel_manager.sync.models import State, SyncOperation
from tests import factories

NO_PRODUCT = "Commerce has no product with the SKU %(sku)s."


@pytest.fixture
def alice(db):
    return factories.user()


@pytest.fixture
def store(db):
    return factories.store()


@pytest.fixture
def now():
    return timezone.now()


def refused(order, kind, about, *, state=State.FAILED, sentence=None, name="Rejected", **facts):
    sentence = sentence or say("Refused.")
    error = factories.error(sentence, about=about) | {"class": name}
    return factories.operation(order, kind=kind, state=state, **({"error": error} | facts))


def unknown_product(order, sku):
    return refused(
        order,
        "create_commerce_order",
        "sku",
        state=State.WAITING,
        sentence=say(NO_PRODUCT, sku=sku),
        name="Postponed",
        payload={"order": order.pk},
        due_at=timezone.now() + timedelta(minutes=15),
    )


def columns(order):
    return [
        (line.sent_shipped, line.recorded_shipped, line.sent_cancelled, line.recorded_cancelled)
        for line in order.lines.all()
    ]


def again(operation):
    """Whether it is due once more."""
    operation.refresh_from_db()
    return operation.state == State.WAITING and operation.due_at <= timezone.now()


# ---- quantities --------------------------------------------------------------------------------------------------


def test_fewer_units_of_a_parcel_are_sent_and_the_rest_is_open_again(store, alice, now):
    order = factories.order(store, lines=(("CAP", 3), ("MUG", 1)))
    shipment = factories.shipment(order, by=alice)
    operation = refused(order, "report_shipment", "quantity", payload={"shipment": shipment.pk})

    fixing.lower_quantities(operation.pk, quantities={"1": 2, "2": 0}, by=alice, at=now)

    assert columns(order) == [(2, 2, 0, 0), (0, 0, 0, 0)]
    assert [(row.line.number, row.quantity) for row in shipment.lines.all()] == [("1", 2)]
    assert again(operation)
    assert not PurchaseOrder.objects.get(pk=order.pk).has_error
    assert Event.objects.get(kind="fix").user == alice


def test_fewer_units_are_cancelled_and_what_commerce_cancelled_is_written_off(store, alice, now):
    order = factories.order(store, lines=(("CAP", 3),))
    cancellation = factories.cancellation(order, origin=Actor.COMMERCE)
    payload = {"cancellation": cancellation.pk, "reason": "stock"}
    operation = refused(order, "cancel_on_marketplace", "quantity", payload=payload)

    fixing.lower_quantities(operation.pk, quantities={"1": 1}, by=alice, at=now)

    assert columns(order) == [(0, 0, 1, 1)]
    assert order.commerce_items.get().written_off == 2
    assert again(operation)


@pytest.mark.parametrize(
    ("quantities", "field"), [({"1": 4}, "1"), ({"1": -1}, "1"), ({"9": 1}, "9"), ({"1": 3}, ""), ({"1": 0}, "")]
)
def test_other_quantities_are_refused_and_change_nothing(store, alice, now, quantities, field):
    order = factories.order(store, lines=(("CAP", 3),))
    shipment = factories.shipment(order, by=alice)
    operation = refused(order, "report_shipment", "quantity", payload={"shipment": shipment.pk})
    with pytest.raises(NotPossible) as problem:
        fixing.lower_quantities(operation.pk, quantities=quantities, by=alice, at=now)
    assert problem.value.field == field
    assert columns(order) == [(3, 3, 0, 0)]


def test_what_may_have_got_through_is_not_changed(store, alice, now):
    order = factories.order(store, lines=(("CAP", 3),))
    shipment = factories.shipment(order, by=alice)
    operation = refused(order, "report_shipment", "quantity", payload={"shipment": shipment.pk}, ambiguous=True)
    with pytest.raises(NotPossible):
        fixing.lower_quantities(operation.pk, quantities={"1": 1}, by=alice, at=now)
    assert columns(order) == [(3, 3, 0, 0)]


# ---- reason, address, SKU ----------------------------------------------------------------------------------------


def test_another_reason_is_sent(store, alice, now):
    order = factories.order(store)
    cancellation = factories.cancellation(order, by=alice)
    payload = {"cancellation": cancellation.pk, "reason": "stock"}
    operation = refused(order, "cancel_on_marketplace", "reason", payload=payload)

    fixing.change_reason(operation.pk, reason=Reason.PRICE, by=alice, at=now)

    cancellation.refresh_from_db()
    assert (cancellation.reason, again(operation)) == (Reason.PRICE, True)


def test_the_buyers_reason_is_not_for_lines_whose_buyer_did_not_ask(store, alice, now):
    order = factories.order(store)
    cancellation = factories.cancellation(order, by=alice)
    operation = refused(order, "cancel_on_marketplace", "reason", payload={"cancellation": cancellation.pk})
    with pytest.raises(NotPossible):
        fixing.change_reason(operation.pk, reason=Reason.BUYER, by=alice, at=now)


def refused_address(order):
    return refused(
        order,
        "create_commerce_order",
        "address",
        state=State.WAITING,
        name="Postponed",
        payload={"order": order.pk},
        due_at=timezone.now() + timedelta(minutes=15),
    )


def test_a_corrected_address_part_is_used_and_the_original_stays(store, alice, now):
    order = factories.order(store, in_commerce=False)
    operation = refused_address(order)
    parts = fixing.written_address(order) | {"phone": "217 555 0100"}

    fixing.correct_address(operation.pk, parts=parts, by=alice, at=now)

    order = PurchaseOrder.objects.get(pk=order.pk)
    plan = creation_plan(order, store.rules, units=None, adopt_only=False)
    assert plan.address.phone == "217 555 0100"
    assert plan.adjusted == ({"field": "phone", "before": "5550100", "after": "217 555 0100"},)
    assert order.address["phone"] == "5550100"
    assert (order.corrections["phone"]["name"], again(operation)) == ("alice", True)
    told = Event.objects.get(kind="fix")
    assert "217" not in str(told.words)


def test_a_part_that_is_put_back_is_no_correction(store, alice, now):
    order = factories.order(store, in_commerce=False)
    operation = refused_address(order)
    original = fixing.written_address(order)
    fixing.correct_address(operation.pk, parts=original | {"city": "Peoria"}, by=alice, at=now)
    fixing.correct_address(operation.pk, parts=original, by=alice, at=now)
    assert PurchaseOrder.objects.get(pk=order.pk).corrections == {}


def test_an_order_that_is_being_placed_keeps_its_address(store, alice, now):
    order = factories.order(store, in_commerce=False)
    operation = refused_address(order)
    SyncOperation.objects.filter(pk=operation.pk).update(progress={"cart_id": 5, "placing": True})
    with pytest.raises(NotPossible):
        fixing.correct_address(operation.pk, parts={"city": "Peoria"}, by=alice, at=now)


def test_a_linked_sku_counts_for_all_orders_that_wait_and_for_later_ones(store, alice, now):
    first, second, other = (factories.order(store, lines=((sku, 1),), in_commerce=False) for sku in ("W-1", "W-1", "X"))
    operations = [unknown_product(order, order.lines.get().sku) for order in (first, second, other)]

    tried = fixing.link_sku(operations[0].pk, sku="W-1", commerce_sku=" CAP-1 ", by=alice, at=now)

    assert tried == 2
    assert [again(operation) for operation in operations] == [True, True, False]
    assert SkuLink.objects.get().linked_by == alice
    later = factories.order(store, lines=(("W-1", 2), ("Y", 1)), in_commerce=False)
    plan = creation_plan(later, store.rules, units=None, adopt_only=False)
    assert [line.sku for line in plan.lines] == ["CAP-1", "Y"]


@pytest.mark.parametrize(("sku", "to", "field"), [("W-1", "w-1 ", "commerce_sku"), ("Z", "CAP-1", "sku")])
def test_a_link_to_itself_or_of_another_order_is_refused(store, alice, now, sku, to, field):
    operation = unknown_product(factories.order(store, lines=(("W-1", 1),), in_commerce=False), "W-1")
    with pytest.raises(NotPossible) as problem:
        fixing.link_sku(operation.pk, sku=sku, commerce_sku=to, by=alice, at=now)
    assert (problem.value.field, SkuLink.objects.count()) == (field, 0)


# ---- carriers ----------------------------------------------------------------------------------------------------


def held(store, title="Colissimo"):
    order = factories.order(store)
    tracks = (("custom", title, f"6A{order.pk}"),)
    return factories.shipment(order, tracks=tracks, hold=Hold.CARRIER)


def test_a_carrier_chosen_for_one_parcel_leaves_the_others(store, alice, now):
    one, other = held(store), held(store)

    fixing.choose_carrier(one, carrier="OnTrac", by=alice, at=now)
    fixing.choose_carrier(one, carrier="OnTrac", by=alice, at=now)

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.hold, other.hold) == (Hold.NONE, Hold.CARRIER)
    assert one.tracks.get().chosen_carrier == "OnTrac"
    assert SyncOperation.objects.filter(kind="report_shipment").count() == 1
    assert Event.objects.filter(kind="fix").count() == 1


def test_a_changed_map_sends_what_waited_and_what_was_refused_for_its_carrier(store, alice):
    held(store)
    order = factories.order(store)
    shipment = factories.shipment(order, by=alice)
    operation = refused(order, "report_shipment", "carrier", payload={"shipment": shipment.pk})
    assert actions.carriers_changed(store) == 2
    assert again(operation)


# ---- equal errors ------------------------------------------------------------------------------------------------


def test_equal_errors_are_one_thing_to_decide(store):
    for _ in range(3):
        held(store)
    for sku in ("W-1", "W-1", "W-2"):
        unknown_product(factories.order(store, lines=((sku, 1),), in_commerce=False), sku)
    refused(factories.order(store), "report_shipment", "tracking")
    elsewhere = factories.store()
    refused(factories.order(elsewhere), "report_shipment", "tracking")

    found = troubles([store.pk, elsewhere.pk])

    assert [(one.orders, one.remedy, one.sentence["values"]) for one in found[store.pk][:2]] == [
        (3, "carrier", {"carrier": "Colissimo"}),
        (2, "sku", {"sku": "W-1"}),
    ]
    assert sorted(one.remedy for one in found[store.pk][2:]) == ["sku", "tracking"]
    assert len(found[elsewhere.pk]) == 1


def test_what_waits_for_its_turn_or_has_ended_is_no_error(store):
    order = factories.order(store)
    for state in (State.WAITING, State.DONE, State.SKIPPED, State.SETTLED):
        factories.operation(order, state=state)
    assert troubles([store.pk]) == {store.pk: []}


def test_a_group_is_sent_again_in_batches_and_one_refusal_holds_up_no_other(store, alice, now):
    made = [refused(factories.order(store), "report_shipment", "tracking") for _ in range(3)]
    key = troubles([store.pk])[store.pk][0].key
    batch = queries.of_group(store.pk, key, after=0, most=2)
    assert [one.pk for one in batch] == [one.pk for one in made[:2]]
    SyncOperation.objects.filter(pk=made[0].pk).update(state=State.DONE)

    results = fixing.resend(batch, partial(actions.retry, by=alice, at=now))

    assert [result.refusal is None for result in results] == [False, True]
    assert [one.pk for one in queries.of_group(store.pk, key, after=batch[-1].pk, most=2)] == [made[2].pk]


# ---- somebody else was faster ------------------------------------------------------------------------------------


def test_what_was_settled_meanwhile_is_left_alone(store, alice, now):
    order = factories.order(store)
    shipment = factories.shipment(order, by=alice)
    operation = refused(order, "report_shipment", "quantity", payload={"shipment": shipment.pk})
    actions.settle(operation.pk, reason="told Walmart", by=alice, at=now)
    with pytest.raises(Overtaken):
        fixing.lower_quantities(operation.pk, quantities={"1": 1}, by=alice, at=now)
    assert columns(order) == [(2, 2, 0, 0)]
