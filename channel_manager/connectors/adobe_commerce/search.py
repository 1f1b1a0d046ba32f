"""`searchCriteria` queries, encoded so that signature and server read the same (commerce-api §3.1)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from channel_manager.connectors.adobe_commerce.auth import encoded

ROWS_AT_MOST = 100
"""A page that every shop answers: input limits allow 300, full orders take 5 ms each."""

ELEMENTS_AT_ONCE = 20
"""What a shop with input limits takes of any one list in a request, filters included (commerce-api §12.3)."""

SKUS_AT_ONCE = 100
"""As one `in` list; the time that the shop takes grows with each SKU (commerce-api §8.2)."""

LONGEST_QUERY = 6000
"""Web servers take addresses of 8 KB (commerce-api §12.3)."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Filter:
    field: str
    value: object
    condition: str = "eq"


def criteria(
    *groups: Filter | Sequence[Filter],
    sort: Sequence[str] = (),
    size: int = ROWS_AT_MOST,
    page: int = 1,
    fields: str = "",
) -> str:
    """A query string. Groups are joined by AND, the filters inside one by OR; `sort` names columns, ascending.

    Without a page size the shop answers everything, and it sorts descending unless told: both are always written.
    """
    pairs: list[tuple[str, object]] = []
    for number, group in enumerate(groups):
        for place, one in enumerate([group] if isinstance(group, Filter) else group):
            at = f"searchCriteria[filterGroups][{number}][filters][{place}]"
            pairs += [(f"{at}[field]", one.field), (f"{at}[conditionType]", one.condition), (f"{at}[value]", one.value)]
    for number, column in enumerate(sort):
        at = f"searchCriteria[sortOrders][{number}]"
        pairs += [(f"{at}[field]", column), (f"{at}[direction]", "ASC")]
    pairs += [("searchCriteria[pageSize]", size), ("searchCriteria[currentPage]", page)]
    if fields:
        pairs.append(("fields", fields))
    return "&".join(f"{encoded(name)}={encoded(str(value))}" for name, value in pairs)


def any_of(field: str, values: Iterable[object]) -> tuple[Filter, ...]:
    """One `eq` per value in one OR group: `in` finds nothing for a value with a comma (observed §10)."""
    return tuple(Filter(field, value) for value in values)


def in_ids(field: str, ids: Iterable[int]) -> Filter:
    return Filter(field, ",".join(str(one) for one in ids), "in")


def chunks(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    rest = iter(items)
    while chunk := tuple(islice(rest, size)):
        yield chunk


def skus_at_once(skus: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """As many as fit into one query of `of_skus`: a letter outside ASCII takes up to twelve places in an address."""
    plain: list[str] = []
    odd: list[str] = []
    for sku in skus:
        (plain if _fits_into_list(sku) else odd).append(sku)
    yield from _parts(plain, at_most=SKUS_AT_ONCE, each=len(encoded(",")))
    yield from _parts(odd, at_most=ELEMENTS_AT_ONCE, each=_LENGTH_OF_FILTER)


def of_skus(skus: Sequence[str]) -> tuple[Filter, ...]:
    """For one part of `skus_at_once`: one `in` list, which input limits count as one element, or else `eq` filters."""
    if all(_fits_into_list(sku) for sku in skus):
        return (Filter("sku", ",".join(skus), "in"),)
    return any_of("sku", skus)


def _fits_into_list(sku: str) -> bool:
    """A list is cut at every comma (observed §10)."""
    return "," not in sku and sku == sku.strip()


def _parts(skus: Iterable[str], *, at_most: int, each: int) -> Iterator[tuple[str, ...]]:
    some: list[str] = []
    length = 0
    for sku in skus:
        takes = len(encoded(sku)) + each
        if some and (len(some) == at_most or length + takes > LONGEST_QUERY):
            yield tuple(some)
            some, length = [], 0
        some.append(sku)
        length += takes
    if some:
        yield tuple(some)


def moment(at: datetime) -> str:
    """A time as the shop stores it: UTC, whole seconds, without zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


_LENGTH_OF_FILTER = len(criteria(any_of("sku", ["", ""]))) - len(criteria(any_of("sku", [""])))
