"""What protects delivery: each test fails when its mechanism alone is removed (`mechanisms.py` names it)."""

import asyncio
import threading
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.db import connection, transaction
from waiting import PATIENCE, until_blocked

from channel_manager.ports.messages import Limit
from channel_manager.shared.errors import Unavailable
from channel_manager.sync import delivery, outbox
from channel_manager.sync.lanes import claim, limits
from channel_manager.sync.lanes.sweep import sweep
from channel_manager.sync.models import ReadOnly, SyncOperation
from channel_manager.sync.outbox import NewOperation
from tests.contexts.sync_toys import KINDS, Note, Steps, Unapplied, forget_jobs, jobs


def test_what_one_worker_is_sending_no_other_worker_sends(toys):
    toys.ask()

    async def two_workers():
        toys.marketplace.gate = asyncio.Event()
        first = asyncio.create_task(toys.delivery().run())
        await toys.marketplace.called(1)
        second = asyncio.create_task(toys.delivery().run())
        await asyncio.wait((second,), timeout=PATIENCE)
        toys.marketplace.gate.set()
        await asyncio.gather(first, second)

    async_to_sync(two_workers)()
    assert toys.marketplace.effects == [("order:1", "a")]


def test_an_attempt_ends_before_its_lease_does(toys, monkeypatch):
    monkeypatch.setattr(delivery, "LEASE", delivery.MARGIN + timedelta(milliseconds=20))
    toys.ask()

    async def stuck():
        toys.marketplace.gate = asyncio.Event()
        running = asyncio.create_task(toys.delivery().run())
        ended, _ = await asyncio.wait((running,), timeout=PATIENCE)
        toys.marketplace.gate.set()
        await running
        return bool(ended)

    assert async_to_sync(stuck)(), "it still waits for its answer while another worker may begin"


def test_an_intention_asked_for_twice_is_sent_once(toys):
    for _ in range(2):
        asked = NewOperation(kind=Note, store_id=toys.store.id, subject="order:1", key="k", payload={"note": "a"})
        outbox.enqueue_many([asked])
    toys.deliver()
    assert toys.marketplace.effects == [("order:1", "a")]


def test_a_step_that_is_saved_is_not_repeated(toys):
    toys.marketplace.plan["order:1"] = [None, Unavailable("503")]
    toys.ask(kind=Steps)
    toys.deliver(Steps)
    toys.hasten()
    toys.deliver(Steps)
    assert toys.marketplace.effects == [("order:1", "cart"), ("order:1", "a")]


class Blind(Unapplied):
    """It cannot find what it has done before."""

    async def find_existing(self, claim, prepared, gateways, progress):
        return None


def test_an_answer_that_could_not_be_recorded_is_not_asked_for_again(toys, monkeypatch):
    operation = toys.ask(kind=Unapplied)
    for broken in (True, False):
        monkeypatch.setattr(Unapplied, "broken", broken)
        async_to_sync(delivery.run)(toys.lane(), {"unapplied": Blind()}, toys.gateways_for)
        outbox.retry(operation)
    assert toys.marketplace.effects == [("order:1", "a")]


def test_what_a_killed_worker_held_is_swept_up(toys):
    operation = toys.ask()
    with transaction.atomic():
        claim.claim(toys.lane(), KINDS, None, 1)
    SyncOperation.objects.update(lease_until="2026-01-01T00:00Z")
    forget_jobs()
    sweep()
    assert (toys.states(), jobs()) == ({operation: "waiting"}, [f"deliver:{toys.lane()}"])


def test_a_platform_that_is_out_is_not_asked_again_at_once(toys):
    for number in range(12):
        toys.ask(subject=f"order:{number}")
        toys.marketplace.plan[f"order:{number}"] = [Unavailable("refused")]
    for _ in range(3):
        toys.deliver(concurrency=4)
    assert len(toys.marketplace.calls) == 4


def test_workers_that_measure_a_bucket_at_the_same_time_share_it(toys):
    """48 tokens, of which 3 are kept for people."""
    minute, lane, taken = Limit(60, 60), toys.lane(), []

    def take():
        with transaction.atomic():
            allowance = limits.allow(lane, minute, 100)
            limits.spend(allowance, allowance.ordinary)
        taken.append(allowance.ordinary)
        connection.close()

    with transaction.atomic():
        limits.allow(lane, minute, 0)
    other = threading.Thread(target=take)
    with transaction.atomic():
        allowance = limits.allow(lane, minute, 100)
        other.start()
        until_blocked(other)
        limits.spend(allowance, allowance.ordinary)
    other.join(PATIENCE)
    assert allowance.ordinary + sum(taken) == 45


def test_a_copy_of_the_database_sends_nothing(toys):
    toys.ask()
    ReadOnly.objects.create(store=toys.store, found={})
    toys.deliver()
    assert toys.marketplace.effects == []
