"""Deadlines are data with dates; each counts by the date of its order."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from channel_manager.connectors.walmart.marketplace import CAPABILITIES
from channel_manager.ports import deadlines
from channel_manager.ports.deadlines import RULES, Clock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CHANGE = datetime(2023, 6, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("clock", "ordered_at", "length"),
    [
        (Clock.ACKNOWLEDGE, NOW, timedelta(hours=4)),
        (Clock.AUTO_CANCEL, NOW, timedelta(days=4)),
        (Clock.AUTO_CANCEL, CHANGE, timedelta(days=4)),
        (Clock.AUTO_CANCEL, CHANGE - SECOND, timedelta(days=6)),
        (Clock.REFUND, NOW, timedelta(hours=48)),
        (Clock.FIRST_SCAN, NOW, timedelta(hours=48)),
        (Clock.TRACKING_CORRECTION, NOW, timedelta(hours=4)),
        (Clock.SHIP, NOW, None),
    ],
)
def test_walmarts_clocks(clock, ordered_at, length):
    assert deadlines.length("walmart", clock, ordered_at) == length


def test_a_deadline_counts_by_the_date_of_its_order_not_by_when_its_clock_begins():
    late = CHANGE + timedelta(days=3)
    due = deadlines.due("walmart", Clock.AUTO_CANCEL, ordered_at=CHANGE - SECOND, begins=late)
    assert due == late + timedelta(days=6)
    assert deadlines.due("walmart", Clock.AUTO_CANCEL, ordered_at=CHANGE, begins=late) == late + timedelta(days=4)


def test_a_clock_that_has_not_begun_or_does_not_exist_is_never_due():
    assert deadlines.due("walmart", Clock.REFUND, ordered_at=NOW, begins=None) is None
    assert deadlines.due("elsewhere", Clock.REFUND, ordered_at=NOW, begins=NOW) is None
    assert deadlines.shortest("elsewhere", Clock.REFUND) == timedelta()


@pytest.mark.parametrize("marketplace", RULES)
def test_at_every_moment_one_value_counts(marketplace):
    for one, other in combinations(RULES[marketplace], 2):
        if one.clock is other.clock:
            edges = [edge for edge in (one.since, one.until, other.since, other.until) if edge]
            assert edges
            moments = [edge + step for edge in edges for step in (-SECOND, timedelta(), SECOND)]
            assert [one.covers(at) + other.covers(at) for at in moments] == [1] * len(moments)


@pytest.mark.parametrize("rule", [rule for rules in RULES.values() for rule in rules])
def test_every_value_names_its_source_and_is_positive(rule):
    assert rule.source.startswith("walmart-api §")
    assert rule.length > timedelta()


def test_what_a_connector_says_it_can_do_are_todays_values():
    told = (CAPABILITIES.acknowledge_hours, CAPABILITIES.automatic_cancellation_days, CAPABILITIES.refund_hours)
    assert (*told, CAPABILITIES.tracking_correction_hours) == (4, 4, 48, 4)
    assert deadlines.shortest("walmart", Clock.AUTO_CANCEL) == timedelta(days=4)
