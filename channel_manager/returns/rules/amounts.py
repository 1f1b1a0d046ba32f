"""How much goes back: what the marketplace pays for units, what the shop's memo comes to, what an order may still
lose. Pure; exact to the cent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from channel_manager.ports.documents import CommerceItem, CommerceOrder
from channel_manager.ports.messages import LineCharges, RefundedCharges
from channel_manager.shared.money import ZERO, cents, share, total
from channel_manager.shared.sentences import Sentence, say

PARTS = ("product", "product_tax", "shipping", "shipping_tax")


class TooMuch(Exception):
    """More is to be refunded than was charged and not yet refunded."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def part_of(charges: RefundedCharges, *, before: int, units: int, whole: int) -> RefundedCharges:
    """The money of `units` out of `whole`, after `before` of them: consecutive parts add up to the cent."""
    return RefundedCharges(
        **{
            name: share(getattr(charges, name), before + units, whole) - share(getattr(charges, name), before, whole)
            for name in PARTS
        }
    )


def charged(charges: LineCharges) -> RefundedCharges:
    """What can go back of a line: a fee was part of its product in Commerce, discounts were never paid."""
    return RefundedCharges(
        product=charges.product + charges.fee - charges.discount,
        product_tax=charges.product_tax + charges.fee_tax,
        shipping=charges.shipping - charges.shipping_discount,
        shipping_tax=charges.shipping_tax,
    )


def plus(one: RefundedCharges, other: RefundedCharges) -> RefundedCharges:
    return RefundedCharges(**{name: getattr(one, name) + getattr(other, name) for name in PARTS})


def minus(one: RefundedCharges, other: RefundedCharges) -> RefundedCharges:
    """Never below zero: a platform may have refunded more than was charged."""
    return RefundedCharges(**{name: max(getattr(one, name) - getattr(other, name), ZERO) for name in PARTS})


# ---- the shop's arithmetic ---------------------------------------------------------------------------------------


def memo_total(order: CommerceOrder, quantities: Mapping[int, int], shipping: Decimal) -> Decimal:
    """What the shop will put on a memo of these units and this shipping, before adjustments (magento-observed §9)."""
    items = {item.item_id: item for item in order.items}
    rows = total(_row(items[item_id], units) for item_id, units in quantities.items() if units)
    return rows + shipping + _shipping_tax(order, shipping)


def _row(item: CommerceItem, units: int) -> Decimal:
    """Each unit is rounded by itself; the last ones take what is left, so that the sum is exact."""
    amounts = (item.row_total, item.tax, -item.discount)
    if item.refunded + units >= item.ordered:
        return total(amount - _earlier(amount, item.refunded, item.ordered) for amount in amounts)
    return total(_earlier(amount, units, item.ordered) for amount in amounts)


def _earlier(amount: Decimal, units: int, ordered: int) -> Decimal:
    return cents(amount / ordered * units) if ordered else ZERO


def _shipping_tax(order: CommerceOrder, shipping: Decimal) -> Decimal:
    charged_shipping = order.money.get("shipping_amount", ZERO)
    if not charged_shipping:
        return ZERO
    return cents(order.money.get("shipping_tax_amount", ZERO) * shipping / charged_shipping)


class Quantities(Protocol):
    """Units of a Commerce item, as it is shown or as it was last read."""

    @property
    def ordered(self) -> int: ...
    @property
    def invoiced(self) -> int: ...
    @property
    def cancelled(self) -> int: ...


def closed_after_memo(item: Quantities) -> int:
    """Units that a memo took off before they left and that were then closed: only such are invoiced and cancelled
    (magento-observed §8).
    """
    return max(item.invoiced + item.cancelled - item.ordered, 0)


def adjustment(memo: Decimal, expected: Decimal) -> tuple[Decimal, Decimal]:
    """Adjustment refund and adjustment fee that make a memo of `memo` say `expected`."""
    difference = expected - memo
    return max(difference, ZERO), max(-difference, ZERO)


# ---- refunds of an order -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """A line: its charges, what has gone back of them, and the units that a memo names (0 for money alone)."""

    number: str
    quantity: int
    charged: RefundedCharges
    refunded: RefundedCharges
    units: int = 0
    units_before: int = 0
    shipped: int | None = None

    @property
    def left(self) -> RefundedCharges:
        """Only for what has left the buyer was charged; all of it unless `shipped` says less."""
        gone = self.quantity if self.shipped is None else min(self.shipped, self.quantity)
        return minus(part_of(self.charged, before=0, units=gone, whole=self.quantity), self.refunded)


def refund_of(memo: Decimal, shipping: Decimal, lines: Sequence[Refundable]) -> dict[str, RefundedCharges]:
    """The memo's total laid on the lines by kind of charge, never above what is left of each; by line number.

    Named units bring their share of product and tax, the memo's shipping goes on shipping. What the memo has beyond or
    short of that (adjustments, roundings) is laid on the products, then on their taxes. Raises TooMuch.
    """
    found = {line.number: _named(line) for line in lines}
    _add(found, lines, "shipping", shipping)
    shipping_given = total(one.shipping for one in found.values())
    _add(found, lines, "shipping_tax", _tax_on(shipping_given, lines))
    rest = memo - total(one.total for one in found.values())
    for name in ("product", "product_tax", "shipping_tax", "shipping"):
        rest -= _add(found, lines, name, rest)
    if rest:
        raise TooMuch(
            say(
                "The credit memo says %(amount)s, but only %(left)s was charged and has not been refunded yet.",
                amount=memo,
                left=total(line.left.total for line in lines),
            )
        )
    return {number: charges for number, charges in found.items() if charges.total}


def _named(line: Refundable) -> RefundedCharges:
    if not line.units:
        return RefundedCharges()
    part = part_of(line.charged, before=line.units_before, units=line.units, whole=line.quantity)
    return RefundedCharges(
        product=min(part.product, line.left.product), product_tax=min(part.product_tax, line.left.product_tax)
    )


def _tax_on(shipping: Decimal, lines: Sequence[Refundable]) -> Decimal:
    whole, tax = total(line.charged.shipping for line in lines), total(line.charged.shipping_tax for line in lines)
    return cents(tax * shipping / whole) if whole else ZERO


def _add(found: dict[str, RefundedCharges], lines: Iterable[Refundable], name: str, amount: Decimal) -> Decimal:
    """Lay an amount, or take a negative one away, where there is room; how much of it found room."""
    given = ZERO
    for line in lines:
        have = getattr(found[line.number], name)
        wanted = have + amount - given
        put = min(max(wanted, ZERO), getattr(line.left, name)) - have
        found[line.number] = replace(found[line.number], **{name: have + put})
        given += put
    return given
