"""One filter's condition as a test of a column's value, comparing as MySQL compares a column with a text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channel_simulators.commerce.store.columns import leading_number
from channel_simulators.commerce.store.index import folded
from channel_simulators.commerce.store.state import plain

Test = Callable[[Any], bool]

_DATE = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?)?$")
# The signs of (column - value) that match; any other type means eq (observed §5).
_SIGNS = {
    "gt": {1}, "lt": {-1}, "neq": {-1, 1},
    "gteq": {0, 1}, "moreq": {0, 1}, "from": {0, 1}, "lteq": {-1, 0}, "to": {-1, 0},
}  # fmt: skip
_NO_DATE_NEEDED = ("in", "nin", "like", "nlike", "finset", "nfinset")


@dataclass(frozen=True)
class Filter:
    field: str
    value: str
    condition: str


def test(condition: Filter) -> Test:
    """Null matches `null` alone; a column of many values (a tuple) matches when one of them does."""
    kind = condition.condition
    if kind in ("null", "notnull"):
        return lambda actual: (actual is None) is (kind == "null")
    matches = _value_test(condition)

    def either(actual: Any) -> bool:
        if actual is None:
            return False
        return any(map(matches, actual)) if actual.__class__ is tuple else matches(actual)

    return either


def _value_test(condition: Filter) -> Test:
    kind, wanted = condition.condition, condition.value
    if condition.field.endswith("_at") and kind not in _NO_DATE_NEEDED and not _DATE.match(wanted):
        return lambda _: True  # a nonsense date matches everything (observed §3)
    if kind in ("in", "nin"):
        return _one_of(wanted.split(","), listed=kind == "in")
    if kind in ("like", "nlike"):
        pattern = _like(wanted)
        return lambda actual: (pattern.match(str(plain(actual))) is not None) is (kind == "like")
    if kind in ("finset", "nfinset"):
        return lambda actual: (folded(wanted) in str(folded(actual)).split(",")) is (kind == "finset")
    if kind not in _SIGNS:
        return _one_of([wanted], listed=True)
    return _comparison(wanted, _SIGNS[kind])


def _one_of(wanted: list[str], *, listed: bool) -> Test:
    """The values are cut at every comma, so none that contains one is ever found (observed §10)."""
    texts, numbers = {_text(value) for value in wanted}, {leading_number(value) for value in wanted}

    def among(actual: Any) -> bool:
        found = _text(actual) in texts if actual.__class__ is str else actual in numbers
        return found is listed

    return among


def _comparison(wanted: str, signs: set[int]) -> Test:
    number, text = leading_number(wanted), _text(wanted)

    def compare(actual: Any) -> bool:
        left: Any = _text(actual) if actual.__class__ is str else actual
        right: Any = text if actual.__class__ is str else number
        return (left > right) - (left < right) in signs

    return compare


def _text(value: str) -> str:
    """Dates in the one form in which they compare as texts."""
    if len(value) == 19 and value[10] == " " and value[4] == "-":
        return value
    text = value.rstrip(" ").casefold()
    found = _DATE.match(text) if text[4:5] == "-" else None
    if found is None:
        return text
    year, month, day, hour, minute, second, fraction = found.groups(default="0")
    rest = fraction if fraction != "0" else ""
    return f"{year}-{month:0>2}-{day:0>2} {hour:0>2}:{minute:0>2}:{second:0>2}{rest}"


def _like(pattern: str) -> re.Pattern[str]:
    parts = [".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern]
    return re.compile("^" + "".join(parts) + "$", re.IGNORECASE | re.DOTALL)
