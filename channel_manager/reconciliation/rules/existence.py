"""Whether an order is there once on each side."""

from collections.abc import Iterator

from channel_manager.ports.documents import CommerceOrder
from channel_manager.ports.messages import Platform
from channel_manager.reconciliation.rules.facts import Difference, InCommerce, Kind, Record, live
from channel_manager.shared.sentences import Sentence, say


def missing_here(number: str) -> Difference:
    return Difference(
        kind=Kind.MISSING_HERE,
        side=Platform.MARKETPLACE,
        sentence=say("Walmart has order %(number)s, which was never received here.", number=number),
        expected="1",
        found="0",
    )


def missing_at_marketplace(record: Record) -> Difference:
    return Difference(
        kind=Kind.MISSING_AT_MARKETPLACE,
        side=Platform.MARKETPLACE,
        sentence=say("Walmart does not know order %(number)s any more.", number=record.number),
        expected="1",
        found="0",
    )


def foreign(number: str, commerce: InCommerce) -> Iterator[Difference]:
    """Commerce orders whose external number neither we nor the marketplace know."""
    for order in live(commerce.orders, None):
        yield Difference(
            kind=Kind.FOREIGN_IN_COMMERCE,
            side=Platform.COMMERCE,
            line=str(order.order_id),
            sentence=say(
                "Commerce order %(commerce)s carries the external number %(number)s, which Walmart does not know.",
                commerce=order.number,
                number=number,
            ),
            expected="0",
            found=order.number,
        )


def in_commerce(record: Record, commerce: InCommerce) -> Iterator[Difference]:
    if commerce.unreadable:
        yield Difference(kind=Kind.UNREADABLE, side=Platform.COMMERCE, sentence=commerce.unreadable[0])
        return
    counted = live(commerce.orders, record.commerce_order_id)
    linked = commerce.by_id(record.commerce_order_id)
    if len(counted) > 1:
        yield _doubled(record, counted)
    elif record.commerce_order_id is None:
        yield from _not_linked(record, counted)
    elif linked is None:
        yield _gone(record)


def _doubled(record: Record, counted: list[CommerceOrder]) -> Difference:
    numbers = ", ".join(order.number for order in counted)
    sentence = say(
        "%(count)s Commerce orders carry the external number %(number)s: %(orders)s. Ours is %(own)s.",
        count=len(counted),
        number=record.number,
        orders=numbers,
        own=record.commerce_number or "-",
    )
    return Difference(
        kind=Kind.DOUBLED_IN_COMMERCE, side=Platform.COMMERCE, sentence=sentence, expected="1", found=numbers
    )


def _not_linked(record: Record, counted: list[CommerceOrder]) -> Iterator[Difference]:
    if counted and record.imported:
        sentence = say(
            "Commerce order %(commerce)s carries the external number %(number)s, but is not linked here.",
            commerce=counted[0].number,
            number=record.number,
        )
        yield _missing(sentence, found=counted[0].number)
    elif record.imported and not record.problem and any(line.open for line in record.lines):
        yield _missing(say("Order %(number)s does not exist in Commerce.", number=record.number), found="0")


def _missing(sentence: Sentence, *, found: str) -> Difference:
    return Difference(
        kind=Kind.MISSING_IN_COMMERCE, side=Platform.COMMERCE, sentence=sentence, expected="1", found=found
    )


def _gone(record: Record) -> Difference:
    return Difference(
        kind=Kind.GONE_FROM_COMMERCE,
        side=Platform.COMMERCE,
        sentence=say("Commerce does not show order %(number)s any more.", number=record.commerce_number),
        expected=record.commerce_number,
        found="0",
    )
