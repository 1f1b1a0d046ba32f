"""Each page asks the database a fixed number of questions, whatever it shows."""

import pytest

from channel_manager.sync.models import PlatformPause, State, StreamCursor
from tests import factories


def full_order(store, by):
    order = factories.order(store, lines=[("SKU-1", 3), ("SKU-2", 2)])
    factories.shipment(order, quantities={"1": 1}, by=by, reported_at=factories.NOON)
    factories.cancellation(order, quantities={"2": 1}, by=by)
    factories.event(order, user=by)
    factories.attempt(factories.operation(order))
    return order


@pytest.mark.parametrize("count", [1, 3])
def test_home(browser, alice, count, django_assert_num_queries):
    for _ in range(count - 1):
        factories.Membership.objects.create(user=alice, store=factories.store(), role="viewer")
    for store in factories.Store.objects.all():
        StreamCursor.objects.create(store=store, stream="released", finished_at=factories.NOON)
        PlatformPause.objects.create(
            store=store, platform="commerce", sentence=factories.say("Off").as_json(), next_check_at=factories.NOON
        )
    with django_assert_num_queries(8):
        assert browser.get("/").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_orders(browser, store, alice, count, django_assert_num_queries):
    for _ in range(count):
        full_order(store, alice)
    with django_assert_num_queries(7):
        assert browser.get(f"/stores/{store.pk}/orders?search=SKU-1&card=errors").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_arrivals(browser, store, count, django_assert_num_queries):
    for _ in range(count):
        factories.order(store)
    with django_assert_num_queries(4):
        assert browser.get(f"/stores/{store.pk}/orders/arrivals?since=0").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_order(browser, store, alice, count, django_assert_num_queries):
    order = full_order(store, alice)
    for _ in range(count - 1):
        factories.line(order, 10 + _, f"SKU-{_}", 3)
        factories.shipment(order, quantities={"1": 1}, by=alice)
        factories.cancellation(order, quantities={str(10 + _): 1}, by=alice)
        factories.event(order, user=alice)
        factories.attempt(factories.operation(order))
    with django_assert_num_queries(13):
        assert browser.get(f"/stores/{store.pk}/orders/{order.pk}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("page", ["shipment", "cancellation"])
def test_forms_of_an_order(browser, store, page, count, django_assert_num_queries):
    order = factories.order(store, lines=[(f"SKU-{number}", 1) for number in range(count)])
    with django_assert_num_queries(5):
        assert browser.get(f"/stores/{store.pk}/orders/{order.pk}/{page}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_activity(browser, store, count, django_assert_num_queries):
    for _ in range(count):
        factories.operation(factories.order(store))
    with django_assert_num_queries(5):
        assert browser.get(f"/stores/{store.pk}/activity").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_operation(browser, store, count, django_assert_num_queries):
    operation = factories.operation(factories.order(store), state=State.DONE)
    for number in range(count):
        factories.attempt(operation, number=number + 1)
    with django_assert_num_queries(7):
        assert browser.get(f"/stores/{store.pk}/activity/{operation.pk}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_carriers(browser, store, count, django_assert_num_queries):
    for _ in range(count):
        factories.carrier_rule(store)
    with django_assert_num_queries(5):
        assert browser.get(f"/stores/{store.pk}/settings/carriers").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_first_connection(signed_in, carol, store, count, django_assert_num_queries):
    for _ in range(count):
        factories.order(store, treatment="undecided")
    browser = signed_in(carol)
    with django_assert_num_queries(6):
        assert browser.get(f"/stores/{store.pk}/first-connection").status_code == 200
