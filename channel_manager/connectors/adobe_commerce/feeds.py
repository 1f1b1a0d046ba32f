"""Feeds that lose no row while rows move: never a second page, always a place to go on from (commerce-api §3.4)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping import orders, shipments
from channel_manager.connectors.adobe_commerce.search import ROWS_AT_MOST, Filter, chunks, criteria, in_ids, moment
from channel_manager.ports.documents import ChangedOrders, CommerceOrder, CommerceShipment, Keyset, NewShipments

Read = Callable[[str], Awaitable[list[dict[str, Any]]]]
"""Answers the rows of one list for a query string."""

_IDS_AT_ONCE = 50


async def changed_orders(read: Read, *, store_id: int, cursor: Keyset, limit: int) -> ChangedOrders:
    """The next rows after `cursor` by (updated_at, id).

    Numbered steps, since each answers what the one before left open:
    1. Read from the cursor's second on; rows up to the cursor are known.
    2. A full page of known rows: that second holds more than a page. Read the rest of it by id.
    3. The second is exhausted: read what comes after it.
    A row that changes again moves behind the cursor's second and is met there.
    """
    second = cursor.updated_at.replace(microsecond=0)
    of_store = Filter("store_id", store_id)
    by_time = ("updated_at", "entity_id")

    async def page(*filters: Filter, sort: Sequence[str] = by_time) -> list[CommerceOrder]:
        return [orders.order(row) for row in await read(criteria(*filters, of_store, sort=sort, size=limit))]

    found = await page(Filter("updated_at", moment(second), "gteq"))
    unknown = [order for order in found if (order.updated_at, order.order_id) > (second, cursor.order_id)]
    if unknown or len(found) < limit:
        return _changed(unknown, cursor, more=len(found) >= limit)
    after = Filter("entity_id", cursor.order_id, "gt")
    rest = await page(Filter("updated_at", moment(second)), after, sort=("entity_id",))
    if rest:
        return _changed(rest, cursor, more=True)
    later = await page(Filter("updated_at", moment(second), "gt"))
    return _changed(later, cursor, more=len(later) >= limit)


def _changed(found: Sequence[CommerceOrder], cursor: Keyset, *, more: bool) -> ChangedOrders:
    if found:
        cursor = Keyset(updated_at=found[-1].updated_at, order_id=found[-1].order_id)
    return ChangedOrders(orders=tuple(found), cursor=cursor, more=more)


async def new_shipments(read: Read, *, store_id: int, after_id: int, limit: int) -> NewShipments:
    filters = (Filter("store_id", store_id), Filter("entity_id", after_id, "gt"))
    rows = await read(criteria(*filters, sort=("entity_id",), size=limit))
    return NewShipments(shipments=tuple(shipments.shipment(row) for row in rows), more=len(rows) >= limit)


async def shipments_by_id(read: Read, ids: Sequence[int]) -> tuple[CommerceShipment, ...]:
    found: list[CommerceShipment] = []
    for chunk in chunks(ids, _IDS_AT_ONCE):
        rows = await read(criteria(in_ids("entity_id", chunk), sort=("entity_id",), size=len(chunk)))
        found += [shipments.shipment(row) for row in rows]
    return tuple(found)


async def shipments_of(read: Read, order_id: int) -> tuple[CommerceShipment, ...]:
    """All of them, in order of id."""
    found: list[CommerceShipment] = []
    while True:
        after = Filter("entity_id", found[-1].shipment_id if found else 0, "gt")
        rows = await read(criteria(Filter("order_id", order_id), after, sort=("entity_id",)))
        found += [shipments.shipment(row) for row in rows]
        if len(rows) < ROWS_AT_MOST:
            return tuple(found)
