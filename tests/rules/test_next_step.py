"""What to do next about an order: the first thing that applies, in one sentence."""

from dataclasses import replace

import pytest

from channel_manager.orders.rules.next_step import Facts, Urgency, next_step

OPEN = Facts(
    read_only=False,
    confirmed=True,
    unreadable=False,
    failed=False,
    contradicts=False,
    buyer_asks=False,
    reason_missing=False,
    held=frozenset(),
    refund_unclear=False,
    postponed=False,
    in_commerce=True,
    being_created=False,
    may_create=False,
    on_hold=False,
    open_units=2,
    shipped_units=0,
    on_the_way=False,
)
SHIPPED = replace(OPEN, open_units=0, shipped_units=2)


@pytest.mark.parametrize(
    ("facts", "words", "urgency"),
    [
        (OPEN, "Ship what is open", Urgency.OPEN),
        (replace(OPEN, in_commerce=False, being_created=True), "The Commerce order is being made", Urgency.CALM),
        (replace(OPEN, in_commerce=False, may_create=True), "Create the Commerce order", Urgency.OPEN),
        (replace(OPEN, in_commerce=False), "Nothing to do before the Commerce order is there", Urgency.CALM),
        (replace(OPEN, on_hold=True), "The order is on hold in Commerce", Urgency.ASKS),
        (replace(OPEN, buyer_asks=True), "The buyer asked to cancel", Urgency.ASKS),
        (replace(OPEN, postponed=True), "It goes on by itself", Urgency.ASKS),
        (replace(OPEN, reason_missing=True), "Give the reason", Urgency.ASKS),
        (replace(SHIPPED, held=frozenset({"tracking"})), "Add the tracking number", Urgency.ASKS),
        (replace(SHIPPED, held=frozenset({"carrier"})), "Choose a carrier", Urgency.ASKS),
        (replace(SHIPPED, held=frozenset({"buyer_request"})), "A shipment waits for your decision", Urgency.ASKS),
        (replace(SHIPPED, refund_unclear=True), "Say what the credit memo means", Urgency.ASKS),
        (replace(SHIPPED, failed=True, held=frozenset({"tracking"})), "Something was refused", Urgency.WRONG),
        (replace(SHIPPED, contradicts=True), "Both sides contradict each other", Urgency.WRONG),
        (replace(OPEN, unreadable=True, failed=True), "The order cannot be worked with", Urgency.WRONG),
        (replace(SHIPPED, on_the_way=True), "Nothing to do: it is on its way", Urgency.CALM),
        (SHIPPED, "Nothing to do: all that is to leave has left", Urgency.CALM),
        (replace(SHIPPED, shipped_units=0), "Nothing to do: everything is canceled", Urgency.CALM),
        (replace(OPEN, confirmed=False, failed=True), "Nothing is sent yet", Urgency.ASKS),
        (replace(OPEN, read_only=True, failed=True), "Walmart fulfils this order itself", Urgency.CALM),
    ],
)
def test_the_first_that_applies_is_said(facts, words, urgency):
    found = next_step(facts)
    assert str(found.sentence).startswith(words)
    assert found.urgency == urgency
