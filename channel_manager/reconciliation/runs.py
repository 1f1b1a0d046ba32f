"""A run from its request to its end: one at a time per store by a lease, page by page, going on where it stopped."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.orders.models import PurchaseOrder
from channel_manager.reconciliation import findings
from channel_manager.reconciliation.models import Run, RunState
from channel_manager.stores.models import Store
from channel_manager.sync import failures, sql
from channel_manager.sync.kinds import Json, LeaseLost
from channel_manager.sync.wakeups import WakeUp

TASK = "reconcile"
LEASE = timedelta(seconds=90)
EVERY = timedelta(hours=23, minutes=30)
DAYS = 30
LONGEST_DAYS = 179
SOONEST = timedelta(seconds=15)
SLOWEST = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(hours=24)
SETTLING = timedelta(minutes=10)
"""Orders placed so recently may still be on their way through the ordinary streams."""

CLAIM = """
    UPDATE reconciliation_run run
    SET lease = lease + 1, lease_until = clock_timestamp() + %(lease)s, begun_at = coalesce(begun_at, now())
    FROM stores_store store
    WHERE run.id = %(run)s AND run.state = 'open' AND store.id = run.store_id AND store.is_active
      AND (lease_until IS NULL OR lease_until < now())
    RETURNING run.id, run.store_id, run.since, run.until, run.numbers, run.cursor, run.lease
"""
HOLD = """
    UPDATE reconciliation_run SET lease_until = clock_timestamp() + %s, calls = calls + %s
    WHERE id = %s AND lease = %s AND state = 'open' RETURNING now() AS now
"""
MOVE = "UPDATE reconciliation_run SET cursor = %s::jsonb, failed_since = NULL, error = NULL WHERE id = %s"
RELEASE = "UPDATE reconciliation_run SET lease_until = NULL, due_at = now() WHERE id = %s AND lease = %s"
FAILED = """
    UPDATE reconciliation_run
    SET lease_until = NULL, error = %(error)s::jsonb, failed_since = coalesce(failed_since, now()),
        due_at = now() + least(%(slowest)s, greatest(%(soonest)s, now() - coalesce(failed_since, now()))),
        state = CASE WHEN failed_since < now() - %(patience)s THEN 'failed' ELSE state END,
        finished_at = CASE WHEN failed_since < now() - %(patience)s THEN now() END
    WHERE id = %(run)s AND lease = %(lease)s AND state = 'open'
"""
DUE = """
    SELECT run.id FROM reconciliation_run run JOIN stores_store store ON store.id = run.store_id
    WHERE run.state = 'open' AND store.is_active AND run.due_at <= now()
      AND (run.lease_until IS NULL OR run.lease_until < now())
    ORDER BY run.id
"""
STORES_DUE = """
    SELECT store.id FROM stores_store store
    WHERE store.is_active AND store.confirmed_at < now() - %(every)s AND NOT EXISTS (
        SELECT 1 FROM reconciliation_run run
        WHERE run.store_id = store.id AND (run.state = 'open' OR run.numbers IS NULL AND run.until > now() - %(every)s))
    ORDER BY store.id
"""


class AlreadyRunning(Exception):
    """The store is being compared; `run` is the one under way."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"run {run.pk}")
        self.run = run


@dataclass(slots=True)
class Current:
    """A run that this worker holds; `lease` is its fencing token."""

    id: int
    store_id: int
    since: datetime
    until: datetime
    numbers: list[str] | None
    cursor: Json
    lease: int

    @property
    def settled_until(self) -> datetime:
        return self.until - SETTLING


def request(store: Store, *, days: int = DAYS, by: User | None = None, numbers: list[str] | None = None) -> Run:
    """Begin a run over the last `days`, or over single orders. Raises AlreadyRunning."""
    now: datetime = sql.rows("SELECT now() AS now")[0]["now"]
    since = now - timedelta(days=min(max(days, 1), LONGEST_DAYS))
    known = PurchaseOrder.objects.filter(store=store, ordered_at__gte=since)
    try:
        with transaction.atomic():
            run = Run.objects.create(
                store=store,
                since=since,
                until=now,
                due_at=now,
                numbers=numbers,
                actor=Actor.PERSON if by else Actor.RULE,
                requested_by=by,
                expected=len(numbers) if numbers else known.count(),
            )
    except IntegrityError:
        under_way = Run.objects.filter(store=store, state=RunState.OPEN).first()
        if under_way is None:
            raise
        raise AlreadyRunning(under_way) from None
    run.refresh_from_db()
    wake(run.pk).after_commit()
    return run


def request_daily() -> None:
    """A run for each store whose last full one was begun a day ago. In a transaction."""
    for row in sql.rows(STORES_DUE, {"every": EVERY}):
        with suppress(AlreadyRunning):
            request(Store.objects.get(pk=row["id"]))


def wake(run_id: int) -> WakeUp:
    return WakeUp(TASK, str(run_id), sql.json({"run_id": run_id}))


def wake_due() -> None:
    """A task for every run that may go on. In a transaction."""
    for row in sql.rows(DUE):
        wake(row["id"]).after_commit()


def claim(run_id: int) -> Current | None:
    """None while another worker holds it, it is finished, or its store is switched off."""
    found = sql.rows(CLAIM, {"run": run_id, "lease": LEASE})
    if not found:
        return None
    row = found[0]
    numbers, cursor = sql.decoded(row["numbers"]), sql.decoded(row["cursor"])
    return Current(row["id"], row["store_id"], row["since"], row["until"], numbers, cursor, row["lease"])


def hold(current: Current, calls: int) -> datetime:
    """Renew the lease and count calls; first in every transaction of the run. The database's time. Raises LeaseLost."""
    found = sql.rows(HOLD, [LEASE, calls, current.id, current.lease])
    if not found:
        raise LeaseLost
    now: datetime = found[0]["now"]
    return now


def move(current: Current, cursor: Json) -> None:
    current.cursor = cursor
    sql.execute(MOVE, [sql.json(cursor), current.id])


def finished(current: Current) -> None:
    hold(current, 0)
    now = sql.rows("SELECT now() AS now")[0]["now"]
    Run.objects.filter(pk=current.id).update(
        state=RunState.DONE, finished_at=now, lease_until=None, **findings.count(current.id)
    )


def release(current: Current) -> None:
    """The rest is due at once."""
    sql.execute(RELEASE, [current.id, current.lease])
    wake(current.id).after_commit()


def failed(current: Current, error: Exception) -> None:
    """What was compared stays; it goes on by itself, ever more slowly, for a day."""
    sql.execute(
        FAILED,
        {
            "run": current.id,
            "lease": current.lease,
            "error": sql.json(failures.as_json(error)),
            "soonest": SOONEST,
            "slowest": SLOWEST,
            "patience": GIVEN_UP_AFTER,
        },
    )
