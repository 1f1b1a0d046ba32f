"""What a person should do next about an order, in one sentence. Pure rules."""

from dataclasses import dataclass
from enum import StrEnum

from channel_manager.shared.sentences import Sentence, say


class Urgency(StrEnum):
    """`WRONG` and `ASKS` need somebody, `OPEN` is the day's work, `CALM` goes by itself or is done."""

    WRONG = "wrong"
    ASKS = "asks"
    OPEN = "open"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class NextStep:
    sentence: Sentence
    urgency: Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is decided upon. `held` are the reasons why shipments wait; `on_the_way`: something is yet to be told to a
    side; `postponed`: an operation waits for something that a person can bring about.
    """

    read_only: bool
    confirmed: bool
    unreadable: bool
    failed: bool
    contradicts: bool
    buyer_asks: bool
    reason_missing: bool
    held: frozenset[str]
    refund_unclear: bool
    postponed: bool
    in_commerce: bool
    being_created: bool
    may_create: bool
    on_hold: bool
    open_units: int
    shipped_units: int
    on_the_way: bool


def next_step(facts: Facts) -> NextStep:
    """The first that applies: what went wrong, what somebody must decide, the day's work, then nothing."""
    return _not_ours(facts) or _wrong(facts) or _asks(facts) or _open(facts) or _calm(facts)


def _not_ours(facts: Facts) -> NextStep | None:
    if facts.read_only:
        return NextStep(say("Walmart fulfils this order itself: there is nothing to do here."), Urgency.CALM)
    if not facts.confirmed:
        return NextStep(say("Nothing is sent yet: confirm the store first."), Urgency.ASKS)
    return None


def _wrong(facts: Facts) -> NextStep | None:
    if facts.unreadable:
        words = say("The order cannot be worked with as it was received: see below what is wrong with it.")
    elif facts.failed:
        words = say("Something was refused: see below what it was, correct it and send it again.")
    elif facts.contradicts:
        words = say("Both sides contradict each other: compare the parcels that left, then settle the difference.")
    else:
        return None
    return NextStep(words, Urgency.WRONG)


def _asks(facts: Facts) -> NextStep | None:
    cases = (
        (facts.buyer_asks, say("The buyer asked to cancel: cancel those units, or ship them all the same.")),
        (facts.reason_missing, say("Give the reason of the cancellation: Walmart is told when it has one.")),
        ("tracking" in facts.held, say("Add the tracking number: a shipment waits for it.")),
        ("carrier" in facts.held, say("Choose a carrier that Walmart knows: a shipment waits for it.")),
        (bool(facts.held), say("A shipment waits for your decision: see below.")),
        (facts.refund_unclear, say("Say what the credit memo means: Walmart is told nothing before.")),
        (facts.postponed, say("It goes on by itself once what is missing is there: see below what that is.")),
        (facts.on_hold, say("The order is on hold in Commerce: remove the hold there, then ship.")),
    )
    return next((NextStep(words, Urgency.ASKS) for applies, words in cases if applies), None)


def _open(facts: Facts) -> NextStep | None:
    if not facts.open_units:
        return None
    if facts.in_commerce:
        return NextStep(say("Ship what is open, here or in Commerce."), Urgency.OPEN)
    if facts.may_create:
        return NextStep(say("Create the Commerce order, or handle the order where it is handled."), Urgency.OPEN)
    if facts.being_created:
        return NextStep(say("The Commerce order is being made: it can be shipped then."), Urgency.CALM)
    return NextStep(say("Nothing to do before the Commerce order is there."), Urgency.CALM)


def _calm(facts: Facts) -> NextStep:
    if facts.on_the_way:
        return NextStep(say("Nothing to do: it is on its way to the other side."), Urgency.CALM)
    if facts.shipped_units:
        return NextStep(say("Nothing to do: all that is to leave has left, and Walmart knows it."), Urgency.CALM)
    return NextStep(say("Nothing to do: everything is canceled, and Walmart knows it."), Urgency.CALM)
