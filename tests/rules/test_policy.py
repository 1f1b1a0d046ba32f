"""What follows from each error, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from channel_manager.shared.errors import Ambiguous, Misconfigured, NotFound, Postponed, Rejected, Unavailable
from channel_manager.sync.policy import GiveUp, LookFirst, Pause, RetryAt, decide, lane_opens

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
S = timedelta(seconds=1)
M = 60 * S
OUTAGE = Rejected("Invalid Request", code="INVALID_REQUEST.GMP_ORDER_API", said="Invalid Request")


@pytest.mark.parametrize(
    ("error", "attempt", "expected"),
    [
        (Unavailable("503"), 1, RetryAt(NOON + 2 * S)),
        (Unavailable("503"), 2, RetryAt(NOON + 4 * S)),
        (Unavailable("503"), 5, RetryAt(NOON + 32 * S)),
        (Unavailable("503"), 500, RetryAt(NOON + 5 * M)),
        (Unavailable("429", retry_after=90 * S), 1, RetryAt(NOON + 90 * S)),
        (Unavailable("429", retry_after=0 * S), 7, RetryAt(NOON)),
        (Unavailable("429", retry_after=600 * M), 1, RetryAt(NOON + 10 * M)),
        (Postponed("out of stock"), 1, RetryAt(NOON + 1 * M)),
        (Postponed("out of stock"), 2, RetryAt(NOON + 2 * M)),
        (Postponed("out of stock"), 3, RetryAt(NOON + 5 * M)),
        (Postponed("out of stock"), 4, RetryAt(NOON + 10 * M)),
        (Postponed("out of stock"), 5, RetryAt(NOON + 15 * M)),
        (Postponed("out of stock"), 5000, RetryAt(NOON + 15 * M)),
        (Ambiguous("no answer"), 1, LookFirst(NOON + 2 * S)),
        (Ambiguous("no answer"), 2, LookFirst(NOON + 5 * S)),
        (Ambiguous("no answer"), 3, LookFirst(NOON + 15 * S)),
        (Ambiguous("no answer"), 4, LookFirst(NOON + 30 * S)),
        (Ambiguous("no answer"), 400, LookFirst(NOON + 5 * M)),
        (Rejected("no such carrier"), 1, GiveUp()),
        (NotFound("no such order"), 1, GiveUp()),
        (OUTAGE, 1, RetryAt(NOON + 5 * M)),
        (OUTAGE, 2, RetryAt(NOON + 15 * M)),
        (OUTAGE, 3, RetryAt(NOON + 40 * M)),
        (OUTAGE, 4, GiveUp()),
        (Rejected("bad", code="INVALID_REQUEST.GMP_ORDER_API", said="Invalid Date format value"), 1, GiveUp()),
        (Rejected("bad", code="INVALID_REQUEST_CONTENT.GMP_ORDER_API", said="Invalid Request"), 1, GiveUp()),
        (Misconfigured("bad secret"), 9, Pause(NOON + 1 * M)),
        (KeyError("our own"), 1, GiveUp()),
        (TimeoutError(), 1, GiveUp()),
    ],
)
def test_decide(error, attempt, expected):
    assert decide(error, attempt=attempt, now=NOON) == expected


@pytest.mark.parametrize(
    ("error", "left", "expected"),
    [
        (Unavailable("503"), 10 * M, 1 * M),
        (Unavailable("503"), 5 * M, 30 * S),
        (Unavailable("503"), 10 * S, 2 * S),
        (Unavailable("503"), 240 * M, 5 * M),
        (Unavailable("503"), -1 * M, 5 * M),
        (Ambiguous("no answer"), 1 * M, 6 * S),
        (Postponed("out of stock"), 20 * M, 2 * M),
    ],
)
def test_waits_grow_shorter_towards_a_deadline_and_normal_after_it(error, left, expected):
    assert decide(error, attempt=99, now=NOON, deadline=NOON + left).at == NOON + expected


@pytest.mark.parametrize("error", [Unavailable("503"), Ambiguous("no answer")])
def test_jitter_spreads_waits_by_up_to_a_fifth(error):
    assert decide(error, attempt=1, now=NOON, jitter=0.5).at == NOON + 2.2 * S
    assert decide(Postponed("x"), attempt=1, now=NOON, jitter=0.5).at == NOON + M


@pytest.mark.parametrize(
    ("outages", "retry_after", "expected"),
    [
        (1, None, 1 * S),
        (2, None, 2 * S),
        (4, None, 8 * S),
        (99, None, 30 * S),
        (1, 90 * S, 90 * S),
        (3, 60 * M, 10 * M),
    ],
)
def test_lane_opens(outages, retry_after, expected):
    assert lane_opens(outages=outages, now=NOON, retry_after=retry_after) == NOON + expected
