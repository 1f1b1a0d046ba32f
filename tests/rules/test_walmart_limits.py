from datetime import UTC, datetime, timedelta

import pytest

from channel_manager.connectors.walmart import limits
from channel_manager.ports.messages import Budget, Limit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOON = NOON + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (str(int(SOON.timestamp())), SOON),
        (str(int(SOON.timestamp() * 1000)), SOON),
        ("2026-11-23T12:00:30Z", SOON),
        ("2026-11-23T12:00:30.000Z", SOON),
        ("2026-11-23T12:00:30", SOON),
        ("2026-11-23T07:00:30-05:00", SOON),
        (" 1795435230 ", SOON),
        ("", None),
        ("60", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("-1", None),
        ("9" * 40, None),
        ("0001-01-01T00:00:00+23:00", None),
        ("9999-12-31T23:59:59-23:00", None),
    ],
)
def test_the_replenish_moment_is_read_in_each_format(value, expected):
    assert limits.moment(value) == expected


@pytest.mark.parametrize("name", ["x-next-replenishment-time", "X-Next-Replenish-Time"])
def test_both_spellings_of_the_header_are_read(name):
    headers = {"X-Current-Token-Count": "41", name: "2026-11-23T12:00:30Z"}
    assert limits.budget("ship", headers, NOON) == Budget(family="ship", remaining=41, replenished_at=SOON)


def test_an_answer_that_tells_nothing_brings_no_budget():
    assert limits.budget("ship", {}, NOON) is None
    assert limits.budget("ship", {"x-current-token-count": "many"}, NOON) is None
    assert limits.budget("token", {"x-current-token-count": "3"}, NOON) is None


def test_a_count_without_a_moment_is_still_a_budget():
    assert limits.budget("orders", {"x-current-token-count": "0"}, NOON) == Budget(family="orders", remaining=0)


def test_a_wrong_clock_never_stops_a_lane_for_long():
    headers = {"x-next-replenishment-time": "2027-11-23T12:00:30Z"}
    told = limits.budget("ship", headers, NOON)
    assert told is not None
    assert told.replenished_at == NOON + timedelta(minutes=10)
    assert limits.retry_after(headers, NOON) == timedelta(minutes=10)
    assert limits.retry_after({"x-next-replenish-time": "2026-11-23T11:00:00Z"}, NOON) == timedelta(seconds=1)


def test_the_published_limits_are_data():
    expected = {
        "orders": Limit(5000, 60),
        "released": Limit(60, 60),
        "acknowledge": Limit(60, 60),
        "ship": Limit(60, 60),
        "cancel": Limit(60, 60),
        "refund": Limit(60, 60),
        "returns": Limit(50, 60),
        "refund_return": Limit(60, 60),
        "items": Limit(300, 60),
        "item": Limit(60, 60),
        "inventories": Limit(200, 60),
        "inventory": Limit(200, 60),
        "wfs_inventory": Limit(100, 60),
        "set_stock": Limit(200, 60),
        "set_price": Limit(100, 3600),
        "feed_stock": Limit(10, 3600),
        "feed_price": Limit(10, 3600),
        "feeds": Limit(5000, 60),
    }
    assert {name: limits.LIMITS[name] for name in expected} == expected
