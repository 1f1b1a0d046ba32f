"""`channel-manager reconcile`."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from asgiref.sync import async_to_sync

from channel_manager import gateways
from channel_manager.cli.endings import Code, Stop
from channel_manager.cli.people import named_store
from channel_manager.cli.terminal import complain, say, show
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.reconciliation import actions, exports, working
from channel_manager.reconciliation.models import Finding, FindingState, Run, RunState
from channel_manager.reconciliation.queries import findings_of
from channel_manager.shared.sentences import Sentence

LOOK = 0.5
SLICE = timedelta(seconds=5)
SHOWN = 50


def reconcile(name: str, *, days: int, as_json: bool, findings: Path | None, orders: Path | None) -> Code:
    """Compare and wait for the end. PROBLEM when something needs a person. Raises Stop when it cannot be done."""
    store = named_store(name)
    if not store.is_active:
        raise Stop(f"“{store.name}” is switched off.")
    try:
        run = actions.check(store, days=days, by=None)
    except NotPossible as refusal:
        raise Stop(str(refusal.sentence)) from refusal
    run = async_to_sync(_to_the_end)(run.pk, quiet=as_json)
    for path, lines in ((findings, exports.findings), (orders, exports.orders)):
        if path is not None:
            with path.open("w", newline="", encoding="utf-8") as file:
                file.writelines(lines(run))
    say(json.dumps(_summary(run), indent=2) if as_json else _sentence(run))
    if not as_json:
        _show(run)
    return Code.PROBLEM if run.proposed else Code.DONE


async def _to_the_end(run_id: int, *, quiet: bool) -> Run:
    """In this process, unless a worker is at it already: the lease lets one of both."""
    told = -1
    try:
        while True:
            await working.work(run_id, gateways.gateways_for, longest=SLICE)
            run = await Run.objects.aget(pk=run_id)
            if run.state != RunState.OPEN:
                return run
            if run.error:
                raise Stop(f"{_said(run.error)} What was compared is kept; a worker goes on with it.")
            if run.compared != told and not quiet:
                told = run.compared
                complain(f"{run.compared} of about {run.expected} orders compared …")
            await asyncio.sleep(LOOK)
    finally:
        await gateways.close()


def _sentence(run: Run) -> str:
    days = "1 day" if run.days == 1 else f"{run.days} days"
    needs = "1 needs you" if run.proposed == 1 else f"{run.proposed} need you"
    return (
        f"{days}, {run.compared:,} orders: {run.missing} missing, {run.doubled} doubled, {run.healed} healed, {needs}"
    )


def _summary(run: Run) -> dict[str, object]:
    counts = ("days", "compared", "missing", "doubled", "healed", "under_way", "proposed", "calls")
    return {
        "run": run.pk,
        "state": run.state,
        **{name: getattr(run, name) for name in counts},
        "seconds": run.took.total_seconds() if run.took else None,
        "findings": [_finding(finding) for finding in findings_of(run).order_by("number", "pk")],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "number": finding.number,
        "state": finding.state,
        "kind": finding.kind,
        "side": finding.side,
        "line": finding.line,
        "expected": finding.expected,
        "found": finding.found,
        "sentence": str(Sentence.from_json(finding.sentence)),
        "action": finding.action,
    }


def _show(run: Run) -> None:
    shown = findings_of(run).filter(state__in=[FindingState.PROPOSED, FindingState.HEALED]).order_by("-state", "number")
    rows = [
        (finding.number, finding.get_state_display(), Sentence.from_json(finding.sentence)) for finding in shown[:SHOWN]
    ]
    if rows:
        show(rows, "Walmart Order #", "State", "What")


def _said(error: dict[str, object]) -> str:
    sentence = error["sentence"]
    assert isinstance(sentence, dict)
    return str(Sentence.from_json(sentence))
