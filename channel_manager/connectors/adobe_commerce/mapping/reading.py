"""Single values of the shop: numbers arrive as int, float or text, absent members mean nothing (commerce-api §0.1)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from channel_manager.shared.money import ZERO, cents

Json = Mapping[str, Any]


class UnreadableAnswer(ValueError):
    """A member that must be there is missing or is not what it must be; names its path."""


def number(data: Json, name: str) -> Decimal:
    value = data.get(name)
    if value is None or value == "":
        return ZERO
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise UnreadableAnswer(f"{name} is not a number: {value!r}") from error


def amount(data: Json, name: str) -> Decimal:
    return cents(number(data, name))


def units(data: Json, name: str) -> int:
    return int(number(data, name))


def identifier(data: Json, name: str) -> int:
    """An id that must be there."""
    found = optional_identifier(data, name)
    if found is None:
        raise UnreadableAnswer(f"{name} is missing")
    return found


def optional_identifier(data: Json, name: str) -> int | None:
    return int(number(data, name)) or None


def text(data: Json, name: str) -> str:
    value = data.get(name)
    return "" if value is None else str(value)


def flag(value: Any) -> bool:
    return value not in {None, False, "", "0", "false"}


def moment(data: Json, name: str) -> datetime:
    """UTC without zone, whole seconds."""
    try:
        return datetime.strptime(text(data, name)[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise UnreadableAnswer(f"{name} is not a time: {data.get(name)!r}") from error


def rows(data: Json, name: str) -> list[Json]:
    """A list that may be null or missing."""
    return list(data.get(name) or ())


def answered_id(answer: Any) -> int:
    """The id of a new document: a number, or a number in quotes (observed §6)."""
    return identifier({"id": answer}, "id")
