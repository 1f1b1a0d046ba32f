"""Walmart's event types, subscriptions and deliveries → our words, and our wishes back (walmart-api §6).

Names of events, and of the members that hold lists, differ between Walmart's documents: they are compared by their
letters alone.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from channel_manager.connectors.walmart.mapping.reading import Json, moment, part, parts, text
from channel_manager.ports.notifications import Notification, Receiver, Subscription, Topic
from channel_manager.shared.decoding import decoded

TOPICS = {
    "PO_CREATED": Topic.ORDER_RELEASED,
    "PO_LINE_AUTOCANCELLED": Topic.ORDER_CHANGED,
    "ORDER_UPDATES": Topic.ORDER_CHANGED,
    "INTENT_TO_CANCEL": Topic.BUYER_ASKED_TO_CANCEL,
    "RETURN_CREATED": Topic.RETURN_OPENED,
    "RETURN_DELIVERED": Topic.RETURN_CHANGED,
    "RETURN_INVOICED": Topic.RETURN_CHANGED,
}
LONGEST_ID = 200
_LISTS = ("eventTypes", "events", "event")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """An event that Walmart offers, under its own names of today."""

    event: str
    resource: str
    version: str


def letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.upper()))


_TOPICS = {letters(name): topic for name, topic in TOPICS.items()}


def topic_of(event: str) -> Topic | None:
    return _TOPICS.get(letters(event))


def offered(data: Json, topics: Collection[Topic]) -> tuple[EventType, ...]:
    """What Walmart offers of the topics, each event once."""
    found = {
        letters(text(row, "eventType")): EventType(
            event=text(row, "eventType"), resource=text(row, "resourceName"), version=text(row, "eventVersion") or "V1"
        )
        for row in _rows(data)
        if topic_of(text(row, "eventType")) in topics
    }
    return tuple(found.values())


def subscriptions(data: Json) -> tuple[Subscription, ...]:
    """Without the passwords, which Walmart shows in clear. A row without an id cannot be dealt with."""
    return tuple(_subscription(row) for row in _rows(data) if text(row, "subscriptionId"))


def request(wanted: EventType, receiver: Receiver) -> Json:
    event = {
        "eventType": wanted.event,
        "eventVersion": wanted.version,
        "resourceName": wanted.resource,
        "eventUrl": receiver.url,
        "status": "ACTIVE",
        "headers": {"content-type": "application/json"},
        "authDetails": {
            "authMethod": "BASIC_AUTH",
            "userName": receiver.user,
            "password": receiver.password,
            "authHeaderName": "Authorization",
        },
    }
    return {"events": [event]}


def notification(body: bytes) -> Notification:
    """A delivery. Raises ValueError for what is no JSON; whatever else it lacks, it is an event of no topic."""
    try:
        data = decoded(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    source, payload = part(data, "source"), part(data, "payload")
    event = text(source, "eventType")
    return Notification(
        event_id=_event_id(text(source, "eventId"), body),
        event=event[:LONGEST_ID],
        topic=topic_of(event),
        occurred_at=moment(source.get("eventTime")),
        order_number=_number(payload, "purchaseOrderId", "order"),
        return_number=_number(payload, "returnOrderId", "returnOrders"),
    )


def _rows(data: Any) -> list[Json]:
    """Under whichever name; one object may stand for a list of one, or the answer be the object itself."""
    found = next((data[name] for name in _LISTS if data.get(name) is not None), data)
    return parts(found)


def _subscription(row: Json) -> Subscription:
    event = text(row, "eventType")
    return Subscription(
        subscription_id=text(row, "subscriptionId"),
        event=event,
        topic=topic_of(event),
        url=text(row, "eventUrl").rstrip("/"),
        active=text(row, "status").upper() == "ACTIVE",
    )


def _event_id(given: str, body: bytes) -> str:
    """A delivery without an id is known again by its body."""
    return given if 0 < len(given) <= LONGEST_ID else hashlib.sha256(body).hexdigest()


def _number(payload: Json, name: str, inside: str) -> str:
    """The payload's own, or that of the first object in it."""
    nested = parts(payload.get(inside))
    return (text(payload, name) or (text(nested[0], name) if nested else ""))[:LONGEST_ID]
