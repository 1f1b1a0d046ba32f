"""What the Order page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

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
from channel_manager.orders.queries import progress
from channel_manager.orders.queries.counting import auto_cancel_at
from channel_manager.orders.queries.lines import LineRow, Totals, order_lines, totals
from channel_manager.orders.rules.next_step import Facts, NextStep, next_step
from channel_manager.orders.state import HOLDS
from channel_manager.shared.sentences import Sentence
from channel_manager.sync.models import State, SyncOperation
from channel_manager.sync.queries import OPEN

ON_HOLD = "holded"
POSTPONED = ("Postponed", "Misconfigured")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderScreen:
    """`troubles` have failed for good, `waiting` are to be sent; `remarks` are what the order's details say besides.
    `ship_blocked` and `cancel_blocked` say why it cannot be done now. Progress by shipment and by cancellation.
    """

    next_step: NextStep
    lines: list[LineRow]
    totals: Totals
    shipments: list[Shipment]
    cancellations: list[Cancellation]
    shipment_progress: Mapping[int, progress.Progress]
    cancellation_progress: Mapping[int, progress.Progress]
    troubles: list[SyncOperation]
    waiting: list[SyncOperation]
    remarks: list[Mapping[str, Any]]
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

    @property
    def same_block(self) -> bool:
        """One reason forbids both, so that it is said once."""
        return self.ship_blocked == self.cancel_blocked

    @property
    def under_way(self) -> bool:
        """Whether something may become otherwise by itself in the next seconds."""
        return progress.under_way(self.waiting)


def order_screen(order: PurchaseOrder) -> OrderScreen:
    """What is shown of an order besides its timeline."""
    lines = order_lines(order)
    operations = _operations(order)
    still_open = [operation for operation in operations if operation.state in OPEN]
    told = [operation.error["sentence"] for operation in still_open if operation.error]
    told.append(HOLDS[Hold.CARRIER].as_json())  # shown with what can be done about it
    any_open = any(row.open for row in lines)
    shipments, cancellations = list(_shipments(order)), list(_cancellations(order))
    return OrderScreen(
        next_step=next_step(_facts(order, lines, shipments, cancellations, still_open)),
        lines=lines,
        totals=totals(order, lines),
        shipments=shipments,
        cancellations=cancellations,
        shipment_progress=progress.shipments(order, shipments, operations),
        cancellation_progress=progress.cancellations(order, cancellations, operations),
        troubles=[operation for operation in still_open if operation.state == State.FAILED],
        waiting=[operation for operation in still_open if operation.state != State.FAILED],
        remarks=[sentence for sentence in order.details if sentence not in (*told, order.problem)],
        auto_cancel_at=auto_cancel_at(order) if any_open else None,
        ship_blocked=lifecycle.why_not_shippable(order, order.store, any_open=any_open),
        cancel_blocked=lifecycle.why_not_cancellable(order, order.store, any_open=any_open),
        may_create=_may_create(order, still_open),
    )


def shipped_with(order: PurchaseOrder, marker: UUID) -> bool:
    """Whether the form that carried this marker was already accepted."""
    return order.shipments.filter(marker=marker).exists()


def cancelled_with(order: PurchaseOrder, marker: UUID) -> bool:
    """Whether the form that carried this marker was already accepted."""
    return order.cancellations.filter(marker=marker).exists()


def _facts(
    order: PurchaseOrder,
    lines: Sequence[LineRow],
    shipments: Sequence[Shipment],
    cancellations: Sequence[Cancellation],
    operations: Sequence[SyncOperation],
) -> Facts:
    waiting = [operation for operation in operations if operation.state != State.FAILED]
    return Facts(
        read_only=order.read_only,
        confirmed=order.store.may_write,
        unreadable=bool(order.problem),
        failed=len(waiting) < len(operations),
        contradicts=any(row.ledger.open < 0 for row in lines),
        buyer_asks=any(row.line.buyer_asked_to_cancel and row.open for row in lines),
        reason_missing=any(not one.reason and not one.reported_at for one in cancellations),
        held=frozenset(one.hold for one in shipments if one.hold and not one.reported_at),
        refund_unclear=bool(order.questions),
        postponed=any(operation.error and operation.error["class"] in POSTPONED for operation in waiting),
        in_commerce=order.commerce_order_id is not None,
        being_created=_being_created(waiting),
        may_create=_may_create(order, operations),
        on_hold=order.commerce_state == ON_HOLD and any(row.open for row in lines),
        open_units=sum(row.open for row in lines),
        shipped_units=sum(row.ledger.shipped for row in lines),
        on_the_way=progress.under_way(waiting) or any(row.unreported for row in lines),
    )


def _may_create(order: PurchaseOrder, operations: Sequence[SyncOperation]) -> bool:
    """An order without Commerce order that nobody is making one for."""
    blocked = order.commerce_order_id or order.read_only or order.problem or _being_created(operations)
    return not blocked and order.store.may_write


def _being_created(operations: Sequence[SyncOperation]) -> bool:
    return any(operation.kind == CreateCommerceOrder.name for operation in operations)


def _operations(order: PurchaseOrder) -> list[SyncOperation]:
    """Those that are open, and those that tell how far a shipment or a cancellation has come. Oldest first."""
    shown = Q(state__in=OPEN) | Q(kind__in=progress.STEPS)
    return list(SyncOperation.objects.filter(shown, subject=order.subject).order_by("id"))


def _shipments(order: PurchaseOrder) -> QuerySet[Shipment]:
    lines = ShipmentLine.objects.select_related("line").order_by("line__position", "line_id")
    people = ("requested_by", "override_by")
    return order.shipments.select_related(*people).prefetch_related("tracks", Prefetch("lines", lines))


def _cancellations(order: PurchaseOrder) -> QuerySet[Cancellation]:
    lines = CancellationLine.objects.select_related("line").order_by("line__position", "line_id")
    return order.cancellations.select_related("requested_by").prefetch_related(Prefetch("lines", lines))
