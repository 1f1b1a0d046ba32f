"""What a shop calls with: a CloudEvent of Adobe I/O Events, a webhook's fields, anything of its own, or nothing."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from channel_manager.ports.notifications import Notification

LONGEST = 200
MOST_SKUS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`challenge` is not empty when the address is only being tried out."""

    notification: Notification
    challenge: str = ""


def read(body: bytes) -> Call:
    """Raises ValueError for what is no JSON. A call that names no event is a new one each time; a bare `id` is that of
    an order or a shipment, which may change again.
    """
    data = _decoded(body)
    event_id = _text(data, "event_id") or (_text(data, "id") if "specversion" in data else "")
    event = _text(data, "type") or _text(data, "event")
    known = Notification(
        event_id=event_id or uuid.uuid4().hex, event=event, topic=None, occurred_at=None, skus=_skus(data)
    )
    return Call(notification=known, challenge="" if event_id else _text(data, "challenge"))


def _skus(data: dict[str, Any]) -> tuple[str, ...]:
    """`sku` or `skus` of the call itself, of an event's `data` or of its `value` (commerce-api §10.1)."""
    inner = _object(data, "data")
    found: dict[str, None] = {}
    for part in (data, inner, _object(inner, "value")):
        many = part.get("skus")
        named = [*(many if isinstance(many, list) else ()), part.get("sku")]
        found |= dict.fromkeys(text for one in named[:MOST_SKUS] if (text := _text({"sku": one}, "sku")))
    return tuple(found)[:MOST_SKUS]


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _decoded(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        data = json.loads(body.decode(errors="replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return data if isinstance(data, dict) else {}


def _text(data: dict[str, Any], name: str) -> str:
    """Characters that PostgreSQL cannot hold are left out."""
    value = data.get(name)
    text = value.replace("\x00", "").encode(errors="replace").decode() if isinstance(value, str) else ""
    return text.strip()[:LONGEST]
