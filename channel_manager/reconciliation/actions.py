"""What a person decides about a check: to have it made, to apply what is proposed, to let a difference be."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import actions as orders
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder, Shipment
from channel_manager.orders.operations.shipment_reports import as_track
from channel_manager.reconciliation import runs
from channel_manager.reconciliation.models import Finding, FindingState, Run
from channel_manager.reconciliation.rules.judging import Action
from channel_manager.reconciliation.runs import AlreadyRunning
from channel_manager.returns import actions as returns
from channel_manager.returns.actions import Units
from channel_manager.returns.models import Return
from channel_manager.returns.queries import memo_draft
from channel_manager.returns.refunding import Terms
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync.models import SyncOperation

RUNNING = say("A check of this store is running. It looks at this too.")
NOT_OPEN = say("This was decided already.")
OUTDATED = say("This is not as it was any more. Have the order checked again.")


@transaction.atomic
def check(store: Store, *, days: int, by: User | None) -> Run:
    """Compare the orders of the last `days` now. Raises NotPossible while a check is running."""
    try:
        run = runs.request(store, days=days, by=by)
    except AlreadyRunning as running:
        raise NotPossible(RUNNING) from running
    words = say("A check of the last %(days)s days was asked for.", days=run.days)
    actor = Actor.PERSON if by else Actor.RULE
    record(f"store:{store.pk}", "reconciliation", words, store_id=store.pk, actor=actor, user=by)
    return run


@transaction.atomic
def apply(finding: Finding, *, by: User, at: datetime) -> None:
    """Have done what the finding proposes, by the order's own actions. Raises NotPossible."""
    finding = _standing(finding, (FindingState.PROPOSED,))
    APPLY[Action(finding.action)](finding, by, at)
    _decide(finding, FindingState.APPLIED, by, at)
    _note(finding, say("What the check proposed is being done."), by, at)


@transaction.atomic
def dismiss(finding: Finding, *, reason: str, by: User, at: datetime) -> None:
    """Let the difference be, as long as it stays what it is. Raises NotPossible."""
    finding = _standing(finding, (FindingState.PROPOSED, FindingState.APPLIED))
    if not reason.strip():
        raise NotPossible(say("Say why it may stay."), field="reason")
    finding.reason = reason.strip()[:300]
    _decide(finding, FindingState.DISMISSED, by, at)
    _note(finding, say("A difference may stay: %(reason)s", reason=finding.reason), by, at)


def _standing(finding: Finding, states: tuple[FindingState, ...]) -> Finding:
    found = Finding.objects.select_for_update(of=("self",)).select_related("order__store", "store").get(pk=finding.pk)
    if found.state not in states:
        raise NotPossible(NOT_OPEN)
    return found


def _decide(finding: Finding, state: FindingState, by: User, at: datetime) -> None:
    finding.state, finding.decided_by, finding.decided_at = state, by, at
    finding.save(update_fields=["state", "decided_by", "decided_at", "reason"])


def _note(finding: Finding, words: Sentence, by: User, at: datetime) -> None:
    subject = finding.order.subject if finding.order else f"store:{finding.store_id}"
    record(subject, "reconciliation", words, store_id=finding.store_id, actor=Actor.PERSON, user=by, at=at)


# ---- what is done, by action -------------------------------------------------------------------------------------


def _retry(finding: Finding, by: User, at: datetime) -> None:
    if not SyncOperation.objects.filter(pk=finding.target, store=finding.store_id).exists():
        raise NotPossible(OUTDATED)
    orders.retry(finding.target, by=by, at=at)


def _create(finding: Finding, by: User, at: datetime) -> None:
    orders.create_in_commerce(_order(finding), by=by, at=at)


def _report(finding: Finding, by: User, at: datetime) -> None:
    """The shipment's own tracking number entered once more sends it again."""
    shipment = Shipment.objects.filter(pk=finding.target, order=_order(finding)).first()
    track = shipment.tracks.first() if shipment else None
    if shipment is None or track is None:
        raise NotPossible(OUTDATED)
    orders.add_tracking(shipment, track=as_track(track), by=by, at=at)


def _credit_memo(finding: Finding, by: User, at: datetime) -> None:
    """For all that is left of the return, as its form would preset it."""
    order = _order(finding)
    returned = Return.objects.filter(pk=finding.target, store=finding.store_id).first()
    if returned is None:
        raise NotPossible(OUTDATED)
    draft = memo_draft(returned, order)
    rules = finding.store.rules
    lines = {row.line.number: Units(row.facts.room, rules.restock_returns) for row in draft.rows if row.facts.room}
    marker = uuid.uuid5(uuid.NAMESPACE_URL, f"finding:{finding.pk}:{at.isoformat()}")
    terms = Terms(shipping=draft.shipping, fit=rules.fit_refunds)
    returns.create_credit_memo(returned, order, lines=lines, terms=terms, marker=marker, by=by, at=at)


def _check(finding: Finding, by: User, _at: datetime) -> None:
    try:
        runs.request(finding.store, days=runs.LONGEST_DAYS, by=by, numbers=[finding.number])
    except AlreadyRunning as running:
        raise NotPossible(RUNNING) from running


def _order(finding: Finding) -> PurchaseOrder:
    if finding.order is None:
        raise NotPossible(OUTDATED)
    return finding.order


APPLY: dict[Action, Callable[[Finding, User, datetime], None]] = {
    Action.RETRY: _retry,
    Action.CREATE: _create,
    Action.REPORT: _report,
    Action.CREDIT_MEMO: _credit_memo,
    Action.CHECK: _check,
}
