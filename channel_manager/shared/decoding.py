"""JSON of Walmart as data that can be stored: one broken name must not hide a page of two hundred orders."""

import json
from typing import Any

import msgspec


def decoded(body: bytes) -> Any:
    """Raises ValueError for what is no JSON at all.

    Half an emoji and broken UTF-8 become question marks; the NUL character, which PostgreSQL's text and jsonb cannot
    hold, is left out.
    """
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _storable(json.loads(body.decode(errors="replace"), parse_constant=str))
    return _storable(data) if b"\\u0000" in body else data


def _storable(data: Any) -> Any:
    if isinstance(data, dict):
        return {_text(key): _storable(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_storable(item) for item in data]
    return _text(data) if isinstance(data, str) else data


def _text(value: str) -> str:
    return value.replace("\x00", "").encode(errors="replace").decode()
