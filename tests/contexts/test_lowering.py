"""Stock is lowered before units are freed at the marketplace, and not raised before that is certain."""

import asyncio
import threading
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.utils import timezone

from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import Ambiguous, Rejected, Unavailable
from channel_manager.shared.sentences import say
from channel_manager.sync import levels, sql
from channel_manager.sync.kinds import Claim
from channel_manager.sync.levels import STOCK, Wanted, lowering
from channel_manager.sync.models import Doubt, Level, Lowering, State, SyncOperation
from tests import factories

WORDS = say("No answer.")


class Walmart:
    """The figures by SKU. `plan` holds what the next calls do: an error before, or (error,) after it was done."""

    def __init__(self, **stock):
        self.stock, self.plan, self.calls = stock, [], []

    async def set_stock(self, sku, units):
        self.calls.append((sku, units))
        step = self.plan.pop(0) if self.plan else None
        if isinstance(step, Exception):
            raise step
        self.stock[sku] = units
        if step:
            raise step[0]


@pytest.fixture
def store(transactional_db, monkeypatch):
    monkeypatch.setattr(lowering, "PAUSE", 0.01)
    return factories.store()


def begin(store, sent, *keys, active=True):
    levels.create(store.pk, STOCK, list(keys), active=True)
    want(store, sent, *keys)
    for one in levels.take(store.pk, STOCK, most=9):
        levels.carried({one.carrier: one.value})
    levels.activate(store.pk, STOCK, active=active)


def want(store, value, *keys):
    levels.want(store.pk, STOCK, [Wanted(key=key, value=Decimal(value)) for key in keys])


def claim(store, number=1, *, state=State.SENDING, **facts):
    leased = {"lease_until": timezone.now() + timedelta(minutes=2)} if state == State.SENDING else {}
    made, _ = SyncOperation.objects.get_or_create(
        key=f"ship:{number}",
        defaults={
            "store": store,
            "subject": f"order:{number}",
            "kind": "report_shipment",
            "state": state,
            "platform": Platform.MARKETPLACE,
            "family": "ship",
            **leased,
        },
    )
    facts = {"payload": {}, "progress": {}, "attempt": 1, "ambiguous": False} | facts
    return Claim(id=made.pk, store_id=store.pk, kind=made.kind, subject=made.subject, **facts)


def lower(one, units, walmart):
    async_to_sync(lowering.lower)(one, units, walmart)


def level(store, key="A"):
    return Level.objects.get(store=store, key=key)


def test_the_units_are_taken_off_before_they_are_freed_and_the_level_is_free_again(store):
    begin(store, 10, "A", "B", "C")
    walmart = Walmart(A=10, B=10, C=10)
    lower(claim(store), {"A": 3, "B": 10}, walmart)
    assert walmart.stock == {"A": 7, "B": 0, "C": 10}
    found = level(store)
    assert (found.sent, found.carrier, found.wanted) == (7, "", 10)


def test_nothing_is_told_of_what_is_not_followed(store):
    begin(store, 10, "A", active=False)
    walmart = Walmart(A=10)
    lower(claim(store), {"A": 3, "UNKNOWN": 1}, walmart)
    assert walmart.calls == []
    assert not Lowering.objects.exists()


def test_two_parcels_of_one_sku_take_off_their_own_units_each(store):
    begin(store, 10, "A")
    walmart = Walmart(A=10)
    lower(claim(store, 1), {"A": 3}, walmart)
    lower(claim(store, 2), {"A": 2}, walmart)
    assert walmart.calls == [("A", 7), ("A", 5)]


def test_a_figure_that_is_lower_already_is_not_raised(store):
    begin(store, 4, "A")
    want(store, 12, "A")
    walmart = Walmart(A=4)
    lower(claim(store), {"A": 3}, walmart)
    assert walmart.calls == []


def test_a_figure_that_is_not_known_is_lowered_too(store):
    """As after Resend, or when a feed was passed."""
    begin(store, 10, "A")
    levels.resend(store.pk, STOCK, ["A"])
    walmart = Walmart(A=10)
    lower(claim(store), {"A": 3}, walmart)
    assert walmart.stock == {"A": 7}


@pytest.mark.parametrize("fault", [Ambiguous(WORDS), (Ambiguous(WORDS),), Unavailable(WORDS, status=503)])
def test_one_call_without_an_answer_is_repeated(store, fault):
    begin(store, 10, "A", "B")
    walmart = Walmart(A=10, B=10)
    walmart.plan = [fault]
    lower(claim(store), {"A": 3, "B": 1}, walmart)
    assert walmart.stock == {"A": 7, "B": 9}
    assert level(store).sent == 7


