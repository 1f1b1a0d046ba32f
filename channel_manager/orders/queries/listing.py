"""What the Orders page lists: filters, sorts, and pages that stay where they are while orders come in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db.models import Exists, F, Max, OrderBy, OuterRef, Q, QuerySet

from channel_manager.orders.models import UNFINISHED, OrderLine, PurchaseOrder, typed
from channel_manager.orders.queries.counting import cards
from channel_manager.orders.queries.searching import Found, search, spellings
from channel_manager.ports.messages import Fulfilment
from channel_manager.sync import sql

PAGE = 50
MOST_SHOWN = 100
"""Hits of a search on its one page."""


@dataclass(frozen=True, slots=True)
class Sort:
    """By a column; `descending` unless it is asked for the other way round."""

    column: str
    descending: bool


LISTED = """
    SELECT json_agg(listed)::text AS listed FROM (
        SELECT o.id, o.number, o.customer_order_number, o.commerce_number, o.ordered_at, o.ship_by, o.deliver_by,
            o.ship_method, o.fulfilment, o.currency, o.total::text, o.status, o.has_error, o.updated_at, o.details,
            coalesce((SELECT json_agg(json_build_array(sku, quantity) ORDER BY position, id)
                FROM orders_orderline WHERE order_id = o.id), '[]') AS lines
        FROM ({found}) AS found JOIN orders_purchaseorder o ON o.id = found.id
        ORDER BY o.{column} {direction}, o.id {direction}) AS listed
"""
"""The rows as one JSON text, which is read in a fraction of the time that the driver takes for two hundred moments."""
SORTS: Mapping[str, Sort] = {
    "ordered": Sort("ordered_at", descending=True),
    "ship_by": Sort("ship_by", descending=False),
    "updated": Sort("updated_at", descending=True),
    "value": Sort("total", descending=True),
}


@dataclass(frozen=True, slots=True)
class Position:
    """A row that a page begins behind or ends before: what it is sorted by, and its id."""

    at: datetime | Decimal
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`sort` is a name of SORTS; "ship_by" leaves finished orders out. `turned` is the other way round. `since` and
    `until` bound when an order was placed, `until` left out itself. `also` are hits of the search for other reasons.
    """

    card: str = ""
    search: str = ""
    also: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sku: str = ""
    ship_method: str = ""
    fulfilment: str = ""
    has_error: bool = False
    not_in_commerce: bool = False
    sort: str = "ordered"
    turned: bool = False
    after: Position | None = None
    before: Position | None = None

    @property
    def descending(self) -> bool:
        return SORTS[self.sort].descending != self.turned


class ListedOrder(msgspec.Struct, gc=False, kw_only=True):
    """What the list shows of an order; `lines` are (SKU, quantity)."""

    id: int
    number: str
    customer_order_number: str
    commerce_number: str
    ordered_at: datetime
    ship_by: datetime | None
    deliver_by: datetime | None
    ship_method: str
    fulfilment: str
    currency: str
    total: Decimal
    status: str
    has_error: bool
    updated_at: datetime
    details: list[dict[str, Any]]
    lines: list[tuple[str, int]]

    @property
    def read_only(self) -> bool:
        return self.fulfilment == Fulfilment.MARKETPLACE


_orders = msgspec.json.Decoder(list[ListedOrder])


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPage:
    """`cut`: a search found more than is shown."""

    orders: list[ListedOrder]
    following: Position | None = None
    preceding: Position | None = None
    cut: bool = False


def orders_page(store_id: int, wanted: Wanted, now: datetime, *, size: int = PAGE) -> OrdersPage:
    found = filtered(store_id, wanted, now)
    if wanted.search:
        return _hits(found, wanted, search(store_id, wanted.search, wanted.also), size=max(size, MOST_SHOWN))
    if wanted.before:
        page = _page_before(found, wanted, size)
        if page.preceding:
            return page  # else it is the first one, which begins with what is newest now
    return _page_after(found, wanted, size)


def filtered(store_id: int, wanted: Wanted, now: datetime) -> QuerySet[PurchaseOrder]:
    """All orders that the filters leave, whatever was searched for; in no order."""
    found = PurchaseOrder.objects.filter(store=store_id)
    if wanted.card:
        found = found.filter(cards(now)[wanted.card])
    if wanted.sort == "ship_by":
        found = found.filter(status__in=UNFINISHED, ship_by__isnull=False)
    if wanted.sku:
        of_sku = OrderLine.objects.alias(typed=typed("sku")).filter(
            order=OuterRef("pk"), typed=spellings(wanted.sku)[0]
        )
        found = found.filter(Exists(of_sku))
    if wanted.not_in_commerce:
        found = found.filter(commerce_order_id=None)
    exact = {"ship_method": wanted.ship_method, "fulfilment": wanted.fulfilment, "has_error": wanted.has_error}
    bounds = {"ordered_at__gte": wanted.since, "ordered_at__lt": wanted.until}
    return found.filter(**{name: value for name, value in (exact | bounds).items() if value})


