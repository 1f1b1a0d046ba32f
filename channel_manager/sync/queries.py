"""What the pages show of the engine: operations with their attempts, and the health of a store."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from channel_manager.sync import sql
from channel_manager.sync.models import Lane, PlatformPause, SyncAttempt, SyncOperation

PAGE = 50
OPEN = ("waiting", "sending", "failed")


@dataclass(frozen=True, slots=True)
class OperationsPage:
    """Newest first. `next_before` continues after it; None at the end."""

    operations: list[SyncOperation]
    next_before: int | None


def operations_page(
    store_ids: Collection[int],
    *,
    states: Collection[str] = (),
    kind: str = "",
    subject: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> OperationsPage:
    """One query. Empty filters let everything pass; `before` is an operation's id."""
    filters: dict[str, Any] = {"store_id__in": store_ids}
    if states:
        filters["state__in"] = states
    if kind:
        filters["kind"] = kind
    if subject:
        filters["subject"] = subject
    if before is not None:
        filters["id__lt"] = before
    found = list(_shown().filter(**filters).order_by("-id")[: limit + 1])
    return OperationsPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def operation_with_attempts(operation_id: int) -> tuple[SyncOperation, list[SyncAttempt]] | None:
    """Attempts oldest first, with their exchanges. Two queries."""
    operation = _shown().filter(id=operation_id).first()
    return None if operation is None else (operation, list(operation.attempts.order_by("number")))


def of_subject(subject: str) -> list[SyncOperation]:
    """Newest first, with the attempts prefetched, newest last. Two queries."""
    return list(_shown().filter(subject=subject).order_by("-id").prefetch_related("attempts"))


def open_of_subjects(subjects: Collection[str]) -> dict[str, list[SyncOperation]]:
    """What waits, is being sent or has failed, by subject, oldest first. One query."""
    found: dict[str, list[SyncOperation]] = {subject: [] for subject in subjects}
    for operation in SyncOperation.objects.filter(subject__in=subjects, state__in=OPEN).order_by("id"):
        found[operation.subject].append(operation)
    return found


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """`lag_seconds` is how long ago the stream was last read to its end; None if it never was."""

    stream: str
    read_at: datetime | None
    lag_seconds: float | None
    failed_since: datetime | None
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Health:
    streams: list[StreamHealth]
    failed: int
    waiting: int
    oldest_due_seconds: float
    """How long the operation has been due that waits longest; 0 when nothing is late."""
    pauses: list[PlatformPause]
    blocked_lanes: list[Lane]

    @property
    def connected(self) -> bool:
        return not self.pauses and not self.blocked_lanes and not any(stream.error for stream in self.streams)


COUNTS = """
    SELECT count(*) FILTER (WHERE state = 'failed') AS failed,
           count(*) FILTER (WHERE state = 'waiting') AS waiting,
           coalesce(extract(epoch FROM
               now() - min(due_at) FILTER (WHERE state = 'waiting' AND due_at <= now())), 0)::float
               AS oldest_due_seconds
    FROM sync_operation WHERE store_id = %s AND state IN ('failed', 'waiting')
"""
STREAMS = """
    SELECT stream, finished_at AS read_at, extract(epoch FROM now() - finished_at)::float AS lag_seconds, failed_since,
           error
    FROM sync_stream_cursor WHERE store_id = %s ORDER BY stream
"""


def health(store_id: int) -> Health:
    """Four queries."""
    counts = sql.rows(COUNTS, [store_id])[0]
    return Health(
        streams=[StreamHealth(**row | {"error": sql.decoded(row["error"])}) for row in sql.rows(STREAMS, [store_id])],
        pauses=list(PlatformPause.objects.filter(store_id=store_id).order_by("platform")),
        blocked_lanes=list(
            Lane.objects.filter(store_id=store_id, blocked_until__gt=Now()).order_by("platform", "family")
        ),
        **counts,
    )


def _shown() -> QuerySet[SyncOperation]:
    return SyncOperation.objects.select_related("requested_by")
