"""What happened to one order, as its page tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Max, Q, QuerySet

from channel_manager.history import records
from channel_manager.history.models import Actor, Event
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.messages import Platform
from channel_manager.sync.models import SyncAttempt

TIMELINE = 100
MOST_TOLD = 4
OUR_WORK: Mapping[Platform, tuple[str, ...]] = {
    Platform.MARKETPLACE: (
        "acknowledged",
        "shipment_reported",
        "tracking_corrected",
        "tracking_frozen",
        "canceled",
        "refunded",
    ),
    Platform.COMMERCE: (
        "created_in_commerce",
        "shipped_in_commerce",
        "canceled_in_commerce",
        "credit_memo",
        "invoiced",
        "difference",
    ),
}
"""Kinds of events that we write when a side has done what it was asked for."""


class Part(StrEnum):
    """What a timeline can be narrowed to. A side's part has its own events, what we did there, and the exchanges."""

    ALL = ""
    WALMART = "walmart"
    COMMERCE = "commerce"
    PEOPLE = "people"
    EXCHANGES = "exchanges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened: an event, or one try of an operation with what was exchanged."""

    at: datetime
    event: Event | None = None
    attempt: SyncAttempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The latest `entries` of the part, newest first, and how many each part has."""

    part: Part
    entries: list[Entry]
    counts: Mapping[Part, int]

    @property
    def is_cut(self) -> bool:
        return self.counts[self.part] > len(self.entries)


def timeline(order: PurchaseOrder, part: Part = Part.ALL, *, most: int = TIMELINE) -> Timeline:
    """Four queries at most: the latest events and tries of the part, and the counts of both for all parts."""
    events = [Entry(at=event.at, event=event) for event in _events(order, part)[:most]]
    tries = [Entry(at=attempt.started_at, attempt=attempt) for attempt in _attempts(order, part)[:most]]
    entries = sorted(events + tries, key=lambda entry: entry.at, reverse=True)[:most]
    return Timeline(part=part, entries=entries, counts=_counts(order))


def latest_event(order: PurchaseOrder) -> int:
    """The id of what happened last; 0 before anything did."""
    return Event.objects.filter(subject=order.subject).aggregate(latest=Max("pk"))["latest"] or 0


def happened_since(order: PurchaseOrder, event_id: int) -> list[Event]:
    """What happened after that event, newest first; the few latest."""
    found = Event.objects.filter(subject=order.subject, pk__gt=event_id).select_related("user").order_by("-pk")
    return list(found[:MOST_TOLD])


def _side(platform: Platform) -> Q:
    actor = Actor.MARKETPLACE if platform is Platform.MARKETPLACE else Actor.COMMERCE
    return Q(actor=actor) | Q(actor=Actor.RULE, kind__in=OUR_WORK[platform])


EVENTS: Mapping[Part, Q] = {
    Part.ALL: Q(),
    Part.WALMART: _side(Platform.MARKETPLACE),
    Part.COMMERCE: _side(Platform.COMMERCE),
    Part.PEOPLE: Q(actor=Actor.PERSON),
    Part.EXCHANGES: Q(pk__in=[]),
}
TRIES: Mapping[Part, Q] = {
    Part.ALL: Q(),
    Part.WALMART: Q(operation__platform=Platform.MARKETPLACE),
    Part.COMMERCE: Q(operation__platform=Platform.COMMERCE),
    Part.PEOPLE: Q(pk__in=[]),
    Part.EXCHANGES: Q(),
}


def _events(order: PurchaseOrder, part: Part) -> QuerySet[Event]:
    return records.timeline(order.subject).filter(EVENTS[part])


def _attempts(order: PurchaseOrder, part: Part) -> QuerySet[SyncAttempt]:
    tries = SyncAttempt.objects.filter(TRIES[part], operation__subject=order.subject)
    return tries.select_related("operation__requested_by").order_by("-started_at", "-id")


def _counts(order: PurchaseOrder) -> dict[Part, int]:
    events = Event.objects.filter(subject=order.subject).aggregate(**_each(EVENTS))
    tries = SyncAttempt.objects.filter(operation__subject=order.subject).aggregate(**_each(TRIES))
    return {part: events[part.name] + tries[part.name] for part in Part}


def _each(parts: Mapping[Part, Q]) -> dict[str, Count]:
    return {part.name: Count("pk", filter=condition) for part, condition in parts.items()}
