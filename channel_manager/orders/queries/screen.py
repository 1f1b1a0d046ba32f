"""What the Order page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from channel_manager.orders import lifecycle
from channel_manager.orders.models import (
    Cancellation,
    CancellationLine,
    Hold,
    PurchaseOrder,
    Shipment,
    ShipmentLine,
)
from channel_manager.orders.operations.creation import CreateCommerceOrder
from channel_manager.orders.queries.counting import auto_cancel_at
from channel_manager.orders.queries.lines import LineRow, Totals, order_lines, totals
from channel_manager.orders.queries.timeline import Entry, timeline
from channel_manager.orders.state import HOLDS
from channel_manager.shared.sentences import Sentence
from channel_manager.sync.models import State, SyncOperation
from channel_manager.sync.queries import open_of_subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderScreen:
    """`troubles` have failed for good, `waiting` are to be sent; `remarks` are what the order's details say besides.
    `ship_blocked` and `cancel_blocked` say why it cannot be done now.
    """

    lines: list[LineRow]
    totals: Totals
    shipments: list[Shipment]
    cancellations: list[Cancellation]
    troubles: list[SyncOperation]
    waiting: list[SyncOperation]
    remarks: list[Mapping[str, Any]]
    timeline: list[Entry]
    auto_cancel_at: datetime | None
    ship_blocked: Sentence | None
    cancel_blocked: Sentence | None
    may_create: bool

    @property
    def refused_shipments(self) -> set[int]:
        """Shipments that a platform refused and a person must look at."""
        return {operation.payload["shipment"] for operation in self.troubles if "shipment" in operation.payload}

    @property
    def open_units(self) -> int:
        return sum(row.open for row in self.lines)


def order_screen(order: PurchaseOrder) -> OrderScreen:
    lines = order_lines(order)
    operations = open_of_subjects([order.subject])[order.subject]
    told = [operation.error["sentence"] for operation in operations if operation.error]
    told.append(HOLDS[Hold.CARRIER].as_json())  # shown with what can be done about it
    any_open = any(row.open for row in lines)
    return OrderScreen(
        lines=lines,
        totals=totals(order, lines),
        shipments=list(_shipments(order)),
        cancellations=list(_cancellations(order)),
        troubles=[operation for operation in operations if operation.state == State.FAILED],
        waiting=[operation for operation in operations if operation.state != State.FAILED],
        remarks=[sentence for sentence in order.details if sentence not in (*told, order.problem)],
        timeline=timeline(order),
        auto_cancel_at=auto_cancel_at(order) if any_open else None,
        ship_blocked=lifecycle.why_not_shippable(order, order.store, any_open=any_open),
        cancel_blocked=lifecycle.why_not_cancellable(order, order.store, any_open=any_open),
        may_create=_may_create(order, operations),
    )


def shipped_with(order: PurchaseOrder, marker: UUID) -> bool:
    """Whether the form that carried this marker was already accepted."""
    return order.shipments.filter(marker=marker).exists()


def cancelled_with(order: PurchaseOrder, marker: UUID) -> bool:
    """Whether the form that carried this marker was already accepted."""
    return order.cancellations.filter(marker=marker).exists()


def _may_create(order: PurchaseOrder, operations: Sequence[SyncOperation]) -> bool:
    """An order without Commerce order that nobody is making one for."""
    under_way = any(operation.kind == CreateCommerceOrder.name for operation in operations)
    return not (order.commerce_order_id or order.read_only or order.problem or under_way) and order.store.may_write


def _shipments(order: PurchaseOrder) -> QuerySet[Shipment]:
    lines = ShipmentLine.objects.select_related("line").order_by("line__position", "line_id")
    people = ("requested_by", "override_by")
    return order.shipments.select_related(*people).prefetch_related("tracks", Prefetch("lines", lines))


def _cancellations(order: PurchaseOrder) -> QuerySet[Cancellation]:
    lines = CancellationLine.objects.select_related("line").order_by("line__position", "line_id")
    return order.cancellations.select_related("requested_by").prefetch_related(Prefetch("lines", lines))
