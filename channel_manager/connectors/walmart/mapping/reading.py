"""Reading JSON whose members may be absent, null, of another type or of another shape than documented."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from channel_manager.shared.money import cents

Json = dict[str, Any]
Row = TypeVar("Row")

MOST = 1_000_000
_MANY = 10**12
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


def rows(data: Any) -> list[Any]:
    """Elements of an array, also such that are no objects, so that places count; or the object that stands for one."""
    if isinstance(data, list):
        return data
    return [data] if isinstance(data, dict) and data else []


def readable(
    found: Iterable[Any], read: Callable[[Json], Row], *, member: str
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """What `read` understands, and the SKUs of the rest; the place in `member` for what has no SKU."""
    read_rows: list[Row] = []
    unreadable: list[str] = []
    for index, row in enumerate(found):
        try:
            read_rows.append(read(part(row)))
        except Unreadable:
            unreadable.append(text(part(row), "sku") or f"{member}[{index}]")
    return tuple(read_rows), tuple(unreadable)


def next_cursor(meta: Json, cursor: str | None) -> str | None:
    """Where a list goes on (walmart-api §0.1). The end is no cursor, `hasMoreElements=false` in it, or the same cursor
    again. `cursor` led to this page.
    """
    found = meta.get("nextCursor")
    if not isinstance(found, str) or not found or found == cursor or "hasMoreElements=false" in found:
        return None
    return found


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


def units(value: Any, path: str, *, least: int = 0, most: int = MOST) -> int:
    """A quantity: `{"amount": "2"}` as on orders and stock, `{"measurementValue": 2}` as on returns, or bare."""
    if isinstance(value, dict):
        value = value.get("measurementValue", value.get("amount"))
    number = _number(value, path)
    if not least <= number <= most or number != number.to_integral_value():
        raise Unreadable(path)
    return int(number)


def count(value: Any) -> int | None:
    """How many there are, where that is told."""
    try:
        return units(value, "", most=_MANY)
    except Unreadable:
        return None


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
