"""Runs and findings as rows: one at a time, a fence against late workers, what stands from one run to the next."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.utils import timezone

from channel_manager.orders.lifecycle import NotPossible
from channel_manager.ports.messages import Platform
from channel_manager.reconciliation import actions, findings, queries, records, retention, runs
from channel_manager.reconciliation.models import ComparedOrder, Finding, Outcome, Run
from channel_manager.reconciliation.reading import Shown
from channel_manager.reconciliation.rules.facts import Difference, InCommerce, Kind
from channel_manager.reconciliation.rules.judging import Action, Proposal
from channel_manager.reconciliation.verdicts import Verdict
from channel_manager.shared.errors import Unavailable
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import sql
from channel_manager.sync.kinds import LeaseLost
from tests import factories

CHECK = Proposal(action=Action.CHECK, preview=(say("Look at it."),))


@pytest.fixture
def store(db):
    return factories.store()


@pytest.fixture
def order(store):
    return factories.order(store)


@pytest.fixture
def alice(store):
    return factories.user("alice", store=store)


def begin(store, **facts):
    """A run after the one before has ended."""
    Run.objects.filter(store=store, state="open").update(state="done", finished_at=timezone.now(), lease_until=None)
    return runs.request(store, **facts)


def differs(found="20.00", kind=Kind.TOTAL):
    return Difference(kind=kind, side=Platform.COMMERCE, sentence=say("Differs."), expected="21.60", found=found)


def write(store, order, *, proposed=(), healed=(), left=None):
    """A run that compared one order."""
    run = begin(store)
    record = records.load(store.pk, [order.number])[order.number]
    verdict = Verdict(
        Shown(order.number, None, InCommerce()),
        record,
        tuple(proposed if left is None else left),
        tuple(healed),
        [(difference, CHECK) for difference in proposed],
    )
    findings.write(store, run.pk, [verdict])
    Run.objects.filter(pk=run.pk).update(**findings.count(run.pk))
    run.refresh_from_db()
    return run


def states():
    return list(Finding.objects.order_by("pk").values_list("state", flat=True))


# ---- runs --------------------------------------------------------------------------------------------------------


def test_one_run_is_open_for_a_store_at_a_time(store):
    first = runs.request(store, days=400)
    assert first.days == 179
    with pytest.raises(runs.AlreadyRunning) as refused:
        runs.request(store)
    assert refused.value.run == first
    assert runs.request(factories.store()).store_id != store.pk


def test_a_run_is_claimed_once_and_a_late_worker_writes_nothing(store):
    run = runs.request(store)
    first = runs.claim(run.pk)
    assert runs.claim(run.pk) is None
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = runs.claim(run.pk)
    assert second.lease == first.lease + 1
    with pytest.raises(LeaseLost):
        runs.hold(first, 1)
    runs.failed(first, Unavailable("too late"))
    runs.hold(second, 3)
    run.refresh_from_db()
    assert (run.error, run.calls) == (None, 3)


def test_an_inactive_store_is_not_compared(store):
    run = runs.request(store)
    Store.objects.update(is_active=False)
    assert runs.claim(run.pk) is None


def test_a_run_goes_on_where_it_stopped(store):
    current = runs.claim(runs.request(store).pk)
    runs.move(current, {"phase": "seller", "next": "?page=2"})
    runs.release(current)
    assert runs.claim(current.id).cursor == {"phase": "seller", "next": "?page=2"}


def test_a_run_that_fails_for_a_day_is_given_up_and_makes_room(store):
    run = runs.request(store)
    runs.failed(runs.claim(run.pk), Unavailable("Commerce cannot be reached."))
    run.refresh_from_db()
    assert (run.state, run.error["sentence"]["template"]) == ("open", "Commerce cannot be reached.")
    assert run.due_at > timezone.now()

    Run.objects.update(failed_since=timezone.now() - timedelta(hours=25))
    runs.failed(runs.claim(run.pk), Unavailable("Commerce cannot be reached."))
    run.refresh_from_db()
    assert (run.state, run.finished_at is not None) == ("failed", True)
    assert runs.request(store)


def test_each_confirmed_store_is_compared_once_a_day(store):
    factories.store(confirmed_at=None, orders_from=None)
    factories.store(confirmed_at=timezone.now() - timedelta(hours=1))
    Store.objects.filter(pk=store.pk).update(confirmed_at=timezone.now() - timedelta(days=2))
    runs.request_daily()
    runs.request_daily()
    assert list(Run.objects.values_list("store", "actor")) == [(store.pk, "rule")]

    Run.objects.update(state="done", finished_at=timezone.now())
    runs.request_daily()
    assert Run.objects.count() == 1
    Run.objects.update(until=timezone.now() - timedelta(hours=24))
    runs.request_daily()
    assert Run.objects.count() == 2


def test_what_may_go_on_is_woken_and_what_waits_is_not(store):
    run = runs.request(store)
    assert [row["id"] for row in sql.rows(runs.DUE)] == [run.pk]
    runs.failed(runs.claim(run.pk), Unavailable("down"))
    assert sql.rows(runs.DUE) == []


# ---- findings ----------------------------------------------------------------------------------------------------


def test_a_difference_that_stands_is_followed_and_closed_when_it_is_gone(store, order):
    first = write(store, order, proposed=[differs()])
    assert (first.proposed, states()) == (1, ["proposed"])
    second = write(store, order, proposed=[differs("19.00")])
    assert (Finding.objects.get().run_id, Finding.objects.get().seen_in_id) == (first.pk, second.pk)
    assert Finding.objects.get().found == "19.00"

    third = write(store, order)
    assert (third.proposed, states()) == (0, ["closed"])
    assert list(queries.findings_of(first)) == list(queries.findings_of(third))
    write(store, order, proposed=[differs()])
    assert states() == ["closed", "proposed"]


def test_what_was_dismissed_stays_so_until_it_changes(store, order, alice):
    write(store, order, proposed=[differs()])
    with pytest.raises(NotPossible):
        actions.dismiss(Finding.objects.get(), reason="  ", by=alice, at=timezone.now())
    actions.dismiss(Finding.objects.get(), reason="agreed", by=alice, at=timezone.now())

    assert write(store, order, proposed=[differs()]).proposed == 0
    assert states() == ["dismissed"]
    assert write(store, order, proposed=[differs("18.00")]).proposed == 1
    assert states() == ["proposed"]


def test_what_is_under_way_keeps_its_finding_open(store, order):
    write(store, order, proposed=[differs()])
    run = write(store, order, left=[differs()])
    assert (run.under_way, states()) == (1, ["proposed"])


def test_a_healed_difference_is_kept_once_though_the_page_is_read_twice(store, order):
    run = write(store, order, healed=[differs(kind=Kind.SHIPPED)])
    record = records.load(store.pk, [order.number])[order.number]
    findings.write(store, run.pk, [Verdict(Shown(order.number, None, InCommerce()), record)])
    assert states() == ["healed"]
    assert findings.count(run.pk)["healed"] == 1
    assert ComparedOrder.objects.get().outcome == Outcome.HEALED
    assert ComparedOrder.objects.get().own_total == Decimal("21.60")


def test_the_database_keeps_one_open_finding_for_one_difference(store, order):
    run = write(store, order, proposed=[differs()])
    facts = Finding.objects.values("number", "kind", "side", "line", "severity", "sentence").get()
    with pytest.raises(IntegrityError):
        Finding.objects.create(store=store, run=run, seen_in=run, state="proposed", **facts)


def test_an_applied_finding_is_decided_once(store, order, alice):
    write(store, order, proposed=[differs()])
    begin(store)
    with pytest.raises(NotPossible, match="running"):
        actions.apply(Finding.objects.get(), by=alice, at=timezone.now())
    Run.objects.update(state="done", finished_at=timezone.now())
    actions.apply(Finding.objects.get(), by=alice, at=timezone.now())
    assert Run.objects.latest("pk").numbers == [order.number]
    with pytest.raises(NotPossible, match="already"):
        actions.apply(Finding.objects.get(), by=alice, at=timezone.now())


# ---- our record --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_our_record_is_read_with_a_fixed_number_of_queries(store, alice, count, django_assert_num_queries):
    numbers = []
    for _ in range(count):
        made = factories.order(store, lines=[("A", 2), ("B", 1)])
        factories.shipment(made, quantities={"1": 1}, by=alice)
        factories.operation(made)
        numbers.append(made.number)
    with django_assert_num_queries(11):
        assert len(records.load(store.pk, [*numbers, "unknown"])) == count


def test_the_list_of_compared_orders_is_forgotten_after_a_month(store, order):
    write(store, order)
    begin(store)
    assert retention.forget_compared() == 0
    Run.objects.filter(state="done").update(finished_at=timezone.now() - timedelta(days=31))
    assert retention.forget_compared() == 1
