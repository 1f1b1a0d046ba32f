"""The seller account's rates from our own record."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channel_manager.alerts import account
from channel_manager.alerts.models import AccountHealth
from channel_manager.alerts.rules.account_health import Rate
from channel_manager.history.models import Actor
from channel_manager.ports.messages import Reason
from tests import factories

DAY = timedelta(days=1)
CARRIERS = ("UPS", "USPS", "FedEx")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def store(db):
    return factories.store("Brand A")


def measured(store, now):
    account.measure(store, carriers=CARRIERS, now=now)
    return {rate.rate: rate for rate in account.healths([store.pk])[store.pk].rates}


def ordered(store, at, **facts):
    return factories.order(store, **({"ordered_at": at, "ship_by": at + 60 * DAY} | facts))


def test_cancellations_through_the_sellers_fault_are_counted_by_order(store, now):
    for _ in range(4):
        ordered(store, now - DAY)
    factories.cancellation(ordered(store, now - DAY), reason=Reason.STOCK)
    factories.cancellation(ordered(store, now - DAY, lines=[("A", 5)]), quantities={"1": 1}, reason=Reason.PRICE)
    factories.cancellation(ordered(store, now - DAY), reason=Reason.BUYER)
    outside = {"reason": "", "origin": Actor.MARKETPLACE}
    factories.cancellation(ordered(store, now - DAY), said="Auto-cancelled due to expiry", **outside)
    factories.cancellation(ordered(store, now - DAY), said="CUSTOMER_REQUESTED_SELLER_TO_CANCEL", **outside)
    factories.cancellation(ordered(store, now - DAY, fulfilment="marketplace"), reason=Reason.STOCK)

    rate = measured(store, now)[Rate.CANCELLATION]

    assert (rate.now.part, rate.now.whole) == (3, 9)
    assert dict(rate.causes) == {"stock": 1, "price": 1, "automatic": 1}
    assert rate.is_safe is False


def test_windows_are_30_days_the_30_before_and_90(store, now):
    for days in (1, 29, 31, 59, 61, 89, 91):
        order = ordered(store, now - days * DAY)
        if days in (31, 61):
            factories.cancellation(order, reason=Reason.STOCK)
    rate = measured(store, now)[Rate.CANCELLATION]
    assert [(share.part, share.whole) for share in (rate.now, rate.before, rate.long)] == [(0, 2), (1, 2), (2, 6)]
    assert (rate.trend, rate.is_safe) == ("better", True)


def test_what_left_complete_by_its_day_was_on_time(store, now):
    due = {"ship_by": now - DAY}
    left = {"reported_at": now - DAY}
    factories.shipment(ordered(store, now - 3 * DAY, **due), shipped_at=now - 2 * DAY, **left)
    factories.shipment(ordered(store, now - 3 * DAY, **due), shipped_at=now, **left)
    factories.shipment(ordered(store, now - 3 * DAY, **due), quantities={"1": 1}, shipped_at=now - 2 * DAY, **left)
    ordered(store, now - 3 * DAY, **due)
    factories.cancellation(ordered(store, now - 3 * DAY, **due), reason=Reason.BUYER)
    ordered(store, now - 3 * DAY, ship_by=now + DAY)

    rate = measured(store, now)[Rate.ON_TIME]

    assert (rate.now.part, rate.now.whole) == (1, 4)
    assert dict(rate.causes) == {"not_left": 2, "left_late": 1}


def test_tracking_is_valid_with_a_number_and_a_carrier_that_walmart_knows(store, now):
    def parcel(code, title, number, **facts):
        order = ordered(store, now - DAY)
        facts = {"reported_at": now, "reported_number": number} | facts
        return factories.shipment(order, tracks=[(code, title, number)], **facts)

    parcel("ups", "UPS", "1Z999AA10123456784")
    parcel("custom", "fedex", "449044304137821")
    parcel("custom", "Colissimo", "8J00012345")
    parcel("custom", "FED_EX", "449044304137821", origin=Actor.MARKETPLACE)
    parcel("ups", "UPS", "1Z 999 AA1")
    order = ordered(store, now - DAY)
    factories.shipment(order, tracks=[("ups", "UPS", order.number)], reported_at=now, reported_number=order.number)
    factories.shipment(ordered(store, now - DAY), tracks=[])

    rate = measured(store, now)[Rate.TRACKING]

    assert (rate.now.part, rate.now.whole) == (3, 6)
    assert dict(rate.causes) == {"number": 2, "carrier": 1}


def test_a_mapped_carrier_counts_as_known(store, now):
    factories.carrier_rule(store, carrier_code="custom", carrier="UPS")
    order = ordered(store, now - DAY)
    factories.shipment(order, tracks=[("custom", "House", "1Z999AA1012")], reported_at=now)
    assert measured(store, now)[Rate.TRACKING].is_safe


def test_one_row_a_day_and_the_last_counts(store, now):
    measured(store, now - DAY)
    ordered(store, now - DAY)
    measured(store, now)
    ordered(store, now - DAY)
    assert measured(store, now)[Rate.CANCELLATION].now.whole == 2
    assert AccountHealth.objects.count() == 2
    assert [values[Rate.CANCELLATION] for _at, values in account.history(store.pk)] == [0.0, None]


def test_a_store_without_orders_has_nothing_to_judge(store, now):
    rates = measured(store, now)
    assert [rate.is_safe for rate in rates.values()] == [None, None, None]
    assert account.healths([store.pk])[store.pk].is_safe


def test_the_effect_is_told_before_the_cancellation(store, now):
    orders = [ordered(store, now - DAY) for _ in range(100)]
    assert account.effect_of_cancellation(orders[0], Reason.STOCK).after is None
    factories.cancellation(orders[1], reason=Reason.STOCK)
    measured(store, now)

    effects = account.effects_of_cancellation(orders[0], [Reason.STOCK, Reason.BUYER, Reason.CREDIT])

    assert (effects[Reason.STOCK].before, effects[Reason.STOCK].after, effects[Reason.STOCK].breaks) == (
        0.01,
        0.02,
        True,
    )
    assert (effects[Reason.BUYER].counts, effects[Reason.BUYER].after) == (False, 0.01)
    assert effects[Reason.CREDIT].uncertain
    assert account.effect_of_cancellation(orders[1], Reason.STOCK).after == 0.01


@pytest.mark.parametrize("count", [1, 3])
def test_measuring_asks_a_fixed_number_of_questions(store, now, count, django_assert_num_queries):
    for _ in range(count):
        order = ordered(store, now - 3 * DAY, ship_by=now - DAY)
        factories.shipment(order, quantities={"1": 1}, reported_at=now)
        factories.cancellation(order, quantities={"1": 1})
    account.measure(store, carriers=CARRIERS, now=now)
    with django_assert_num_queries(10):
        account.measure(store, carriers=CARRIERS, now=now)
    with django_assert_num_queries(1):
        account.healths([store.pk])
