"""What a person decides about a return or a refund. Each action takes the same steps: lock, check, record, refresh,
request.
"""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import actions as orders_actions
from channel_manager.orders import lifecycle as orders_lifecycle
from channel_manager.orders import state as orders
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.messages import Reason, RefundReason
from channel_manager.returns import ledger, lifecycle, state
from channel_manager.returns.intake import memos
from channel_manager.returns.lifecycle import NotRefundable
from channel_manager.returns.models import Effect, Refund, RefundLine, Return, ReturnLine
from channel_manager.returns.operations import credit_memos, marketplace_refunds, order_refunds
from channel_manager.returns.operations.return_refunds import RefundReturn
from channel_manager.returns.refunding import Part, Terms, add_parts, by_effect, expected, record_refund, withdraw
from channel_manager.shared.money import ZERO, total
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync.models import SyncOperation


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a return's line that a credit memo takes, and whether they go back to stock."""

    quantity: int
    restock: bool


@transaction.atomic
def create_credit_memo(
    returned: Return,
    order: PurchaseOrder,
    *,
    lines: Mapping[str, Units],
    terms: Terms,
    marker: uuid.UUID,
    by: User,
    at: datetime,
) -> list[Refund]:
    """Refund units of a return, by the number of its line: first in Commerce, then at the marketplace.

    `order` is the one of the return's orders that the memo is for. The same marker again answers the refunds that were
    made. Raises NotRefundable.
    """
    order = orders.locked(order.pk)
    returned = state.locked(returned.pk)
    if made := list(Refund.objects.filter(order=order, parent=returned, marker=marker)):
        return made
    parts = _parts(returned, order, lines)
    _check_terms(order, parts, terms)
    groups = by_effect(parts)
    refunds = [
        record_refund(
            order,
            group,
            terms if not place else Terms(fit=terms.fit, repair=terms.repair, comment=terms.comment),
            origin=Actor.PERSON,
            effect=effect,
            at=at,
            parent=returned,
            by=by,
            marker=marker if not place else uuid.uuid5(marker, effect),
        )
        for place, ((_, effect), group) in enumerate(groups.items())
    ]
    units = sum(part.units for part in parts)
    words = say("Credit memo for return %(number)s asked for; units: %(units)s.", number=returned.number, units=units)
    _note(order, "refund", words, by, at)
    for refund in refunds:
        credit_memos.request(refund, order)
    _refresh(order)
    return refunds


@transaction.atomic
def decide(refund: Refund, *, effect: Effect, by: User, at: datetime, reason: str = "") -> None:
    """Say what a credit memo made in Commerce means: CANCELLATION, ORDER, RETURN or NONE.

    `reason` is a RefundReason for ORDER, a cancellation's Reason for CANCELLATION. Raises NotRefundable.
    """
    order = orders.locked(refund.order_id)
    refund = Refund.objects.get(pk=refund.pk)
    refund.order = order
    _check_writable(order)
    if refund.effect != Effect.ASK:
        raise NotRefundable(say("This was decided already."))
    words = say("Credit memo %(number)s: %(effect)s.", number=refund.commerce_number, effect=EFFECT_WORDS[effect])
    _note(order, "decide", words, by, at)
    if effect == Effect.RETURN:
        _settle_returns(order, refund, by)
    else:
        _check_decision(order, refund, effect)
        refund.effect = effect
        refund.reason = RefundReason(reason) if effect == Effect.ORDER and reason else ""
        refund.requested_by = by
        refund.save(update_fields=["effect", "reason", "requested_by"])
        memos.act(order, refund, reason=Reason(reason) if effect == Effect.CANCELLATION and reason else None)
    state.ask(order)
    state.refresh_of(order.pk)


@transaction.atomic
def retry(operation_id: int, *, by: User, at: datetime) -> None:
    """Send a failed operation again, or one that waits for later now. Raises NotPossible."""
    orders_actions.retry(operation_id, by=by, at=at)
    state.refresh_of(_order_of(operation_id))


