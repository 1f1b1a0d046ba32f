"""Recording shipments and deciding whether they can be sent. Every function runs under the order's lock."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import lifecycle, state
from channel_manager.orders.models import Hold, OrderLine, PurchaseOrder, Shipment, ShipmentLine, ShipmentTrack
from channel_manager.orders.operations.shipment_reports import ReportShipment, request_correction
from channel_manager.orders.rules.levels import same_number
from channel_manager.ports.documents import CommerceShipment, Track
from channel_manager.shared.sentences import say
from channel_manager.sync import outbox
from channel_manager.sync.models import State, SyncOperation


def record_shipment(
    order: PurchaseOrder,
    quantities: Mapping[OrderLine, int],
    tracks: Sequence[Track],
    *,
    origin: Actor,
    shipped_at: datetime,
    marker: uuid.UUID | None = None,
    **facts: Any,
) -> Shipment:
    """Write a shipment down as it is. What contradicts the ledger is recorded and shown, and not counted as sent."""
    from_outside = origin == Actor.MARKETPLACE
    fits = all(line.sent_shipped + line.sent_cancelled + units <= line.quantity for line, units in quantities.items())
    shipment = Shipment.objects.create(
        order=order,
        origin=origin,
        marker=marker or uuid.uuid4(),
        shipped_at=shipped_at,
        is_sent=fits and not from_outside,
        **facts,
    )
    for line, units in quantities.items():
        ShipmentLine.objects.create(shipment=shipment, line=line, quantity=units)
        state.add_units(line.pk, recorded_shipped=units, sent_shipped=units if shipment.is_sent else 0)
    write_tracks(shipment, tracks)
    return shipment


def write_tracks(shipment: Shipment, tracks: Sequence[Track]) -> None:
    ShipmentTrack.objects.bulk_create(
        ShipmentTrack(
            shipment=shipment,
            position=position,
            track_id=track.track_id,
            carrier_code=track.carrier_code[:32],
            title=track.title[:255],
            number=track.number.strip()[:100],
        )
        for position, track in enumerate(tracks)
    )


def sync_tracks(shipment: Shipment, shown: Sequence[Track]) -> bool:
    """Take over the tracks that Commerce shows; those entered here and not there yet stay. Whether any changed."""
    known = {row.track_id: row for row in shipment.tracks.all() if row.track_id}
    ids = {track.track_id for track in shown}
    waiting = {row.number for row in shipment.tracks.all() if row.track_id is None}
    gone = [row.pk for track_id, row in known.items() if track_id not in ids]
    added = [track for track in shown if track.track_id not in known and track.number not in waiting]
    shipment.tracks.filter(pk__in=gone).delete()
    write_tracks(shipment, added)
    return bool(gone or added)


def attach(shipment: Shipment, commerce_shipment_id: int, number: str, tracks: Sequence[Mapping[str, Any]]) -> None:
    """The Commerce shipment that was made for ours: its ids and those of its tracks."""
    shipment.commerce_shipment_id = commerce_shipment_id
    shipment.commerce_number = number
    shipment.save(update_fields=["commerce_shipment_id", "commerce_number"])
    by_number = {track["number"]: track["track_id"] for track in tracks}
    for row in shipment.tracks.filter(track_id__isnull=True, number__in=by_number):
        row.track_id = by_number[row.number]
        row.save(update_fields=["track_id"])


def same_parcel(shipment: Shipment, shown: CommerceShipment) -> bool:
    """Whether what left outside is this Commerce shipment: the same units under the same tracking number."""
    numbers = [row.number for row in shipment.tracks.all()]
    tracked = any(same_number(track.number, number) for track in shown.tracks for number in numbers)
    return tracked and same_units(shipment, shown)


def same_units(shipment: Shipment, shown: CommerceShipment) -> bool:
    units: dict[int, int] = defaultdict(int)
    for row in shipment.lines.select_related("line__item"):
        units[row.line.item.item_id if row.line.item else 0] += row.quantity
    return units == shown.quantities


def follow(shipment: Shipment, made: Mapping[int, int]) -> None:
    """Bring a shipment to what Commerce made of it, by item id: it silently ships less when somebody else ships at the
    same time (magento-observed §2.5). What was not shipped is open again.
    """
    left = dict(made)
    for row in shipment.lines.select_related("line__item").order_by("line__position", "line_id"):
        item_id = row.line.item.item_id if row.line.item else 0
        units = min(row.quantity, left.get(item_id, 0))
        left[item_id] = left.get(item_id, 0) - units
        if units < row.quantity:
            _take_back(shipment, row, row.quantity - units)
    send_what_fits(shipment.order)


def send_what_fits(order: PurchaseOrder) -> None:
    """Shipments that contradicted the ledger when they were recorded, and no longer do."""
    held_back = order.shipments.filter(is_sent=False, reported_at__isnull=True).exclude(origin=Actor.MARKETPLACE)
    for shipment in held_back.order_by("pk"):
        shipment.order = order
        rows = list(shipment.lines.select_related("line"))
        if all(row.line.sent_shipped + row.line.sent_cancelled + row.quantity <= row.line.quantity for row in rows):
            for row in rows:
                state.add_units(row.line_id, sent_shipped=row.quantity)
            shipment.is_sent = True
            shipment.save(update_fields=["is_sent"])
            dispatch(shipment)


def _take_back(shipment: Shipment, row: ShipmentLine, units: int) -> None:
    words = say("Commerce shipped %(units)s units of line %(line)s less than asked.", units=units, line=row.line.number)
    record(shipment.order.subject, "shipped_less", words, store_id=shipment.order.store_id, actor=Actor.COMMERCE)
    state.add_units(row.line_id, recorded_shipped=-units, sent_shipped=-units if shipment.is_sent else 0)
    row.quantity -= units
    if row.quantity:
        row.save(update_fields=["quantity"])
    else:
        row.delete()


def dispatch(shipment: Shipment) -> None:
    """Request the report of a shipment, or hold it and say why. Repeatable: asks again only after a change."""
    if shipment.reported_at or not shipment.is_sent or shipment.order.read_only:
        return
    shipment.hold = _reason_to_hold(shipment)
    if not shipment.hold and not _under_way(shipment):
        shipment.dispatches += 1
        _request(shipment)
    shipment.save(update_fields=["hold", "dispatches"])


def tracking_changed(shipment: Shipment) -> None:
    """After a change of tracks: report what was held, send a refused one again, correct what was reported."""
    if not shipment.reported_at:
        dispatch(shipment)
    else:
        request_correction(shipment)


def _reason_to_hold(shipment: Shipment) -> Hold:
    if not shipment.tracks.exists():
        return Hold.TRACKING
    asked = shipment.lines.filter(line__buyer_asked_to_cancel=True).exists()
    return Hold.BUYER_REQUEST if asked and shipment.override_by_id is None else Hold.NONE


def _under_way(shipment: Shipment) -> bool:
    """Whether its latest report is still to come; a refused one is sent again as it is now."""
    latest = SyncOperation.objects.filter(key=_key(shipment)).first()
    if latest is None:
        return False
    if latest.state == State.FAILED:
        outbox.retry(latest.pk)
        return True
    return latest.state in (State.WAITING, State.SENDING)


def _request(shipment: Shipment) -> None:
    outbox.enqueue(
        ReportShipment,
        store_id=shipment.order.store_id,
        subject=shipment.order.subject,
        key=_key(shipment),
        payload={"shipment": shipment.pk},
        deadline=shipment.order.ship_by,
        by=shipment.requested_by_id,
    )


def _key(shipment: Shipment) -> str:
    return f"report:{shipment.pk}:{shipment.dispatches}"


def spread_over_lines(lines: Sequence[OrderLine], quantity: int) -> dict[OrderLine, int]:
    """Units of one Commerce item over the lines it was made from, in line order."""
    rooms = [max(lifecycle.ledger(line).open, 0) for line in lines]
    return {line: units for line, units in zip(lines, lifecycle.spread(quantity, rooms), strict=True) if units}
