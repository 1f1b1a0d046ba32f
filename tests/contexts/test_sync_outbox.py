"""Asking: once per key, together with the fact, and never a lost wake-up."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from sync_toys import Label, Loose, Note, Steps, forget_jobs, jobs

from channel_manager.history.models import Actor, Event
from channel_manager.history.records import record
from channel_manager.shared.errors import Postponed, Rejected
from channel_manager.shared.sentences import say
from channel_manager.sync import outbox, sql
from channel_manager.sync.lanes.sweep import sweep
from channel_manager.sync.models import SyncOperation
from channel_manager.sync.outbox import NewOperation


def test_a_key_makes_one_operation(world):
    first = world.ask(key="report:1", note="a")
    again = world.ask(key="report:1", note="b")
    assert again == first
    assert world.operation(first).payload == {"note": "a"}
    assert SyncOperation.objects.count() == 1


def test_many_are_written_at_once_and_only_the_new_ones_are_named(world):
    world.ask(key="k1")
    news = [NewOperation(kind=Note, store_id=world.store.id, subject=f"order:{n}", key=f"k{n}") for n in (1, 2, 3)]
    inserted = outbox.enqueue_many(news)
    assert sorted(inserted) == ["k2", "k3"]
    assert outbox.enqueue_many([]) == {}
    assert SyncOperation.objects.count() == 3


def test_the_operation_carries_what_its_kind_says(world):
    at = timezone.now() + timedelta(hours=4)
    operation = world.operation(world.ask(kind=Loose, deadline=at))
    told = (operation.platform, operation.family, operation.kind, operation.in_order, operation.priority)
    assert told == ("marketplace", "notes", "loose", False, 5)
    assert operation.deadline == at
    assert (operation.state, operation.attempt, operation.progress) == ("waiting", 0, {})


def test_the_fact_and_the_intention_commit_together_or_not_at_all(world):
    with transaction.atomic():
        record("order:1", "shipped", say("Shipped"), store_id=world.store.id, actor=Actor.PERSON)
        world.ask()
        transaction.set_rollback(True)
    assert (SyncOperation.objects.count(), Event.objects.count(), jobs()) == (0, 0, [])
    with transaction.atomic():
        record("order:1", "shipped", say("Shipped"), store_id=world.store.id, actor=Actor.PERSON)
        world.ask()
        assert jobs() == []
    assert (SyncOperation.objects.count(), Event.objects.count()) == (1, 1)
    assert jobs() == [f"deliver:{world.lane()}"]


def test_a_lane_is_woken_once_for_many_operations(world):
    with transaction.atomic():
        for number in range(5):
            world.ask(subject=f"order:{number}")
        world.ask(kind=Label)
        assert len(connection.run_on_commit) == 2
    assert jobs() == [f"deliver:{world.lane(Label)}", f"deliver:{world.lane(Note)}"]


def test_a_savepoint_that_is_rolled_back_takes_no_wake_up_with_it(world):
    with transaction.atomic():
        with transaction.atomic():
            world.ask(note="a")
            transaction.set_rollback(True)
        world.ask(note="b")
    assert jobs() == [f"deliver:{world.lane()}"]


def test_the_sweep_covers_a_lost_wake_up(world):
    world.ask()
    forget_jobs()
    sweep()
    sweep()
    assert jobs() == [f"deliver:{world.lane()}"]


def test_the_sweep_leaves_alone_what_is_not_due_or_may_not_be_sent(world):
    world.ask(due_at=timezone.now() + timedelta(minutes=1))
    world.ask(kind=Label)
    world.store.is_active = False
    world.store.save()
    forget_jobs()
    sweep()
    assert jobs() == []


def test_the_sweep_forgets_jobs_of_workers_that_are_gone(world):
    world.ask()
    sql.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    sweep()
    assert jobs() == [f"deliver:{world.lane()}"]
    assert sql.rows("SELECT count(*) AS left FROM procrastinate_jobs WHERE status = 'doing'") == [{"left": 0}]


def test_nothing_is_sent_for_a_store_that_is_not_confirmed(world):
    world.store.confirmed_at = None
    world.store.save()
    operation = world.ask()
    world.deliver()
    assert world.states() == {operation: "waiting"}
    assert world.marketplace.calls == []


def test_what_has_not_begun_can_be_superseded(world):
    begun = world.ask(kind=Steps, note="begun")
    waiting = world.ask(kind=Steps, note="waiting")
    SyncOperation.objects.filter(id=begun).update(progress={"cart": 1})
    doubt = world.ask(kind=Steps, note="doubt")
    SyncOperation.objects.filter(id=doubt).update(ambiguous=True)
    assert outbox.supersede(kind=Steps, subject="order:1", reason=say("Cancelled")) == 1
    assert world.states() == {begun: "waiting", waiting: "skipped", doubt: "waiting"}
    assert world.operation(waiting).reason == {"template": "Cancelled", "values": {}}
    reason = say("Cancelled")
    assert outbox.supersede(kind=Steps, subject="order:1", reason=reason, begun=["placing"]) == 1
    assert world.states() == {begun: "skipped", waiting: "skipped", doubt: "waiting"}


def test_a_person_retries_what_failed(world):
    world.marketplace.plan["order:1"] = [Rejected("No such carrier")]
    operation = world.ask()
    world.deliver()
    assert world.states() == {operation: "failed"}
    forget_jobs()
    assert outbox.retry(operation)
    assert jobs() == [f"deliver:{world.lane()}"]
    world.deliver()
    assert world.states() == {operation: "done"}
    assert world.outcomes(operation) == ["rejected", "sent"]
    assert not outbox.retry(operation)


def test_what_waits_is_brought_forward_when_its_cause_is_gone(world):
    world.marketplace.plan["order:1"] = [Postponed("Out of stock")]
    operation = world.ask()
    world.deliver()
    assert world.operation(operation).due_at > timezone.now() + timedelta(seconds=50)
    assert outbox.retry_subject("order:1", [Label]) == 0
    assert outbox.retry_subject("order:1", [Note]) == 1
    world.deliver()
    assert world.states() == {operation: "done"}


def test_a_person_settles_what_failed(world):
    world.marketplace.plan["order:1"] = [Rejected("No such carrier")]
    operation = world.ask()
    assert outbox.settle(operation, by=None, reason=say("Not needed any more"))
    assert not outbox.settle(operation, by=None, reason=say("Again"))
    world.deliver()
    assert world.states() == {operation: "settled"}
    assert world.operation(operation).reason["template"] == "Not needed any more"
    assert world.marketplace.calls == []


@pytest.mark.parametrize(
    "impossible",
    [{"state": "done"}, {"state": "sending"}, {"state": "gone"}, {"finished_at": timezone.now()}, {"platform": "ebay"}],
)
def test_the_database_refuses_the_impossible(world, impossible):
    operation = world.ask()
    with pytest.raises(IntegrityError):
        SyncOperation.objects.filter(id=operation).update(**impossible)
