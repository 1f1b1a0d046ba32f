"""What a marketplace's clocks allow, as data: from when to when each value counts, and where it is written.

A deadline counts by the date of its order. A change of policy is a new row and an end for the old one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Clock(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    """From the order to its acknowledgement."""
    SHIP = "ship"
    """To the day that the marketplace itself tells with the order: no length is known in advance."""
    AUTO_CANCEL = "auto_cancel"
    """From the day to ship by to the marketplace's own cancellation."""
    REFUND = "refund"
    """From the return's arrival to the marketplace's own refund."""
    FIRST_SCAN = "first_scan"
    """From the ship confirmation to the carrier's first scan."""
    TRACKING_CORRECTION = "tracking_correction"
    """From the ship confirmation to the end of corrections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`length` counts for orders placed since `since` and before `until`; None leaves that end open."""

    clock: Clock
    length: timedelta
    source: str
    since: datetime | None = None
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FOUR_DAYS = datetime(2023, 6, 6, tzinfo=UTC)

RULES: dict[str, tuple[Rule, ...]] = {
    "walmart": (
        Rule(clock=Clock.ACKNOWLEDGE, length=4 * HOUR, source="walmart-api §2.12, §2.15"),
        # Older pages say 6 to 8 days: the shortest is the one that is safe to rely on.
        Rule(clock=Clock.AUTO_CANCEL, length=6 * DAY, until=FOUR_DAYS, source="walmart-api §2.15"),
        Rule(clock=Clock.AUTO_CANCEL, length=4 * DAY, since=FOUR_DAYS, source="walmart-api §2.15"),
        Rule(clock=Clock.REFUND, length=48 * HOUR, source="walmart-api §3.4"),
        Rule(clock=Clock.FIRST_SCAN, length=48 * HOUR, source="walmart-api §2.15"),
        Rule(clock=Clock.TRACKING_CORRECTION, length=4 * HOUR, source="walmart-api §2.13"),
    ),
}


def length(marketplace: str, clock: Clock, ordered_at: datetime) -> timedelta | None:
    """How long the clock of an order runs; None where the marketplace has no such clock."""
    rules = (rule for rule in RULES.get(marketplace, ()) if rule.clock is clock)
    return next((rule.length for rule in rules if rule.covers(ordered_at)), None)


def due(marketplace: str, clock: Clock, *, ordered_at: datetime, begins: datetime | None) -> datetime | None:
    """When the clock that begins then has run down; None while it has not begun, or where there is none."""
    runs = length(marketplace, clock, ordered_at)
    return None if begins is None or runs is None else begins + runs


def current(marketplace: str, clock: Clock) -> timedelta:
    """Of orders placed from now on: the row without an end. Nothing where there is no such clock."""
    lengths = (rule.length for rule in RULES.get(marketplace, ()) if rule.clock is clock and rule.until is None)
    return next(lengths, timedelta())


def shortest(marketplace: str, clock: Clock) -> timedelta:
    """The least that ever counted; nothing where there is no such clock."""
    return min((rule.length for rule in RULES.get(marketplace, ()) if rule.clock is clock), default=timedelta())
