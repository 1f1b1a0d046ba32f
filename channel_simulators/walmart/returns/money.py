"""What the returned units cost, exact to the cent: each unit has its fixed share of its line's charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from channel_simulators.walmart.orders import charges
from channel_simulators.walmart.orders.charges import CENT, NOTHING, PRODUCT, SHIPPING, Money
from channel_simulators.walmart.state import Charge, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedCharge:
    """The part of one charge of the order's line that the returned units had; `amount` has the charge's sign."""

    of: Charge
    amount: Decimal
    tax: Decimal

    @property
    def is_discount(self) -> bool:
        return self.of.amount < 0

    @property
    def billable(self) -> bool:
        """Whether a refund gives it back: fees stay with Walmart."""
        return self.of.type in (PRODUCT, SHIPPING)


def share(line: Line, units: Sequence[int]) -> Money:
    parts = [charges.share(line, 1, after=unit) for unit in units]
    return Money(
        product=sum((part.product for part in parts), NOTHING),
        product_tax=sum((part.product_tax for part in parts), NOTHING),
        shipping=sum((part.shipping for part in parts), NOTHING),
        shipping_tax=sum((part.shipping_tax for part in parts), NOTHING),
    )


def refundable(line: Line, units: Sequence[int]) -> Money:
    """What was refunded by amount before (walmart-api §2.18) is not given twice."""
    given = share(line, units).at_most(charges.refundable(line))
    return Money(
        product=max(NOTHING, given.product),
        product_tax=max(NOTHING, given.product_tax),
        shipping=max(NOTHING, given.shipping),
        shipping_tax=max(NOTHING, given.shipping_tax),
    )


def returned_charges(line: Line, units: Sequence[int]) -> list[ReturnedCharge]:
    """One for each charge of the line. Of each kind the first takes what rounding leaves, so that the sums agree."""
    whole = share(line, units)
    left = {PRODUCT: (whole.product, whole.product_tax), SHIPPING: (whole.shipping, whole.shipping_tax)}
    shown = []
    for position, charge in reversed(list(enumerate(line.charges))):
        amount, tax = _part(charge.amount, len(units), line), _part(charge.tax or NOTHING, len(units), line)
        if charge.type in left:
            rest, rest_tax = left[charge.type]
            if not any(before.type == charge.type for before in line.charges[:position]):
                amount, tax = rest, rest_tax
            left[charge.type] = (rest - amount, rest_tax - tax)
        shown.append(ReturnedCharge(of=charge, amount=amount, tax=tax))
    return shown[::-1]


def per_unit(amount: Decimal, quantity: int) -> tuple[Decimal, Decimal]:
    """The amount of one unit, and the cents by which the whole exceeds quantity times that."""
    one = (amount / quantity).quantize(CENT, ROUND_DOWN)
    return one, amount - one * quantity


def _part(amount: Decimal, quantity: int, line: Line) -> Decimal:
    return (amount * quantity / line.ordered).quantize(CENT)
