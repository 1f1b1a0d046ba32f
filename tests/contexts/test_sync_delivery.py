"""Delivering: in order, once in effect, whatever breaks."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.db import transaction
from sync_toys import KINDS, Label, Loose, Note, Prepared, Shop, Steps, Unapplied, forget_jobs, jobs

from channel_manager.history.models import Event
from channel_manager.shared import http
from channel_manager.shared.errors import Ambiguous, Misconfigured, Rejected, Unavailable
from channel_manager.sync import delivery, outbox, sql
from channel_manager.sync.kinds import LeaseLost, Sent
from channel_manager.sync.lanes import claim as claims
from channel_manager.sync.lanes import limits
from channel_manager.sync.lanes.finish import Answer, finish
from channel_manager.sync.models import Lane, PlatformPause, SyncOperation


def events(subject="order:1"):
    return list(Event.objects.filter(subject=subject).order_by("id").values_list("kind", flat=True))


def take(world, kind=Note, wanted=20):
    with transaction.atomic():
        return claims.claim(world.lane(kind), KINDS, None, wanted)


def test_what_is_asked_is_sent_applied_and_kept(world):
    operation = world.ask()
    world.deliver()
    done = world.operation(operation)
    assert (done.state, done.result, done.attempt, done.lease_until) == ("done", {"note": "a"}, 1, None)
    assert world.outcomes(operation) == ["sent"]
    assert (world.marketplace.effects, events()) == ([("order:1", "a")], ["applied"])


def test_operations_of_a_subject_go_in_order_those_of_others_together(world):
    for subject in ("order:1", "order:2"):
        for note in "abc":
            world.ask(subject=subject, note=note)
    world.deliver()
    for subject in ("order:1", "order:2"):
        assert [note for about, note in world.marketplace.effects if about == subject] == ["a", "b", "c"]
    assert world.marketplace.busiest == 2


def test_a_kind_that_needs_no_order_does_not_wait(world):
    world.marketplace.plan["order:1"] = [Ambiguous("No answer")]
    first, second, loose = world.ask(note="a"), world.ask(note="b"), world.ask(kind=Loose, note="c")
    world.deliver()
    assert world.states() == {first: "waiting", second: "waiting", loose: "done"}


def test_order_holds_across_the_lanes_of_a_platform_and_wakes_the_next_lane(world):
    note, label, shop = world.ask(), world.ask(kind=Label), world.ask(kind=Shop)
    world.deliver(Label)
    assert world.states() == {note: "waiting", label: "waiting", shop: "waiting"}
    world.deliver(Shop)
    forget_jobs()
    world.deliver(Note)
    assert jobs() == [f"deliver:{world.lane(Label)}"]
    world.deliver(Label)
    assert world.states() == {note: "done", label: "done", shop: "done"}


def test_a_refused_operation_does_not_block_the_next(world):
    world.marketplace.plan["order:1"] = [Rejected("No such carrier", field="carrier", code="C1", status=400)]
    refused, following = world.ask(note="a"), world.ask(note="b")
    world.deliver()
    assert world.states() == {refused: "failed", following: "done"}
    assert world.operation(refused).error == {
        "class": "Rejected",
        "sentence": {"template": "No such carrier", "values": {}},
        "side": "",
        "field": "carrier",
        "said": "",
        "code": "C1",
        "status": 400,
        "about": "",
    }
    assert events() == ["failed", "applied"]


@pytest.mark.parametrize("executed", [True, False])
def test_in_doubt_it_looks_before_it_repeats(world, executed):
    doubt = Ambiguous("No answer")
    world.marketplace.plan["order:1"] = [("lost", doubt) if executed else doubt]
    operation = world.ask()
    world.deliver()
    assert world.operation(operation).ambiguous
    world.hasten()
    world.deliver()
    assert world.outcomes(operation) == ["ambiguous", "found" if executed else "sent"]
    assert world.marketplace.effects == [("order:1", "a")]
    assert not world.operation(operation).ambiguous


def test_a_worker_killed_in_mid_send_leaves_what_the_next_one_looks_for(world):
    operation = world.ask()
    (killed,) = take(world)
    world.marketplace.effects.append(("order:1", "a"))
    world.deliver()
    assert world.states() == {operation: "sending"}
    world.hasten()
    world.deliver()
    assert world.outcomes(operation) == ["lost", "found"]
    assert world.marketplace.effects == [("order:1", "a")]
    assert killed.claim.attempt == 1


def test_a_delivery_that_is_cancelled_gives_back_what_it_was_sending(world):
    quick, slow = world.ask(subject="order:1"), world.ask(subject="order:2")

    async def cancelled():
        world.marketplace.gate = asyncio.Event()
        task = asyncio.create_task(delivery.run(world.lane(), KINDS, world.gateways_for))
        await world.marketplace.called(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        world.marketplace.gate = None

    async_to_sync(cancelled)()
    assert world.states() == {quick: "waiting", slow: "waiting"}
    assert world.outcomes(quick) == ["lost"]
    assert world.operation(quick).ambiguous
    world.deliver()
    assert world.states() == {quick: "done", slow: "done"}
    assert world.marketplace.effects == [("order:1", "a"), ("order:2", "a")]


def test_deliveries_of_several_workers_send_once(world):
    for number in range(60):
        world.ask(subject=f"order:{number}")

    async def race():
        await asyncio.gather(*(world.delivery(concurrency=7).run() for _ in range(3)))

    async_to_sync(race)()
    assert len(world.marketplace.effects) == len(set(world.marketplace.effects)) == 60
    assert set(world.states().values()) == {"done"}


def test_a_process_delivers_a_lane_once_at_a_time_and_misses_no_request(world):
    slow = world.ask(note="slow")

    async def twice():
        world.marketplace.gate = asyncio.Event()
        running = asyncio.create_task(delivery.run(world.lane(), KINDS, world.gateways_for))
        await world.marketplace.called(1)
        await sql.in_transaction(world.ask)(subject="order:2")
        await delivery.run(world.lane(), KINDS, world.gateways_for)
        await world.marketplace.called(2)
        world.marketplace.gate.set()
        await running

    async_to_sync(twice)()
    assert set(world.states().values()) == {"done"}
    assert slow in world.states()


def test_what_stands_ready_is_not_sent_to_a_platform_that_went_down(world):
    for number in range(8):
        world.ask(subject=f"order:{number}")
        world.marketplace.plan[f"order:{number}"] = [Unavailable("refused")]
    world.deliver(concurrency=4)
    assert len(world.marketplace.calls) == 4
    unsent = SyncOperation.objects.get(subject="order:7")
    assert (unsent.state, unsent.ambiguous, unsent.attempts.count()) == ("waiting", False, 0)


def test_what_stands_ready_is_given_back_unsent_when_the_worker_stops(world):
    for number in range(4):
        world.ask(subject=f"order:{number}")

    async def cancelled():
        world.marketplace.gate = asyncio.Event()
        task = asyncio.create_task(delivery.run(world.lane(), KINDS, world.gateways_for, concurrency=2))
        await world.marketplace.called(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async_to_sync(cancelled)()
    rows = SyncOperation.objects.order_by("subject").values_list("state", "ambiguous", "attempts__outcome")
    assert list(rows) == [("waiting", True, "lost")] * 2 + [("waiting", False, None)] * 2


def test_no_more_are_sent_at_once_than_is_set(world):
    for number in range(30):
        world.ask(subject=f"order:{number}")
    world.deliver(concurrency=4)
    assert world.marketplace.busiest == 4
    assert len(world.marketplace.effects) == 30


def test_an_answer_that_comes_too_late_writes_nothing(world):
    operation = world.ask()
    (slow,) = take(world)
    world.hasten()
    (second,) = take(world)
    finish(world.lane(), [Answer(of=slow, sent=Sent({"note": "late"}))])
    assert (world.operation(operation).state, world.operation(operation).result) == ("sending", None)
    assert (world.outcomes(operation), events()) == (["lost", None], [])
    finish(world.lane(), [Answer(of=second, sent=Sent({"note": "mine"}))])
    assert world.operation(operation).result == {"note": "mine"}
    assert (world.outcomes(operation), events()) == (["lost", "sent"], ["applied"])


def test_a_checkpoint_keeps_what_was_reached(world):
    world.marketplace.plan["order:1"] = [None, Unavailable("503")]
    operation = world.ask(kind=Steps)
    world.deliver(Steps)
    assert world.operation(operation).progress == {"cart": 17}
    world.hasten()
    world.deliver(Steps)
    assert world.marketplace.effects == [("order:1", "cart"), ("order:1", "a")]
    assert world.states() == {operation: "done"}


def test_a_checkpoint_renews_the_lease_or_says_that_it_is_lost(world):
    operation = world.ask(kind=Steps)
    (first,) = take(world, Steps)
    SyncOperation.objects.update(lease_until="2026-01-01T00:00Z")

    async def save(one, **facts):
        attempt = delivery.Attempt(one)
        async with attempt._clock:
            await attempt.save(**facts)

    async_to_sync(save)(first, cart=1)
    assert world.operation(operation).lease_until.year > 2026 or world.operation(operation).lease_until.month > 1
    world.hasten()
    take(world, Steps)
    with pytest.raises(LeaseLost):
        async_to_sync(save)(first, cart=2)
    assert world.operation(operation).progress == {"cart": 1}


def test_an_attempt_is_broken_off_before_its_lease_ends_and_then_looked_for(world, monkeypatch):
    monkeypatch.setattr(delivery, "LEASE", delivery.MARGIN + timedelta(milliseconds=20))
    operation = world.ask()

    async def stuck():
        world.marketplace.gate = asyncio.Event()
        await delivery.run(world.lane(), KINDS, world.gateways_for)
        world.marketplace.gate = None

    async_to_sync(stuck)()
    assert world.outcomes(operation) == ["ambiguous"]
    assert world.states() == {operation: "waiting"}


def test_an_outage_blocks_the_lane_and_not_each_operation(world):
    for number in range(30):
        world.ask(subject=f"order:{number}")
        world.marketplace.plan[f"order:{number}"] = [Unavailable("refused")]
    label = world.ask(kind=Label, subject="order:99")
    world.deliver(concurrency=5)
    assert len(world.marketplace.calls) == 5
    lane = Lane.objects.get(family="notes")
    assert (lane.outages, lane.blocked_by["class"]) == (1, "Unavailable")
    world.deliver()
    assert len(world.marketplace.calls) == 5
    world.deliver(Label)
    assert world.operation(label).state == "done"


def test_after_an_outage_one_tries_and_all_follow(world):
    for number in range(10):
        world.ask(subject=f"order:{number}")
        world.marketplace.plan[f"order:{number}"] = [Unavailable("refused")]
    for _ in range(4):
        world.deliver()
        sql.execute("UPDATE sync_lane SET blocked_until = now()")
    assert len(world.marketplace.calls) == 10
    world.hasten()
    world.deliver()
    assert set(world.states().values()) == {"done"}
    lane = Lane.objects.get()
    assert (lane.outages, lane.blocked_by, lane.blocked_until) == (0, None, None)


def test_a_platform_that_asks_to_wait_is_left_alone_so_long(world):
    world.marketplace.plan["order:1"] = [Unavailable("429", retry_after=timedelta(seconds=90))]
    world.ask()
    world.deliver()
    row = sql.rows("SELECT blocked_until - now() AS wait FROM sync_lane")[0]
    assert timedelta(seconds=80) < row["wait"] <= timedelta(seconds=90)


def test_one_operation_that_cannot_be_read_does_not_stop_its_lane(world):
    world.marketplace.plan["order:3"] = [Unavailable("500")] * 20
    for number in range(10):
        world.ask(subject=f"order:{number}")
    world.deliver(concurrency=2)
    for _ in range(4):
        sql.execute("UPDATE sync_lane SET blocked_until = now()")
        world.deliver(concurrency=2)
    assert sorted(world.states().values()) == ["done"] * 9 + ["waiting"]


def test_a_refused_connection_pauses_only_its_platform(world):
    world.marketplace.plan["order:1"] = [Misconfigured("Walmart refuses the client secret")]
    note, label, shop = world.ask(), world.ask(kind=Label, subject="order:2"), world.ask(kind=Shop)
    world.deliver(Note)
    world.deliver(Label)
    world.deliver(Shop)
    assert world.states() == {note: "waiting", label: "waiting", shop: "done"}
    assert world.operation(note).failures == 0
    pause = PlatformPause.objects.get()
    assert (pause.platform, pause.sentence["template"]) == ("marketplace", "Walmart refuses the client secret")


def test_keys_that_the_other_platform_refuses_do_not_pause_this_one(world):
    """A shipment in Commerce looks at Walmart first."""
    world.commerce.plan["order:1"] = [Misconfigured("Walmart refuses the client secret", side="Walmart")]
    waiting, other = world.ask(subject="order:1", kind=Shop), world.ask(subject="order:2", kind=Shop)
    world.deliver(Shop)
    assert not PlatformPause.objects.exists()
    assert (world.operation(waiting).state, world.operation(waiting).failures) == ("waiting", 0)
    world.hasten()
    world.deliver(Shop)
    assert (world.operation(waiting).state, world.operation(other).state) == ("done", "done")


def test_one_probe_ends_a_pause(world):
    world.marketplace.plan["order:1"] = [Misconfigured("Walmart refuses the client secret")] * 2
    for number in (1, 2, 3):
        world.ask(subject=f"order:{number}")
    world.deliver(concurrency=1)
    world.hasten()
    world.deliver()
    assert world.marketplace.calls == ["order:1", "order:1"]
    assert PlatformPause.objects.count() == 1
    world.hasten()
    world.deliver()
    assert PlatformPause.objects.count() == 0
    assert set(world.states().values()) == {"done"}


def test_a_repaired_connection_goes_on_at_once(world):
    world.marketplace.plan["order:1"] = [Misconfigured("Walmart refuses the client secret")]
    operation = world.ask()
    world.deliver()
    forget_jobs()
    assert limits.resume(world.store.id, Note.platform)
    assert jobs() == [f"deliver:{world.lane()}"]
    world.deliver()
    assert world.states() == {operation: "done"}


def test_a_store_that_cannot_be_opened_is_paused(world):
    async def refuse(store_id):
        raise Misconfigured("The credentials cannot be read")

    operation = world.ask()
    async_to_sync(delivery.run)(world.lane(), KINDS, refuse)
    assert PlatformPause.objects.get().sentence["template"] == "The credentials cannot be read"
    assert world.operation(operation).attempt == 0


def test_prepare_ends_what_has_nothing_left_and_isolates_what_breaks(world):
    ready = world.ask(kind=Prepared, subject="order:1")
    skipped = world.ask(kind=Prepared, subject="order:2", payload={"prepare": "skip"})
    broken = world.ask(kind=Prepared, subject="order:3", payload={"prepare": "break"})
    world.deliver(Prepared)
    assert world.states() == {ready: "done", skipped: "skipped", broken: "failed"}
    assert world.operation(skipped).reason["template"] == "Nothing left to send"
    assert "assert all" in world.operation(broken).error["traceback"]
    assert (world.outcomes(skipped), world.outcomes(broken)) == (["skipped"], ["bug"])
    assert events("order:3") == ["failed"]


def test_our_own_mistake_fails_the_operation_and_keeps_the_traceback(world):
    world.marketplace.plan["order:1"] = [KeyError("sku")]
    operation = world.ask()
    world.deliver()
    failed = world.operation(operation)
    assert (failed.state, failed.ambiguous, failed.error["class"]) == ("failed", True, "KeyError")
    assert "KeyError: 'sku'" in failed.error["traceback"]


def test_an_answer_that_cannot_be_applied_is_kept_and_applied_on_retry(world):
    good = world.ask(subject="order:0")
    operation = world.ask(kind=Unapplied)
    world.deliver()
    failed = world.operation(operation)
    assert (failed.state, failed.result) == ("failed", {"note": "a"})
    assert "ZeroDivisionError: apply" in failed.error["traceback"]
    assert world.states()[good] == "done"
    Unapplied.broken = False
    outbox.retry(operation)
    world.deliver()
    assert world.outcomes(operation) == ["bug", "found"]
    assert world.marketplace.effects.count(("order:1", "a")) == 1
    assert events() == ["failed", "applied"]


def test_finishing_together_equals_finishing_one_by_one(world):
    errors = [None, Rejected("no"), Ambiguous("no answer"), KeyError("x")]
    subjects = [f"{how}:{number}" for how in ("together", "alone") for number in range(len(errors))]
    for subject in subjects:
        world.ask(subject=subject)
    answers = {
        one.claim.subject: Answer(of=one, error=error, sent=None if error else Sent({"n": 1}))
        for one in take(world)
        for error in [errors[int(one.claim.subject[-1])]]
    }
    finish(world.lane(), [answers[subject] for subject in subjects if subject.startswith("together")])
    for subject in subjects:
        if subject.startswith("alone"):
            finish(world.lane(), [answers[subject]])
    facts = ("state", "result", "ambiguous", "failures", "attempts__outcome")
    rows = list(SyncOperation.objects.order_by("id").values(*facts))
    assert rows[: len(errors)] == rows[len(errors) :]
    assert [row["state"] for row in rows[: len(errors)]] == ["done", "failed", "waiting", "failed"]


def test_exchanges_are_kept_on_the_attempt(world):
    class Exchanging(Note):
        async def send(self, claim, prepared, gateways, progress):
            http._note(
                http.Request(
                    side="Walmart", method="POST", url="http://x/ship", headers={"Authorization": "s"}, writes=True
                ),
                0.0,
                answer=http.Answer(status=200, headers={}, body=b'{"text": "\\u0000 bob@example.com"}'),
            )
            return Sent()

    operation = world.ask()
    async_to_sync(delivery.run)(world.lane(), {"note": Exchanging()}, world.gateways_for)
    (exchange,) = world.operation(operation).attempts.get().exchanges
    assert (exchange["status"], exchange["request_headers"]) == (200, {"Authorization": "•••"})
    assert exchange["response"] == {"text": " •••"}


def test_a_long_run_ends_and_wakes_itself(world):
    for number in range(5):
        world.ask(subject=f"order:{number}")
    forget_jobs()
    world.deliver(longest=timedelta(seconds=-1))
    assert world.marketplace.calls == []
    assert jobs() == [f"deliver:{world.lane()}"]


def test_what_a_person_asked_goes_first(world):
    alice = get_user_model().objects.create(username="alice")
    for number in range(4):
        world.ask(subject=f"order:{number}")
    world.ask(subject="order:99", by=alice.id)
    world.deliver(concurrency=1)
    assert world.marketplace.calls[0] == "order:99"
