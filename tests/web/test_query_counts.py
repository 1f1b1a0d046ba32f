"""Each page asks the database a fixed number of questions, whatever it shows."""

import goods
import pages
import pytest

from channel_manager.history.models import Event
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
    with django_assert_num_queries(16):
        assert browser.get("/").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_orders(browser, store, alice, count, django_assert_num_queries):
    for _ in range(count):
        full_order(store, alice)
    with django_assert_num_queries(8):
        assert browser.get(f"/stores/{store.pk}/orders?card=errors&sort=value").status_code == 200
    with django_assert_num_queries(10):
        assert browser.get(f"/stores/{store.pk}/orders?search=SKU-1&card=errors").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_changes_of_rows(browser, store, alice, count, django_assert_num_queries):
    seen = ",".join(f"{full_order(store, alice).pk}.0" for _ in range(count))
    with django_assert_num_queries(7):
        assert browser.get(f"/stores/{store.pk}/orders/changes?seen={seen}").status_code == 200


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
    full_return(order, alice, count)
    path = f"/stores/{store.pk}/orders/{order.pk}"
    for part, questions in {"": 20, "walmart": 20, "people": 19, "exchanges": 19}.items():
        with django_assert_num_queries(questions):
            assert browser.get(f"{path}?timeline={part}").status_code == 200
    with django_assert_num_queries(16):
        answer = browser.get(f"{path}/progress")
    factories.operation(order, state=State.WAITING)
    again = pages.address(browser.get(path), 'id="order-watch"', attribute="hx-get")
    with django_assert_num_queries(11):
        assert len(browser.get(again).content) < len(answer.content) / 10


def full_return(order, by, count):
    """A return with refunds, as many of each as asked for, with an error and the tries of it."""
    returned = factories.return_(order, delivered=True)
    for _ in range(count):
        line = factories.line(order, 20 + _, f"SKU-{_}", 2)
        factories.return_line(returned, 20 + _, order, line.number, 2, delivered_at=factories.NOON)
        refund = factories.refund(order, parent=returned, lines={str(20 + _): 1}, by=by)
        factories.attempt(factories.operation(order, kind="refund_return", payload={"refund": refund.pk}))
        factories.event(order, kind="refund", user=by)
        factories.refund(order, effect="ask")
    return returned


@pytest.mark.parametrize("count", [1, 3])
def test_returns(browser, store, alice, count, django_assert_num_queries):
    for _ in range(count):
        full_return(factories.shipped_order(store), alice, count)
    with django_assert_num_queries(8):
        assert browser.get(f"/stores/{store.pk}/returns?search=SKU-1&card=received").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_return(browser, store, alice, count, django_assert_num_queries):
    returned = full_return(factories.shipped_order(store), alice, count)
    with django_assert_num_queries(10):
        assert browser.get(f"/stores/{store.pk}/returns/{returned.pk}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_credit_memo(browser, store, alice, count, django_assert_num_queries):
    order = factories.shipped_order(store)
    returned = full_return(order, alice, count)
    order.commerce_items.update(shipped=2, invoiced=2)
    with django_assert_num_queries(13):
        answer = browser.get(f"/stores/{store.pk}/returns/{returned.pk}/orders/{order.pk}/credit-memo")
    assert answer.status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_decision(browser, store, count, django_assert_num_queries):
    order = factories.shipped_order(store, lines=[(f"SKU-{number}", 1) for number in range(count)])
    memo = factories.refund(order, lines={str(number + 1): 1 for number in range(count)}, effect="ask")
    with django_assert_num_queries(11):
        assert browser.get(f"/stores/{store.pk}/orders/{order.pk}/refunds/{memo.pk}/decision").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("page", "questions"), [("shipment", 6), ("cancellation", 9)])
def test_forms_of_an_order(browser, store, page, questions, count, django_assert_num_queries):
    order = factories.order(store, lines=[(f"SKU-{number}", 1) for number in range(count)])
    with django_assert_num_queries(questions):
        assert browser.get(f"/stores/{store.pk}/orders/{order.pk}/{page}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_activity(browser, store, count, django_assert_num_queries):
    for _ in range(count):
        factories.operation(factories.order(store))
    with django_assert_num_queries(9):
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


@pytest.mark.parametrize("count", [1, 3])
def test_listings(browser, store, count, django_assert_num_queries):
    goods.rules(store)
    for _ in range(count):
        goods.refused(goods.listing(store))
    with django_assert_num_queries(12):
        answer = browser.get(f"/stores/{store.pk}/listings?search=whisk&card=errors&published=live")
    assert answer.status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_listing(browser, store, alice, count, django_assert_num_queries):
    goods.rules(store)
    one = goods.listing(store, "SKU-1")
    for _ in range(count):
        factories.order(store)
        factories.attempt(factories.operation(factories.order(store), kind="send_stock"))
        Event.objects.create(
            store=store, subject=one.subject, kind="x", actor="person", user=alice, sentence=goods.HELD.as_json()
        )
    factories.SyncOperation.objects.filter(kind="send_stock").update(subject=one.subject)
    with django_assert_num_queries(9):
        assert browser.get(f"/stores/{store.pk}/listings/{one.pk}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_comparison(browser, store, count, django_assert_num_queries):
    goods.rules(store, stock=False)
    for _ in range(count):
        goods.level(goods.listing(store), "stock", wanted=3, sent=5)
    with django_assert_num_queries(7):
        assert browser.get(f"/stores/{store.pk}/listings/comparison/stock").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_stock_and_price(browser, store, count, django_assert_num_queries):
    goods.rules(store)
    for _ in range(count):
        feed = goods.feed(store, [(f"SKU-{number}", 1, "refused") for number in range(count)])
    with django_assert_num_queries(6):
        assert browser.get(f"/stores/{store.pk}/settings/stock-and-price").status_code == 200
    with django_assert_num_queries(6):
        assert browser.get(f"/stores/{store.pk}/settings/stock-and-price/feeds/{feed.pk}").status_code == 200
