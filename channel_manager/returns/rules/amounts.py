"""How much goes back: what the marketplace pays for units, what the shop's memo comes to, what an order may still
lose. Pure; exact to the cent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Protocol

from channel_manager.ports.documents import CommerceItem, CommerceOrder
from channel_manager.ports.messages import LineCharges, RefundedCharges
from channel_manager.shared.money import ZERO, cents, share, total
from channel_manager.shared.sentences import Sentence, say

DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
"""Of a float that can be relied on."""
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
    """What the shop will put on a memo of these units and this shipping, before adjustments (magento-observed §9).

    It gives each unit its part of what was invoiced and not yet refunded, carries what it rounds off on to the next
    amount of the same memo, and lets the last units of an item take what is left of it. A memo of last units alone,
    with all shipping that is left, takes the tax that is left of the whole order.
    """
    items = [(item, quantities[item.item_id]) for item in order.items if quantities.get(item.item_id)]
    carry = _Carry()
    subtotal = total(carry.part(item.row_invoiced - item.amount_refunded, item, units) for item, units in items)
    tax = _tax(order, items, shipping, carry)
    discount = total(carry.part(item.discount_refunded - item.discount_invoiced, item, units) for item, units in items)
    return subtotal + shipping + tax + discount - _shipping_discount(order, shipping)


class _Carry:
    """What has been rounded off so far within one memo: in binary floats, like the shop, or half a cent would fall on
    the other side.
    """

    def __init__(self) -> None:
        self._rest = 0.0

    def part(self, left: Decimal, item: CommerceItem, units: int) -> Decimal:
        if _is_last(item, units):
            return left
        return self.rounded(float(left) / (item.invoiced - item.refunded) * units)

    def rounded(self, amount: float) -> Decimal:
        if not amount:
            return ZERO
        exact = amount + self._rest
        found = cents(DIGITS.create_decimal(Decimal(exact)))
        self._rest = exact - float(found)
        return found


def _is_last(item: CommerceItem, units: int) -> bool:
    return units >= item.invoiced - item.refunded and item.invoiced >= item.ordered - item.cancelled


def _tax(order: CommerceOrder, items: Sequence[tuple[CommerceItem, int]], shipping: Decimal, carry: _Carry) -> Decimal:
    whole, shipping_tax = _column(order, "shipping_amount"), _column(order, "shipping_tax_amount")
    partial = whole - _column(order, "shipping_refunded") > shipping
    left = total(item.tax_invoiced for item in order.items) + shipping_tax - _column(order, "tax_refunded")
    if items and not partial and all(_is_last(item, units) for item, units in items):
        return left
    of_shipping = shipping_tax - _column(order, "shipping_tax_refunded")
    if partial:
        of_shipping = carry.rounded(float(shipping_tax) * (float(shipping) / float(whole)))
    return min(left, of_shipping + total(carry.part(_tax_left(item), item, units) for item, units in items))


def _tax_left(item: CommerceItem) -> Decimal:
    return item.tax_invoiced - item.tax_refunded


def _shipping_discount(order: CommerceOrder, shipping: Decimal) -> Decimal:
    whole = _column(order, "shipping_amount")
    return cents(shipping * _column(order, "shipping_discount_amount") / whole) if whole else ZERO


def _column(order: CommerceOrder, name: str) -> Decimal:
    return order.money.get(name, ZERO)


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
        raise _too_much(memo, lines)
    return {number: charges for number, charges in found.items() if charges.total}


def with_room(wanted: Mapping[str, RefundedCharges], lines: Sequence[Refundable]) -> dict[str, RefundedCharges]:
    """The same amounts by line number, when there is as much left of each kind. Raises TooMuch."""
    for line in lines:
        if any(
            getattr(wanted[line.number], name) > getattr(line.left, name) for name in PARTS if line.number in wanted
        ):
            raise _too_much(wanted[line.number].total, [line])
    return dict(wanted)


def _too_much(amount: Decimal, lines: Sequence[Refundable]) -> TooMuch:
    return TooMuch(
        say(
            "The credit memo says %(amount)s, but only %(left)s was charged and has not been refunded yet.",
            amount=amount,
            left=total(line.left.total for line in lines),
        )
    )


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