def in_order(found: QuerySet[PurchaseOrder], wanted: Wanted, *, backwards: bool = False) -> QuerySet[PurchaseOrder]:
    column, descending = SORTS[wanted.sort].column, wanted.descending != backwards
    return found.order_by(*(OrderBy(F(name), descending=descending) for name in (column, "id")))


def behind(
    found: QuerySet[PurchaseOrder], wanted: Wanted, place: Position, *, backwards: bool = False
) -> QuerySet[PurchaseOrder]:
    """The redundant bound on the leading column is what lets the index start at the position."""
    column, sign = SORTS[wanted.sort].column, "lt" if wanted.descending != backwards else "gt"
    further = Q((f"{column}__{sign}", place.at)) | Q((f"id__{sign}", place.id))
    return found.filter(further, (f"{column}__{sign}e", place.at))


def of_ids(store_id: int, ids: list[int]) -> list[ListedOrder]:
    """The orders with these ids, as the list shows them, newest first."""
    return _listed(PurchaseOrder.objects.filter(store=store_id, pk__in=ids), Wanted())


def orders_after(
    store_id: int, wanted: Wanted, now: datetime, *, size: int, ids: Sequence[int] | None = None
) -> Iterator[list[ListedOrder]]:
    """All orders that the filters leave, or those of them with these ids, page by page from the beginning."""
    found = filtered(store_id, wanted, now)
    found = found if ids is None else found.filter(pk__in=ids)
    place: Position | None = None
    while rows := _listed(in_order(behind(found, wanted, place) if place else found, wanted)[:size], wanted):
        yield rows
        place = _position(rows[-1], wanted.sort)


def latest_received(store_id: int) -> int:
    """The id of the order that was received last; 0 before the first. Ids grow as orders come in, not as placed."""
    return PurchaseOrder.objects.filter(store=store_id).aggregate(latest=Max("pk"))["latest"] or 0


def newer_orders(store_id: int, than: int) -> int:
    """How many orders were received after the one with this id; stops at 100."""
    return PurchaseOrder.objects.filter(store=store_id, pk__gt=than)[:100].count()


def _listed(found: QuerySet[PurchaseOrder], wanted: Wanted, *, backwards: bool = False) -> list[ListedOrder]:
    """What was found, with the lines, in one statement that makes no objects but these."""
    try:
        statement, values = found.values("id").query.sql_with_params()
    except EmptyResultSet:  # asked for none
        return []
    direction = "DESC" if wanted.descending != backwards else "ASC"
    ordered = LISTED.format(found=statement, column=SORTS[wanted.sort].column, direction=direction)
    (row,) = sql.rows(ordered, values)
    return _orders.decode(row["listed"]) if row["listed"] else []


def _page_after(found: QuerySet[PurchaseOrder], wanted: Wanted, size: int) -> OrdersPage:
    after = None if wanted.before else wanted.after
    rows = _listed(in_order(behind(found, wanted, after) if after else found, wanted)[: size + 1], wanted)
    more, rows = len(rows) > size, rows[:size]
    return OrdersPage(
        orders=rows,
        following=_position(rows[-1], wanted.sort) if more else None,
        preceding=_position(rows[0], wanted.sort) if after and rows else None,
    )


def _page_before(found: QuerySet[PurchaseOrder], wanted: Wanted, size: int) -> OrdersPage:
    assert wanted.before is not None
    earlier = behind(found, wanted, wanted.before, backwards=True)
    rows = _listed(in_order(earlier, wanted, backwards=True)[: size + 1], wanted, backwards=True)
    if len(rows) <= size:
        return OrdersPage(orders=[])
    rows = rows[size - 1 :: -1]
    first, last = _position(rows[0], wanted.sort), _position(rows[-1], wanted.sort)
    return OrdersPage(orders=rows, following=last, preceding=first)


def _hits(found: QuerySet[PurchaseOrder], wanted: Wanted, hits: Found, *, size: int) -> OrdersPage:
    """Everything that a search found on one page: exact hits first, unless another sort is asked for."""
    rows = _listed(found.filter(pk__in=hits.ranks), wanted)
    if wanted.sort == "ordered" and not wanted.turned:
        rows.sort(key=lambda order: hits.ranks[order.id])
    return OrdersPage(orders=rows[:size], cut=hits.cut or len(rows) > size)


def _position(order: ListedOrder, sort: str) -> Position:
    return Position(getattr(order, SORTS[sort].column), order.id)
