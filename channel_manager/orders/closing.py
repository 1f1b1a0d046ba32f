"""Errors that close by themselves: a later read shows that the platform already has what was to be brought about.

One small function a kind says whether that is so. What is being sent at this moment is left to its own answer. Every
function runs under the order's lock.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders.models import (
    Cancellation,
    Hold,
    PurchaseOrder,
    Shipment,
    ShipmentLine,
    ShipmentTrack,
)
from channel_manager.orders.operations.acknowledgement import Acknowledge
from channel_manager.orders.operations.cancellations import (
    CancelOnMarketplace,
    MirrorCancellation,
    commerce_cancelled,
    level_of,
    request_mirror,
)
from channel_manager.orders.operations.commerce_shipments import AddCommerceTrack, CreateCommerceShipment
from channel_manager.orders.operations.creation import PLACING, CreateCommerceOrder
from channel_manager.orders.operations.shipment_reports import CorrectTracking, ReportShipment, request_correction
from channel_manager.orders.rules.levels import levels, numbers_of, same_number, shipped_since, shipped_with
from channel_manager.ports.messages import IncomingOrder
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import outbox
from channel_manager.sync.models import State, SyncOperation


@dataclass(frozen=True, slots=True)
class Shown:
    """`sentence` says since when the platform shows it; `settle` writes down what an answer would have."""

    sentence: Sentence
    settle: Callable[[], object]


SettledBy = Callable[[PurchaseOrder, SyncOperation, IncomingOrder, datetime], Shown | None]


def by_marketplace(order: PurchaseOrder, incoming: IncomingOrder, now: datetime) -> None:
    """Close what the marketplace shows as done. Its levels have been written."""
    for operation in in_trouble(order).filter(kind__in=SETTLED_BY):
        if shown := SETTLED_BY[operation.kind](order, operation, incoming, now):
            close(order, operation, shown, Actor.MARKETPLACE)


def shipment_in_commerce(order: PurchaseOrder, shipment: Shipment) -> None:
    """Commerce shows a shipment that could not be made there."""
    words = say("Closed by itself: Commerce shows it as shipment %(number)s.", number=shipment.commerce_number)
    making = in_trouble(order).filter(kind=CreateCommerceShipment.name, payload__shipment=shipment.pk)
    for operation in making:
        close(order, operation, Shown(words, _nothing), Actor.COMMERCE)


def tracks_in_commerce(order: PurchaseOrder, shipment: Shipment, ids: Mapping[str, int]) -> None:
    """Commerce shows tracking numbers, with their ids, that could not be added there."""
    for operation in in_trouble(order).filter(kind=AddCommerceTrack.name):
        track = ShipmentTrack.objects.filter(pk=operation.payload["track"], shipment=shipment, track_id=None).first()
        if track and track.number in ids:
            words = say("Closed by itself: Commerce shows tracking number %(number)s.", number=track.number)
            settle = _setter(track, track_id=ids[track.number])
            close(order, operation, Shown(words, settle), Actor.COMMERCE)


def cancelled_in_commerce(order: PurchaseOrder) -> None:
    """Commerce shows the units that could not be cancelled there: the words that go with them are still to be written,
    so the step is taken again and finds nothing else to do.
    """
    items = order.commerce_items.all()
    shown = {item.item_id: item.cancelled - item.written_off + item.refunded_unshipped for item in items}
    wanted = commerce_cancelled(order)
    if all(shown.get(item_id, 0) >= units for item_id, units in wanted.items()):
        for operation in in_trouble(order).filter(kind=MirrorCancellation.name, state=State.FAILED):
            outbox.retry(operation.pk)


def found_in_commerce(order: PurchaseOrder) -> None:
    """Commerce shows an order with our number that could not be created: the step looks first, and adopts it."""
    for operation in in_trouble(order).filter(kind=CreateCommerceOrder.name):
        begun = any(fact in operation.progress for fact in PLACING)
        if not begun and outbox.retry(operation.pk) and operation.state == State.FAILED:
            words = say("Commerce shows an order with this number: it is linked instead of being created.")
            record(order.subject, "closed", words, store_id=order.store_id, actor=Actor.COMMERCE)


def refused_in_commerce(order: PurchaseOrder) -> set[int]:
    """Shipments that Commerce refused to make, and that nothing is in doubt about."""
    refused = in_trouble(order).filter(kind=CreateCommerceShipment.name, state=State.FAILED, ambiguous=False)
    return set(refused.values_list("payload__shipment", flat=True))


def in_trouble(order: PurchaseOrder) -> QuerySet[SyncOperation]:
    """What failed, and what was tried and waits to be tried again, without an answer that is still to be applied."""
    tried = Q(state=State.FAILED) | Q(state=State.WAITING, attempt__gt=0)
    return SyncOperation.objects.filter(tried, subject=order.subject, result__isnull=True).order_by("id")


def close(order: PurchaseOrder, operation: SyncOperation, shown: Shown, actor: Actor) -> bool:
    """Whether it was still open. The timeline says so."""
    if not outbox.close(operation.pk, reason=shown.sentence):
        return False
    shown.settle()
    record(order.subject, "closed", shown.sentence, store_id=order.store_id, actor=actor)
    return True


# ---- what the marketplace shows, by kind -------------------------------------------------------------------------


def _acknowledged(order: PurchaseOrder, _of: SyncOperation, incoming: IncomingOrder, now: datetime) -> Shown | None:
    if any(level["created"] for level in levels(incoming).values()):
        return None

    def settle() -> None:
        order.acknowledged_at = order.acknowledged_at or now

    return Shown(say("Closed by itself: Walmart shows the order as acknowledged."), settle)


def _reported(order: PurchaseOrder, of: SyncOperation, incoming: IncomingOrder, now: datetime) -> Shown | None:
    shipment = Shipment.objects.filter(pk=of.payload["shipment"], reported_at=None).first()
    number = _number_shown(order, shipment, incoming) if shipment else None
    if shipment is None or number is None:
        return None

    def settle() -> None:
        shipment.order = order
        _setter(shipment, reported_at=now, reported_number=number[:100], hold=Hold.NONE.value)()
        if shipment.tracks.filter(number=number).exists():
            # One of ours that was changed since; what somebody typed at the marketplace is not fought.
            request_correction(shipment)

    return Shown(_since(number, incoming, now), settle)


def _corrected(order: PurchaseOrder, of: SyncOperation, incoming: IncomingOrder, now: datetime) -> Shown | None:
    shipment = Shipment.objects.filter(pk=of.payload["shipment"], reported_at__isnull=False).first()
    first = shipment.tracks.first() if shipment else None
    if shipment is None or first is None or not _under(order, shipment, first.number, incoming):
        return None
    return Shown(_since(first.number, incoming, now), _setter(shipment, reported_number=first.number))


def _cancelled(order: PurchaseOrder, of: SyncOperation, incoming: IncomingOrder, now: datetime) -> Shown | None:
    cancellation = Cancellation.objects.filter(pk=of.payload["cancellation"], reported_at=None).first()
    if cancellation is None:
        return None
    shown = levels(incoming)
    rows = cancellation.lines.select_related("line")
    if any(shown[row.line.number]["cancelled"] < level_of(row) for row in rows):
        return None

    def settle() -> None:
        _setter(cancellation, reported_at=now)()
        request_mirror(order, cancellation)

    words = say("Closed by itself: Walmart shows the units as canceled since %(since)s.", since=_written(now))
    return Shown(words, settle)


SETTLED_BY: dict[str, SettledBy] = {
    Acknowledge.name: _acknowledged,
    ReportShipment.name: _reported,
    CorrectTracking.name: _corrected,
    CancelOnMarketplace.name: _cancelled,
}


def _number_shown(order: PurchaseOrder, shipment: Shipment, incoming: IncomingOrder) -> str | None:
    """The number under which the marketplace shows a shipment: one of its own; or, when it shows as many units as
    were ever recorded here, another that somebody typed there.
    """
    for track in shipment.tracks.all():
        if _under(order, shipment, track.number, incoming):
            return track.number
    if ShipmentLine.objects.filter(shipment=shipment, line__reported_shipped__lt=F("line__recorded_shipped")).exists():
        return None
    known = order.shipments.filter(reported_at__isnull=False).values_list("reported_number", flat=True)
    shown = {line.number: line for line in incoming.lines}
    numbers = [number for row in _rows(shipment) for number in numbers_of(shown[row.line.number])]
    return next((one for one in numbers if not any(same_number(one, other) for other in known)), None)


def _under(order: PurchaseOrder, shipment: Shipment, number: str, incoming: IncomingOrder) -> bool:
    """Whether its units are shown under a number, beside those of other shipments that went out under the same."""
    others = _reported_under(order, shipment, number)
    shown = {line.number: line for line in incoming.lines}
    return all(
        shipped_with(shown[row.line.number], number) >= row.quantity + others[row.line_id] for row in _rows(shipment)
    )


def _reported_under(order: PurchaseOrder, shipment: Shipment, number: str) -> Counter[int]:
    rows = ShipmentLine.objects.filter(shipment__order=order, shipment__reported_at__isnull=False)
    same = rows.filter(shipment__reported_number__iexact=number).exclude(shipment=shipment)
    return Counter(dict(same.values_list("line").annotate(units=Sum("quantity"))))


def _rows(shipment: Shipment) -> QuerySet[ShipmentLine]:
    return shipment.lines.select_related("line")


def _since(number: str, incoming: IncomingOrder, now: datetime) -> Sentence:
    return say(
        "Closed by itself: Walmart shows the shipment under %(number)s since %(since)s.",
        number=number,
        since=_written(shipped_since(incoming, number) or now),
    )


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _setter(row: Shipment | ShipmentTrack | Cancellation, **facts: object) -> Callable[[], None]:
    def settle() -> None:
        for name, value in facts.items():
            setattr(row, name, value)
        row.save(update_fields=list(facts))

    return settle


def _nothing() -> None:
    """What the platform shows has been recorded already."""
