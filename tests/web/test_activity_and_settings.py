from datetime import timedelta

import pages
import pytest
from django.utils import timezone

from channel_manager.connectors import registry
from channel_manager.orders.models import Treatment
from channel_manager.stores.models import CarrierRule, OrderRules, Store
from channel_manager.sync.models import Outcome, PlatformPause, State, StreamCursor
from tests import factories

WALMART_CARRIER = registry.capabilities("walmart").carriers[0]


@pytest.fixture
def owner(signed_in, carol):
    return signed_in(carol)


def test_activity_is_filtered_by_state_and_kind(browser, store):
    order = factories.order(store)
    factories.operation(order, kind="acknowledge", state=State.DONE)
    factories.operation(order)
    address = f"/stores/{store.pk}/activity"

    assert "Acknowledge at Walmart" in rows(browser.get(address))
    failed = rows(browser.get(address, {"state": "failed"}))
    assert "Acknowledge at Walmart" not in failed
    assert f"Report the shipment to Walmart {order.number}" in failed
    assert "Walmart refused the tracking number." in failed
    assert "Report the shipment" not in rows(browser.get(address, {"kind": "acknowledge"}))
    assert browser.get(address, {"state": "x'", "kind": "<", "before": "9" * 30}).status_code == 200


def test_activity_pages_by_its_last_row(browser, store):
    order = factories.order(store)
    for _ in range(52):
        factories.operation(order, state=State.DONE)

    first = browser.get(f"/stores/{store.pk}/activity")
    second = browser.get(pages.address(first, 'rel="next"'))

    assert rows(first).count(order.number) == 50
    assert rows(second).count(order.number) == 2
    assert 'rel="next"' not in second.content.decode()


def test_an_operation_shows_every_try(browser, store):
    operation = factories.operation(factories.order(store))
    factories.attempt(operation, number=1, outcome=Outcome.UNAVAILABLE)
    factories.attempt(operation, number=2)

    text = pages.text(browser.get(f"/stores/{store.pk}/activity/{operation.pk}"))

    assert "Try 1 Not available" in text
    assert "Try 2 Rejected" in text
    assert '"code": "INVALID_REQUEST_CONTENT"' in text


def test_only_what_failed_or_waits_is_retried(browser, store):
    operation = factories.operation(factories.order(store), state=State.DONE)

    answer = browser.post(f"/stores/{store.pk}/activity/{operation.pk}/retry", follow=True)

    assert "neither failed nor waiting" in pages.text(answer)


def test_a_rule_of_the_carrier_map_is_added_changed_and_deleted(owner, store):
    base = f"/stores/{store.pk}/settings/carriers"
    owner.post(
        f"{base}/new", {"carrier_code": "custom", "title": "Pigeon", "carrier": WALMART_CARRIER, "position": "1"}
    )
    rule = CarrierRule.objects.get()
    assert (rule.title, rule.carrier) == ("Pigeon", WALMART_CARRIER)
    assert "Pigeon" in pages.text(owner.get(base))

    changed = {
        "title": "Dove",
        "other_name": "Doves",
        "tracking_url": "https://doves.example/{number}",
        "position": "2",
    }
    owner.post(f"{base}/{rule.pk}", changed)
    rule.refresh_from_db()
    assert (rule.title, rule.carrier, rule.other_name) == ("Dove", "", "Doves")

    owner.post(f"{base}/{rule.pk}/deletion")
    assert not CarrierRule.objects.exists()


