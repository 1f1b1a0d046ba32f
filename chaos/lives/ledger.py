"""What is left of each product, whatever either platform shows: by what people do, at the moment they do it.

Units that become free count before the act, units that are promised after it: so what is left is never fewer here than
in life, and never more for longer than an act takes.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

UNREAD = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Untold:
    """Units that Walmart may show though they are not left, until it is told what was asked for after `at`.

    `whose`: the order that Seller Center shipped, until that was read; `began` is when it happened.
    """

    units: int
    why: str
    at: datetime
    began: datetime
    whose: str = ""


class Ledger:
    """Called from several threads. `stale`: seconds until Walmart was told of a change of stock in Commerce."""

    def __init__(self, stock: Mapping[str, int]) -> None:
        self._lock = threading.Lock()
        self._left = Counter(stock)
        self._lost: Counter[str] = Counter()
        self._untold: dict[str, list[Untold]] = defaultdict(list)
        self._in_feed: dict[str, datetime] = {}
        self.moved: Counter[str] = Counter()
        """Units that came in at the sources, less those that went out there and were no order's."""
        self.stale: list[float] = []
        self.allowed: Counter[str] = Counter()
        """How often something other than the shop's own changes was still to be told, by what it was."""

    def bound(self, sku: str) -> int:
        """Units that Walmart's buyers may be shown at most."""
        with self._lock:
            return max(self._left[sku], 0) + sum(one.units for one in self._untold[sku])

    def left(self, sku: str) -> int:
        with self._lock:
            return self._left[sku]

    def lost(self, sku: str) -> int:
        """Units that were canceled because there are none, and that Commerce counts all the same."""
        with self._lock:
            return self._lost[sku]

    def waits(self, sku: str) -> int:
        """Units that buyers may be shown for a moment still: who knows better does not buy them."""
        with self._lock:
            return sum(one.units for one in self._untold[sku])

    def told_of(self, sku: str) -> str:
        with self._lock:
            listed = "; ".join(f"{one.units} {one.why} at {one.began:%H:%M:%S.%f}" for one in self._untold[sku])
            return f"{self._left[sku]} left, {self._lost[sku]} canceled as out of stock; to be told: {listed or '-'}"

    # ---- orders ----

    def promised(self, units: Mapping[str, int]) -> None:
        with self._lock:
            self._left.subtract(units)

    def freed(self, units: Mapping[str, int]) -> None:
        """Before units are canceled, or come back to a source."""
        with self._lock:
            self._left.update(units)

    def restocked(self, units: Mapping[str, int]) -> None:
        """Before: more units at a source end what was held as out of stock."""
        for sku, count in units.items():
            self.found(sku)
            self.freed({sku: count})

    def given_up(self, units: Mapping[str, int]) -> None:
        """Canceled because there are none: nothing becomes free, though Commerce will say so."""
        with self._lock:
            self._lost.update(units)

    def found(self, sku: str) -> None:
        """Somebody says that what Commerce counts is there."""
        with self._lock:
            self._left[sku] += self._lost.pop(sku, 0)

    def shipped_elsewhere(self, number: str, units: Mapping[str, int]) -> None:
        """Before: Walmart frees them at once, and the figure is not lowered before that was read."""
        for sku, count in units.items():
            self._note(sku, count, "shipped in Seller Center", at=UNREAD, whose=number)

    def read(self, number: str) -> None:
        """Everything that happened to the order is on record now."""
        now = datetime.now(UTC)
        with self._lock:
            for sku, several in self._untold.items():
                self._untold[sku] = [
                    replace(one, at=now) if one.whose == number and one.at == UNREAD else one for one in several
                ]

    # ---- the shop's own stock ----

    def comes_in(self, sku: str, units: int) -> None:
        """Before it does."""
        self.restocked({sku: units})
        with self._lock:
            self.moved[sku] += units

    def goes_out(self, sku: str, units: int) -> None:
        """After it did."""
        with self._lock:
            self.moved[sku] -= units
            self._left[sku] -= units
            self._append(sku, units, "sold in the shop", datetime.now(UTC))

    def changed(self, sku: str) -> None:
        """After something else that Walmart is to be told."""
        self._note(sku, 0, "changed in the shop")

    # ---- what Walmart was sent ----

    def submitted(self, skus: Iterable[str]) -> None:
        with self._lock:
            self._in_feed |= dict.fromkeys(skus, datetime.now(UTC))

    def freed_at_walmart(self, sku: str, units: int, *, lowered: bool) -> None:
        """Before units are freed there: a feed under way may overwrite the figure that was lowered, and a shipment has
        a deadline for which it goes out although Walmart took no lower figure.
        """
        if not lowered:
            self._note(sku, units, "went out although Walmart took no lower figure")
        if sku in self._in_feed:
            self._note(sku, units, "freed while a feed was under way")

    def told(self, clean: Mapping[str, datetime], looked_at: datetime) -> None:
        """`clean`: SKUs that no feed has and of which Walmart shows what is wanted, and when that was asked for, as
        things were at `looked_at`.
        """
        with self._lock:
            for sku, asked_at in clean.items():
                if self._in_feed.get(sku, looked_at) < looked_at:
                    del self._in_feed[sku]
                over = [one for one in self._untold[sku] if one.at < asked_at and sku not in self._in_feed]
                self._untold[sku] = [one for one in self._untold[sku] if one not in over]
                self.stale += [(looked_at - one.began).total_seconds() for one in over if "the shop" in one.why]

    def untold(self) -> dict[str, list[str]]:
        with self._lock:
            return {sku: [one.why for one in several] for sku, several in self._untold.items() if several}

    def _note(self, sku: str, units: int, why: str, at: datetime | None = None, whose: str = "") -> None:
        with self._lock:
            self.allowed[why] += 1
            self._append(sku, units, why, at or datetime.now(UTC), whose)

    def _append(self, sku: str, units: int, why: str, at: datetime, whose: str = "") -> None:
        self._untold[sku].append(Untold(units, why, at, datetime.now(UTC), whose))
