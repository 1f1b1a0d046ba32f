"""Single values of the shop: numbers arrive as int, float or text, absent members mean nothing (commerce-api §0.1).

A value that cannot be what it must be raises UnreadableAnswer with its path; what is only for people is read leniently.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from channel_manager.shared.decoding import clean
from channel_manager.shared.money import ZERO, cents

Json = Mapping[str, Any]
Read = TypeVar("Read")

LARGEST = 10**12
MOST_UNITS = 10**9
NUMBER_LENGTH = 50
"""Of an order or document; the shop's own column holds no more (commerce-api §3.2)."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class UnreadableAnswer(ValueError):
    """A member that must be there is missing, or is not what it must be. `path` is the shop's own name of it."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path or 'the answer'} is missing or wrong")
        self.path = path


def entity(data: Any) -> Json:
    """An object, which everything that has members must be."""
    if isinstance(data, dict):
        return data
    raise UnreadableAnswer("")


def part(data: Json, name: str) -> Json:
    """The object below a name; an empty one if it is missing or is none (PHP writes an empty one as `[]`)."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def rows(data: Json, name: str) -> list[Json]:
    """A list that may be null or missing, or an object of numbered members, as PHP writes a list with gaps."""
    found = data.get(name)
    if found is None or found == "":
        return []
    if not isinstance(found, list | dict):
        raise UnreadableAnswer(name)
    places = found.items() if isinstance(found, dict) else enumerate(found)
    return [_row(value, f"{name}[{place}]") for place, value in places]


def _row(value: Any, path: str) -> Json:
    if isinstance(value, dict):
        return value
    raise UnreadableAnswer(path)


def each(data: Json, name: str, read: Callable[[Json], Read]) -> tuple[Read, ...]:
    """Every row of a list, read; what is wrong is told with the row's place."""
    return tuple(within(f"{name}[{place}]", read, row) for place, row in enumerate(rows(data, name)))


def within(place: str, read: Callable[[Json], Read], data: Json) -> Read:
    try:
        return read(data)
    except UnreadableAnswer as error:
        raise UnreadableAnswer(f"{place}.{error.path}" if error.path else place) from None


def number(data: Json, name: str) -> Decimal:
    value = data.get(name)
    if value is None or value == "":
        return ZERO
    try:
        found = Decimal(str(value))
    except (InvalidOperation, ValueError):  # the latter from an int of thousands of digits
        raise UnreadableAnswer(name) from None
    if not found.is_finite() or abs(found) > LARGEST:
        raise UnreadableAnswer(name)
    return found


def amount(data: Json, name: str) -> Decimal:
    return cents(number(data, name))


def units(data: Json, name: str) -> int:
    """Whole units; a source may hold less than none."""
    found = int(number(data, name))
    if abs(found) > MOST_UNITS:
        raise UnreadableAnswer(name)
    return found


def quantity(data: Json, name: str) -> int:
    """Units of a document, never negative."""
    found = units(data, name)
    if found < 0:
        raise UnreadableAnswer(name)
    return found


def identifier(data: Json, name: str) -> int:
    """An id that must be there."""
    found = optional_identifier(data, name)
    if found is None:
        raise UnreadableAnswer(name)
    return found


def optional_identifier(data: Json, name: str) -> int | None:
    """0 stands for none."""
    found = number(data, name)
    if found < 0 or found != found.to_integral_value():
        raise UnreadableAnswer(name)
    return int(found) or None


def text(data: Json, name: str) -> str:
    """Nothing for what is no text or number; what PostgreSQL cannot hold is left out."""
    return plain(data.get(name))


def plain(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and -LARGEST < value < LARGEST else ""


def flag(value: Any) -> bool:
    return isinstance(value, bool | int | float | str) and value not in (False, "", "0", "false")


def moment(data: Json, name: str) -> datetime:
    """UTC without zone, whole seconds."""
    try:
        found = datetime.strptime(text(data, name)[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise UnreadableAnswer(name) from None
    if not _EARLIEST <= found <= _LATEST:
        raise UnreadableAnswer(name)
    return found


def answered_id(answer: Any) -> int:
    """The id of a new document: a number, or a number in quotes (observed §6)."""
    return identifier({"id": answer}, "id")


def answered_flag(answer: Any) -> bool:
    """Whether something was done: a boolean, or one in quotes."""
    if answer in (True, False, "true", "false", "1", "0"):
        return flag(answer)
    raise UnreadableAnswer("")
