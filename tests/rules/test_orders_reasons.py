"""A reason typed as a comment in the Commerce Admin."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.orders.plans import REASON_WORDS
from channel_manager.orders.rules import reasons
from channel_manager.ports.documents import Comment
from channel_manager.ports.messages import Reason

PROPERTY = settings(derandomize=True, max_examples=100, deadline=None)
PHRASES = [(reason, phrase) for reason, phrases in reasons.PHRASES.items() for phrase in phrases]
LABELS = ["", "Reason: ", "reason - ", "Cancellation reason: ", "CANCELATION REASON = ", "取消原因：", "取消原因 "]
MARKS = st.text(alphabet=" \t\n.,;:!?-–—\"'“”()*_…。，！", max_size=4)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def comments(*texts):
    return [Comment(text=text, created_at=NOON) for text in texts]


@PROPERTY
@given(st.sampled_from(PHRASES), st.sampled_from(LABELS), MARKS, MARKS, st.data())
def test_case_punctuation_and_label_do_not_matter(phrase, label, before, after, data):
    reason, words = phrase
    typed = data.draw(st.sampled_from([words, words.upper(), words.title(), words.capitalize()]))
    blanks = data.draw(st.sampled_from([" ", "  ", "-", "\n", ", "]))
    assert reasons.reason_in(f"{before}{label}{typed.replace(' ', blanks)}{after}") == reason


@pytest.mark.parametrize("reason", [Reason.PRICE, Reason.STOCK, Reason.CARRIER, Reason.CREDIT])
def test_the_words_of_our_own_page_are_understood(reason):
    assert reasons.reason_in(str(REASON_WORDS[reason])) == reason


def test_full_width_letters_are_understood():
    assert reasons.reason_in("ＯＵＴ　ＯＦ　ＳＴＯＣＫ") == Reason.STOCK


@pytest.mark.parametrize(
    "text",
    [
        "",
        "reason",
        "Reason:",
        "Called the buyer, will ship tomorrow",
        "not out of stock",
        "is the item out of stock?",
        "The buyer asked to cancel",
        "out of stockings",
    ],
)
def test_anything_else_is_no_reason(text):
    assert reasons.reason_in(text) is None


@PROPERTY
@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    assert reasons.reason_in(text) in (None, *reasons.PHRASES)


def test_the_newest_comment_with_a_reason_counts_and_our_own_do_not():
    ours = f"{reasons.MARK} cancellation 3: Price or other listing errors"
    newest_first = comments("Thanks!", ours, "out of stock", "pricing error")
    assert reasons.understood(newest_first) == Reason.STOCK
    assert reasons.understood(comments(ours)) is None
    assert reasons.understood([]) is None
