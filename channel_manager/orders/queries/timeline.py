"""What happened to one order, as its page tells it."""

from dataclasses import dataclass
from datetime import datetime

from channel_manager.history import records
from channel_manager.history.models import Event
from channel_manager.orders.models import PurchaseOrder
from channel_manager.sync.models import SyncAttempt

TIMELINE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened: an event, or one try of an operation with what was exchanged."""

    at: datetime
    event: Event | None = None
    attempt: SyncAttempt | None = None


def timeline(order: PurchaseOrder, *, most: int = TIMELINE) -> list[Entry]:
    """The latest events and tries of one order, newest first."""
    events = [Entry(at=event.at, event=event) for event in records.timeline(order.subject)[:most]]
    attempts = (
        SyncAttempt.objects.filter(operation__subject=order.subject)
        .select_related("operation__requested_by")
        .order_by("-started_at", "-id")[:most]
    )
    tries = [Entry(at=attempt.started_at, attempt=attempt) for attempt in attempts]
    return sorted(events + tries, key=lambda entry: entry.at, reverse=True)[:most]
