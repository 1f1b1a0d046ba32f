"""Reading streams of a platform: a page is received in the transaction that moves the cursor past it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import Rejected, RemoteError, Unavailable
from channel_manager.sync import failures, sql, wakeups
from channel_manager.sync.kinds import Json, LeaseLost

LEASE = timedelta(seconds=90)
LONGEST_RUN = timedelta(seconds=30)
SOONEST_RETRY = timedelta(seconds=5)
SPACING = timedelta(seconds=1.5)
"""Between the beginnings of runs that notifications ask for: Walmart's narrowest feeds are to be read at most 50 and 60
times a minute (walmart-api §7).
"""
SLOWEST = 5
"""A failing stream is tried at least once in that many of its intervals."""
LONGEST_RETRY = timedelta(minutes=10)
"""However seldom it is read otherwise: one that is read each half hour, or each week, tells of buyers who wait."""
log = logging.getLogger(__name__)

CLAIM = """
    UPDATE sync_stream_cursor cursor
    SET lease = lease + 1, lease_until = clock_timestamp() + %(lease)s, started_at = now(),
        due_at = now() + %(interval)s
    FROM stores_store store
    WHERE cursor.store_id = %(store)s AND stream = %(stream)s AND (lease_until IS NULL OR lease_until < now())
      AND store.id = cursor.store_id AND store.is_active
    RETURNING cursor.id, cursor.cursor, cursor.lease, now() AS now
"""
CREATE = """
    INSERT INTO sync_stream_cursor (store_id, stream) VALUES (%s, %s) ON CONFLICT (store_id, stream) DO NOTHING
"""
MOVE = """
    UPDATE sync_stream_cursor SET cursor = %s::jsonb, lease_until = clock_timestamp() + %s WHERE id = %s AND lease = %s
    RETURNING now() AS now
"""
SUCCEEDED = """
    UPDATE sync_stream_cursor
    SET lease_until = NULL, finished_at = CASE WHEN %(complete)s THEN now() ELSE finished_at END,
        failed_since = NULL, error = NULL, due_at = CASE WHEN %(complete)s THEN due_at ELSE now() END
    WHERE id = %(id)s AND lease = %(lease)s
    RETURNING due_at <= now() AS due
"""
FAILED = """
    UPDATE sync_stream_cursor
    SET lease_until = NULL, error = %(error)s::jsonb, failed_since = coalesce(failed_since, now()),
        cursor = coalesce(%(cursor)s::jsonb, cursor),
        due_at = now() + greatest(%(asked)s, %(soonest)s,
            least(%(slowest)s, now() - coalesce(failed_since, now())))
    WHERE id = %(id)s AND lease = %(lease)s
"""
RELEASE = "UPDATE sync_stream_cursor SET lease_until = NULL, due_at = now() WHERE id = %s AND lease = %s"
REQUEST = """
    INSERT INTO sync_stream_cursor (store_id, stream) VALUES (%s, %s)
    ON CONFLICT (store_id, stream) DO UPDATE SET due_at = now()
"""
BRING_FORWARD = """
    WITH wanted AS (
        SELECT id, greatest(now(), started_at + %(spacing)s) + %(after)s AS due_at
        FROM sync_stream_cursor
        WHERE store_id = %(store)s AND stream = ANY(%(streams)s) AND failed_since IS NULL
          AND due_at > greatest(now(), started_at + %(spacing)s) + %(after)s
        ORDER BY id FOR UPDATE)
    UPDATE sync_stream_cursor cursor SET due_at = wanted.due_at FROM wanted WHERE cursor.id = wanted.id
    RETURNING cursor.stream, cursor.due_at <= now() AS due
"""
DUE = """
    SELECT store.id AS store_id, stream.name AS stream
    FROM stores_store store
    CROSS JOIN unnest(%s::text[]) AS stream (name)
    LEFT JOIN sync_stream_cursor cursor ON cursor.store_id = store.id AND cursor.stream = stream.name
    WHERE store.is_active
      AND (cursor.id IS NULL OR cursor.due_at <= now() AND (cursor.lease_until IS NULL OR cursor.lease_until < now()))
    ORDER BY store.id, stream.name
"""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`cursor` is where to continue after this page; `more` whether something is waiting there."""

    page: Any
    cursor: Json
    more: bool


class Stream:
    """One feed that is read again and again. Stateless: one instance serves all stores."""

    name: ClassVar[str]
    platform: ClassVar[Platform]
    every: ClassVar[float] = 1.0
    """In polling intervals."""
    pace: ClassVar[float] = 0.0
    """Seconds at least from page to page, where the platform allows so many calls and no more."""

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        """On the wire. `cursor` is {} at the very first. `now` is the database's time. Raises what reads raise."""
        raise NotImplementedError

    def receive(self, store_id: int, page: Any, now: datetime) -> None:
        """Inside the transaction that moves the cursor. Receiving a page again changes nothing."""
        raise NotImplementedError

    def restart(self, cursor: Json) -> Json:
        """After a refused cursor: forget its paging part, keep what says how far the stream was read."""
        return cursor


