"""Levels on PostgreSQL: the latest value wins, what is under way is never forgotten, and nobody waits in a circle."""

import random
import threading
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from channel_manager.ports.messages import Platform
from channel_manager.shared.sentences import say
from channel_manager.sync import levels, sql
from channel_manager.sync.levels import PRICE, STOCK, Wanted
from channel_manager.sync.models import Doubt, Level, State, SyncOperation
from tests import factories

KEYS = [f"SKU-{n}" for n in range(8)]
ASKED = say("A person is asked.")


@pytest.fixture
def store(db):
    return factories.store()


def begin(store, sent=None, *, kind=STOCK, keys=("A",), active=True):
    """Levels of which `sent` is shown and wanted, if given."""
    levels.create(store.pk, kind, list(keys), active=active)
    if sent is not None:
        for key in keys:
            want(store, sent, key=key, kind=kind)
        arrive(levels.take(store.pk, kind, most=len(keys)))


def want(store, value, *, key="A", kind=STOCK, **facts):
    value = None if value is None else Decimal(value)
    return levels.want(store.pk, kind, [Wanted(key=key, value=value, **facts)])


def take(store, kind=STOCK, **facts):
    return levels.take(store.pk, kind, **{"most": 100} | facts)


def arrive(taken):
    levels.carried({one.carrier: one.value for one in taken})


def level(store, key="A", kind=STOCK):
    return Level.objects.get(store=store, kind=kind, key=key)


def is_dirty(store, **which):
    return level(store, **which).dirty_since is not None


def sends(store, kind=STOCK):
    """What would go out now, by key; it has arrived then."""
    taken = take(store, kind)
    found = levels.latest({one.carrier: one.level_id for one in taken})
    arrive(found.values())
    return {one.key: int(one.value) for one in found.values()}


def test_the_latest_value_is_sent_and_earlier_ones_never(store):
    begin(store, 10)
    for value in (9, 8, 7):
        want(store, value)
    assert sends(store) == {"A": 7}
    assert sends(store) == {}


def test_a_level_is_dirty_exactly_while_what_is_shown_is_not_what_is_wanted(store):
    begin(store)
    assert not is_dirty(store)
    for value, dirty in ((5, True), (5, True), (None, False), (5, True)):
        want(store, value)
        assert is_dirty(store) is dirty
    assert sends(store) == {"A": 5}
    for value, dirty in ((5, False), (6, True), (5, False), (None, False)):
        want(store, value)
        assert is_dirty(store) is dirty


def test_dirty_since_is_the_moment_of_the_first_difference(store):
    begin(store, 10)
    want(store, 9)
    first = level(store).dirty_since
    want(store, 8)
    assert level(store).dirty_since == first


def test_a_value_that_came_back_while_another_was_on_its_way_is_sent_again(store):
    """The answer to 7 was lost: Walmart may show it, although what is wanted is what was sent before."""
    begin(store, 10)
    want(store, 7)
    (one,) = take(store)
    want(store, 10)
    assert is_dirty(store)
    again = levels.latest({one.carrier: one.level_id})
    assert [found.value for found in again.values()] == [10]
    arrive(again.values())
    assert (level(store).sent, is_dirty(store)) == (10, False)


def test_a_carrier_in_doubt_that_is_dropped_leaves_nothing_to_rely_on(store):
    begin(store, 10)
    want(store, 7)
    (one,) = take(store)
    want(store, 10)
    levels.dropped(one.carrier, in_doubt=True)
    assert sends(store) == {"A": 10}


def test_a_carrier_that_certainly_did_not_arrive_leaves_what_was_sent(store):
    begin(store, 10)
    want(store, 7)
    (one,) = take(store)
    want(store, 10)
    levels.dropped(one.carrier)
    assert (is_dirty(store), sends(store)) == (False, {})


def test_a_refused_value_waits_for_another_one(store):
    begin(store, 10)
    want(store, 7)
    (one,) = take(store)
    levels.dropped(one.carrier, error={"class": "Rejected"})
    want(store, 7)
    assert (sends(store), level(store).error) == ({}, {"class": "Rejected"})
    want(store, 6)
    assert sends(store) == {"A": 6}
    assert level(store).error is None


def test_one_that_waits_until_a_moment_goes_on_by_itself(store):
    begin(store, 10)
    want(store, 7)
    (one,) = take(store)
    levels.dropped(one.carrier, again_at=level(store).dirty_since + timedelta(hours=1))
    assert take(store) == []
    Level.objects.update(again_at=level(store).dirty_since)
    assert sends(store) == {"A": 7}


def test_an_overtaken_carrier_writes_nothing(store):
    begin(store, 10)
    want(store, 7)
    (first,) = take(store)
    levels.dropped(first.carrier)
    want(store, 6)
    (second,) = take(store)
    assert levels.latest({first.carrier: first.level_id}) == {}
    for late in (lambda: arrive([first]), lambda: levels.dropped(first.carrier, error={"class": "Rejected"})):
        late()
        found = level(store)
        assert (found.sent, found.carrier, found.error) == (10, second.carrier, None)
    levels.troubled(first.carrier, {"class": "Unavailable"})
    assert level(store).error is None


