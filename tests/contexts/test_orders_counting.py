"""Counts of the cards are kept by triggers: they agree with the orders whatever changes, and whoever writes beside."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from channel_manager.orders import queries, state
from channel_manager.orders.models import PurchaseOrder, Status
from channel_manager.orders.page.models import CardCount
from tests import factories


@pytest.fixture
def store(db):
    return factories.store()


def truth(store):
    now = timezone.now()
    return {
        card: PurchaseOrder.objects.filter(wanted, store=store).count() for card, wanted in queries.cards(now).items()
    }


def counts(store):
    return queries.card_counts([store.pk], timezone.now())[store.pk]


def change(order, chance):
    order.status = chance.choice(list(Status))
    order.has_error, order.needs_action = chance.random() < 0.3, chance.random() < 0.3
    order.buyer_asked_at = chance.choice([None, timezone.now()])
    order.ship_by = chance.choice([None, timezone.now() + timedelta(hours=chance.randint(-40, 40))])
    order.acknowledge_by = timezone.now() + timedelta(hours=chance.randint(-3, 3))
    order.acknowledged_at = chance.choice([None, timezone.now()])
    order.fulfilment = chance.choice(["seller", "seller", "marketplace"])
    order.treatment = chance.choice(["import", "ignore"])
    order.save()


@pytest.mark.parametrize("seed", range(5))
def test_counts_agree_with_the_orders_after_any_changes(store, seed):
    chance = random.Random(seed)
    others = factories.store()
    orders = [factories.order(chance.choice([store, others])) for _ in range(12)]
    for _ in range(60):
        change(chance.choice(orders), chance)
    PurchaseOrder.objects.filter(status=Status.OPEN, store=store).update(has_error=True, status=Status.CANCELED)
    gone = orders.pop()
    gone.lines.all().delete()
    gone.commerce_items.all().delete()
    gone.delete()

    assert counts(store) == truth(store)
    assert counts(others) == truth(others)


def test_what_is_rolled_back_is_not_counted(store):
    factories.order(store)
    with transaction.atomic():
        factories.order(store)
        PurchaseOrder.objects.update(status=Status.SHIPPED)
        transaction.set_rollback(True)

    assert counts(store)["open"] == 1
    assert counts(store)["shipped"] == 0


def test_an_update_that_no_card_sees_writes_no_counter(store, django_assert_num_queries):
    order = factories.order(store)
    before = list(CardCount.objects.values_list("pk", "open"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin FROM orders_cardcount")
        version = cursor.fetchall()
        state.refresh(order)
        cursor.execute("SELECT xmin FROM orders_cardcount")
        assert cursor.fetchall() == version
    assert list(CardCount.objects.values_list("pk", "open")) == before


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_neither_wait_for_a_counter_nor_lose_one():
    store = factories.store()
    orders = [factories.order(store) for _ in range(8)]
    ready, errors = threading.Barrier(4), []

    def write(number):
        """Every writer holds its counter while all others write as well."""
        try:
            with transaction.atomic():
                for order in orders[number::4]:
                    PurchaseOrder.objects.filter(pk=order.pk).update(status=Status.SHIPPED)
                factories.order(store)
                ready.wait(timeout=20)
        except Exception as error:  # noqa: BLE001 - told by the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=40)

    assert errors == []
    assert counts(store) == truth(store)
    assert counts(store)["shipped"] == 8
    assert counts(store)["open"] == 4
    assert CardCount.objects.filter(store=store).count() <= 5
