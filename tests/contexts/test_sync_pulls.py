"""Pulling: a page and its cursor are one; one run at a time; failures are kept and tried again."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from sync_toys import forget_jobs, jobs, make_store

from channel_manager.history.models import Actor, Event
from channel_manager.history.records import record
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import Rejected, Unavailable
from channel_manager.shared.sentences import say
from channel_manager.sync import pulls, sql
from channel_manager.sync.models import StreamCursor
from channel_manager.sync.pulls import Fetched, Stream


class Numbers(Stream):
    """Counts upwards, two numbers a page."""

    name = "numbers"
    platform = Platform.MARKETPLACE
    every = 2.0

    def __init__(self, upto=5):
        self.upto = upto
        self.problems = []
        self.broken = False
        self.gate = None
        self.reading = asyncio.Event()
        self.cursors = []

    async def fetch(self, store_id, cursor, gateways, now):
        self.cursors.append(cursor)
        self.reading.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.problems and (problem := self.problems.pop(0)):
            raise problem
        last = cursor.get("last", 0)
        page = [number for number in (last + 1, last + 2) if number <= self.upto]
        cursor = {"last": last + len(page), "page": "next"}
        return Fetched(page=page, cursor=cursor, more=cursor["last"] < self.upto)

    def receive(self, store_id, page, now):
        for number in page:
            record(f"number:{number}", "received", say("Received"), store_id=store_id, actor=Actor.MARKETPLACE)
            if self.broken and number == 3:
                raise ZeroDivisionError("receive")

    def restart(self, cursor):
        return {"last": cursor["last"]}


@pytest.fixture
def numbers():
    return Numbers()


def pull(world, stream, **more):
    async_to_sync(pulls.run)(stream, world.store.id, world.gateways_for, poll_seconds=60, **more)


def received():
    return list(Event.objects.order_by("id").values_list("subject", flat=True))


def cursor():
    return StreamCursor.objects.get()


def in_seconds(at):
    return (at - timezone.now()).total_seconds()


def test_a_run_reads_page_after_page_to_the_end(world, numbers):
    pull(world, numbers)
    assert received() == [f"number:{number}" for number in range(1, 6)]
    assert numbers.cursors[0] == {}
    assert (cursor().cursor["last"], cursor().lease_until, cursor().error) == (5, None, None)
    assert 115 < in_seconds(cursor().due_at) <= 120
    numbers.upto = 6
    pull(world, numbers)
    assert received()[-1] == "number:6"


def test_a_page_that_cannot_be_received_does_not_move_the_cursor(world, numbers):
    numbers.broken = True
    pull(world, numbers)
    assert received() == ["number:1", "number:2"]
    failed = cursor()
    assert (failed.cursor["last"], failed.finished_at, failed.lease_until) == (2, None, None)
    assert "ZeroDivisionError: receive" in failed.error["traceback"]
    numbers.broken = False
    pull(world, numbers)
    assert received() == [f"number:{number}" for number in range(1, 6)]
    assert (cursor().error, cursor().failed_since) == (None, None)


def test_runs_of_a_stream_do_not_overlap(world, numbers):
    async def both():
        numbers.gate = asyncio.Event()
        first = asyncio.create_task(pulls.run(numbers, world.store.id, world.gateways_for, poll_seconds=60))
        await numbers.reading.wait()
        await pulls.run(numbers, world.store.id, world.gateways_for, poll_seconds=60)
        assert len(numbers.cursors) == 1
        numbers.gate.set()
        await first

    async_to_sync(both)()
    assert received() == [f"number:{number}" for number in range(1, 6)]


def test_a_run_that_lost_its_lease_writes_nothing(world, numbers):
    async def overtaken():
        numbers.gate = asyncio.Event()
        slow = asyncio.create_task(pulls.run(numbers, world.store.id, world.gateways_for, poll_seconds=60))
        await numbers.reading.wait()
        await sql.in_transaction(sql.execute)("UPDATE sync_stream_cursor SET lease_until = now() - interval '1 s'")
        await pulls.run(Numbers(2), world.store.id, world.gateways_for, poll_seconds=60)
        numbers.gate.set()
        await slow

    async_to_sync(overtaken)()
    assert received() == ["number:1", "number:2"]


def test_a_run_that_is_cancelled_gives_the_stream_back(world, numbers):
    async def cancelled():
        numbers.gate = asyncio.Event()
        task = asyncio.create_task(pulls.run(numbers, world.store.id, world.gateways_for, poll_seconds=60))
        await numbers.reading.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async_to_sync(cancelled)()
    assert pulls.streams_due(["numbers"]) == [(world.store.id, "numbers")]


def test_failures_are_kept_and_tried_ever_more_slowly(world, numbers):
    numbers.problems = [Unavailable("refused")] * 3
    pull(world, numbers)
    assert cursor().error["class"] == "Unavailable"
    assert 0 < in_seconds(cursor().due_at) <= 5
    sql.execute("UPDATE sync_stream_cursor SET failed_since = now() - interval '40 s'")
    pull(world, numbers)
    assert 35 < in_seconds(cursor().due_at) <= 41
    sql.execute("UPDATE sync_stream_cursor SET failed_since = now() - interval '1 day'")
    pull(world, numbers)
    assert 595 < in_seconds(cursor().due_at) <= 600
    assert cursor().failed_since < timezone.now() - timedelta(hours=23)
    pull(world, numbers)
    assert (cursor().error, cursor().failed_since) == (None, None)


def test_a_stream_that_is_read_seldom_is_not_left_alone_for_hours_once_it_failed(world, numbers):
    numbers.every = 30.0
    numbers.problems = [Unavailable("refused")] * 2
    pull(world, numbers)
    sql.execute("UPDATE sync_stream_cursor SET failed_since = now() - interval '4 hours'")
    pull(world, numbers)
    assert 595 < in_seconds(cursor().due_at) <= 600


def test_a_platform_that_asks_to_wait_is_left_alone(world, numbers):
    numbers.problems = [Unavailable("429", retry_after=timedelta(seconds=90))]
    pull(world, numbers)
    assert 85 < in_seconds(cursor().due_at) <= 90


def test_a_refused_cursor_forgets_its_paging(world, numbers):
    numbers.problems = [None, Rejected("Bad cursor")]
    pull(world, numbers)
    assert cursor().cursor == {"last": 2}
    pull(world, numbers)
    assert received() == [f"number:{number}" for number in range(1, 6)]


def test_a_store_that_cannot_be_opened_is_shown_on_its_stream(world, numbers):
    async def refuse(store_id):
        raise Unavailable("refused")

    async_to_sync(pulls.run)(numbers, world.store.id, refuse, poll_seconds=60)
    assert cursor().error["class"] == "Unavailable"


def test_a_long_run_stops_and_goes_on_in_another_task(world, numbers):
    pull(world, numbers, longest=timedelta(seconds=-1))
    assert received() == ["number:1", "number:2"]
    assert jobs() == [f"pull:{world.store.id}:numbers"]
    assert pulls.streams_due(["numbers"]) == [(world.store.id, "numbers")]
    assert cursor().finished_at is None


def test_due_are_the_streams_of_active_stores_that_no_run_holds(world, numbers):
    make_store("Bob's shop", is_active=False)
    assert pulls.streams_due(["numbers", "letters"]) == [(world.store.id, "letters"), (world.store.id, "numbers")]
    pull(world, numbers)
    assert pulls.streams_due(["numbers"]) == []
    pulls.request(world.store.id, "numbers")
    assert pulls.streams_due(["numbers"]) == [(world.store.id, "numbers")]
    sql.execute("UPDATE sync_stream_cursor SET lease_until = now() + interval '1 min'")
    assert pulls.streams_due(["numbers"]) == []


def test_a_request_wakes_the_stream_and_a_stream_has_one_task(world):
    pulls.request(world.store.id, "numbers")
    pulls.request(world.store.id, "numbers")
    assert jobs() == [f"pull:{world.store.id}:numbers"]
    forget_jobs()
    pulls.wake_due(["numbers", "letters"])
    assert jobs() == [f"pull:{world.store.id}:letters", f"pull:{world.store.id}:numbers"]


def test_a_request_during_a_run_is_not_forgotten(world, numbers):
    async def requested_meanwhile():
        numbers.gate = asyncio.Event()
        running = asyncio.create_task(pulls.run(numbers, world.store.id, world.gateways_for, poll_seconds=60))
        await numbers.reading.wait()
        await sql.in_transaction(pulls.request)(world.store.id, "numbers")
        numbers.gate.set()
        await running

    async_to_sync(requested_meanwhile)()
    assert pulls.streams_due(["numbers"]) == [(world.store.id, "numbers")]


def test_an_inactive_store_is_not_pulled(world, numbers):
    world.store.is_active = False
    world.store.save()
    pull(world, numbers)
    assert (numbers.cursors, received()) == ([], [])


def test_time_is_the_databases(world):
    class Clock(Numbers):
        async def fetch(self, store_id, cursor, gateways, now):
            self.now = now
            return await super().fetch(store_id, cursor, gateways, now)

    clock = Clock()
    pull(world, clock)
    assert abs(clock.now - datetime.now(UTC)) < timedelta(seconds=5)
