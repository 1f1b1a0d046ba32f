"""Returns: what is left to refund, what a credit memo means, what is possible."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_manager.ports.returns import ReturnKind, ReturnState
from channel_manager.returns import lifecycle
from channel_manager.returns.lifecycle import LineFacts

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def line(**changes):
    facts = {"quantity": 2, "state": ReturnState.REQUESTED, "recorded": 0, "reported": 0}
    return LineFacts(**facts | changes)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "received"),
        ([line()], "received"),
        ([line(state=ReturnState.DELIVERED)], "received"),
        ([line(recorded=2)], "received"),  # the memo is made, Walmart has not paid yet
        ([line(reported=2)], "received"),  # Walmart has paid, the memo is missing
        ([line(recorded=2, reported=2)], "refunded"),
        ([line(recorded=1, reported=1)], "received"),
        ([line(recorded=2, reported=2), line()], "received"),
        ([line(recorded=2, reported=2), line(state=ReturnState.CANCELLED)], "refunded"),
        ([line(state=ReturnState.CANCELLED)], "closed"),
        ([line(state=ReturnState.CANCELLED, recorded=1)], "received"),  # a memo was made before it was called off
        ([line(state=ReturnState.COMPLETED, recorded=2, reported=2)], "refunded"),
    ],
)
def test_status_says_refunded_only_when_both_sides_agree(lines, expected):
    assert lifecycle.status(lines, ReturnKind.REFUND) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([ReturnState.REQUESTED], "received"),
        ([ReturnState.COMPLETED], "closed"),
        ([ReturnState.COMPLETED, ReturnState.REQUESTED], "received"),
        ([ReturnState.CANCELLED], "closed"),
    ],
)
def test_a_replacement_is_closed_when_it_is_completed_and_never_refunded(states, expected):
    assert lifecycle.status([line(state=state) for state in states], ReturnKind.REPLACEMENT) == expected


def test_walmart_refunds_48_hours_after_the_earliest_delivery_that_nobody_refunded():
    early, late = NOON - timedelta(hours=5), NOON
    waiting = [line(delivered_at=late), line(delivered_at=early)]
    assert lifecycle.refund_by(waiting, 48) == early + timedelta(hours=48)
    settled = [line(delivered_at=late), line(delivered_at=early, recorded=2, reported=2)]
    assert lifecycle.refund_by(settled, 48) == late + timedelta(hours=48)
    under_way = [line(delivered_at=late), line(delivered_at=early, recorded=2)]
    assert lifecycle.refund_by(under_way, 48) == early + timedelta(hours=48)
    assert lifecycle.refund_by([line()], 48) is None
    assert lifecycle.refund_by([line(delivered_at=early, state=ReturnState.CANCELLED)], 48) is None
    assert lifecycle.refund_by([line(delivered_at=early)], 0) is None


POSSIBLE = {
    "known": True,
    "read_only": False,
    "may_write": True,
    "in_commerce": True,
    "kind": ReturnKind.REFUND,
    "room": 1,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, None),
        ({"read_only": True}, "warehouse"),
        ({"kind": ReturnKind.REPLACEMENT}, "replacement"),
        ({"known": False}, "not known here"),
        ({"may_write": False}, "confirmed"),
        ({"in_commerce": False}, "does not exist in Commerce"),
        ({"room": 0}, "refunded or canceled"),
    ],
)
def test_a_line_that_cannot_be_refunded_says_why(change, words):
    sentence = lifecycle.why_not_refundable(**POSSIBLE | change)
    assert (words is None and sentence is None) or words in str(sentence)


@pytest.mark.parametrize(
    ("shipped", "refunded", "wanted", "possible"),
    [(2, 0, 2, True), (2, 1, 1, True), (2, 1, 2, False), (0, 0, 1, False)],
)
def test_only_what_has_shipped_can_be_refunded(shipped, refunded, wanted, possible):
    assert (lifecycle.why_not_shipped(shipped, refunded, wanted) is None) is possible


@pytest.mark.parametrize(
    ("shipped", "still_open", "expected"),
    [(0, 3, "cancellation"), (0, 0, "cancellation"), (3, 0, "order"), (1, 2, "ask")],
)
def test_a_memo_without_a_return_means_what_the_goods_say_and_is_never_guessed(shipped, still_open, expected):
    assert lifecycle.meaning(shipped=shipped, still_open=still_open) == expected


@given(
    quantity=st.integers(1, 9),
    recorded=st.integers(0, 9),
    reported=st.integers(0, 12),
    state=st.sampled_from(list(ReturnState)),
)
def test_units_of_a_line_are_refundable_owed_or_settled_and_never_more_than_there_are(
    quantity, recorded, reported, state
):
    facts = line(quantity=quantity, recorded=min(recorded, quantity), reported=reported, state=state)
    assert 0 <= facts.room <= quantity
    assert facts.room + facts.recorded <= quantity
    assert 0 <= facts.unpaid <= quantity
    assert facts.owed == max(reported - facts.recorded, 0)
    if lifecycle.status([facts], ReturnKind.REFUND) == "refunded":
        assert facts.recorded == quantity <= reported
