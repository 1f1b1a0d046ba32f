"""What heals by itself: the ordinary intake takes over what it missed, failed steps that have happened are closed.

Nothing is written around the intake: it records, mirrors and requests as it would have done at the time.
"""

from collections.abc import Sequence
from datetime import datetime

from channel_manager.history.models import Actor
from channel_manager.history.records import record as note
from channel_manager.orders import state
from channel_manager.orders.intake import changes, commerce_orders, commerce_shipments, purchase_orders
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.operations import creation
from channel_manager.reconciliation.reading import Shown
from channel_manager.reconciliation.rules.facts import Difference, Kind, Record, live
from channel_manager.returns.intake import memos
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import outbox
from channel_manager.sync.queries import open_of_subjects

BY = "reconciliation"


def heal(
    store: Store,
    shown: Shown,
    record: Record | None,
    differences: Sequence[Difference],
    *,
    now: datetime,
) -> None:
    """In the caller's transaction. Receiving anything again changes nothing."""
    if shown.order is not None:
        purchase_orders.receive(store, [shown.order], now=now, by=BY)
        if record is not None:
            changes.take_over(state.locked(record.id), shown.order, now)
    own = record and shown.commerce.by_id(record.commerce_order_id)
    if own:
        commerce_orders.receive(store, [own])
        commerce_shipments.receive(store, shown.commerce.shipments or ())
        memos.receive(store, shown.commerce.memos or ())
    for difference in differences:
        if difference.kind == Kind.FAILED_THOUGH_SHOWN and record is not None:
            _close(store, record, difference)
    _link(store, shown)


def _close(store: Store, record: Record, difference: Difference) -> None:
    """Repeating a failed step is how it closes: it looks first, finds its effect and records it."""
    order = PurchaseOrder(pk=record.id)
    if difference.operation is not None and outbox.retry(difference.operation):
        words = say("What a failed step was to bring about is there: it is looked up and closed.")
        note(order.subject, "reconciled", words, store_id=store.pk, actor=Actor.RULE)
        state.refresh(state.locked(record.id))


def _link(store: Store, shown: Shown) -> None:
    """One Commerce order carries the number of an order that has none here: it is adopted, as it would be before
    another is made.
    """
    order = PurchaseOrder.objects.filter(store=store, number=shown.number, commerce_order_id=None).first()
    if order is None or order.treatment not in creation.IMPORTED or not store.may_write:
        return
    counted = live(shown.commerce.orders, None)
    if len(counted) != 1 or order.problem or _is_being_created(order):
        return
    order = state.locked(order.pk)
    creation.request(order, whole=not any(entry.open > 0 for entry in state.ledgers(order).values()), by=None)


def _is_being_created(order: PurchaseOrder) -> bool:
    operations = open_of_subjects([order.subject])[order.subject]
    return any(operation.kind == creation.CreateCommerceOrder.name for operation in operations)
