"""What a listing should cost at the marketplace, and when a person is asked first."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from channel_manager.shared.sentences import Sentence, say

CENT = Decimal("0.01")
HIGHEST = Decimal("9999999.99")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopPrice:
    """What the store view says. The days of the special price are the shop's own, both included."""

    base: Decimal | None
    special: Decimal | None = None
    special_from: date | None = None
    special_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """`most_change` in percent of the price before."""

    lowest: Decimal | None = None
    highest: Decimal | None = None
    most_change: int = 30
    use_special: bool = False


def effective(price: ShopPrice, today: date, *, use_special: bool) -> Decimal | None:
    """The price of that day to the cent; None where the product has none (commerce-api §9.2)."""
    chosen = price.special if use_special and is_special(price, today) else price.base
    return chosen.quantize(CENT, ROUND_HALF_UP) if chosen is not None else None


def question(new: Decimal, before: Decimal | None, rule: PriceRule) -> Sentence | None:
    """Why a person must let the price through; None when it may go out. `before` is what the marketplace shows."""
    if not CENT <= new <= HIGHEST:
        return say("Commerce says %(new)s: that is no price that can be sent.", new=new)
    if rule.lowest is not None and new < rule.lowest:
        return say("%(new)s is below the lowest price allowed, %(bound)s.", new=new, bound=rule.lowest)
    if rule.highest is not None and new > rule.highest:
        return say("%(new)s is above the highest price allowed, %(bound)s.", new=new, bound=rule.highest)
    if before and abs(new - before) * 100 > rule.most_change * before:
        return say(
            "The price would change from %(before)s to %(new)s, by more than %(percent)s %%.",
            before=before,
            new=new,
            percent=rule.most_change,
        )
    return None


def is_special(price: ShopPrice, today: date) -> bool:
    """Whether it has a special price and the day is one of its days."""
    begun = price.special_from is None or price.special_from <= today
    over = price.special_until is not None and price.special_until < today
    return price.special is not None and begun and not over
