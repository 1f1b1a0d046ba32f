"""Errors of refunds that close by themselves: a later read shows the credit memo, or the units as refunded.

Every function runs under the lock of the order, then of the return.
"""

from datetime import datetime

from django.db.models import QuerySet

from channel_manager.history.models import Actor
from channel_manager.orders import closing
from channel_manager.orders import state as orders
from channel_manager.orders.models import PurchaseOrder
from channel_manager.returns.models import Refund, Return
from channel_manager.returns.operations.credit_memos import CreateCreditMemo
from channel_manager.returns.operations.return_refunds import RefundReturn, level_of
from channel_manager.shared.sentences import say
from channel_manager.sync.models import SyncOperation


def memo_in_commerce(order: PurchaseOrder, refund: Refund) -> None:
    """Commerce shows the credit memo that could not be made."""
    words = say("Closed by itself: Commerce shows credit memo %(number)s.", number=refund.commerce_number)
    for operation in _of(order, refund, CreateCreditMemo.name):
        closing.close(order, operation, closing.Shown(words, _nothing), Actor.COMMERCE)


def refunded_at_marketplace(returned: Return, now: datetime) -> None:
    """The marketplace shows all units as refunded that credit memos cover; its lines have been written."""
    for refund in returned.refunds.filter(reported_at=None).select_related("order"):
        operations = list(_of(refund.order, refund, RefundReturn.name))
        if operations and _is_shown(refund):
            _close(refund, operations, now)


def _close(refund: Refund, operations: list[SyncOperation], now: datetime) -> None:
    words = say(
        "Closed by itself: Walmart shows the units as refunded since %(since)s.", since=f"{now:%Y-%m-%d %H:%M} UTC"
    )

    def settle() -> None:
        refund.reported_at = now
        refund.save(update_fields=["reported_at"])

    for operation in operations:
        closing.close(refund.order, operation, closing.Shown(words, settle), Actor.MARKETPLACE)
    orders.refresh(orders.locked(refund.order_id))


def _is_shown(refund: Refund) -> bool:
    rows = list(refund.lines.filter(sent__gt=0, return_line__isnull=False).select_related("return_line"))
    return bool(rows) and all(row.return_line.reported_refunded >= level_of(row) for row in rows if row.return_line)


def _of(order: PurchaseOrder, refund: Refund, kind: str) -> QuerySet[SyncOperation]:
    return closing.in_trouble(order).filter(kind=kind, payload__refund=refund.pk)


def _nothing() -> None:
    """What Commerce shows has been recorded already."""
