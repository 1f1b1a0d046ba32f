"""How many units of a listing the marketplace should be told (walmart-api §4.1)."""

from dataclasses import dataclass

LARGEST = 999_999
"""Of one figure. Commerce's connector says so many of a product whose stock it does not manage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRule:
    """Units: `buffer` is kept back, fewer than `minimum` are shown as none, and at most `cap` are shown."""

    buffer: int = 0
    minimum: int = 0
    cap: int = LARGEST


def shown(salable: int, rule: StockRule) -> int:
    """Units that buyers may order: what can be sold less the buffer, none below the minimum, at most the cap."""
    left = min(max(salable - rule.buffer, 0), rule.cap, LARGEST)
    return left if left >= rule.minimum else 0


def stated(salable: int, open_units: int, rule: StockRule, *, sellable: bool = True) -> int:
    """The figure to state: what buyers may order, and what the marketplace holds back for orders that Commerce has
    taken off its own figure already. Not `sellable`: none are shown, whatever the numbers say.
    """
    return (shown(salable, rule) if sellable else 0) + max(open_units, 0)
