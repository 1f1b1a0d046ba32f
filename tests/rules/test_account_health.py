"""How the account stands, what moves it, what one more cancellation does; when silence is remarkable; ladders."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_manager.alerts.rules import account_health, ladder, retrying, rhythm
from channel_manager.alerts.rules.account_health import LIMITS, Rate, Share, Standing, cause, counts, effect
from channel_manager.alerts.rules.ladder import Kind
from channel_manager.ports.messages import Reason

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def standing(rate, part, whole, **more):
    return Standing(rate=rate, now=Share(part=part, whole=whole), **more)


@pytest.mark.parametrize(
    ("rate", "part", "whole", "safe"),
    [
        (Rate.CANCELLATION, 0, 0, None),
        (Rate.CANCELLATION, 0, 1, True),
        (Rate.CANCELLATION, 1, 51, True),
        (Rate.CANCELLATION, 1, 50, False),
        (Rate.ON_TIME, 95, 100, True),
        (Rate.ON_TIME, 94, 100, False),
        (Rate.TRACKING, 99, 100, True),
        (Rate.TRACKING, 98, 100, False),
    ],
)
def test_the_limits(rate, part, whole, safe):
    assert standing(rate, part, whole).is_safe is safe


@pytest.mark.parametrize(
    ("reason", "said", "expected", "counted"),
    [
        ("stock", "", "stock", True),
        ("price", "", "price", True),
        ("buyer", "out of stock", "buyer", False),
        ("credit", "", "credit", False),
        ("carrier", "", "carrier", False),
        ("", "Auto-cancelled due to expiry", "automatic", True),
        ("", "SELLER_CANCEL_OUT_OF_STOCK", "stock", True),
        ("", "SELLER_CANCEL_PRICING_ERROR", "price", True),
        ("", "CUSTOMER_REQUESTED_SELLER_TO_CANCEL", "buyer", False),
        ("", "SELLER_CANCEL_FRAUD_STOP_SHIPMENT", "credit", False),
        ("", "SELLER_CANCEL_ADDRESS_NOT_SERVICEABLE", "carrier", False),
        ("", "", "other", False),
    ],
)
def test_which_cancellations_count(reason, said, expected, counted):
    assert cause(reason, said) == expected
    assert counts(expected) is counted


def test_the_effect_of_a_cancellation():
    known = Share(part=3, whole=200)
    found = effect(known, Reason.STOCK)
    assert (found.counts, found.before, found.after, found.breaks) == (True, 0.015, 0.02, True)
    assert effect(known, Reason.STOCK, counted_before=1).after == 0.015
    bought = effect(known, Reason.BUYER)
    assert (bought.counts, bought.uncertain, bought.after, bought.breaks) == (False, False, 0.015, False)
    assert effect(known, Reason.CREDIT).uncertain
    unknown = effect(Share(part=0, whole=0), Reason.PRICE)
    assert (unknown.counts, unknown.before, unknown.after, unknown.breaks) == (True, None, None, False)


@pytest.mark.parametrize(
    ("rate", "now", "before", "trend"),
    [
        (Rate.CANCELLATION, 1, 2, "better"),
        (Rate.CANCELLATION, 2, 1, "worse"),
        (Rate.ON_TIME, 99, 98, "better"),
        (Rate.ON_TIME, 97, 98, "worse"),
        (Rate.TRACKING, 98, 98, "level"),
    ],
)
def test_the_trend(rate, now, before, trend):
    assert standing(rate, now, 100, before=Share(part=before, whole=100)).trend == trend
    assert standing(rate, now, 100).trend == ""


@given(rate=st.sampled_from(Rate), whole=st.integers(1, 3000), wrong=st.integers(0, 3000))
def test_the_room_is_what_may_still_go_wrong(rate, whole, wrong):
    wrong = min(wrong, whole)

    def safe(wrong):
        return standing(rate, wrong if rate is Rate.CANCELLATION else whole - wrong, whole).is_safe

    room = standing(rate, wrong if rate is Rate.CANCELLATION else whole - wrong, whole).room
    assert room == 0 or safe(wrong + room)
    assert wrong + room >= whole or not safe(wrong + room + 1)
    assert LIMITS[rate] == standing(rate, 0, whole).limit


def test_causes_come_most_first():
    assert list(account_health.most_first([("price", 1), ("none", 0), ("stock", 3)])) == ["stock", "price"]


# ---- rhythm ------------------------------------------------------------------------------------------------------


def every(hours, count):
    return [NOW - hours * HOUR * number for number in range(count)]


@pytest.mark.parametrize(
    ("came", "longest"),
    [
        ([], None),
        (every(1, 9), None),
        (every(1, 10), timedelta(hours=24)),
        (every(9, 30), timedelta(hours=27)),
        ([*every(1, 40), NOW - 40 * 24 * HOUR], timedelta(hours=24)),
        ([*every(72, 12)], timedelta(hours=216)),
    ],
)
def test_how_long_silence_may_last(came, longest):
    assert rhythm.longest_silence(came) == longest
    assert rhythm.longest_silence(list(reversed(came))) == longest


def test_silence_begins_after_it():
    came = every(9, 30)
    assert rhythm.silent_for(came, NOW + 27 * HOUR) is None
    assert rhythm.silent_for(came, NOW + 28 * HOUR) == 28 * HOUR
    assert rhythm.silent_for([], NOW) is None


# ---- ladders -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "whole", "expected"),
    [
        (25, 48, None),
        (24, 48, 1440),
        (4.5, 48, 1440),
        (4, 48, 240),
        (0.5, 48, 60),
        (0, 48, 0),
        (-5, 48, 0),
        (3.9, 4, None),
        (0.9, 4, 60),
        (23, 24, None),
        (23, None, 1440),
    ],
)
def test_the_rung_that_has_been_reached(left, whole, expected):
    found = ladder.rung(left * HOUR, (1440, 240, 60), whole=None if whole is None else whole * HOUR)
    assert found == expected


def test_who_hears():
    asked = {"kinds": ["ship_due", "order_error"], "rungs": [60]}
    assert ladder.hears(Kind.SHIP_DUE, 60, **asked)
    assert ladder.hears(Kind.SHIP_DUE, ladder.PASSED, **asked)
    assert not ladder.hears(Kind.SHIP_DUE, 240, **asked)
    assert ladder.hears(Kind.ORDER_ERROR, 0, **asked)
    assert not ladder.hears(Kind.SILENCE, 0, **asked)
    assert ladder.hears(Kind.READ_ONLY, 0, kinds=[], rungs=[])


def test_a_message_is_tried_for_many_hours_and_then_given_up():
    tries = [retrying.next_try(failures, NOW) for failures in range(1, 15)]
    assert tries[0] == NOW + timedelta(minutes=1)
    assert tries[11] == NOW + timedelta(hours=4)
    assert tries[12:] == [None, None]
