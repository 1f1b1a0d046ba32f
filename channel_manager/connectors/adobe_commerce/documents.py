"""Shipments and credit memos read by what is known of them already: their ids, or their order's."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from channel_manager.connectors.adobe_commerce import unreadable
from channel_manager.connectors.adobe_commerce.feeds import Read
from channel_manager.connectors.adobe_commerce.mapping.reading import UnreadableAnswer
from channel_manager.connectors.adobe_commerce.search import ROWS_AT_MOST, Filter, chunks, criteria, in_ids
from channel_manager.ports.documents import CommerceShipment, UnreadableDocument

Document = TypeVar("Document")

_IDS_AT_ONCE = 50
log = logging.getLogger(__name__)


async def shipments_by_id(read: Read, ids: Sequence[int]) -> tuple[CommerceShipment, ...]:
    """One that cannot be understood hides no other: it is left out and logged, unless all are such."""
    found: list[CommerceShipment | UnreadableDocument] = []
    for chunk in chunks(ids, _IDS_AT_ONCE):
        rows = await read(criteria(in_ids("entity_id", chunk), sort=("entity_id",), size=len(chunk)))
        found += [unreadable.shipment(row) for row in rows]
    understood = tuple(one for one in found if isinstance(one, CommerceShipment))
    wrong = [one for one in found if isinstance(one, UnreadableDocument)]
    for one in wrong:
        log.error("shipment %s of Commerce cannot be understood: %s", one.document_id, one.path)
    if wrong and not understood:
        raise UnreadableAnswer(wrong[0].path)
    return understood


async def of_order(read: Read, interpret: Callable[[Any], Document], order_id: int) -> tuple[Document, ...]:
    """All of them, in order of id. Raises UnreadableAnswer for a single one: a marker might be in it."""
    found: list[Document] = []
    last = 0
    while True:
        after = Filter("entity_id", last, "gt")
        rows = await read(criteria(Filter("order_id", order_id), after, sort=("entity_id",)))
        found += [interpret(row) for row in rows]
        reached = max([last, *(unreadable.id_of(row) or 0 for row in rows)])
        if len(rows) < ROWS_AT_MOST or reached == last:
            return tuple(found)
        last = reached
