"""Credit memos that Commerce reports: made by the merchant there, or ours coming back (commerce-api §7.4).

What a memo means at the marketplace is decided once, when it is first seen, and never guessed.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from django.db.models import F, Sum

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import lifecycle as orders_lifecycle
from channel_manager.orders import state as orders
from channel_manager.orders.cancelling import record_cancellation
from channel_manager.orders.models import CommerceItem, OrderLine, PurchaseOrder
from channel_manager.orders.rules import reasons
from channel_manager.ports.documents import CommerceMemo
from channel_manager.ports.messages import Reason, RefundReason
from channel_manager.returns import closing, lifecycle, state
from channel_manager.returns.models import Effect, Refund, RefundLine, ReturnLine
from channel_manager.returns.operations import credit_memos, marketplace_refunds, order_refunds
from channel_manager.returns.refunding import Part, Terms, by_effect, expected, record_refund
from channel_manager.returns.rules import matching
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync.models import State, SyncOperation

MARKER = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def receive(store: Store, found: Sequence[CommerceMemo]) -> None:
    """Take in one page, in the caller's transaction. Memos of orders that are not the channel's are passed over."""
    ours = PurchaseOrder.objects.filter(store=store, commerce_order_id__in={memo.order_id for memo in found})
    ids = dict(ours.values_list("commerce_order_id", "pk"))
    known = set(Refund.objects.filter(order__in=ids.values()).values_list("commerce_memo_id", flat=True))
    new = [memo for memo in found if memo.order_id in ids and memo.memo_id not in known and not memo.cancelled]
    orders.lock_all(ids[memo.order_id] for memo in new)
    for memo in sorted(new, key=lambda memo: memo.memo_id):
        _receive_one(orders.locked(ids[memo.order_id]), memo)


def missed(store_id: int) -> list[int]:
    """Commerce order ids whose own credit memo waits for others that the feed has passed, as before an adoption."""
    waiting = SyncOperation.objects.filter(
        store=store_id, kind=credit_memos.CreateCreditMemo.name, state=State.WAITING, error__class="Postponed"
    )
    found = PurchaseOrder.objects.filter(pk__in=list(waiting.values_list("payload__order", flat=True)))
    return [pk for pk in found.order_by("pk").values_list("commerce_order_id", flat=True)[:50] if pk]


def _receive_one(order: PurchaseOrder, memo: CommerceMemo) -> None:
    if Refund.objects.filter(order=order, commerce_memo_id=memo.memo_id).exists():
        return
    if known := _by_marker(order, memo):
        credit_memos.attach(known, order, memo_id=memo.memo_id, number=memo.number, total=memo.total)
        closing.memo_in_commerce(order, known)
    elif not any(_of_cancellation(comment) for comment in memo.comments):
        _decide(order, memo)
    orders.refresh(order)
    state.refresh_of(order.pk)


def _of_cancellation(comment: str) -> bool:
    """Made by us to take units off before they left. One with a marker is a refund's that was given up here: the memo
    is there all the same.
    """
    return reasons.MARK in comment and not MARKER.search(comment)


def _by_marker(order: PurchaseOrder, memo: CommerceMemo) -> Refund | None:
    """A memo of ours whose answer has not been applied yet."""
    for refund in Refund.objects.filter(order=order, commerce_memo_id__isnull=True).select_related("parent"):
        if any(str(refund.marker) in comment for comment in memo.comments):
            return refund
    return None


def _decide(order: PurchaseOrder, memo: CommerceMemo) -> None:
    words = say("Credit memo %(number)s made in Commerce: %(total)s.", number=memo.number, total=memo.total)
    record(order.subject, "credit_memo", words, store_id=order.store_id, actor=Actor.COMMERCE, at=memo.created_at)
    units = units_of(order, memo)
    if order.linked_at and memo.created_at < order.linked_at:
        _record(order, memo, units, Effect.NONE)
    elif parts := _of_return(order, units):
        _settles_return(order, memo, parts)
    else:
        act(order, _record(order, memo, units, _without_return(order, units)), reason=_named(memo))


def _of_return(order: PurchaseOrder, units: Mapping[OrderLine, int]) -> list[Part]:
    open_lines = {line.pk: line for line in state.open_lines(order.pk)}
    found = matching.match(
        {line.pk: quantity for line, quantity in units.items()}, [_open_line(line) for line in open_lines.values()]
    )
    by_id = {line.pk: line for line in units}
    return [
        Part(line=by_id[open_lines[pk].line_id or 0], units=quantity, return_line=open_lines[pk])
        for pk, quantity in (found or {}).items()
    ]


def _open_line(line: ReturnLine) -> matching.OpenLine:
    room = state.facts(line).room
    return matching.OpenLine(id=line.pk, return_id=line.parent_id, line_id=line.line_id or 0, room=room)


def _settles_return(order: PurchaseOrder, memo: CommerceMemo, parts: Sequence[Part]) -> None:
    """One refund for each call of the marketplace; the memo's own amounts are on the first."""
    credit_memos.tell_difference(order, expected(parts), number=memo.number, total=memo.total)
    for place, ((_, effect), group) in enumerate(by_effect(parts).items()):
        refund = record_refund(
            order,
            group,
            Terms() if place else _terms(memo),
            origin=Actor.COMMERCE,
            effect=effect,
            at=memo.created_at,
            parent=group[0].return_line.parent if group[0].return_line else None,
            memo=memo,
        )
        marketplace_refunds.request(refund, order)