@transaction.atomic
def agree_to_repair(refund: Refund, *, by: User, at: datetime) -> None:
    """Have a Commerce order reopened that was cancelled after a part had shipped (magento-observed §8), and go on.

    Raises NotRefundable.
    """
    order = orders.locked(refund.order_id)
    _check_writable(order)
    if Refund.objects.filter(pk=refund.pk, commerce_memo_id__isnull=False).exists():
        raise NotRefundable(say("Commerce has this credit memo."))
    Refund.objects.filter(pk=refund.pk).update(repair=True)
    _note(order, "repair", say("The canceled Commerce order may be reopened for its shipped part."), by, at)
    waiting = SyncOperation.objects.filter(
        subject=order.subject, kind=credit_memos.CreateCreditMemo.name, payload__refund=refund.pk
    )
    for operation in waiting.filter(state__in=["failed", "waiting"]):
        retry(operation.pk, by=by, at=at)


@transaction.atomic
def settle(operation_id: int, *, reason: str, by: User, at: datetime) -> None:
    """Close an operation by hand, with a reason that stays on record; what did not happen can be done again.

    Raises NotPossible.
    """
    operation = SyncOperation.objects.get(pk=operation_id)
    orders_actions.settle(operation_id, reason=reason, by=by, at=at)
    if refund := _refund_of(operation):
        if operation.kind == credit_memos.CreateCreditMemo.name and refund.commerce_memo_id is None:
            withdraw(refund)
        elif operation.kind in (RefundReturn.name, order_refunds.RefundOrder.name):
            Refund.objects.filter(pk=refund.pk).update(reported_at=at)
            order_refunds.paid_through_order(refund)
    state.refresh_of(_order_of(operation_id))


EFFECT_WORDS = {
    Effect.CANCELLATION: say("cancels units that have not shipped"),
    Effect.ORDER: say("refunds shipped units"),
    Effect.RETURN: say("refunds the return"),
    Effect.NONE: say("nothing is sent to Walmart"),
}


def _check_writable(order: PurchaseOrder) -> None:
    if sentence := orders_lifecycle.why_not_writable(order, order.store):
        raise NotRefundable(sentence)


def _parts(returned: Return, order: PurchaseOrder, lines: Mapping[str, Units]) -> list[Part]:
    own = {line.number: line for line in returned.lines.filter(order=order).select_related("line__item")}
    if not any(units.quantity for units in lines.values()):
        raise NotRefundable(say("Choose at least one unit."), field="quantities")
    parts = []
    for number, wanted in lines.items():
        if number not in own:
            raise NotRefundable(say("Line %(line)s is not part of this return.", line=number), field=number)
        _check_units(returned, order, own[number], wanted.quantity)
        line = own[number].line
        if wanted.quantity and line:
            parts.append(Part(line=line, units=wanted.quantity, return_line=own[number], restock=wanted.restock))
    return parts


def _check_units(returned: Return, order: PurchaseOrder, line: ReturnLine, quantity: int) -> None:
    facts = state.facts(line)
    if quantity < 0:
        raise NotRefundable(say("A quantity cannot be negative."), field=line.number)
    if quantity == 0:
        return
    if sentence := why_not(returned, order, line):
        raise NotRefundable(sentence, field=line.number)
    if quantity > facts.room:
        raise NotRefundable(
            say("Only %(room)s of line %(line)s can be refunded.", room=facts.room, line=line.number), field=line.number
        )
    item = line.line.item if line.line else None
    if item and (sentence := lifecycle.why_not_shipped(item.shipped, item.refunded - ledger.taken_off(item), quantity)):
        raise NotRefundable(sentence, field=line.number)


def why_not(returned: Return, order: PurchaseOrder | None, line: ReturnLine) -> Sentence | None:
    """Why no credit memo can be made for a line of a return; None when it can."""
    in_commerce = bool(order and order.commerce_order_id and line.line and line.line.item_id)
    return lifecycle.why_not_refundable(
        known=order is not None and line.line_id is not None,
        read_only=returned.read_only,
        may_write=returned.store.may_write,
        in_commerce=in_commerce,
        kind=returned.kind,
        room=state.facts(line).room,
    )


def _check_terms(order: PurchaseOrder, parts: list[Part], terms: Terms) -> None:
    for name, amount in (("shipping", terms.shipping), ("plus", terms.plus), ("minus", terms.minus)):
        if amount < 0:
            raise NotRefundable(say("An amount cannot be negative."), field=name)
    if terms.shipping > (left := ledger.shipping_left(order)):
        raise NotRefundable(say("Only %(left)s of shipping has not been refunded.", left=left), field="shipping")
    if terms.minus >= _most(parts, terms):
        raise NotRefundable(say("The deduction leaves nothing to refund."), field="minus")


