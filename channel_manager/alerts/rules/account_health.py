"""How the marketplace judges the seller account, from our own record. Pure.

The reference gives thresholds and no windows (walmart-api §2.15): the rates are those of the last 30 days, and the 30
days before and the last 90 stand beside them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from channel_manager.ports.messages import Reason

WINDOW = timedelta(days=30)
LONG_WINDOW = timedelta(days=90)


class Rate(StrEnum):
    CANCELLATION = "cancellation"
    """Orders with a unit canceled through the seller's fault, of the orders placed."""
    ON_TIME = "on_time"
    """Orders that left complete on the day to ship by, of those whose day has passed. The day on which a parcel was
    delivered is not in our record, so this stands for the marketplace's on-time delivery.
    """
    TRACKING = "tracking"
    """Parcels with a number in a carrier's form and a carrier that the marketplace knows by name."""


LIMITS: Mapping[Rate, float] = {Rate.CANCELLATION: 0.02, Rate.ON_TIME: 0.95, Rate.TRACKING: 0.99}
"""Cancellations stay under theirs, the others reach theirs (walmart-api §2.15)."""

SELLERS_FAULT = {Reason.PRICE.value, Reason.STOCK.value}
"""What the reference calls the seller's fault; the buyer's wish does not count (walmart-api §2.14). Of fraud and of an
address that cannot be served it says neither: they are not counted, and said to be uncertain.
"""
UNCERTAIN = {Reason.CARRIER.value, Reason.CREDIT.value}
AUTOMATIC = "automatic"
"""The marketplace's own cancellation of what was not shipped in time: it counts (walmart-api §2.15)."""
OTHER = "other"

WORDS = (
    (AUTOMATIC, ("auto", "expir")),
    (Reason.BUYER.value, ("customer", "buyer")),
    (Reason.PRICE.value, ("pricing_error", "pricing error")),
    (Reason.STOCK.value, ("out_of_stock", "out of stock")),
    (Reason.CREDIT.value, ("fraud",)),
    (Reason.CARRIER.value, ("address_not_serviceable", "not serviceable")),
)


def cause(reason: str, said: str) -> str:
    """Why something was canceled: our own reason, else what the marketplace's words tell, which are free text."""
    if reason:
        return reason
    words = said.lower()
    return next((name for name, marks in WORDS if any(mark in words for mark in marks)), OTHER)


def counts(cause_: str) -> bool:
    return cause_ in SELLERS_FAULT or cause_ == AUTOMATIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`part` of `whole`. For cancellations the part is what went wrong, for the others what went right."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """None where there is nothing to judge."""
        return self.part / self.whole if self.whole else None


NOTHING = Share(part=0, whole=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One rate: what counts now, what it was in the window before, and over the long window. `causes` are counts of
    what moves it in the present window, by name, most first.
    """

    rate: Rate
    now: Share
    before: Share = NOTHING
    long: Share = NOTHING
    causes: Mapping[str, int] = field(default_factory=dict)

    @property
    def limit(self) -> float:
        return LIMITS[self.rate]

    @property
    def is_safe(self) -> bool | None:
        """None while there is nothing to judge."""
        return None if self.now.value is None else within(self.rate, self.now.value)

    @property
    def trend(self) -> str:
        """better, worse, level; empty while one of the windows is empty."""
        if self.now.value is None or self.before.value is None:
            return ""
        if self.now.value == self.before.value:
            return "level"
        return "better" if (self.now.value > self.before.value) != (self.rate is Rate.CANCELLATION) else "worse"

    @property
    def room(self) -> int | None:
        """How many more may go wrong in this window before the limit is broken; 0 when it is. None without anything."""
        if not self.now.whole:
            return None
        wrong = self.now.part if self.rate is Rate.CANCELLATION else self.now.whole - self.now.part
        return max(0, most_wrong(self.rate, self.now.whole) - wrong)


def within(rate: Rate, value: float) -> bool:
    return value < LIMITS[rate] if rate is Rate.CANCELLATION else value >= LIMITS[rate]


def most_wrong(rate: Rate, whole: int) -> int:
    """How many of `whole` may go wrong within the limit."""
    wrong = 0
    while wrong < whole and within(rate, _value(rate, wrong + 1, whole)):
        wrong += 1
    return wrong


def _value(rate: Rate, wrong: int, whole: int) -> float:
    return (wrong if rate is Rate.CANCELLATION else whole - wrong) / whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a cancellation does to the rate. `before` and `after` are None while nothing is known."""

    counts: bool
    uncertain: bool
    before: float | None
    after: float | None

    @property
    def breaks(self) -> bool:
        """It is this cancellation that takes the rate to its limit."""
        if self.before is None or self.after is None:
            return False
        return within(Rate.CANCELLATION, self.before) and not within(Rate.CANCELLATION, self.after)


def effect(standing: Share, reason: Reason, *, orders: int = 1, counted_before: int = 0) -> Effect:
    """`orders` are canceled, wholly or in part; `counted_before` of them count already, for an earlier cancellation."""
    more = orders - counted_before if counts(reason) else 0
    after = Share(part=min(standing.part + more, standing.whole), whole=standing.whole)
    return Effect(counts=counts(reason), uncertain=reason in UNCERTAIN, before=standing.value, after=after.value)


def most_first(causes: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(((name, count) for name, count in causes if count), key=lambda pair: (-pair[1], pair[0])))
