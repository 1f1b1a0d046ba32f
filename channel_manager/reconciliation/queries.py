"""What the pages on checks show: one function per screen, each with a fixed number of bounded queries."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from channel_manager.reconciliation.models import ComparedOrder, Finding, FindingState, Outcome, Run, RunState

HISTORY = 20
MOST = 200
AT_ONCE = 2000
FIRST = (FindingState.PROPOSED, FindingState.APPLIED, FindingState.HEALED, FindingState.DISMISSED, FindingState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """`run` is the one that is shown, `open_run` the one under way; `findings` is cut at MOST, `waiting` counts those
    that a person is asked about, of whatever run.
    """

    run: Run | None
    open_run: Run | None
    findings: list[Finding]
    waiting: int
    history: list[Run]
    agreeing: int

    @property
    def cut(self) -> bool:
        return len(self.findings) >= MOST


def screen(store_id: int, run_id: int | None = None) -> Screen:
    """The latest full run unless one is named. Raises Run.DoesNotExist for one of another store. Five queries."""
    runs = Run.objects.filter(store=store_id).select_related("requested_by")
    history = list(runs.order_by("-pk")[:HISTORY])
    if run_id is not None:
        shown: Run | None = next((run for run in history if run.pk == run_id), None) or runs.get(pk=run_id)
    else:
        shown = next((run for run in history if run.numbers is None), None)
    return Screen(
        run=shown,
        open_run=next((run for run in history if run.state == RunState.OPEN), None),
        findings=list(_ordered(findings_of(shown))[:MOST]) if shown else [],
        waiting=Finding.objects.filter(store=store_id, state=FindingState.PROPOSED)[:MOST].count(),
        history=history,
        agreeing=ComparedOrder.objects.filter(run=shown, outcome=Outcome.AGREES).count() if shown else 0,
    )


def findings_of(run: Run) -> QuerySet[Finding]:
    """What a run found, or found again."""
    return Finding.objects.filter(Q(run__lte=run.pk, seen_in__gte=run.pk), store=run.store_id)


def latest(store_ids: Collection[int]) -> dict[int, Run]:
    """The latest full run of each store, finished or not. One query."""
    found = Run.objects.filter(store__in=store_ids, numbers__isnull=True)
    return {run.store_id: run for run in found.order_by("store", "-pk").distinct("store")}


def waiting_of_order(order_id: int) -> list[Finding]:
    """What a check proposes for one order. One query."""
    return list(Finding.objects.filter(order=order_id, state=FindingState.PROPOSED).order_by("pk"))


def finding_rows(run: Run) -> Iterator[Finding]:
    """For an export: as many as there are, a few at a time."""
    return _ordered(findings_of(run)).iterator(chunk_size=AT_ONCE)


def compared_rows(run: Run) -> Iterator[ComparedOrder]:
    """For an export, by number, a few at a time."""
    return ComparedOrder.objects.filter(run=run).order_by("number").iterator(chunk_size=AT_ONCE)


def _ordered(found: QuerySet[Finding]) -> QuerySet[Finding]:
    """What needs somebody first."""
    place = Case(
        *(When(state=state, then=Value(number)) for number, state in enumerate(FIRST)), output_field=IntegerField()
    )
    return (
        found.select_related("decided_by", "order")
        .defer("order__raw_first", "order__raw_latest")
        .order_by(place, "number", "pk")
    )
