"""Our record of many orders as the rules compare it: a fixed number of queries, however many orders."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Sum

from channel_manager.orders import lifecycle
from channel_manager.orders.models import (
    CommerceItem,
    Hold,
    OrderLine,
    PurchaseOrder,
    Shipment,
    Treatment,
)
from channel_manager.orders.plans import charges, live_line
from channel_manager.orders.rules import allocation
from channel_manager.ports.documents import OrderMoney
from channel_manager.ports.messages import Platform
from channel_manager.reconciliation.rules.facts import (
    Record,
    RecordItem,
    RecordLine,
    RecordOperation,
    RecordShipment,
)
from channel_manager.returns.models import Effect, Refund, RefundLine, Return
from channel_manager.shared.money import ZERO
from channel_manager.sync.models import State, SyncOperation
from channel_manager.sync.queries import open_of_subjects

REFUNDING = (Effect.RETURN, Effect.EXCEPTION, Effect.ORDER, Effect.MIRROR)


def load(store_id: int, numbers: Collection[str]) -> dict[str, Record]:
    """By number; those that we do not know are absent. Ten queries."""
    found = PurchaseOrder.objects.filter(store=store_id, number__in=numbers)
    lines = OrderLine.objects.select_related("item")
    shipments = Shipment.objects.prefetch_related("lines__line", "tracks")
    orders = list(
        found.defer("raw_first", "raw_latest", "address").prefetch_related(
            Prefetch("lines", lines), Prefetch("shipments", shipments), "commerce_items"
        )
    )
    operations = open_of_subjects([order.subject for order in orders])
    refunds = _Refunds([order.pk for order in orders])
    return {order.number: _record(order, operations[order.subject], refunds) for order in orders}


class _Refunds:
    """What credit memos took back, of many orders."""

    def __init__(self, order_ids: Sequence[int]) -> None:
        rows = RefundLine.objects.filter(refund__order__in=order_ids, refund__commerce_memo_id__isnull=False)
        self.units: dict[int, int] = dict(rows.values_list("line").annotate(units=Sum("quantity")))
        self.memos: dict[int, dict[int, tuple[str, Decimal]]] = defaultdict(dict)
        self.reopened: set[int] = set()
        for order_id, memo_id, effect, amount, repair in Refund.objects.filter(order__in=order_ids).values_list(
            "order_id", "commerce_memo_id", "effect", "total", "repair"
        ):
            if memo_id:
                self.memos[order_id][memo_id] = (effect, amount or ZERO)
            if repair:
                self.reopened.add(order_id)
        open_returns = Return.objects.filter(lines__order__in=order_ids, needs_action=True).order_by("pk")
        self.returns: dict[int, list[int]] = defaultdict(list)
        for return_id, order_id in open_returns.values_list("pk", "lines__order_id").distinct():
            self.returns[order_id].append(return_id)

    def total(self, order_id: int) -> Decimal:
        """One memo may settle several returns: it counts once."""
        return sum((amount for effect, amount in self.memos[order_id].values() if effect in REFUNDING), ZERO)


def _record(order: PurchaseOrder, operations: Sequence[SyncOperation], refunds: _Refunds) -> Record:
    lines = list(order.lines.all())
    return Record(
        id=order.pk,
        number=order.number,
        lines=tuple(_line(line, refunds.units) for line in lines),
        items=tuple(_item(item) for item in order.commerce_items.all()),
        shipments=tuple(_shipment(shipment) for shipment in order.shipments.all()),
        operations=tuple(_operation(operation) for operation in operations),
        memo_ids=frozenset(refunds.memos[order.pk]),
        refunded_total=refunds.total(order.pk),
        commerce_order_id=order.commerce_order_id,
        commerce_number=order.commerce_number,
        commerce_total=order.commerce_total,
        money=None if order.pk in refunds.reopened else _money(lines),
        imported=order.treatment in (Treatment.IMPORT, Treatment.LINK),
        read_only=order.read_only,
        problem=order.problem is not None,
        acknowledged=order.acknowledged_at is not None,
        linked=order.linked_at is not None or order.reread,
        asks=order.needs_action,
        returns=tuple(refunds.returns[order.pk]),
        total=order.total,
        version=_version(order, operations),
    )


def _version(order: PurchaseOrder, operations: Sequence[SyncOperation]) -> tuple[object, ...]:
    """Operations that end leave the list: what they did may be newer than what was read of the platforms."""
    return (order.updated_at, order.commerce_order_id, *((one.pk, one.state, one.attempt) for one in operations))


def _line(line: OrderLine, refunded: Mapping[int, int]) -> RecordLine:
    ledger = lifecycle.ledger(line)
    same = ("reported_shipped", "reported_delivered", "reported_cancelled", "reported_refunded")
    before = ("recorded_shipped", "shipped_before", "cancelled_before")
    units: dict[str, Any] = {name: getattr(line, name) for name in (*same, *before)}
    return RecordLine(
        number=line.number,
        sku=line.sku,
        quantity=line.quantity,
        charged=charges(line).total,
        shipped=ledger.shipped,
        cancelled=ledger.cancelled,
        refunded=refunded.get(line.pk, 0),
        buyer_asked=line.buyer_asked_to_cancel,
        item_id=line.item.item_id if line.item else None,
        **units,
    )


def _item(item: CommerceItem) -> RecordItem:
    return RecordItem(
        item_id=item.item_id, sku=item.sku, refunded_unshipped=item.refunded_unshipped, written_off=item.written_off
    )


def _shipment(shipment: Shipment) -> RecordShipment:
    tracks = list(shipment.tracks.all())
    return RecordShipment(
        id=shipment.pk,
        units=tuple((row.line.number, row.quantity) for row in shipment.lines.all()),
        numbers=tuple(track.number for track in tracks if track.track_id),
        first_number=tracks[0].number if tracks else "",
        reported_number=shipment.reported_number,
        reported=shipment.reported_at is not None,
        held=shipment.hold != Hold.NONE,
        sent=shipment.is_sent,
        from_marketplace=shipment.origin == "marketplace",
        commerce_shipment_id=shipment.commerce_shipment_id,
    )


def _operation(operation: SyncOperation) -> RecordOperation:
    return RecordOperation(
        id=operation.pk,
        kind=operation.kind,
        platform=Platform(operation.platform),
        failed=operation.state == State.FAILED,
        shipment=operation.payload.get("shipment"),
        cancellation=operation.payload.get("cancellation"),
        placed=bool(operation.progress.get("order_id") or operation.progress.get("placing")),
    )


def _money(lines: Sequence[OrderLine]) -> OrderMoney | None:
    """What the Commerce order was corrected to, item by item."""
    by_item: dict[int, list[allocation.LiveLine]] = defaultdict(list)
    for line in lines:
        if line.item:
            by_item[line.item.item_id].append(live_line(line, line.commerce_quantity))
    bundles = {item_id: allocation.Bundle(sku=group[0].sku, lines=tuple(group)) for item_id, group in by_item.items()}
    return allocation.money(bundles) if bundles else None
