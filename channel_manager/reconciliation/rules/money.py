"""Walmart's charges beside ours, and what Commerce makes of them. Exact to the cent."""

from collections.abc import Iterator
from decimal import Decimal

from channel_manager.orders.rules import allocation
from channel_manager.orders.rules.levels import line_levels
from channel_manager.ports.documents import CommerceOrder
from channel_manager.ports.messages import IncomingOrder, Platform
from channel_manager.reconciliation.rules.facts import Difference, Kind, Record
from channel_manager.shared.money import total
from channel_manager.shared.sentences import Sentence, say


def at_marketplace(shown: IncomingOrder, record: Record) -> Iterator[Difference]:
    """Cancelled lines come back with zero amounts (walmart-api §2.9): they say nothing."""
    known = {line.number: line for line in record.lines}
    for line in shown.lines:
        if line.number not in known or line_levels(line)["cancelled"]:
            continue
        ours, theirs = known[line.number].charged, line.charges.total
        if ours != theirs:
            yield Difference(
                kind=Kind.CHARGES,
                side=Platform.MARKETPLACE,
                line=line.number,
                sentence=say(
                    "Line %(line)s: Walmart charges %(theirs)s, our record says %(ours)s.",
                    line=line.number,
                    theirs=theirs,
                    ours=ours,
                ),
                expected=str(ours),
                found=str(theirs),
            )
    yield from _refunds(shown, record)


def _refunds(shown: IncomingOrder, record: Record) -> Iterator[Difference]:
    """Discounts that Walmart pays look like refunds too: without a return, a memo or refunded units they are such."""
    given = total(line.refunded.total for line in shown.lines)
    meant = record.returns or record.memo_ids or any(line_levels(line)["refunded"] for line in shown.lines)
    if not given or not meant or given == record.refunded_total:
        return
    yield Difference(
        kind=Kind.REFUND_MONEY,
        side=Platform.COMMERCE,
        sentence=say(
            "Walmart has refunded %(given)s, credit memos in Commerce come to %(memos)s.",
            given=given,
            memos=record.refunded_total,
        ),
        expected=str(given),
        found=str(record.refunded_total),
    )


def in_commerce(record: Record, order: CommerceOrder) -> Iterator[Difference]:
    """Column by column for an order of ours; of one that was adopted only the total is known."""
    found = order.money.get("grand_total", Decimal(0))
    if record.linked and record.commerce_total is not None:
        if found != record.commerce_total:
            yield _total(order, record.commerce_total, found, ())
    elif record.money is not None and not record.linked and (wrong := allocation.differences(record.money, order)):
        yield _total(order, record.money.total, found, tuple(wrong))


def _total(order: CommerceOrder, expected: Decimal, found: Decimal, details: tuple[Sentence, ...]) -> Difference:
    totals = say(
        "Commerce order %(number)s comes to %(found)s instead of %(expected)s.",
        number=order.number,
        found=found,
        expected=expected,
    )
    parts = say(
        "The parts of Commerce order %(number)s differ: %(count)s columns.", number=order.number, count=len(details)
    )
    return Difference(
        kind=Kind.TOTAL,
        side=Platform.COMMERCE,
        sentence=parts if found == expected else totals,
        expected=str(expected),
        found=str(found),
        details=details,
    )
