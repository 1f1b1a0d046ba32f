"""Whether stores run: for all stores of a page in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Count, Min, Q
from django.utils import timezone

from channel_manager.sync.models import Lane, PlatformPause, State, StreamCursor, SyncOperation


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


class Counts(TypedDict):
    failed: int
    waiting: int
    oldest_due_seconds: float


def healths(store_ids: Sequence[int]) -> dict[int, Health]:
    """By store. Four queries."""
    now = timezone.now()
    streams = list(StreamCursor.objects.filter(store__in=store_ids).order_by("stream"))
    pauses = list(PlatformPause.objects.filter(store__in=store_ids).order_by("platform"))
    lanes = list(Lane.objects.filter(store__in=store_ids, blocked_until__gt=now).order_by("platform", "family"))
    counts = _counts(store_ids, now)
    return {
        pk: Health(
            streams=[_stream(stream, now) for stream in streams if stream.store_id == pk],
            pauses=[pause for pause in pauses if pause.store_id == pk],
            blocked_lanes=[lane for lane in lanes if lane.store_id == pk],
            **(counts.get(pk) or Counts(failed=0, waiting=0, oldest_due_seconds=0.0)),
        )
        for pk in store_ids
    }


def health(store_id: int) -> Health:
    return healths([store_id])[store_id]


def _counts(store_ids: Sequence[int], now: datetime) -> dict[int, Counts]:
    rows = (
        SyncOperation.objects.filter(store__in=store_ids, state__in=[State.FAILED, State.WAITING])
        .values("store_id")
        .annotate(
            failed=Count("pk", filter=Q(state=State.FAILED)),
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            oldest=Min("due_at", filter=Q(state=State.WAITING, due_at__lte=now)),
        )
        .order_by()
    )
    return {
        row["store_id"]: Counts(
            failed=row["failed"],
            waiting=row["waiting"],
            oldest_due_seconds=(now - row["oldest"]).total_seconds() if row["oldest"] else 0.0,
        )
        for row in rows
    }


def _stream(stream: StreamCursor, now: datetime) -> StreamHealth:
    return StreamHealth(
        stream=stream.stream,
        read_at=stream.finished_at,
        lag_seconds=(now - stream.finished_at).total_seconds() if stream.finished_at else None,
        failed_since=stream.failed_since,
        error=stream.error,
    )