def test_a_sku_that_is_refused_keeps_no_other_from_being_lowered(store):
    begin(store, 10, "A", "B")
    walmart = Walmart(B=10)
    walmart.plan = [Rejected(WORDS)]
    lower(claim(store), {"A": 3, "B": 1}, walmart)
    assert walmart.stock == {"B": 9}


def test_what_was_never_answered_is_not_relied_upon(store):
    begin(store, 10, "A")
    walmart = Walmart(A=10)
    walmart.plan = [(Ambiguous(WORDS),)] * 99
    lower(claim(store), {"A": 3}, walmart)
    found = level(store)
    assert (found.sent, found.carrier, found.dirty_since is None) == (None, "", False)
    done(store, claim(store))
    want(store, 8, "A")
    assert [one.value for one in levels.take(store.pk, STOCK, most=9)] == [8]


def test_a_feed_that_carries_the_sku_is_passed(store):
    begin(store, 10, "A")
    want(store, 11, "A")
    Level.objects.update(carrier="feed:1", carried=11, carried_at=timezone.now())
    walmart = Walmart(A=10)
    lower(claim(store), {"A": 3}, walmart)
    assert walmart.stock == {"A": 8}
    assert level(store).sent == 8


def test_it_waits_for_an_operation_that_tells_another_value_just_now(store):
    begin(store, 10, "A")
    want(store, 12, "A")
    (one,) = levels.take(store.pk, STOCK, most=1)
    other = SyncOperation.objects.create(
        store=store,
        subject="sku",
        key=one.carrier,
        kind="send_stock",
        state=State.SENDING,
        lease_until=timezone.now() + timedelta(minutes=2),
        platform=Platform.MARKETPLACE,
        family="set_stock",
    )
    walmart = Walmart(A=10)

    async def both():
        task = asyncio.create_task(lowering.lower(claim_, {"A": 3}, walmart))
        await asyncio.sleep(0.1)
        assert walmart.calls == []
        await walmart.set_stock("A", 12)
        await sql.in_transaction(arrived)()
        await task

    def arrived():
        levels.carried({one.carrier: Decimal(12)})
        SyncOperation.objects.filter(pk=other.pk).update(state=State.DONE, lease_until=None, finished_at=timezone.now())

    claim_ = claim(store)
    async_to_sync(both)()
    assert walmart.stock == {"A": 9}


def test_an_operation_that_waits_is_overtaken_and_writes_nothing(store):
    begin(store, 10, "A")
    want(store, 12, "A")
    (one,) = levels.take(store.pk, STOCK, most=1)
    walmart = Walmart(A=10)
    lower(claim(store), {"A": 3}, walmart)
    assert walmart.stock == {"A": 9}
    assert levels.latest({one.carrier: one.level_id})[one.carrier].value == 9
    levels.dropped(one.carrier)
    done(store, claim(store))
    assert levels.take(store.pk, STOCK, most=9) == []
    want(store, 12, "A")
    assert [taken.value for taken in levels.take(store.pk, STOCK, most=9)] == [12]


def done(store, one, state=State.DONE):
    """As a delivery finishes it."""
    with transaction.atomic():
        lowering.ended(one.id)
        reason = {"reason": WORDS.as_json()} if state == State.SKIPPED else {}
        SyncOperation.objects.filter(pk=one.id).update(
            state=state, lease_until=None, finished_at=timezone.now(), **reason
        )


def test_the_end_casts_doubt_and_the_figure_rises_only_once_it_was_measured_after_that(store):
    """What is wanted until then counts the units as held back, and Commerce may not answer for hours."""
    begin(store, 10, "A")
    walmart = Walmart(A=10)
    one = claim(store)
    lower(one, {"A": 3}, walmart)
    assert levels.take(store.pk, STOCK, most=9) == []
    before = timezone.now()
    done(store, one)
    assert Doubt.objects.get().key == "A"
    assert levels.take(store.pk, STOCK, most=9) == []
    levels.want(store.pk, STOCK, [Wanted(key="A", value=Decimal(11), asked_at=before)])
    (taken,) = levels.take(store.pk, STOCK, most=9)
    latest = {taken.carrier: taken.level_id}
    assert levels.latest(latest)[taken.carrier].value == 8, "it was asked for before they were freed"
    want(store, 11, "A")
    assert levels.latest(latest)[taken.carrier].value == 11
    assert not Lowering.objects.exists()


