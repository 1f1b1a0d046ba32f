"""Search criteria (commerce-api §3.1): OR within a group, AND between groups, sorting, pages."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from channel_simulators.commerce.store.columns import Row, leading_number
from channel_simulators.commerce.store.index import Index, folded
from channel_simulators.commerce.store.options import Options
from channel_simulators.commerce.wire.conditions import Filter, Test, test
from channel_simulators.commerce.wire.errors import ApiError, internal, required, wrong_type
from channel_simulators.commerce.wire.query import snake, values

T = TypeVar("T")
Group = list[Filter]

_FROM, _TO = ("gteq", "moreq", "from"), ("lteq", "to")


@dataclass
class Criteria:
    groups: list[Group] = field(default_factory=list)
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

    def without(self, *names: str) -> "Criteria":
        """The same, less the filters on these fields."""
        kept = [[f for f in group if f.field not in names] for group in self.groups]
        return Criteria([group for group in kept if group], self.sorts, self.page_size, self.page)


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
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not value.lstrip("-").isdigit():
        raise wrong_type(value, "int")
    return int(value)


def _filter(node: Any) -> Filter:
    given = _snake_keys(node)
    return Filter(given.get("field", ""), str(given.get("value", "")), given.get("condition_type", "eq"))


def _sort(node: Any) -> tuple[str, str]:
    given = _snake_keys(node)
    return given.get("field", ""), "ASC" if str(given.get("direction", "DESC")).upper() == "ASC" else "DESC"


@dataclass(frozen=True, kw_only=True)
class Table(Generic[T]):
    """Entries by id, each with its row; `key` is the column that holds the id."""

    entries: Mapping[int, T]
    row: Callable[[T], Row]
    columns: Collection[str]
    key: str = "entity_id"
    index: Index | None = None


@dataclass(frozen=True)
class Found(Generic[T]):
    entries: list[T]  # of this page
    total: int


def find(read: Criteria, table: Table[T]) -> Found[T]:
    """The matching entries in their order; a column that does not exist is an SQL error, masked as 500."""
    named = [f.field for g in read.groups for f in g] + [name for name, _ in read.sorts]
    if any(name not in table.columns for name in named):
        raise internal()
    ids, groups = _candidates(read.groups, table)
    if groups:
        ids = [n for n in ids if _fits(groups, table.row(table.entries[n]))]
    ids = _sorted(ids, read.sorts, table)
    size = read.page_size if read.page_size and read.page_size > 0 else None
    page = ids if size is None else ids[(read.page - 1) * size : read.page * size]
    return Found([table.entries[n] for n in page], len(ids))


def _candidates(groups: list[Group], table: Table[T]) -> tuple[list[int], list[list[tuple[str, Test]]]]:
    """Ids that one indexed group leaves, narrowed by ranges of the id; and the other groups as tests."""
    chosen = next((group for group in groups if _is_indexed(group, table)), None)
    rest = [group for group in groups if group is not chosen]
    ids = sorted(table.entries) if chosen is None else _looked_up(chosen, table)
    remaining = []
    for group in rest:
        if _is_range(group, table):
            ids = _within(ids, group[0])
        elif group:
            remaining.append([(f.field, test(f)) for f in group])
    return ids, remaining


def _is_indexed(group: Group, table: Table[T]) -> bool:
    index = table.index
    return (
        index is not None and bool(group) and all(f.condition in ("eq", "in") and index.covers(f.field) for f in group)
    )


def _looked_up(group: Group, table: Table[T]) -> list[int]:
    assert table.index is not None
    found: set[int] = set()
    for condition in group:
        wanted = condition.value.split(",") if condition.condition == "in" else [condition.value]
        for value in wanted:
            found.update(table.index.ids(condition.field, value))
    return sorted(found)


def _is_range(group: Group, table: Table[T]) -> bool:
    return len(group) == 1 and group[0].field == table.key and group[0].condition in ("gt", "lt", *_FROM, *_TO)


def _within(ids: list[int], condition: Filter) -> list[int]:
    bound = leading_number(condition.value)
    if condition.condition == "gt":
        return ids[bisect_right(ids, bound) :]
    if condition.condition == "lt":
        return ids[: bisect_left(ids, bound)]
    return ids[bisect_left(ids, bound) :] if condition.condition in _FROM else ids[: bisect_right(ids, bound)]


def _fits(groups: list[list[tuple[str, Test]]], row: Row) -> bool:
    for group in groups:  # loops, for the many rows of a large shop
        for name, matches in group:
            if matches(row.get(name)):
                break
        else:
            return False
    return True


def _sorted(ids: list[int], sorts: list[tuple[str, str]], table: Table[T]) -> list[int]:
    """By the first sort order, ties by the next and at last by id; null comes before every value."""
    for name, direction in reversed(sorts):
        descending = direction == "DESC"
        if name == table.key:
            ids = sorted(ids, reverse=descending)
        else:
            ids = sorted(ids, key=lambda n: _sort_key(table.row(table.entries[n]).get(name)), reverse=descending)
    return ids


def _sort_key(value: Any) -> tuple[bool, Any]:
    return value is not None, folded(value) if value is not None else 0
