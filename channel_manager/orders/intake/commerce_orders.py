"""Orders that Commerce reports: levels per item are compared, so that our own echo needs no special case."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import closing, lifecycle, state
from channel_manager.orders.cancelling import record_cancellation
from channel_manager.orders.models import Cancellation, CommerceItem, OrderLine, PurchaseOrder
from channel_manager.orders.operations import edits
from channel_manager.orders.operations.cancellations import request_cancel
from channel_manager.orders.rules import reasons
from channel_manager.ports.documents import CommerceOrder
from channel_manager.ports.messages import Reason
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store


def receive(store: Store, found: Sequence[CommerceOrder]) -> None:
    """Take in one page, in the caller's transaction. Orders that are not the channel's are passed over."""
    shown = {order.order_id: order for order in found}
    known = PurchaseOrder.objects.filter(store=store, commerce_order_id__in=shown)
    known = known.defer("raw_first", "raw_latest").prefetch_related("commerce_items", "cancellations")
    changed = {order.pk: shown[order.commerce_order_id or 0] for order in known if _changed(order, shown)}
    state.lock_all(changed)
    for order_id, now_shown in changed.items():
        _take_over(state.locked(order_id), now_shown)
    _link_found(store, found)


def _link_found(store: Store, found: Sequence[CommerceOrder]) -> None:
    """Orders that carry a number of ours whose own creation failed: entered by hand, or by an attempt in doubt."""
    numbers = {order.external_number for order in found if order.external_number and order.state != "canceled"}
    unlinked = PurchaseOrder.objects.filter(store=store, number__in=numbers, commerce_order_id__isnull=True)
    for order in unlinked.only("pk"):
        closing.found_in_commerce(order)


def _changed(order: PurchaseOrder, shown: Mapping[int, CommerceOrder]) -> bool:
    """The window that is read again is mostly as it was. A child or a missing reason is looked at each time."""
    found = shown[order.commerce_order_id or 0]
    levels = {item.item_id: (item.invoiced, item.shipped, item.cancelled, item.refunded) for item in found.items}
    known = {
        item.item_id: (item.invoiced, item.shipped, item.cancelled, item.refunded)
        for item in order.commerce_items.all()
    }
    asks = any(not cancellation.reason and not cancellation.reported_at for cancellation in order.cancellations.all())
    same = order.commerce_state == found.state and all(known[item] == levels.get(item) for item in known)
    return not same or asks or found.child_id is not None


def _take_over(order: PurchaseOrder, shown: CommerceOrder) -> None:
    order.commerce_state = shown.state
    _write_items(order, shown)
    if shown.child_id and edits.to_decide(order, shown):
        edits.request(order, shown)
    else:
        _cancelled_in_commerce(order, shown)
    _find_reason(order, shown)
    closing.cancelled_in_commerce(order)
    state.refresh(order)


def _write_items(order: PurchaseOrder, shown: CommerceOrder) -> None:
    for item in shown.items:
        CommerceItem.objects.filter(order=order, item_id=item.item_id).update(
            invoiced=item.invoiced, shipped=item.shipped, cancelled=item.cancelled, refunded=item.refunded
        )


def _cancelled_in_commerce(order: PurchaseOrder, shown: CommerceOrder) -> None:
    """Units that Commerce cancelled beyond what anybody cancelled before: a cancellation that began there."""
    quantities: dict[OrderLine, int] = {}
    for item in order.commerce_items.prefetch_related("lines"):
        quantities |= _surplus(item)
    if not quantities:
        return
    rule = order.store.rules.default_reason
    reason = reasons.understood(shown.comments) or (Reason(rule) if rule else None)
    record(
        order.subject,
        "canceled",
        say("Units canceled in Commerce: %(units)s.", units=sum(quantities.values())),
        store_id=order.store_id,
        actor=Actor.COMMERCE,
        at=shown.updated_at,
    )
    record_cancellation(order, quantities, origin=Actor.COMMERCE, reason=reason, at=shown.updated_at)


def _surplus(item: CommerceItem) -> dict[OrderLine, int]:
    lines = list(item.lines.all())
    ledgers = [lifecycle.ledger(line) for line in lines]
    expected = sum(max(entry.cancelled - line.cancelled_before, 0) for line, entry in zip(lines, ledgers, strict=True))
    surplus = item.cancelled - item.written_off - expected
    if surplus <= 0:
        return {}
    units = lifecycle.spread(surplus, [max(entry.open, 0) for entry in ledgers])
    return {line: part for line, part in zip(lines, units, strict=True) if part}


def _find_reason(order: PurchaseOrder, shown: CommerceOrder) -> None:
    """A reason typed as a comment after the cancellation."""
    waiting = order.cancellations.filter(origin=Actor.COMMERCE, reason="", reported_at__isnull=True)
    reason = reasons.understood(shown.comments) if waiting else None
    if reason is None:
        return
    for cancellation in waiting:
        cancellation.order = order
        cancellation.reason = reason
        cancellation.save(update_fields=["reason"])
        request_cancel(cancellation)


def without_reason(store_id: int, since: datetime) -> list[int]:
    """Commerce order ids whose comments may bring the reason; comments move no timestamp (magento-observed §10)."""
    waiting = Cancellation.objects.filter(
        order__store=store_id, origin=Actor.COMMERCE, reason="", reported_at__isnull=True, created_at__gte=since
    )
    found = waiting.order_by("-pk").values_list("order__commerce_order_id", flat=True).distinct()
    return [pk for pk in found[:50] if pk]


def adopted(store_id: int) -> list[int]:
    """Commerce order ids whose earlier life the feeds have passed already."""
    found = PurchaseOrder.objects.filter(store=store_id, reread=True, commerce_order_id__isnull=False)
    return [pk for pk in found.order_by("pk").values_list("commerce_order_id", flat=True)[:50] if pk]


def forget_adopted(store_id: int, commerce_order_ids: Sequence[int]) -> None:
    PurchaseOrder.objects.filter(store=store_id, reread=True, commerce_order_id__in=commerce_order_ids).update(
        reread=False
    )
