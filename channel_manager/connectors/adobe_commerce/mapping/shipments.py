"""Shipments, tracks and invoices."""

from collections.abc import Mapping
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import (
    NUMBER_LENGTH,
    Json,
    each,
    entity,
    identifier,
    moment,
    quantity,
    rows,
    text,
)
from channel_manager.ports.documents import CommerceShipment, NewShipment, Track

_CARRIER_LENGTH = 32
_TEXT_LENGTH = 255


def shipment(data: Any) -> CommerceShipment:
    """Several rows of one order item are added up; rows of nothing are left out."""
    row = entity(data)
    quantities: dict[int, int] = {}
    for item, units in each(row, "items", _shipped):
        if units:
            quantities[item] = quantities.get(item, 0) + units
    return CommerceShipment(
        shipment_id=identifier(row, "entity_id"),
        number=text(row, "increment_id")[:NUMBER_LENGTH],
        order_id=identifier(row, "order_id"),
        created_at=moment(row, "created_at"),
        quantities=quantities,
        tracks=each(row, "tracks", _track),
        comments=tuple(text(comment, "comment") for comment in rows(row, "comments")),
    )


def note(comment: str, marker: str) -> dict[str, Any] | None:
    """A document's comment: words for people, and on its own line the marker that it is found by."""
    written = "\n".join(line for line in (comment, marker) if line)
    return {"comment": written, "is_visible_on_front": 0} if written else None


def new_shipment(wanted: NewShipment) -> dict[str, Any]:
    body: dict[str, Any] = {
        "items": items(wanted.quantities),
        "notify": False,
        "appendComment": False,
        "tracks": [_track_body(track) for track in wanted.tracks],
    }
    if comment := note(wanted.comment, wanted.marker):
        body["comment"] = comment
    if wanted.source_code:
        body["arguments"] = {"extension_attributes": {"source_code": wanted.source_code}}
    return body


def new_track(*, order_id: int, shipment_id: int, track: Track) -> dict[str, Any]:
    place = {"order_id": order_id, "parent_id": shipment_id, "weight": 0, "qty": 1, "description": ""}
    return {"entity": {**place, **_track_body(track)}}


def new_invoice(quantities: Mapping[int, int]) -> dict[str, Any]:
    return {"capture": False, "notify": False, "appendComment": False, "items": items(quantities)}


def items(quantities: Mapping[int, int]) -> list[dict[str, int]]:
    return [{"order_item_id": item, "qty": quantity} for item, quantity in quantities.items()]


def _shipped(row: Json) -> tuple[int, int]:
    """Order item and units; a row of nothing may be of no item."""
    units = quantity(row, "qty")
    return identifier(row, "order_item_id") if units else 0, units


def _track(row: Json) -> Track:
    return Track(
        carrier_code=text(row, "carrier_code")[:_CARRIER_LENGTH],
        title=text(row, "title")[:_TEXT_LENGTH],
        number=text(row, "track_number").strip(),
        track_id=identifier(row, "entity_id"),
    )


def _track_body(track: Track) -> dict[str, str]:
    """A track without carrier or title makes the shop refuse the shipment without saying why (observed §5)."""
    return {
        "track_number": track.number,
        "title": (track.title or track.carrier_code or "Tracking")[:_TEXT_LENGTH],
        "carrier_code": (track.carrier_code or "custom")[:_CARRIER_LENGTH],
    }
