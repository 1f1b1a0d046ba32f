"""Buckets: never more than allowed, whoever asks; corrected by what the server tells."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from channel_manager.ports.messages import Budget, Limit, Platform
from channel_manager.shared.errors import Unavailable
from channel_manager.sync import sql
from channel_manager.sync.lanes import limits
from channel_manager.sync.models import Lane

MINUTE = Limit(60, 60)


@pytest.fixture
def bucket(world):
    """Leases from a lane's bucket as a delivery does, and lets time pass for it."""

    class Bucket:
        def take(self, wanted, limit=MINUTE):
            with transaction.atomic():
                allowance = limits.allow(world.lane(), limit, wanted)
                limits.spend(allowance, allowance.ordinary)
            return allowance.ordinary

        def wait(self, seconds):
            sql.execute("UPDATE sync_lane SET measured_at = measured_at - %s", [timedelta(seconds=seconds)])

        def told(self, remaining, replenished_at=None):
            budget = Budget(family="notes", remaining=remaining, replenished_at=replenished_at)
            limits.observe(world.store.id, Platform.MARKETPLACE, budget)

    return Bucket()


def test_a_lane_without_limit_is_free(world):
    for number in range(100):
        world.ask(subject=f"order:{number}")
    world.deliver()
    assert len(world.marketplace.effects) == 100


def test_a_bucket_holds_eighty_percent_and_keeps_a_reserve(bucket):
    assert bucket.take(100) == 45
    assert bucket.take(100) == 0


def test_a_bucket_refills_at_its_rate_and_never_above_its_capacity(bucket):
    bucket.take(100)
    bucket.wait(10)
    assert bucket.take(100) == 8
    bucket.wait(3600)
    assert bucket.take(100) == 45


def test_time_that_runs_backwards_takes_nothing_away(bucket):
    bucket.take(6)
    bucket.wait(-3600)
    assert bucket.take(100) == 39


def test_a_changed_limit_is_taken_over(bucket):
    bucket.take(1)
    assert bucket.take(100, Limit(10, 60)) == 7
    assert Lane.objects.get().capacity == 8
    assert bucket.take(100, None) == 100


def test_a_bucket_is_half_as_large_for_ten_minutes_after_the_platform_refused_a_call_as_one_too_many(bucket, world):
    bucket.take(1)
    limits.throttle(world.lane())
    bucket.wait(3600)
    assert bucket.take(100) == 22
    bucket.wait(10)
    assert bucket.take(100) == 4
    sql.execute("UPDATE sync_lane SET throttled_at = throttled_at - interval '10 minutes'")
    bucket.wait(3600)
    bucket.take(0)
    bucket.wait(3600)
    assert bucket.take(100) == 45


@pytest.mark.parametrize(("status", "throttled"), [(429, True), (503, False)])
def test_only_a_call_too_many_throttles_its_lane(world, status, throttled):
    world.marketplace.plan["order:1"] = [Unavailable("Busy.", status=status)]
    world.ask(subject="order:1")
    world.deliver()
    assert (Lane.objects.get().throttled_at is not None) is throttled


def test_a_tiny_bucket_still_gives(bucket):
    assert bucket.take(5, Limit(1, 3600)) == 1
    assert bucket.take(5, Limit(1, 3600)) == 0


def test_more_is_never_sent_than_the_bucket_holds(world):
    world.marketplace.limits["notes"] = MINUTE
    for number in range(100):
        world.ask(subject=f"order:{number}")
    world.deliver()
    assert 45 <= len(world.marketplace.effects) <= 48
    world.deliver()
    assert len(world.marketplace.effects) <= 48


def test_the_reserve_is_for_what_a_person_asked(world):
    world.marketplace.limits["notes"] = Limit(10, 3600)
    alice = get_user_model().objects.create(username="alice")
    for number in range(20):
        world.ask(subject=f"order:{number}")
    world.deliver()
    assert len(world.marketplace.effects) == 7
    asked = world.ask(subject="order:99", by=alice.id)
    world.deliver()
    assert world.operation(asked).state == "done"
    assert len(world.marketplace.effects) == 8


def test_the_server_lowers_a_bucket_to_what_it_has_left_above_the_share_of_others(bucket):
    bucket.take(1)
    bucket.told(32)
    assert bucket.take(100) == 32 - 12 - 3


def test_the_lowest_of_several_answers_counts_and_only_once(bucket):
    bucket.take(1)
    bucket.told(30)
    bucket.told(20)
    bucket.told(25)
    assert bucket.take(100) == 20 - 12 - 3
    bucket.wait(3600)
    assert bucket.take(100) == 45


def test_a_server_never_raises_a_bucket(bucket):
    bucket.take(100)
    bucket.told(60)
    assert bucket.take(100) == 0


@pytest.mark.parametrize(("minutes", "expected"), [(5, 5), (600, 10)])
def test_an_empty_server_bucket_blocks_until_it_is_replenished(bucket, minutes, expected):
    bucket.take(1)
    bucket.told(0, timezone.now() + timedelta(minutes=minutes))
    assert bucket.take(100) == 0
    bucket.wait(120)
    assert bucket.take(100) == 0
    wait = sql.rows("SELECT blocked_until - now() AS wait FROM sync_lane")[0]["wait"]
    assert timedelta(minutes=expected - 1) < wait <= timedelta(minutes=expected)
