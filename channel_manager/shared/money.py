"""Money is `Decimal`, in the currency's major unit, exact to the cent."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal | str | float) -> Decimal:
    """Rounded half up to two places. Floats pass through `str`, so 0.1 stays 0.10."""
    return Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP)


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def share(amount: Decimal, part: int, whole: int) -> Decimal:
    """The part of `amount` that belongs to `part` of `whole` units, rounded to the cent.

    Sum over consecutive parts by differences of this function to lose no cent.
    """
    return cents(amount * part / whole) if whole else ZERO