@pytest.mark.parametrize(
    ("typed", "place", "words"),
    [
        ({"carrier": WALMART_CARRIER}, "carrier_code", "Say when the rule counts"),
        ({"title": "X", "carrier": "Pigeon Post"}, "carrier", "Walmart does not know this carrier"),
        ({"title": "X", "tracking_url": "https://x.example/{number}"}, "other_name", "name the other one"),
        ({"title": "X", "other_name": "X", "tracking_url": "https://x.example/"}, "tracking_url", "holds {number}"),
        ({"title": "X", "other_name": "X", "tracking_url": "javascript:{number}"}, "tracking_url", "web address"),
        ({"title": "X", "carrier": WALMART_CARRIER, "position": "99999"}, "position", "32767"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_beside_its_field(owner, store, typed, place, words):
    answer = owner.post(f"/stores/{store.pk}/settings/carriers/new", {"position": "0"} | typed)

    assert answer.status_code == 422
    assert words in pages.errors_beside(answer, place)
    assert not CarrierRule.objects.exists()


def test_order_rules_are_saved(owner, store):
    typed = {
        "acknowledge": "received",
        "default_reason": "stock",
        "placeholder_phone": "5550100",
        "shipping_method": "flatrate_flatrate",
        "payment_method": "checkmo",
        "mirror_refunds": "on",
        "restock_returns": "on",
        "refund_reason": "adjustment",
    }

    answer = owner.post(f"/stores/{store.pk}/settings/order-rules", typed, follow=True)

    assert "The order rules are saved." in pages.text(answer)
    rules = OrderRules.objects.get()
    assert (rules.acknowledge, rules.default_reason, rules.use_relay_address) == ("received", "stock", False)
    assert (rules.mirror_refunds, rules.fit_refunds, rules.restock_returns) == (True, False, True)
    assert rules.refund_reason == "adjustment"
    refused = owner.post(f"/stores/{store.pk}/settings/order-rules", typed | {"acknowledge": "never"})
    assert refused.status_code == 422


@pytest.fixture
def fresh(store):
    """The store as it is before its owner has confirmed it."""
    store.confirmed_at = store.orders_from = None
    store.save()
    return store


def test_a_new_store_asks_from_when_orders_are_taken(owner, fresh):
    old = factories.order(
        fresh, in_commerce=False, treatment=Treatment.UNDECIDED, ordered_at=timezone.now() - timedelta(days=2)
    )
    assert "Confirm from when orders are taken" in pages.text(owner.get("/"))
    assert owner.get(f"/stores/{fresh.pk}")["Location"] == f"/stores/{fresh.pk}/first-connection"
    page = owner.get(f"/stores/{fresh.pk}/first-connection")
    assert "1 older open order was found at Walmart so far." in pages.text(page)
    owner.cookies["time_zone"] = "Asia/Taipei"

    answer = owner.post(page.request["PATH_INFO"], {"orders_from": "2026-11-23T08:30", "open_orders": "ignore"})

    assert answer["Location"] == f"/stores/{fresh.pk}/orders"
    fresh.refresh_from_db()
    assert fresh.orders_from.isoformat() == "2026-11-23T00:30:00+00:00"
    old.refresh_from_db()
    assert old.treatment == Treatment.IGNORE


def test_only_who_can_confirm_is_asked_to(browser, fresh):
    assert browser.get(f"/stores/{fresh.pk}")["Location"] == f"/stores/{fresh.pk}/orders"


@pytest.mark.parametrize(
    ("typed", "place"),
    [({"open_orders": "ignore", "orders_from": "soon"}, "orders_from"), ({"orders_from": ""}, "orders_from")],
)
def test_a_start_that_is_not_one_is_refused(owner, fresh, typed, place):
    answer = owner.post(f"/stores/{fresh.pk}/first-connection", typed)

    assert answer.status_code == 422
    assert pages.errors_beside(answer, place)
    assert Store.objects.get(pk=fresh.pk).confirmed_at is None


def test_home_tells_whether_a_store_runs_and_what_waits(browser, store):
    StreamCursor.objects.create(store=store, stream="released", finished_at=timezone.now() - timedelta(seconds=90))
    order = factories.order(store)
    factories.operation(order)
    text = pages.text(browser.get("/"))
    assert "Running Both sides read 1 min ago nothing waits to be sent 1 operation failed" in text
    assert "New orders 1 min ago" in text
    assert "What must I do today? 1 order with an error 1 order needs action 1 order is open" in text

    StreamCursor.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    assert "Nothing is read: is the worker running? Both sides read 2 h 0 min ago" in pages.text(browser.get("/"))

    PlatformPause.objects.create(
        store=store,
        platform="commerce",
        sentence=factories.say("The token of Commerce has expired.").as_json(),
        next_check_at=timezone.now(),
    )
    text = pages.text(browser.get("/"))
    assert "Connection needs attention" in text
    assert "The token of Commerce has expired." in text


def test_both_platforms_are_read_on_demand(browser, store):
    StreamCursor.objects.create(store=store, stream="released", due_at=timezone.now() + timedelta(hours=1))

    answer = browser.post(f"/stores/{store.pk}/synchronisation", follow=True)

    assert "Both platforms are read now." in pages.text(answer)
    assert StreamCursor.objects.get().due_at <= timezone.now()


def rows(response):
    """The readable words of the page's table."""
    text = pages.text(response)
    return text[text.index("Details") :] if "Details" in text else ""