def test_a_measuring_that_was_overtaken_by_a_later_one_changes_nothing(store):
    begin(store, 10)
    (earlier,), (later,) = sql.rows("SELECT now() - interval '1 s' AS at"), sql.rows("SELECT now() AS at")
    want(store, 9, asked_at=later["at"])
    want(store, 10, asked_at=earlier["at"])
    assert level(store).wanted == 9
    want(store, 8, asked_at=later["at"])
    assert level(store).wanted == 8


@pytest.mark.parametrize(("wanted", "goes"), [(12, {}), (10, {}), (4, {"A": 4}), (0, {"A": 0})])
def test_held_stock_may_fall_but_does_not_rise(store, wanted, goes):
    begin(store, 10)
    want(store, wanted, held=ASKED)
    assert sends(store) == goes
    want(store, 12)
    assert sends(store) == {"A": 12}


@pytest.mark.parametrize("wanted", ["9.00", "11.00"])
def test_a_held_price_stays_in_either_direction(store, wanted):
    begin(store, "10.00", kind=PRICE)
    want(store, wanted, kind=PRICE, held=ASKED)
    assert take(store, PRICE) == []
    want(store, wanted, kind=PRICE)
    assert [one.value for one in take(store, PRICE)] == [Decimal(wanted)]


def test_a_price_that_is_held_while_an_earlier_one_is_on_its_way_does_not_go_out(store):
    begin(store, "10.00", kind=PRICE)
    want(store, "10.50", kind=PRICE)
    (one,) = take(store, PRICE)
    want(store, "1.00", kind=PRICE, held=ASKED)
    assert levels.latest({one.carrier: one.level_id}) == {}


def test_an_inactive_level_is_measured_and_never_sent(store):
    begin(store, active=False)
    want(store, 5, urgent=True)
    assert (is_dirty(store), take(store), levels.ready(store.pk, STOCK, most=9)) == (True, [], (0, 0))
    levels.activate(store.pk, STOCK, active=True)
    (one,) = take(store)
    levels.activate(store.pk, STOCK, active=False)
    assert levels.latest({one.carrier: one.level_id}) == {}


def test_the_urgent_go_first_and_are_seen_among_many(store):
    begin(store, keys=[f"K{n:03}" for n in range(120)])
    levels.want(store.pk, STOCK, [Wanted(key=f"K{n:03}", value=Decimal(1), urgent=n in (70, 119)) for n in range(120)])
    assert levels.ready(store.pk, STOCK, most=51) == (2, 51)
    assert [one.key for one in take(store, most=50, urgent=True)] == ["K070", "K119"]


def test_urgency_ends_with_its_sending(store):
    begin(store, 10)
    want(store, 9, urgent=True)
    want(store, 8)
    assert level(store).urgent
    sends(store)
    want(store, 7)
    assert not level(store).urgent


def feed(store, number=1, keys=("A",)):
    """The levels as a feed carries them."""
    Level.objects.filter(store=store, key__in=keys).update(
        carrier=f"feed:{number}", carried_at=level(store, keys[0]).dirty_since, carried=level(store, keys[0]).wanted
    )


def test_what_is_urgent_passes_a_feed_that_has_another_value(store):
    begin(store, 10)
    want(store, 12)
    feed(store)
    want(store, 11)
    assert take(store) == []
    want(store, 12, urgent=True)
    assert take(store) == []
    want(store, 10, urgent=True)
    assert sends(store) == {"A": 10}


def test_levels_of_carriers_that_ended_silently_are_freed_and_sent_again(store):
    begin(store, 10, keys=["A", "B", "C"])
    for key in "ABC":
        want(store, 7, key=key)
    taken = {one.key: one for one in take(store)}
    operation(store, taken["B"].carrier)
    feed(store, keys=["C"])
    assert levels.free_abandoned() == 0
    Level.objects.update(carried_at=level(store).carried_at - timedelta(minutes=2))
    assert levels.free_abandoned() == 1
    want(store, 10)
    assert sends(store) == {"A": 10}


def test_what_the_platform_shows_counts_as_sent_once_it_has_settled(store):
    begin(store, 10)
    settled, shown = timedelta(minutes=15), {"A": Decimal(4)}
    assert levels.seen(store.pk, STOCK, shown, settled=settled) == []
    Level.objects.update(sent_at=level(store).sent_at - timedelta(hours=1))
    want(store, 9)
    (one,) = take(store)
    assert levels.seen(store.pk, STOCK, shown, settled=settled) == []
    levels.dropped(one.carrier)
    want(store, 10)
    assert levels.seen(store.pk, STOCK, shown, settled=settled) == ["A"]
    assert sends(store) == {"A": 10}


def test_a_doubt_is_settled_by_its_id_alone(store):
    """One that was cast, or commits, while its SKU is measured is measured for again."""
    begin(store)
    levels.doubt(store.pk, ["A", "UNKNOWN"])
    seen = levels.doubted(store.pk, 10)
    assert list(seen) == ["A"]
    levels.doubt(store.pk, ["A"])
    levels.settle(seen["A"])
    assert Doubt.objects.count() == 1
    assert list(levels.doubted(store.pk, 10)) == ["A"]


