"""Search criteria (commerce-api §3.1): conditions, OR within a group, AND between groups, sorting, pages."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from channel_simulators.commerce.store.columns import Row, number
from channel_simulators.commerce.store.state import Options, plain
from channel_simulators.commerce.wire.errors import ApiError, internal, required
from channel_simulators.commerce.wire.query import snake, values

_DATE = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?$")
_LEADING_NUMBER = re.compile(r"^\s*-?\d+(\.\d+)?")
# The signs of (column - value) that match; an unknown type means eq (observed §5).
_SIGNS = {
    "gt": {1}, "lt": {-1}, "neq": {-1, 1},
    "gteq": {0, 1}, "moreq": {0, 1}, "from": {0, 1}, "lteq": {-1, 0}, "to": {-1, 0},
}  # fmt: skip


@dataclass(frozen=True)
class Filter:
    field: str
    value: str
    condition: str


@dataclass
class Criteria:
    groups: list[list[Filter]] = field(default_factory=list)
    sorts: list[tuple[str, str]] = field(default_factory=list)
    page_size: int | None = None
    page: int = 1

    def echo(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"filter_groups": [{"filters": [_shown(f) for f in g]} for g in self.groups]}
        if self.sorts:
            shown["sort_orders"] = [{"field": name, "direction": direction} for name, direction in self.sorts]
        if self.page_size:
            shown |= {"page_size": self.page_size, "current_page": self.page}
        return shown


def _shown(condition: Filter) -> dict[str, str]:
    return {"field": condition.field, "value": condition.value, "condition_type": condition.condition}


def criteria(query: dict[str, Any], options: Options) -> Criteria:
    """Read `searchCriteria`; raises 400 if it is missing or breaks the shop's input limits."""
    node = query.get("searchCriteria", query.get("search_criteria"))
    if node is None or node == "":
        raise required("searchCriteria")
    given = _snake_keys(node) if isinstance(node, dict) else {}
    read = Criteria(
        groups=[
            [_filter(f) for f in values(_snake_keys(g).get("filters"))] for g in values(given.get("filter_groups"))
        ],
        sorts=[_sort(s) for s in values(given.get("sort_orders"))],
        page_size=_integer(given.get("page_size")),
        page=max(_integer(given.get("current_page")) or 1, 1),
    )
    return _limited(read) if options.input_limits else read


def _limited(read: Criteria) -> Criteria:
    if (read.page_size or 0) > 300:
        raise ApiError(400, "Maximum SearchCriteria pageSize is %max", {"max": 300})
    read.page_size = read.page_size or 20
    return read


def _snake_keys(node: Any) -> dict[str, Any]:
    return {snake(name): value for name, value in node.items()} if isinstance(node, dict) else {}


def _integer(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and value.isdigit() else None


def _filter(node: Any) -> Filter:
    given = _snake_keys(node)
    return Filter(given.get("field", ""), given.get("value", ""), given.get("condition_type", "eq"))


def _sort(node: Any) -> tuple[str, str]:
    given = _snake_keys(node)
    return given.get("field", ""), "ASC" if str(given.get("direction", "DESC")).upper() == "ASC" else "DESC"


@dataclass(frozen=True)
class Found:
    rows: list[int]  # positions in what was searched, of this page
    total: int


def find(read: Criteria, rows: Iterable[Row], columns: Iterable[str]) -> Found:
    """Positions of the matching rows in their order; a column that does not exist is an SQL error, masked as 500."""
    known = set(columns)
    named = [f.field for g in read.groups for f in g] + [name for name, _ in read.sorts]
    if any(name not in known for name in named):
        raise internal()
    matching = [(n, row) for n, row in enumerate(rows) if all(_any(group, row) for group in read.groups)]
    for name, direction in reversed(read.sorts):
        matching.sort(key=cmp_to_key(_by(name)), reverse=direction == "DESC")
    found = [position for position, _ in matching]
    if read.page_size:
        start = (read.page - 1) * read.page_size
        return Found(found[start : start + read.page_size], len(found))
    return Found(found, len(found))


def _by(name: str) -> Callable[[tuple[int, Row], tuple[int, Row]], int]:
    def compare(left: tuple[int, Row], right: tuple[int, Row]) -> int:
        a, b = left[1].get(name), right[1].get(name)
        if a is None or b is None:
            return (a is not None) - (b is not None)
        one, two = _sortable(a), _sortable(b)
        return int(one > two) - int(one < two)

    return compare


def _sortable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _any(group: list[Filter], row: Row) -> bool:
    return not group or any(matches(f, row.get(f.field)) for f in group)


def matches(condition: Filter, actual: Any) -> bool:  # noqa: PLR0911 - one answer a condition type
    kind, wanted = condition.condition, condition.value
    if kind in ("null", "notnull"):
        return (actual is None) is (kind == "null")
    if actual is None:
        return False
    if condition.field.endswith("_at") and kind not in ("in", "nin", "like", "nlike") and not _DATE.match(wanted):
        return True  # a nonsense date matches everything (observed §3)
    if kind in ("in", "nin"):
        return any(_compare(actual, part) == 0 for part in wanted.split(",")) is (kind == "in")
    if kind in ("like", "nlike"):
        return bool(_like(wanted).match(str(plain(actual)))) is (kind == "like")
    if kind in ("finset", "nfinset"):
        return (wanted in str(actual).split(",")) is (kind == "finset")
    return _compare(actual, wanted) in _SIGNS.get(kind, {0})


def _compare(actual: Any, wanted: str) -> int:
    """As MySQL compares a column with a text: numbers by value, texts without case and trailing blanks."""
    left: Any
    right: Any
    if isinstance(actual, int | Decimal):
        leading = _LEADING_NUMBER.match(wanted)
        left, right = Decimal(actual), number(leading.group() if leading else 0)
    else:
        left, right = str(actual).rstrip(" ").casefold(), wanted.rstrip(" ").casefold()
        if _DATE.match(wanted) and _DATE.match(str(actual)):
            left, right = _moment(str(actual)), _moment(wanted)
    return int(left > right) - int(left < right)


def _moment(text: str) -> tuple[float, ...]:
    parts = [float(part) for part in re.split(r"[-T :]", text)]
    return tuple(parts + [0.0] * (6 - len(parts)))


def _like(pattern: str) -> re.Pattern[str]:
    parts = [".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern]
    return re.compile("^" + "".join(parts) + "$", re.IGNORECASE | re.DOTALL)
