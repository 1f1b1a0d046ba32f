"""Reading JSON whose members may be absent, null, of another type or of another shape than documented."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from channel_manager.shared.money import cents

Json = dict[str, Any]

MOST = 1_000_000
_FLAGS = {"true": True, "y": True, "yes": True, "false": False, "n": False, "no": False}
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Unreadable(Exception):
    """A member that an order cannot be understood without. `path` is Walmart's own name of it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def part(data: Any, *names: str) -> Json:
    """The object below the names; an empty one if it or a step is missing or is no object (`[]` has been seen)."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def parts(data: Any) -> list[Json]:
    """Objects of an array, or the single object that stands in place of an array of one."""
    found = data if isinstance(data, list) else [data]
    return [item for item in found if isinstance(item, dict)]


def text(data: Json, name: str) -> str:
    """Characters that PostgreSQL cannot hold are left out; a whole number has no decimal point."""
    value = data.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\x00", "").strip() if isinstance(value, str | int | float) else ""


def needed(data: Json, name: str, path: str) -> str:
    value = text(data, name)
    if not value:
        raise Unreadable(path)
    return value


def amount(value: Any, path: str) -> Decimal:
    """Money to the cent; nothing is zero."""
    if value is None or value == "":
        return cents(0)
    return cents(_number(value, path))


def units(value: Any, path: str) -> int:
    """A quantity: `{"amount": "2"}` as on orders, `{"measurementValue": 2}` as on returns, or bare."""
    if isinstance(value, dict):
        value = value.get("measurementValue", value.get("amount"))
    number = _number(value, path)
    if not 0 <= number <= MOST or number != number.to_integral_value():
        raise Unreadable(path)
    return int(number)


def flag(value: Any) -> bool | None:
    """True or false, also as text; None when it is neither."""
    return _FLAGS.get(str(value).strip().lower()) if isinstance(value, bool | str) else None


def moment(value: Any) -> datetime | None:
    """Epoch milliseconds, or ISO 8601; None for what cannot be a moment of an order (year 1 and 1970 occur)."""
    try:
        found = _iso(value) if isinstance(value, str) and "-" in value[1:] else _epoch(value)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return found if _EARLIEST <= found <= _LATEST else None


def names(values: Iterable[str]) -> tuple[str, ...]:
    """Without repetitions and empty ones, in order."""
    return tuple(dict.fromkeys(value for value in values if value))


def _number(value: Any, path: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Unreadable(path) from None
    if not number.is_finite() or abs(number) > 10**12:
        raise Unreadable(path)
    return number


def _iso(value: str) -> datetime:
    parsed = datetime.fromisoformat(value)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _epoch(value: Any) -> datetime:
    return datetime.fromtimestamp(float(value) / 1000, UTC)
