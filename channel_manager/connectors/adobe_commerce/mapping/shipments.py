"""Shipments, tracks, invoices and credit memos."""

from collections.abc import Mapping
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import Json, identifier, moment, rows, text, units
from channel_manager.ports.documents import CommerceShipment, NewMemo, NewShipment, Track

_CARRIER_LENGTH = 32
_TEXT_LENGTH = 255


def shipment(data: Json) -> CommerceShipment:
    """Several rows of one order item are added up; rows of nothing are left out."""
    quantities: dict[int, int] = {}
    for row in rows(data, "items"):
        if units(row, "qty") > 0:
            item = identifier(row, "order_item_id")
            quantities[item] = quantities.get(item, 0) + units(row, "qty")
    return CommerceShipment(
        shipment_id=identifier(data, "entity_id"),
        number=text(data, "increment_id"),
        order_id=identifier(data, "order_id"),
        created_at=moment(data, "created_at"),
        quantities=quantities,
        tracks=tuple(_track(row) for row in rows(data, "tracks")),
        comments=tuple(text(row, "comment") for row in rows(data, "comments")),
    )


def new_shipment(wanted: NewShipment) -> dict[str, Any]:
    comment = " ".join(part for part in (wanted.comment, wanted.marker) if part)
    body: dict[str, Any] = {
        "items": items(wanted.quantities),
        "notify": False,
        "appendComment": False,
        "comment": {"comment": comment, "is_visible_on_front": 0},
        "tracks": [_track_body(track) for track in wanted.tracks],
    }
    if wanted.source_code:
        body["arguments"] = {"extension_attributes": {"source_code": wanted.source_code}}
    return body


def new_track(*, order_id: int, shipment_id: int, track: Track) -> dict[str, Any]:
    place = {"order_id": order_id, "parent_id": shipment_id, "weight": 0, "qty": 1, "description": ""}
    return {"entity": {**place, **_track_body(track)}}


def new_invoice(quantities: Mapping[int, int]) -> dict[str, Any]:
    return {"capture": False, "notify": False, "appendComment": False, "items": items(quantities)}


def new_memo(wanted: NewMemo) -> dict[str, Any]:
    """Items and shipping are always explicit: the shop reads what is missing as “everything” (observed §9)."""
    return {
        "items": items(wanted.quantities),
        "notify": False,
        "appendComment": False,
        "comment": {"comment": wanted.comment, "is_visible_on_front": 0},
        "arguments": {
            "shipping_amount": wanted.shipping,
            "adjustment_positive": 0,
            "adjustment_negative": 0,
            "extension_attributes": {"return_to_stock_items": list(wanted.restock)},
        },
    }


def items(quantities: Mapping[int, int]) -> list[dict[str, int]]:
    return [{"order_item_id": item, "qty": quantity} for item, quantity in quantities.items()]


def _track(row: Json) -> Track:
    return Track(
        carrier_code=text(row, "carrier_code"),
        title=text(row, "title"),
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
