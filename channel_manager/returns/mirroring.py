"""Refunds that the marketplace made by itself: after 48 hours, for items the buyer keeps, in a store. Commerce follows
with a credit memo, by the store's rule at once, else when a person makes it.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest

from channel_manager.history.models import Actor
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.returns import ReturnKind
from channel_manager.returns import ledger, state
from channel_manager.returns.models import Effect, Return, ReturnLine, Status
from channel_manager.returns.operations import credit_memos
from channel_manager.returns.refunding import Part, Terms, record_refund, shipping_of
from channel_manager.stores.models import Store


def mirror(returned: Return, now: datetime) -> None:
    """Have credit memos made for what was refunded elsewhere, if the store's rule says so. The orders are locked."""
    rules = returned.store.rules
    ours = returned.kind == ReturnKind.REFUND and not returned.read_only
    if not (rules.mirror_refunds and ours and returned.store.may_write):
        return
    owed = [line for line in returned.lines.select_related("order", "line__item") if _owes(line)]
    for order in {line.order for line in owed if line.order}:
        parts = [
            Part(
                line=line.line,
                units=state.facts(line).owed,
                return_line=line,
                restock=rules.restock_returns and line.goods_expected and not line.keep_it,
            )
            for line in owed
            if line.order == order and line.line
        ]
        _make(order, returned, parts, now)


def mirror_late(store: Store, now: datetime) -> None:
    """The same for what Commerce could not follow when it was read: it was not known to have shipped the units, or a
    credit memo was undecided.
    """
    if not (store.rules.mirror_refunds and store.may_write):
        return
    paid = Greatest(F("reported_refunded"), F("elsewhere") + F("paid_by_order"))
    open_ = ReturnLine.objects.filter(
        parent__store=store, parent__status=Status.RECEIVED, parent__kind=ReturnKind.REFUND, recorded__lt=paid
    )
    owed = [line for line in open_.select_related("order", "line__item") if _owes(line)]
    state.lock_orders(line.order_id for line in owed)
    for return_id in sorted({line.parent_id for line in owed}):
        returned = state.locked(return_id)
        mirror(returned, now)
        state.refresh(returned)


def _owes(line: ReturnLine) -> bool:
    """Only for what Commerce has shipped, and not while a credit memo is undecided that may be this one: anything else
    is for a person to look at.
    """
    if not (line.order and line.order.commerce_order_id and line.line and line.line.item):
        return False
    if line.order.refunds.filter(effect=Effect.ASK).exists():
        return False
    item = line.line.item
    return 0 < state.facts(line).owed <= int(item.shipped) - int(item.refunded) + ledger.taken_off(item)


def _make(order: PurchaseOrder, returned: Return, parts: Iterable[Part], now: datetime) -> None:
    parts = list(parts)
    refund = record_refund(
        order,
        parts,
        Terms(shipping=shipping_of(order, parts), fit=True, comment=f"Walmart return {returned.number}"),
        origin=Actor.MARKETPLACE,
        effect=Effect.MIRROR,
        at=now,
        parent=returned,
    )
    credit_memos.request(refund, order)
