"""What the pages read, in a bounded number of queries."""

import pytest
from sync_toys import Label, Shop, make_store

from channel_manager.shared.errors import Misconfigured, Rejected, Unavailable
from channel_manager.sync import health, queries, retention, sql
from channel_manager.sync.models import SyncAttempt


def ids(page):
    return [operation.id for operation in page.operations]


def test_operations_are_paged_newest_first(world):
    made = [world.ask(subject=f"order:{number}") for number in range(5)]
    other = make_store("Bob's shop")
    first = queries.operations_page([world.store.id], limit=2)
    assert (ids(first), first.next_before) == ([made[4], made[3]], made[3])
    second = queries.operations_page([world.store.id], limit=3, before=first.next_before)
    assert (ids(second), second.next_before) == ([made[2], made[1], made[0]], None)
    assert ids(queries.operations_page([other.id])) == []


def test_operations_are_filtered(world):
    world.marketplace.plan["order:1"] = [Rejected("no")]
    failed, done, shop = world.ask(subject="order:1"), world.ask(subject="order:2"), world.ask(kind=Shop)
    world.deliver()
    stores = [world.store.id]
    assert ids(queries.operations_page(stores, states=["failed"])) == [failed]
    assert ids(queries.operations_page(stores, kind="shop")) == [shop]
    assert ids(queries.operations_page(stores, subject="order:2")) == [done]


@pytest.mark.parametrize("operations", [1, 3])
def test_query_counts(world, operations, django_assert_num_queries):
    made = [world.ask(note=str(number)) for number in range(operations)]
    world.deliver()
    with django_assert_num_queries(1):
        queries.operations_page([world.store.id])
    with django_assert_num_queries(2):
        operation, attempts = queries.operation_with_attempts(made[0])
    assert (operation.id, [attempt.outcome for attempt in attempts]) == (made[0], ["sent"])
    with django_assert_num_queries(2):
        assert sum(len(operation.attempts.all()) for operation in queries.of_subject("order:1")) == operations
    with django_assert_num_queries(1):
        assert queries.open_of_subjects(["order:1"]) == {"order:1": []}
    with django_assert_num_queries(4):
        health.health(world.store.id)
    assert queries.operation_with_attempts(0) is None


def test_health_tells_what_is_wrong(world):
    assert health.health(world.store.id).connected
    world.marketplace.plan["order:1"] = [Rejected("no")]
    world.marketplace.plan["order:2"] = [Unavailable("refused")]
    world.commerce.plan["order:1"] = [Misconfigured("The key is refused")]
    world.ask(subject="order:1")
    world.ask(kind=Shop, subject="order:1")
    world.ask(kind=Label, subject="order:2")
    for kind in (Label, Shop):
        world.deliver(kind)
    world.deliver()
    sql.execute(
        "INSERT INTO sync_stream_cursor (store_id, stream, finished_at) VALUES (%s, 'orders', now() - interval '90 s')",
        [world.store.id],
    )
    shown = health.health(world.store.id)
    assert not shown.connected
    assert (shown.failed, shown.waiting) == (1, 2)
    assert [pause.platform for pause in shown.pauses] == ["commerce"]
    assert [lane.family for lane in shown.blocked_lanes] == ["labels"]
    (stream,) = shown.streams
    assert (stream.stream, round(stream.lag_seconds), stream.error) == ("orders", 90, None)


def test_old_exchanges_of_ended_operations_are_forgotten(world):
    world.marketplace.plan["order:2"] = [Rejected("no")]
    old, failed, young = (world.ask(subject=f"order:{number}") for number in (1, 2, 3))
    world.deliver()
    SyncAttempt.objects.update(exchanges=[{"url": "x"}])
    sql.execute("UPDATE sync_attempt SET finished_at = now() - interval '31 days' WHERE operation_id <> %s", [young])
    assert retention.forget_exchanges() == 1
    kept = dict(SyncAttempt.objects.values_list("operation_id", "exchanges"))
    assert kept == {old: [], failed: [{"url": "x"}], young: [{"url": "x"}]}
    assert retention.forget_exchanges() == 0
