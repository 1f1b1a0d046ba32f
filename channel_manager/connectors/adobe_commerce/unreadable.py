"""Rows of a feed: understood, or told with what could be read of them and what could not."""

from datetime import datetime
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping import memos, orders, shipments
from channel_manager.connectors.adobe_commerce.mapping.reading import (
    NUMBER_LENGTH,
    Json,
    UnreadableAnswer,
    entity,
    moment,
    optional_identifier,
    text,
)
from channel_manager.ports.documents import CommerceMemo, CommerceOrder, CommerceShipment, UnreadableDocument
from channel_manager.shared.decoding import storable
from channel_manager.shared.sentences import Sentence, say

Place = tuple[datetime, int]


def order(data: Any) -> CommerceOrder | UnreadableDocument:
    try:
        return orders.order(data)
    except UnreadableAnswer as error:
        problem = say(
            "Commerce sends order %(number)s in a form that cannot be understood: %(path)s is missing or wrong. Look "
            "at it in Commerce and report it.",
            **_words(data, error),
        )
        return _told(data, error, problem, order="entity_id")


def shipment(data: Any) -> CommerceShipment | UnreadableDocument:
    try:
        return shipments.shipment(data)
    except UnreadableAnswer as error:
        problem = say(
            "Commerce sends shipment %(number)s in a form that cannot be understood: %(path)s is missing or wrong. "
            "Look at it in Commerce and report it.",
            **_words(data, error),
        )
        return _told(data, error, problem, order="order_id")


def memo(data: Any) -> CommerceMemo | UnreadableDocument:
    try:
        return memos.memo(data)
    except UnreadableAnswer as error:
        problem = say(
            "Commerce sends credit memo %(number)s in a form that cannot be understood: %(path)s is missing or wrong. "
            "Look at it in Commerce and report it.",
            **_words(data, error),
        )
        return _told(data, error, problem, order="order_id")


def id_of(data: Any, name: str = "entity_id") -> int | None:
    try:
        return optional_identifier(entity(data), name)
    except UnreadableAnswer:
        return None


def place_of(data: Any, id_name: str = "entity_id") -> Place | None:
    """Where a row stands in a feed by `updated_at`; None for one that does not say."""
    row_id = id_of(data, id_name)
    try:
        return (moment(entity(data), "updated_at"), row_id) if row_id else None
    except UnreadableAnswer:
        return None


def _words(data: Any, error: UnreadableAnswer) -> dict[str, object]:
    return {"number": _number(data) or id_of(data) or "-", "path": error.path or "everything"}


def _number(data: Any) -> str:
    row: Json = data if isinstance(data, dict) else {}
    return text(row, "increment_id")[:NUMBER_LENGTH]


def _told(data: Any, error: UnreadableAnswer, problem: Sentence, *, order: str) -> UnreadableDocument:
    return UnreadableDocument(
        document_id=id_of(data),
        order_id=id_of(data, order),
        number=_number(data),
        path=error.path,
        problem=problem,
        raw=storable(data if isinstance(data, dict) else {"row": data}),
    )