def test_a_figure_that_is_the_same_after_the_measuring_is_raised_to_it(store):
    """Three were shipped and three came in."""
    begin(store, 10, "A")
    one = claim(store)
    lower(one, {"A": 3}, Walmart(A=10))
    done(store, one)
    want(store, 10, "A")
    assert [taken.value for taken in levels.take(store.pk, STOCK, most=9)] == [10]


@pytest.mark.parametrize("carrier", ["sending", "feed"])
def test_what_may_have_been_told_already_is_lowered_although_a_lower_figure_was_sent_before(store, carrier):
    """A higher figure is on its way, and nobody knows whether Walmart has it."""
    begin(store, 6, "A")
    want(store, 11, "A")
    (one,) = levels.take(store.pk, STOCK, most=1)
    if carrier == "feed":
        Level.objects.update(carrier="feed:1")
    else:
        claim(store, 2, state=State.WAITING)
        SyncOperation.objects.update(key=one.carrier, ambiguous=True)
    walmart = Walmart(A=11)
    lower(claim(store), {"A": 1}, walmart)
    assert walmart.stock == {"A": 10}
    assert level(store).sent == 10


@pytest.mark.parametrize(
    ("error", "in_doubt", "rises"),
    [
        (Rejected(WORDS), False, True),
        (Unavailable(WORDS), False, True),
        (Ambiguous(WORDS), False, False),
        (Unavailable(WORDS), True, False),
        (Rejected(WORDS), True, True),
        (None, False, False),
    ],
)
def test_the_figure_does_not_rise_while_the_units_may_have_been_freed(store, error, in_doubt, rises):
    begin(store, 10, "A")
    walmart = Walmart(A=10)
    lower(claim(store), {"A": 3}, walmart)
    lowering.stopped(claim(store, ambiguous=in_doubt), error)
    assert bool(levels.take(store.pk, STOCK, most=9)) is rises


def test_an_operation_that_was_closed_takes_off_nothing_once_it_was_measured(store):
    """The platform shows what it was to bring about: it is not sent, and nobody tells it that it has ended."""
    begin(store, 10, "A")
    lower(claim(store), {"A": 3}, Walmart(A=10))
    lowering.stopped(claim(store), Ambiguous(WORDS))
    assert levels.take(store.pk, STOCK, most=9) == []
    SyncOperation.objects.update(
        state=State.SKIPPED, lease_until=None, finished_at=timezone.now(), reason=WORDS.as_json()
    )
    assert levels.take(store.pk, STOCK, most=9) == []
    want(store, 10, "A")
    assert [taken.value for taken in levels.take(store.pk, STOCK, most=9)] == [10]


def test_what_fell_meanwhile_is_told_although_units_are_being_freed(store):
    begin(store, 10, "A")
    walmart = Walmart(A=10)
    lower(claim(store), {"A": 3}, walmart)
    want(store, 8, "A")
    (one,) = levels.take(store.pk, STOCK, most=9)
    assert levels.latest({one.carrier: one.level_id})[one.carrier].value == 5


def test_a_worker_that_died_leaves_the_figure_low_and_then_everything_free(store):
    """Killed between the call and its record: nobody knows what stands there."""
    begin(store, 10, "A")
    one = claim(store)
    with transaction.atomic():
        lowering._note(one, {"A": 3})
        lowering._take(one)
    assert level(store).carrier == f"lower:{one.id}"
    lowering.ended(one.id)
    found = level(store)
    assert (found.carrier, found.sent, found.dirty_since is None) == ("", None, False)


def test_parcels_of_the_same_skus_at_once_do_not_wait_in_a_circle(store):
    keys = ["A", "B", "C", "D"]
    begin(store, 100, *keys)
    walmart, raised = Walmart(**dict.fromkeys(keys, 100)), []

    def ship(one, order):
        with closing(connection):
            try:
                for _ in range(10):
                    with transaction.atomic():
                        lowering._note(one, dict.fromkeys(order, 1))
                    with transaction.atomic():
                        lowering._take(one)
                    with transaction.atomic():
                        levels.want(store.pk, STOCK, [Wanted(key=key, value=Decimal(100)) for key in order])
                    with transaction.atomic():
                        lowering._release(one, dict.fromkeys(order, Decimal(99)))
            except Exception as error:  # noqa: BLE001 - shown at the end
                raised.append(error)

    claims = [claim(store, number) for number in (1, 2, 3)]
    orders = [keys, keys[::-1], ["C", "A", "D", "B"]]
    threads = [threading.Thread(target=ship, args=each) for each in zip(claims, orders, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert raised == []
    assert walmart.calls == []
    for one in claims:
        lowering.ended(one.id)
    assert {found.carrier for found in Level.objects.all()} == {""}
