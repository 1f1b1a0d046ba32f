"""Writing down what was compared and found. What stands from an earlier run is followed, never written twice."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.reconciliation.models import STANDING, ComparedOrder, Finding, FindingState, Outcome
from channel_manager.reconciliation.rules.facts import MISSING, Difference, Kind
from channel_manager.reconciliation.rules.judging import Proposal
from channel_manager.reconciliation.verdicts import Verdict
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import sql

LONGEST = 300
Standing = dict[tuple[str, str, str], Finding]

COMPARED = """
    INSERT INTO reconciliation_comparedorder AS known
        (run_id, number, order_id, commerce_number, outcome, differences, walmart_total, own_total, commerce_total,
         units)
    SELECT run_id, number, order_id, commerce_number, outcome, differences, walmart_total, own_total, commerce_total,
         units
    FROM jsonb_to_recordset(%s::jsonb) AS new (
        run_id bigint, number text, order_id bigint, commerce_number text, outcome text, differences jsonb,
        walmart_total numeric, own_total numeric, commerce_total numeric, units jsonb)
    ON CONFLICT (run_id, number) DO UPDATE SET
        order_id = excluded.order_id, commerce_number = excluded.commerce_number,
        outcome = CASE WHEN known.outcome = 'healed' AND excluded.outcome IN ('agrees', 'under_way')
            THEN known.outcome ELSE excluded.outcome END,
        differences = CASE WHEN known.outcome = 'healed' AND excluded.outcome IN ('agrees', 'under_way')
            THEN known.differences ELSE excluded.differences END,
        walmart_total = excluded.walmart_total, own_total = excluded.own_total,
        commerce_total = excluded.commerce_total, units = excluded.units, compared_at = now()
"""


def write(store: Store, run_id: int, verdicts: Sequence[Verdict]) -> None:
    """In the caller's transaction. A page that is read again after a crash writes the same."""
    numbers = [verdict.shown.number for verdict in verdicts]
    standing: dict[str, Standing] = defaultdict(dict)
    for finding in Finding.objects.filter(store=store, number__in=numbers, state__in=STANDING):
        standing[finding.number][finding.kind, finding.side, finding.line] = finding
    for verdict in verdicts:
        _one(store, run_id, verdict, standing[verdict.shown.number])
    sql.execute(COMPARED, [sql.json([_compared(run_id, verdict) for verdict in verdicts])])


def count(run_id: int) -> dict[str, int]:
    """What a run has to say so far: orders, not differences."""
    orders = ComparedOrder.objects.filter(run=run_id).aggregate(
        compared=Count("pk"),
        healed=Count("pk", filter=Q(outcome=Outcome.HEALED)),
        under_way=Count("pk", filter=Q(outcome=Outcome.UNDER_WAY)),
        proposed=Count("pk", filter=Q(outcome=Outcome.NEEDS_YOU)),
    )
    waiting = Finding.objects.filter(seen_in=run_id, state__in=[FindingState.PROPOSED, FindingState.APPLIED])
    wrong = waiting.aggregate(
        missing=Count("number", filter=Q(kind__in=MISSING), distinct=True),
        doubled=Count("number", filter=Q(kind=Kind.DOUBLED_IN_COMMERCE), distinct=True),
    )
    return {**orders, **wrong}


def _one(store: Store, run_id: int, verdict: Verdict, standing: Standing) -> None:
    if verdict.healed and verdict.record:
        words = say("A check of both sides found what was missed here; it is taken over.")
        record(f"order:{verdict.record.id}", "reconciliation", words, store_id=store.pk, actor=Actor.RULE)
    for difference in verdict.healed:
        _healed(store, run_id, verdict, difference, standing.pop(_key(difference), None))
    for difference, proposal in list(verdict.proposed):
        if not _proposed(store, run_id, verdict, (difference, proposal), standing.pop(_key(difference), None)):
            verdict.proposed.remove((difference, proposal))
    left = {_key(difference) for difference in verdict.differences}
    for key, finding in standing.items():
        if key not in left:
            _close(finding, run_id, FindingState.CLOSED)


def _key(difference: Difference) -> tuple[str, str, str]:
    return (str(difference.kind), str(difference.side), difference.line[:100])


def _close(finding: Finding, run_id: int, state: FindingState) -> None:
    finding.state = state
    finding.seen_in_id = run_id
    finding.closed_at = timezone.now()
    finding.save()


def _healed(store: Store, run_id: int, verdict: Verdict, difference: Difference, known: Finding | None) -> None:
    if known is not None:
        _close(known, run_id, FindingState.HEALED)
        return
    facts = _facts(verdict, difference)
    Finding.objects.create(
        store=store, run_id=run_id, seen_in_id=run_id, state=FindingState.HEALED, closed_at=timezone.now(), **facts
    )


def _proposed(
    store: Store, run_id: int, verdict: Verdict, found: tuple[Difference, Proposal], known: Finding | None
) -> bool:
    """False when a person has said of just this difference that it may stay."""
    difference, proposal = found
    facts = _facts(verdict, difference) | {
        "seen_in_id": run_id,
        "action": proposal.action,
        "target": proposal.target or 0,
        "preview": [sentence.as_json() for sentence in proposal.preview],
    }
    if known is None:
        Finding.objects.create(store=store, run_id=run_id, state=FindingState.PROPOSED, **facts)
        return True
    same = (known.expected, known.found) == (facts["expected"], facts["found"])
    if known.state == FindingState.DISMISSED and same:
        Finding.objects.filter(pk=known.pk).update(seen_in=run_id)
        return False
    Finding.objects.filter(pk=known.pk).update(state=FindingState.PROPOSED, **facts)
    return True


def _facts(verdict: Verdict, difference: Difference) -> dict[str, Any]:
    kind, side, line = _key(difference)
    return {
        "order_id": verdict.record.id if verdict.record else None,
        "number": verdict.shown.number,
        "kind": kind,
        "side": side,
        "line": line,
        "expected": difference.expected[:LONGEST],
        "found": difference.found[:LONGEST],
        "severity": difference.severity,
        "sentence": difference.sentence.as_json(),
    }


def _compared(run_id: int, verdict: Verdict) -> dict[str, Any]:
    walmart, own, commerce = verdict.totals()
    linked = verdict.linked_order
    told = [*verdict.healed, *verdict.differences]
    return {
        "run_id": run_id,
        "number": verdict.shown.number,
        "order_id": verdict.record.id if verdict.record else None,
        "commerce_number": linked.number if linked else verdict.record.commerce_number if verdict.record else "",
        "outcome": verdict.outcome,
        "differences": [difference.sentence.as_json() for difference in told],
        "walmart_total": walmart,
        "own_total": own,
        "commerce_total": commerce,
        "units": verdict.units(),
    }
