"""How far a shipment or a cancellation has come on its way to both sides. Reads what was loaded, asks nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from channel_manager.history.models import Actor
from channel_manager.orders.models import Cancellation, PurchaseOrder, Shipment
from channel_manager.orders.operations.cancellations import CancelOnMarketplace, MirrorCancellation
from channel_manager.orders.operations.commerce_shipments import AddCommerceTrack, CreateCommerceShipment
from channel_manager.orders.operations.creation import CreateCommerceOrder
from channel_manager.orders.operations.shipment_reports import CorrectTracking, ReportShipment
from channel_manager.sync.models import State, SyncOperation

UNDER_WAY = (State.WAITING, State.SENDING)
STEPS = (CreateCommerceShipment.name, ReportShipment.name, CancelOnMarketplace.name, MirrorCancellation.name)
"""Kinds that are read after they are done as well: they say when."""
WATCHED = (*STEPS, AddCommerceTrack.name, CorrectTracking.name, CreateCommerceOrder.name)


class Stage(StrEnum):
    """`THERE`: it was made on that side, nothing had to be sent."""

    NEXT = "next"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    THERE = "there"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Step:
    stage: Stage
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step for each side. None: that side has no part in it."""

    commerce: Step | None
    marketplace: Step | None


NEXT, HELD = Step(Stage.NEXT), Step(Stage.HELD)


def shipments(
    order: PurchaseOrder, found: Iterable[Shipment], operations: Sequence[SyncOperation]
) -> dict[int, Progress]:
    """By shipment. `operations`: those of the order, oldest first."""
    made = _by_payload(operations, CreateCommerceShipment.name, "shipment")
    told = _by_payload(operations, ReportShipment.name, "shipment")
    return {
        shipment.pk: Progress(
            commerce=_in_commerce(shipment, made.get(shipment.pk)),
            marketplace=None if order.read_only else _at_marketplace(shipment, told.get(shipment.pk)),
        )
        for shipment in found
    }


def cancellations(
    order: PurchaseOrder, found: Iterable[Cancellation], operations: Sequence[SyncOperation]
) -> dict[int, Progress]:
    """By cancellation."""
    told = _by_payload(operations, CancelOnMarketplace.name, "cancellation")
    made = _by_payload(operations, MirrorCancellation.name, "cancellation")
    return {
        one.pk: Progress(
            commerce=_mirrored(order, one, made.get(one.pk)),
            marketplace=_cancelled(one, told.get(one.pk)),
        )
        for one in found
    }


def under_way(operations: Iterable[SyncOperation]) -> bool:
    """Whether something may become otherwise by itself in the next seconds."""
    return any(operation.state in UNDER_WAY and operation.kind in WATCHED for operation in operations)


def _by_payload(operations: Iterable[SyncOperation], kind: str, name: str) -> Mapping[int, SyncOperation]:
    """The latest operation of a kind for each."""
    found = (operation for operation in operations if operation.kind == kind)
    return {operation.payload[name]: operation for operation in found if name in operation.payload}


def _in_commerce(shipment: Shipment, made: SyncOperation | None) -> Step | None:
    if shipment.origin == Actor.COMMERCE:
        return Step(Stage.THERE, shipment.shipped_at)
    if shipment.commerce_shipment_id:
        return Step(Stage.SENT, made.finished_at if made else None)
    return _step(made) if made else None


def _at_marketplace(shipment: Shipment, told: SyncOperation | None) -> Step:
    if shipment.origin == Actor.MARKETPLACE:
        return Step(Stage.THERE, shipment.shipped_at)
    if shipment.reported_at:
        return Step(Stage.SENT, shipment.reported_at)
    if shipment.hold or not shipment.is_sent:
        return HELD
    return _step(told) if told else NEXT


def _cancelled(cancellation: Cancellation, told: SyncOperation | None) -> Step:
    if cancellation.origin == Actor.MARKETPLACE:
        return Step(Stage.THERE, cancellation.at)
    if cancellation.reported_at:
        return Step(Stage.SENT, cancellation.reported_at)
    if not cancellation.reason:
        return HELD
    return _step(told) if told else NEXT


def _mirrored(order: PurchaseOrder, cancellation: Cancellation, made: SyncOperation | None) -> Step | None:
    if cancellation.origin == Actor.COMMERCE:
        return Step(Stage.THERE, cancellation.at)
    if made:
        return _step(made)
    return NEXT if order.commerce_order_id and not cancellation.reported_at else None


def _step(operation: SyncOperation) -> Step:
    match operation.state:
        case State.FAILED:
            return Step(Stage.FAILED, operation.finished_at)
        case State.SENDING:
            return Step(Stage.SENDING)
        case State.WAITING:
            return Step(Stage.WAITING)
        case _:
            return Step(Stage.SENT, operation.finished_at)
