"""What the buyer was charged for a line and how much of it is still with the seller, to the cent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from channel_simulators.walmart.state import Line, RefundCharge

PRODUCT = "PRODUCT"
SHIPPING = "SHIPPING"
CENT = Decimal("0.01")
NOTHING = Decimal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The four sums that can be refunded (walmart-api §2.18): fees stay with Walmart."""

    product: Decimal = NOTHING
    product_tax: Decimal = NOTHING
    shipping: Decimal = NOTHING
    shipping_tax: Decimal = NOTHING

    @property
    def total(self) -> Decimal:
        return self.product + self.product_tax + self.shipping + self.shipping_tax

    @property
    def lowest(self) -> Decimal:
        return min(self.product, self.product_tax, self.shipping, self.shipping_tax)

    def __sub__(self, other: "Money") -> "Money":
        return Money(
            product=self.product - other.product,
            product_tax=self.product_tax - other.product_tax,
            shipping=self.shipping - other.shipping,
            shipping_tax=self.shipping_tax - other.shipping_tax,
        )

    def at_most(self, other: "Money") -> "Money":
        return Money(
            product=min(self.product, other.product),
            product_tax=min(self.product_tax, other.product_tax),
            shipping=min(self.shipping, other.shipping),
            shipping_tax=min(self.shipping_tax, other.shipping_tax),
        )


def whole(line: Line) -> Money:
    """The charges of the line as it was ordered; discounts are negative PRODUCT charges (walmart-api §2.9)."""
    return Money(
        product=_sum(line, PRODUCT),
        product_tax=_tax(line, PRODUCT),
        shipping=_sum(line, SHIPPING),
        shipping_tax=_tax(line, SHIPPING),
    )


def share(line: Line, quantity: int, *, after: int = 0) -> Money:
    """The part of the line's charges that `quantity` units have, when `after` units were counted before.

    The shares of all units add up to the charges exactly, in whatever steps they are taken.
    """
    return _first(line, after + quantity) - _first(line, after)


def charged(line: Line) -> Money:
    """The buyer is charged when units ship (walmart-api §2.13): cancelled ones cost nothing."""
    return _first(line, line.shipped)


def refunded(line: Line) -> Money:
    return sums([charge for refund in line.refunds for charge in refund.charges])


def sums(given: Iterable[RefundCharge]) -> Money:
    """What refund charges give back in all, by kind."""
    given = list(given)
    return Money(
        product=sum((charge.amount for charge in given if charge.type == PRODUCT), NOTHING),
        product_tax=sum((charge.tax for charge in given if charge.type == PRODUCT), NOTHING),
        shipping=sum((charge.amount for charge in given if charge.type == SHIPPING), NOTHING),
        shipping_tax=sum((charge.tax for charge in given if charge.type == SHIPPING), NOTHING),
    )


def refundable(line: Line) -> Money:
    return charged(line) - refunded(line)


def _first(line: Line, units: int) -> Money:
    every = whole(line)
    return Money(
        product=_part(every.product, units, line.ordered),
        product_tax=_part(every.product_tax, units, line.ordered),
        shipping=_part(every.shipping, units, line.ordered),
        shipping_tax=_part(every.shipping_tax, units, line.ordered),
    )


def _part(amount: Decimal, units: int, ordered: int) -> Decimal:
    return amount if units == ordered else (amount * units / ordered).quantize(CENT, ROUND_HALF_UP)


def _sum(line: Line, kind: str) -> Decimal:
    return sum((charge.amount for charge in line.charges if charge.type == kind), NOTHING)


def _tax(line: Line, kind: str) -> Decimal:
    return sum((charge.tax or NOTHING for charge in line.charges if charge.type == kind), NOTHING)
