"""A day without Walmart: the shop ships, buyers go on buying; then all is told, as fast as Walmart allows.

What Walmart allows in a minute is left as it really is for the call that is measured.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from chaos.lives.stories import Life, Step
from chaos.outage import FACTOR
from chaos.outage.drill import Drill, blank
from chaos.wire.proxy import Books

SHIPMENTS_A_MINUTE = 60


class Day(Drill):
    side: ClassVar[str] = "Walmart"
    waiting: ClassVar[str] = "report_shipment"

    def life(self, seed: int, index: int) -> Life:
        empty = blank(seed, index, "shipped while Walmart is out")
        return replace(empty, steps=(Step("ship_admin", empty.units, f"1Z{index:012d}"),))

    def prepare(self) -> None:
        self.campaign.people.walmart.set_options(limits={"orders.ship": SHIPMENTS_A_MINUTE / FACTOR})

    def before_it_is_back(self) -> None:
        self.wait(self._are_noticed, "all shipments of the shop")

    def checks(self, books: Books) -> Mapping[str, list[str]]:
        return {"rate limit": self._too_fast(books)}

    def _are_noticed(self) -> bool:
        found = self.found(self.lives)
        return all(found[life.number].units("sent_shipped") == life.units for life in self.lives)

    def _too_fast(self, books: Books) -> list[str]:
        """Walmart's own bucket, filled anew by the simulator's times of the calls; and no call was refused by it."""
        tokens, before, found = float(SHIPMENTS_A_MINUTE), None, []
        for at, call, _status in self.out.writes:
            if call.endswith("/shipping"):
                gained = (at - before).total_seconds() * SHIPMENTS_A_MINUTE / 60 if before else 0.0
                tokens, before = min(SHIPMENTS_A_MINUTE, tokens + gained) - 1, at
                found += [f"{at:%H:%M:%S} one call too many"] if tokens < 0 else []
        return found + ([f"{books.statuses[429]} calls were refused as too many"] if books.statuses[429] else [])