def _without_return(order: PurchaseOrder, units: Mapping[OrderLine, int]) -> Effect:
    """Money for an item that a return is open for, or that a refund is under way for, might be that one's: a person
    says so.
    """
    open_for = _with_open_return(order) | _under_way(order)
    if open_for and (not units or open_for & {line.item_id for line in units}):
        return Effect.ASK
    ledgers = orders.ledgers(order).values()
    still_open = sum(max(entry.open, 0) for entry in ledgers)
    effect = lifecycle.meaning(shipped=sum(entry.shipped for entry in ledgers), still_open=still_open)
    return Effect.ASK if effect == Effect.CANCELLATION and not units else Effect(effect)


def _with_open_return(order: PurchaseOrder) -> set[int | None]:
    """Items: a memo does not tell lines of one item apart."""
    return {line.line.item_id for line in state.open_lines(order.pk) if line.line}


def _under_way(order: PurchaseOrder) -> set[int | None]:
    """Items with units in refunds that Commerce has no credit memo for yet."""
    rows = RefundLine.objects.filter(refund__order=order, refund__commerce_memo_id__isnull=True)
    return set(rows.values_list("line__item", flat=True))


def reconsider(order_id: int) -> None:
    """A return has come for units that a memo refunds without one: which it is, is asked, unless it is being sent."""
    order = orders.locked(order_id)
    open_for = _with_open_return(order)
    for refund in order.refunds.filter(effect=Effect.ORDER, reported_at=None, requested_by=None):
        named = set(refund.lines.values_list("line__item", flat=True))
        if open_for and (not named or named & open_for) and order_refunds.take_back(refund, order):
            refund.effect, refund.charges = Effect.ASK, None
            refund.save(update_fields=["effect", "charges"])
            state.ask(order)


def _record(order: PurchaseOrder, memo: CommerceMemo, units: Mapping[OrderLine, int], effect: Effect) -> Refund:
    return record_refund(
        order,
        [Part(line=line, units=quantity) for line, quantity in units.items()],
        _terms(memo),
        origin=Actor.COMMERCE,
        effect=effect,
        at=memo.created_at,
        memo=memo,
    )


def _terms(memo: CommerceMemo) -> Terms:
    return Terms(shipping=memo.shipping, plus=memo.plus, minus=memo.minus, comment=" ".join(memo.comments))


def act(order: PurchaseOrder, refund: Refund, *, reason: Reason | None) -> None:
    """Have happen what the refund's effect says; `reason` is a cancellation's. The order is locked."""
    if refund.effect == Effect.ORDER:
        refund.reason = refund.reason or RefundReason(order.store.rules.refund_reason)
        refund.save(update_fields=["reason"])
        marketplace_refunds.request(refund, order)
    elif refund.effect == Effect.CANCELLATION:
        _cancel(order, refund, reason)
    state.ask(order)


def _cancel(order: PurchaseOrder, refund: Refund, reason: Reason | None) -> None:
    """Units of an invoiced order that never left: cancelled at the marketplace, already off in Commerce."""
    rule = order.store.rules.default_reason
    quantities: dict[OrderLine, int] = {}
    for row in refund.lines.select_related("line"):
        quantities[row.line] = row.quantity
        CommerceItem.objects.filter(lines=row.line).update(refunded_unshipped=F("refunded_unshipped") + row.quantity)
    reason = reason or (Reason(rule) if rule else None)
    record_cancellation(order, quantities, origin=Actor.COMMERCE, reason=reason, at=refund.at)


def _named(memo: CommerceMemo) -> Reason | None:
    """A cancellation reason that the merchant wrote on the memo."""
    return next((found for comment in memo.comments if (found := reasons.reason_in(comment))), None)


def units_of(order: PurchaseOrder, memo: CommerceMemo) -> dict[OrderLine, int]:
    """A memo's units by order line. Lines that share an item: those with a return first, then what can be refunded."""
    found: dict[OrderLine, int] = {}
    returned: Counter[int | None] = Counter()
    for open_line in state.open_lines(order.pk):
        returned[open_line.line_id] += state.facts(open_line).room
    items = CommerceItem.objects.filter(order=order, item_id__in=memo.quantities).prefetch_related("lines")
    for item in items:
        lines = sorted(item.lines.all(), key=lambda line: line.pk not in returned)
        room = [returned[line.pk] or _refundable(line) for line in lines]
        spread = orders_lifecycle.spread(memo.quantities[item.item_id], room)
        found |= {line: units for line, units in zip(lines, spread, strict=True) if units}
    return found


def _refundable(line: OrderLine) -> int:
    refunded = RefundLine.objects.filter(line=line).aggregate(units=Sum("quantity"))["units"]
    return max(int(line.commerce_quantity) - int(refunded or 0), 0)
