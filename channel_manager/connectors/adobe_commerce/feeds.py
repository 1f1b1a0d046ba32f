"""Feeds that lose no row while rows move: never a second page, always a place to go on from (commerce-api §3.4).

A row that cannot be understood hides no other: it is told beside them, and the feed goes on after it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from channel_manager.connectors.adobe_commerce import unreadable
from channel_manager.connectors.adobe_commerce.search import Filter, criteria, moment
from channel_manager.connectors.adobe_commerce.unreadable import Place
from channel_manager.ports.documents import (
    ChangedOrders,
    Keyset,
    NewMemos,
    NewShipments,
    UnreadableDocument,
)

Read = Callable[[str], Awaitable[list[Any]]]
"""Answers the rows of one list for a query string."""
Document = TypeVar("Document")
Rows = list[tuple[Place | None, Any]]
"""Rows with their places in the feed; None for one that does not say where it stands."""


async def changed_orders(read: Read, *, store_id: int, cursor: Keyset, limit: int) -> ChangedOrders:
    rows, cursor, more = await changed_rows(read, of=Filter("store_id", store_id), cursor=cursor, limit=limit)
    understood, told = _apart([unreadable.order(row) for row in rows])
    return ChangedOrders(orders=understood, cursor=cursor, more=more, unreadable=told)


async def changed_rows(
    read: Read, *, of: Filter, cursor: Keyset, limit: int, id_name: str = "entity_id", fields: str = ""
) -> tuple[list[Any], Keyset, bool]:
    """The next rows after `cursor` by (updated_at, id).

    Numbered steps, since each answers what the one before left open:
    1. Read from the cursor's second on; rows up to the cursor are known.
    2. A full page of known rows: that second holds more than a page. Read the rest of it by id.
    3. The second is exhausted: read what comes after it.
    A row that changes again moves behind the cursor's second and is met there. A row without a place is told whenever
    it is met and moves nothing.
    """
    second = cursor.updated_at.replace(microsecond=0)
    by_time = ("updated_at", "entity_id")

    async def page(*filters: Filter, sort: Sequence[str] = by_time) -> Rows:
        rows = await read(criteria(*filters, of, sort=sort, size=limit, fields=fields))
        return [(unreadable.place_of(row, id_name), row) for row in rows]

    found = await page(Filter("updated_at", moment(second), "gteq"))
    fresh = [row for row in found if row[0] is None or row[0] > (second, cursor.order_id)]
    if _moves(fresh) or len(found) < limit:
        return _reached(fresh, cursor, more=len(found) >= limit)
    after = Filter("entity_id", cursor.order_id, "gt")
    rest = await page(Filter("updated_at", moment(second)), after, sort=("entity_id",))
    if _moves(rest):
        return _reached([*fresh, *rest], cursor, more=True)
    later = await page(Filter("updated_at", moment(second), "gt"))
    return _reached([*fresh, *rest, *later], cursor, more=len(later) >= limit and _moves(later))


def _moves(rows: Rows) -> bool:
    return any(place for place, _ in rows)


def _reached(rows: Rows, cursor: Keyset, *, more: bool) -> tuple[list[Any], Keyset, bool]:
    if places := [place for place, _ in rows if place]:
        cursor = Keyset(updated_at=places[-1][0], order_id=places[-1][1])
    return [row for _, row in rows], cursor, more


async def new_shipments(read: Read, *, store_id: int, after_id: int, limit: int) -> NewShipments:
    rows = await _after(read, store_id, after_id, limit)
    understood, told = _apart([unreadable.shipment(row) for row in rows])
    last_id = _last_id(rows, after_id)
    return NewShipments(
        shipments=understood, unreadable=told, last_id=last_id, more=len(rows) >= limit and last_id > after_id
    )


async def new_memos(read: Read, *, store_id: int, after_id: int, limit: int) -> NewMemos:
    rows = await _after(read, store_id, after_id, limit)
    understood, told = _apart([unreadable.memo(row) for row in rows])
    last_id = _last_id(rows, after_id)
    return NewMemos(memos=understood, unreadable=told, last_id=last_id, more=len(rows) >= limit and last_id > after_id)


async def _after(read: Read, store_id: int, after_id: int, limit: int) -> list[Any]:
    filters = (Filter("store_id", store_id), Filter("entity_id", after_id, "gt"))
    return await read(criteria(*filters, sort=("entity_id",), size=limit))


def _last_id(rows: Sequence[Any], after_id: int) -> int:
    return max([after_id, *(unreadable.id_of(row) or 0 for row in rows)])


def _apart(
    found: Sequence[Document | UnreadableDocument],
) -> tuple[tuple[Document, ...], tuple[UnreadableDocument, ...]]:
    """What was understood, and what was not, each of it once."""
    told: list[UnreadableDocument] = []
    for one in found:
        if isinstance(one, UnreadableDocument) and one not in told:
            told.append(one)
    return tuple(one for one in found if not isinstance(one, UnreadableDocument)), tuple(told)