def test_levels_that_are_being_lowered_can_be_forgotten(transactional_db):
    store = factories.store()
    begin(store, 10)
    lowered(store, "A", 3)
    levels.forget(store.pk, ["A"])
    assert not Level.objects.exists()


def lowered(store, key, units):
    return level(store, key).lowerings.create(
        operation=operation(store, f"ship:{key}"),
        units=units,
        until=level(store, key).sent_at + timedelta(hours=1),
    )


def operation(store, key):
    return SyncOperation.objects.create(
        store=store, subject=key, key=key, state=State.WAITING, kind="toy", platform=Platform.MARKETPLACE, family="toy"
    )


def test_what_is_sent_while_units_are_being_freed_leaves_them_out(store):
    begin(store, 10)
    lowering = lowered(store, "A", 3)
    want(store, 9)
    assert sends(store) == {"A": 6}
    assert sends(store) == {}
    lowering.delete()
    assert sends(store) == {"A": 9}


# ---- many at once ------------------------------------------------------------------------------------------------


def at_once(*works):
    """Each in a thread and a connection of its own; what was raised."""
    raised, ready = [], threading.Barrier(len(works))

    def run(work):
        with closing(connection):
            try:
                ready.wait(10)
                work()
            except Exception as error:  # noqa: BLE001 - shown at the end
                raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_everything_at_once_without_a_deadlock(transactional_db):
    """Each in one transaction over many levels, in orders of their own: no one waits in a circle, no value is lost."""
    store = factories.store()
    begin(store, 10, keys=KEYS)
    rounds, done = 25, [0]

    def shuffled(seed):
        return random.Random(seed).sample(KEYS, len(KEYS))

    def measuring(seed):
        for turn in range(rounds):
            with transaction.atomic():
                values = [
                    Wanted(key=key, value=Decimal((turn + seed) % 5), urgent=True) for key in shuffled(seed + turn)
                ]
                levels.want(store.pk, STOCK, values)
                levels.doubt(store.pk, shuffled(turn)[:3])

    def sending(seed):
        for _ in range(rounds):
            with transaction.atomic():
                taken = levels.take(store.pk, STOCK, most=5)
            with transaction.atomic():
                found = levels.latest(
                    {one.carrier: one.level_id for one in random.Random(seed).sample(taken, len(taken))}
                )
            with transaction.atomic():
                for one in sorted(taken, key=lambda one: one.key):
                    arrive([found[one.carrier]]) if one.carrier in found else levels.dropped(one.carrier)
                done[0] += len(found)

    def settling():
        for turn in range(rounds):
            with transaction.atomic():
                levels.settle([one for ids in levels.doubted(store.pk, 100).values() for one in ids])
            with transaction.atomic():
                levels.activate(store.pk, STOCK, active=turn % 5 != 0)
            with transaction.atomic():
                levels.free_abandoned()
                levels.seen(store.pk, STOCK, dict.fromkeys(shuffled(turn), Decimal(10)), settled=timedelta())

    works = [lambda seed=seed: measuring(seed) for seed in (1, 2)] + [
        lambda seed=seed: sending(seed) for seed in (3, 4)
    ]
    assert at_once(*works, settling) == []
    levels.activate(store.pk, STOCK, active=True)
    assert done[0] > 0
    wanted = {one.key: int(one.wanted) for one in Level.objects.all()}
    sends(store)
    assert {one.key: int(one.sent) for one in Level.objects.all()} == wanted
    assert not Level.objects.exclude(dirty_since=None).exists()


def test_a_doubt_that_commits_late_is_not_settled_by_an_earlier_measuring(transactional_db):
    store = factories.store()
    begin(store)
    cast, measured = threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            levels.doubt(store.pk, ["A"])
            cast.set()
            measured.wait(10)

    def measuring():
        cast.wait(10)
        levels.doubt(store.pk, ["A"])
        levels.settle([one for ids in levels.doubted(store.pk, 10).values() for one in ids])
        measured.set()

    assert at_once(late, measuring) == []
    assert list(levels.doubted(store.pk, 10)) == ["A"]


def test_a_doubt_waits_for_no_reading_that_is_being_received(transactional_db):
    """Whoever casts it may hold rows that the reading is about to wait for."""
    store = factories.store()
    begin(store)
    sql.execute(
        "INSERT INTO sync_stream_cursor (store_id, stream, due_at) VALUES (%s, %s, now() + interval '1 hour')",
        [store.pk, levels.TOUCHED],
    )
    held, doubted = threading.Event(), threading.Event()

    def receiving():
        with transaction.atomic():
            sql.rows("SELECT id FROM sync_stream_cursor FOR UPDATE")
            held.set()
            assert doubted.wait(10), "the doubt waited"

    def doubting():
        held.wait(10)
        with transaction.atomic():
            levels.doubt(store.pk, ["A"])
            doubted.set()

    assert at_once(receiving, doubting) == []
    assert sql.rows("SELECT due_at <= now() + interval '2 s' AS soon FROM sync_stream_cursor") == [{"soon": True}]