def _most(parts: list[Part], terms: Terms) -> Decimal:
    """A bound of what the memo says before its deduction."""
    rows = ZERO
    for part in parts:
        line = part.line
        rows += (line.product + line.product_tax + line.fee + line.fee_tax - line.discount) * part.units / line.quantity
    return rows + terms.shipping + terms.plus


def _check_decision(order: PurchaseOrder, refund: Refund, effect: Effect) -> None:
    rows = list(refund.lines.select_related("line"))
    if effect == Effect.CANCELLATION:
        ledgers = orders.ledgers(order)
        wanted = {row.line.number: row.quantity for row in rows}
        try:
            orders_lifecycle.check_quantities(wanted, ledgers, NotRefundable)
        except NotRefundable as problem:
            raise NotRefundable(problem.sentence, field="effect") from problem
    elif effect == Effect.ORDER and not _has_left(order, rows):
        raise NotRefundable(say("Walmart refunds only what has shipped."), field="effect")


def _has_left(order: PurchaseOrder, rows: list[RefundLine]) -> bool:
    ledgers = orders.ledgers(order)
    named = all(row.quantity <= ledgers[row.line.number].shipped for row in rows)
    return named and any(entry.shipped for entry in ledgers.values())


def _settle_returns(order: PurchaseOrder, refund: Refund, by: User) -> None:
    """The memo's units go onto the open returns, oldest first, as far as they fit; each return is refunded. What fits
    none is a refund of its own, to be decided next.
    """
    parts, rest = _on_returns(order, refund)
    if not parts:
        raise NotRefundable(say("No open return of this order has these units."), field="effect")
    refund.lines.all().delete()
    refund.requested_by = by
    groups = by_effect(parts)
    for place, ((_, effect), group) in enumerate(groups.items()):
        target = _copy(refund) if place else refund
        target.effect, target.parent = effect, group[0].return_line.parent if group[0].return_line else None
        target.expected = expected(group)
        target.save()
        add_parts(target, group)
        marketplace_refunds.request(target, order)
    if rest:
        _leave_undecided(refund, rest, total(expected(group) or ZERO for group in groups.values()))


def _on_returns(order: PurchaseOrder, refund: Refund) -> tuple[list[Part], list[Part]]:
    """Units that open returns take, and those that none takes. A memo does not tell lines of one item apart."""
    rows = list(refund.lines.select_related("line"))
    left: Counter[int | None] = Counter()
    for row in rows:
        left[row.line.item_id] += row.quantity
    parts, rest = [], []
    for open_line in state.open_lines(order.pk):
        line = open_line.line
        if line and (units := min(left[line.item_id], state.facts(open_line).room)):
            left[line.item_id] -= units
            parts.append(Part(line=line, units=units, return_line=open_line))
    for row in rows:
        if units := min(left[row.line.item_id], row.quantity):
            left[row.line.item_id] -= units
            rest.append(Part(line=row.line, units=units))
    return parts, rest


def _leave_undecided(refund: Refund, rest: list[Part], settled: Decimal) -> None:
    """What the memo says beyond what its returns are worth."""
    other = _copy(refund)
    other.requested_by, other.effect, other.parent, other.expected = None, Effect.ASK, None, None
    other.total = max((refund.total or ZERO) - settled, ZERO)
    other.save()
    add_parts(other, rest)


def _copy(refund: Refund) -> Refund:
    """The same memo once more; its own amounts stay with the first."""
    other = Refund.objects.get(pk=refund.pk)
    other.pk, other.marker = None, uuid.uuid4()
    other.requested_by = refund.requested_by
    other.shipping = other.plus = other.minus = ZERO
    return other


def _refund_of(operation: SyncOperation) -> Refund | None:
    return Refund.objects.select_related("order").filter(pk=operation.payload.get("refund", 0)).first()


def _order_of(operation_id: int) -> int:
    return int(SyncOperation.objects.values_list("subject", flat=True).get(pk=operation_id).removeprefix("order:"))


def _refresh(order: PurchaseOrder) -> None:
    orders.refresh(order)
    state.refresh_of(order.pk)


def _note(order: PurchaseOrder, kind: str, sentence: Sentence, by: User, at: datetime) -> None:
    record(order.subject, kind, sentence, store_id=order.store_id, actor=Actor.PERSON, user=by, at=at)