@dataclass(slots=True)
class Run:
    """One run of a stream; `lease` is its fencing token."""

    id: int
    store_id: int
    stream: Stream
    cursor: Json
    lease: int
    now: datetime
    interval: timedelta


async def run(
    stream: Stream,
    store_id: int,
    gateways_for: Callable[[int], Awaitable[Gateways]],
    *,
    poll_seconds: float,
    longest: timedelta = LONGEST_RUN,
) -> None:
    """Read what is new, page by page, at most for `longest`; the rest is due at once. Does nothing while another run
    holds the stream, or the store is not active. A failure is kept on the stream's cursor and not raised.
    """
    interval = timedelta(seconds=poll_seconds * stream.every)
    current = await sql.in_transaction(_claim)(stream, store_id, interval)
    if current is None:
        return
    try:
        complete = await _pages(current, gateways_for, time.monotonic() + longest.total_seconds())
        await sql.in_transaction(_succeeded)(current, complete=complete)
    except LeaseLost:
        return
    except asyncio.CancelledError:
        await sql.in_transaction(sql.execute)(RELEASE, [current.id, current.lease])
        raise
    except Exception as error:
        ours = not isinstance(error, RemoteError)
        log.warning("stream %s of store %s: %s", stream.name, store_id, error, exc_info=error if ours else None)
        await sql.in_transaction(_failed)(current, error)


def request(store_id: int, stream_name: str) -> None:
    """Read a stream now: something is known to be new, or a person asks. In the caller's transaction."""
    sql.execute(REQUEST, [store_id, stream_name])
    wakeups.pull(store_id, stream_name).after_commit()


def bring_forward(
    store_id: int, streams: Collection[str], *, after: timedelta = timedelta(), spacing: timedelta = SPACING
) -> None:
    """Read these streams as soon as `spacing` allows: a platform says that something is new. In a transaction.

    Any number of calls bring about one run. A stream that was never read is due anyway; one that fails keeps the time
    that its platform asked for; one that is due already is not even locked.
    """
    where = {"store": store_id, "streams": list(streams), "spacing": spacing, "after": after}
    for row in sql.rows(BRING_FORWARD, where):
        if row["due"]:
            wakeups.pull(store_id, row["stream"]).after_commit()


def streams_due(names: Iterable[str]) -> list[tuple[int, str]]:
    """(store id, stream) of all active stores that should be read now."""
    return [(row["store_id"], row["stream"]) for row in sql.rows(DUE, [list(names)])]


def wake_due(names: Iterable[str]) -> None:
    """A task for every stream that is due. In a transaction."""
    for store_id, stream in streams_due(names):
        wakeups.pull(store_id, stream).after_commit()


def _claim(stream: Stream, store_id: int, interval: timedelta) -> Run | None:
    sql.execute(CREATE, [store_id, stream.name])
    where = {"store": store_id, "stream": stream.name, "lease": LEASE, "interval": interval}
    found = sql.rows(CLAIM, where)
    if not found:
        return None
    row = found[0]
    return Run(row["id"], store_id, stream, sql.decoded(row["cursor"]), row["lease"], row["now"], interval)


async def _pages(current: Run, gateways_for: Callable[[int], Awaitable[Gateways]], ends_at: float) -> bool:
    """Whether everything was read."""
    gateways = await gateways_for(current.store_id)
    while True:
        next_at = time.monotonic() + current.stream.pace
        async with asyncio.timeout(LEASE.total_seconds() - 10):
            fetched = await current.stream.fetch(current.store_id, current.cursor, gateways, current.now)
        await sql.in_transaction(_receive)(current, fetched)
        if not fetched.more or time.monotonic() > ends_at:
            return not fetched.more
        await asyncio.sleep(next_at - time.monotonic())


def _receive(current: Run, fetched: Fetched) -> None:
    moved = sql.rows(MOVE, [sql.json(fetched.cursor), LEASE, current.id, current.lease])
    if not moved:
        raise LeaseLost
    current.stream.receive(current.store_id, fetched.page, moved[0]["now"])
    current.cursor, current.now = fetched.cursor, moved[0]["now"]


def _succeeded(current: Run, *, complete: bool) -> None:
    """What is due again, because there is more or because it was asked for meanwhile, goes on at once."""
    found = sql.rows(SUCCEEDED, {"id": current.id, "lease": current.lease, "complete": complete})
    if found and found[0]["due"]:
        wakeups.pull(current.store_id, current.stream.name).after_commit()


def _failed(current: Run, error: Exception) -> None:
    """Tried again soon, then ever more slowly: after as long as it has been failing."""
    asked = error.retry_after if isinstance(error, Unavailable) and error.retry_after else timedelta()
    restarted = current.stream.restart(current.cursor) if isinstance(error, Rejected) else None
    sql.execute(
        FAILED,
        {
            "id": current.id,
            "lease": current.lease,
            "error": sql.json(failures.as_json(error)),
            "cursor": sql.optional_json(restarted),
            "asked": min(asked, SLOWEST * current.interval),
            "soonest": min(SOONEST_RETRY, current.interval),
            "slowest": min(SLOWEST * current.interval, LONGEST_RETRY),
        },
    )
