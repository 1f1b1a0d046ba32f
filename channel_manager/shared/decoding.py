"""A platform's JSON as data that can be stored: one broken name must not hide a page of two hundred orders."""

import json
import math
from typing import Any

import msgspec

DEEPEST = 64
LONGEST_NUMBER = 40
_LEAST, _MOST = -(2**63), 2**64 - 1


def decoded(body: bytes) -> Any:
    """Raises ValueError for what is no JSON at all.

    Half an emoji and broken UTF-8 become question marks; the NUL character, which PostgreSQL's text and jsonb cannot
    hold, is left out. Numbers that are none (NaN, 1e999, more than 64 bits) become texts, and what lies deeper than
    any answer of a platform is cut off; so that all of it can be stored as JSON.
    """
    try:
        return storable(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return storable(_loaded(body))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _loaded(body: bytes) -> Any:
    """Also what the quick decoder refuses: a byte-order mark, raw line breaks inside texts, impossible numbers."""
    text = body.decode("utf-8-sig", errors="replace")
    try:
        return json.loads(text, strict=False, parse_constant=str, parse_float=_float, parse_int=_int)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else _shortened(digits)


def _int(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_NUMBER else _shortened(digits)


def _shortened(digits: str) -> str:
    return digits if len(digits) <= LONGEST_NUMBER else digits[:LONGEST_NUMBER] + "…"


def storable(data: Any, depth: int = DEEPEST) -> Any:
    """A copy of a JSON value as PostgreSQL holds it."""
    if isinstance(data, dict):
        return {clean(key): storable(value, depth - 1) for key, value in data.items()} if depth else None
    if isinstance(data, list):
        return [storable(item, depth - 1) for item in data] if depth else None
    if isinstance(data, int) and not _LEAST <= data <= _MOST:
        return _shortened(str(data))
    return clean(data) if isinstance(data, str) else data


def clean(value: str) -> str:
    return value.replace("\x00", "").encode(errors="replace").decode()
