"""What is asked of many orders at once is written down once, and its rows say how they stand."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from channel_manager.orders.models import BulkRun, Hold, Shipment
from channel_manager.orders.page import bulk, runs
from channel_manager.orders.page.standings import INTERRUPTED, RECORDING, RowState, standings
from channel_manager.orders.rules.parcels import read
from channel_manager.shared.sentences import say
from channel_manager.sync.models import State, SyncOperation
from tests import factories


@pytest.fixture
def store(db):
    return factories.store()


@pytest.fixture
def alice(store):
    return factories.user("alice", store=store)


def ship(store, by, text, marker=None):
    checked = bulk.check(store, read(text))
    return runs.ship(store, checked, marker=marker or uuid.uuid4(), by=by, at=timezone.now())


def stored(run):
    """States and reasons as they are stored, whatever the object at hand says."""
    found = standings(BulkRun.objects.get(pk=run.pk), timezone.now())
    return [(one.state, str(one.why or "")) for one in found.rows]


def operation_of(order, **facts):
    """What is sent for the order's shipment changes like this."""
    ended = facts.get("state") in (State.DONE, State.FAILED, State.SETTLED)
    facts |= {"finished_at": timezone.now() if ended else None}
    return SyncOperation.objects.filter(subject=order.subject).update(**facts)


REFUSED = factories.error(say("Walmart refused the tracking number."))


@pytest.mark.parametrize(
    ("operation", "shipment", "stands"),
    [
        ({}, {}, (RowState.UNDER_WAY, "It is on its way to Commerce.")),
        ({}, {"commerce_shipment_id": 7}, (RowState.UNDER_WAY, "Commerce has it. Walmart is told next.")),
        ({"error": REFUSED}, {}, (RowState.UNDER_WAY, "Walmart refused the tracking number.")),
        ({"state": State.FAILED, "error": REFUSED}, {}, (RowState.FAILED, "Walmart refused the tracking number.")),
        ({"state": State.SETTLED, "reason": say("Done by hand.").as_json()}, {}, (RowState.ENDED, "Done by hand.")),
        ({"state": State.DONE}, {"reported_at": factories.NOON}, (RowState.ACCEPTED, "")),
    ],
)
def test_a_parcel_stands_where_its_operations_are(store, alice, operation, shipment, stands):
    order = factories.order(store)
    begun = ship(store, alice, f"{order.number},UPS,T1")
    operation_of(order, **operation)
    Shipment.objects.update(**shipment)

    assert stored(begun.run) == [stands]


def test_a_parcel_that_is_held_waits_for_a_person(store, alice):
    order = factories.order(store)
    begun = ship(store, alice, f"{order.number},UPS,T1")
    operation_of(order, state=State.DONE)
    Shipment.objects.update(hold=Hold.CARRIER)

    ((state, why),) = stored(begun.run)
    assert state == RowState.WAITS
    assert why.startswith("Waiting for a carrier")


def test_rows_that_are_left_out_say_why_and_nothing_of_them_runs(store, alice):
    order = factories.order(store)
    begun = ship(store, alice, f"{order.number},UPS,T1\nnobody,UPS,T2")
    found = standings(begun.run, timezone.now())

    assert stored(begun.run)[1] == (RowState.LEFT_OUT, "No order of this store has this number.")
    assert (found.begun, found.runs) == (1, True)
    assert [one.row["typed"] for one in found.left_out] == ["nobody"]


def test_a_form_that_is_sent_twice_is_one_run(store, alice):
    order, marker = factories.order(store), uuid.uuid4()
    rows = f"{order.number},UPS,T1"
    checked = bulk.check(store, read(rows))  # by a window that was slower

    first = ship(store, alice, rows, marker)
    second = runs.ship(store, checked, marker=marker, by=alice, at=timezone.now())

    assert (first.again, second.again) == (False, True)
    assert second.run == first.run
    assert Shipment.objects.count() == 1
    assert stored(first.run) == [(RowState.UNDER_WAY, "It is on its way to Commerce.")]


def test_the_same_rows_from_another_page_are_another_run_that_adds_nothing(store, alice):
    order = factories.order(store)
    ship(store, alice, f"{order.number},UPS,T1")
    other = ship(store, alice, f"{order.number},UPS,T1")

    assert stored(other.run) == [(RowState.LEFT_OUT, str(bulk.RECORDED))]
    assert Shipment.objects.count() == 1


def test_a_run_that_was_interrupted_says_which_rows_were_not_recorded(store, alice):
    order = factories.order(store)
    rows = [runs._parcel(one) for one in bulk.check(store, read(f"{order.number},UPS,T1"))]
    run = BulkRun.objects.create(store=store, user=alice, kind=BulkRun.Kind.SHIP, rows=rows)

    assert stored(run) == [(RowState.UNDER_WAY, str(RECORDING))]
    BulkRun.objects.update(begun_at=timezone.now() - timedelta(minutes=3))
    assert stored(run) == [(RowState.LEFT_OUT, str(INTERRUPTED))]


def test_what_failed_of_many_orders_is_sent_again_and_followed(store, alice):
    failed, fine, foreign = factories.order(store), factories.order(store), factories.order(factories.store())
    sent = factories.operation(failed)
    factories.operation(foreign)
    ids = [failed.pk, fine.pk, foreign.pk]

    run = runs.resend(store, ids, by=alice, at=timezone.now())

    assert [row["typed"] for row in run.rows] == [failed.number, fine.number]
    assert stored(run)[1] == (RowState.LEFT_OUT, "Nothing of it had failed.")
    assert stored(run)[0][0] == RowState.UNDER_WAY
    assert SyncOperation.objects.get(subject=foreign.subject).state == State.FAILED

    again = runs.resend(store, ids, by=alice, at=timezone.now())
    assert stored(again)[0] == (RowState.LEFT_OUT, "It is on its way already: nothing was sent again.")

    SyncOperation.objects.filter(pk=sent.pk).update(state=State.DONE, finished_at=timezone.now(), error=None)
    assert stored(run)[0] == (RowState.ACCEPTED, "")


def test_questions_do_not_grow_with_rows(store, alice, django_assert_num_queries):
    rows = "\n".join(f"{factories.order(store).number},UPS,T{n}" for n in range(12))
    run = ship(store, alice, rows).run
    with django_assert_num_queries(3):
        assert len(standings(run, timezone.now()).rows) == 12


def test_runs_of_long_ago_are_forgotten(store):
    now = timezone.now()
    old = BulkRun.objects.create(store=store, kind=BulkRun.Kind.SHIP, rows=[], begun_at=now - timedelta(days=31))
    BulkRun.objects.create(store=store, kind=BulkRun.Kind.SHIP, rows=[], begun_at=now - timedelta(days=29))

    assert (runs.forget_runs(now), runs.forget_runs(now)) == (1, 0)
    assert not BulkRun.objects.filter(pk=old.pk).exists()
