"""Many documents at once, by what is known of them. One that cannot be understood hides no other."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from channel_manager.connectors.adobe_commerce import unreadable
from channel_manager.connectors.adobe_commerce.feeds import Read
from channel_manager.connectors.adobe_commerce.mapping.corrections import EXTERNAL_ID_LENGTH
from channel_manager.connectors.adobe_commerce.search import (
    ROWS_AT_MOST,
    Filter,
    any_of,
    chunks,
    criteria,
    in_ids,
    moment,
)
from channel_manager.ports.documents import CommerceOrder, CommerceShipment, FoundOrders, UnreadableDocument

AT_ONCE = 50
log = logging.getLogger(__name__)


async def orders_by_id(read: Read, ids: Sequence[int]) -> FoundOrders:
    rows: list[Any] = []
    for chunk in chunks(ids, AT_ONCE):
        rows += await _all(read, in_ids("entity_id", chunk))
    return _found(rows)


async def orders_by_number(read: Read, *, store_id: int, numbers: Sequence[str]) -> FoundOrders:
    """The column keeps 32 characters (observed §2.4); `in` finds nothing for a value with a comma (observed §10)."""
    of_store = Filter("store_id", store_id)
    plain = [number[:EXTERNAL_ID_LENGTH] for number in numbers if "," not in number]
    rows: list[Any] = []
    for chunk in chunks(plain, AT_ONCE):
        rows += await _all(read, Filter("ext_order_id", ",".join(chunk), "in"), of_store)
    for number in numbers:
        if "," in number:
            rows += await _all(read, any_of("ext_order_id", [number[:EXTERNAL_ID_LENGTH]]), of_store)
    return _found(rows)


async def orders_created(read: Read, *, store_id: int, since: datetime, after_id: int, limit: int) -> FoundOrders:
    filters = (Filter("store_id", store_id), Filter("created_at", moment(since), "gteq"))
    rows = await read(criteria(*filters, Filter("entity_id", after_id, "gt"), sort=("entity_id",), size=limit))
    return _found(rows, after_id=after_id, full=len(rows) >= limit)


async def shipments_of_orders(read: Read, order_ids: Sequence[int]) -> tuple[CommerceShipment, ...]:
    found: list[CommerceShipment] = []
    for chunk in chunks(order_ids, AT_ONCE):
        for row in await _all(read, in_ids("order_id", chunk)):
            shipment = unreadable.shipment(row)
            if isinstance(shipment, CommerceShipment):
                found.append(shipment)
            else:
                log.error("shipment %s of Commerce cannot be understood: %s", shipment.document_id, shipment.path)
    return tuple(found)


async def _all(read: Read, *filters: Filter | Sequence[Filter]) -> list[Any]:
    """Never a second page: rows may be more than asked for, since several orders carry one number."""
    found: list[Any] = []
    last = 0
    while True:
        rows = await read(criteria(*filters, Filter("entity_id", last, "gt"), sort=("entity_id",)))
        found += rows
        reached = _last_id(rows, last)
        if len(rows) < ROWS_AT_MOST or reached == last:
            return found
        last = reached


def _found(rows: Sequence[Any], *, after_id: int = 0, full: bool = False) -> FoundOrders:
    read = [unreadable.order(row) for row in rows]
    last_id = _last_id(rows, after_id)
    return FoundOrders(
        orders=tuple(one for one in read if isinstance(one, CommerceOrder)),
        unreadable=tuple(one for one in read if isinstance(one, UnreadableDocument)),
        last_id=last_id,
        more=full and last_id > after_id,
    )


def _last_id(rows: Sequence[Any], after_id: int) -> int:
    return max([after_id, *(unreadable.id_of(row) or 0 for row in rows)])
