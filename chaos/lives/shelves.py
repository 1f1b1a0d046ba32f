"""What the shop sells by listings, and what happens to its stock beside the orders, drawn from the seed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chaos.lives.stories import RACED_SKUS, SKUS, Life
from chaos.schedule import chance

BULK = tuple(f"BULK-{number:02}" for number in range(1, 25))
"""Nobody orders them: they are imported all at once, so many that a feed tells of them."""
ASKED = (*SKUS, *BULK)
"""Whose figures at Walmart are looked at all the time: where two sides race nobody can say how many are left."""
LISTED = (*ASKED, *RACED_SKUS)
PLENTY = 100_000
LEAST, MOST = 8, 14
"""Units of each product that is ordered: a few orders, and there are none."""
IMPORTS_EVERY, FIRST_IMPORT = 20, 4
ACTS: Mapping[str, int] = {"sell": 40, "come_in": 20, "sell_out": 8, "disable": 14, "enable": 18}
ACTS_EACH = 2
"""So many at most are drawn for each order."""


@dataclass(frozen=True, slots=True)
class Act:
    """`act` names a method of `merchant.Merchant`; `calls`: the shop tells us of it."""

    act: str
    skus: tuple[str, ...]
    units: int = 0
    calls: bool = False


def stock_of(seed: int) -> dict[str, int]:
    """What each product begins with."""
    few = {sku: LEAST + int(chance(seed, "stock", sku) * (MOST - LEAST + 1)) for sku in ASKED}
    return few | dict.fromkeys(RACED_SKUS, PLENTY)


def acts(seed: int, index: int) -> list[Act]:
    """What happens when the order with this index is placed."""
    drawn = [_drawn(seed, index, place) for place in range(ACTS_EACH) if chance(seed, "acts", index, place) < 0.6]
    if index % IMPORTS_EVERY == FIRST_IMPORT:
        drawn.append(Act("count", BULK, 5 + int(chance(seed, "import", index) * 40), calls=False))
    return drawn


def wanted(life: Life) -> dict[str, int]:
    """Units by SKU that must be there for its buyer. An edited order is placed anew before the old one is canceled."""
    found: dict[str, int] = {}
    for line in life.lines:
        found[line.sku] = found.get(line.sku, 0) + line.quantity
    twice = any(step.act == "edit_admin" for step in life.steps)
    return {sku: 2 * units if twice else units for sku, units in found.items()}


def _drawn(seed: int, index: int, place: int) -> Act:
    names = [name for name, weight in ACTS.items() for _ in range(weight)]
    act = _of(names, seed, "act", index, place)
    sku = _of(SKUS if act in ("sell", "come_in") else ASKED, seed, "act's sku", index, place)
    units = 1 + int(chance(seed, "act's units", index, place) * (3 if act == "sell" else 6))
    return Act(act, (sku,), units, calls=chance(seed, "shop calls", index, place) < 0.5)


def _of(choices: Sequence[str], *about: object) -> str:
    seed, *rest = about
    assert isinstance(seed, int)
    return choices[int(chance(seed, *rest) * len(choices))]
