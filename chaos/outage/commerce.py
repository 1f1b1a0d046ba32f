"""A day without the shop: Walmart sells and cancels, people ship and cancel here; then Commerce has it all, once."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar

from chaos.lives.stories import Life, Step
from chaos.outage.drill import HOURS, Drill, blank
from chaos.wire.proxy import Books

OLD = 10
"""Hours after which an order that came meanwhile must be acknowledged: four, and what it takes to be read."""
SOON = 60.0


class Day(Drill):
    side: ClassVar[str] = "Commerce"
    waiting: ClassVar[str] = "create_commerce_order"

    def life(self, seed: int, index: int) -> Life:
        empty = blank(seed, index, "goes on while Commerce is out")
        steps = (
            Step("ship_here", empty.units, f"1Z{index:012d}"),
            Step("cancel_here", empty.units, more="stock"),
            Step("cancel_at_walmart", empty.units),
        )
        return replace(empty, steps=(steps[index % 3],))

    def before_it_is_back(self) -> None:
        """What needs no shop does not wait for it."""
        with suppress(TimeoutError):
            self.wait(lambda: not any(self._waited().values()), "what needs no shop", SOON)
        self._late = self._waited()

    def checks(self, books: Books) -> Mapping[str, list[str]]:
        return self._late

    def _waited(self) -> dict[str, list[str]]:
        old = [life for place, life in enumerate(self.arriving) if place % HOURS < HOURS - OLD]
        return {"acknowledgements": self._unacknowledged(old), "cancellations": self._open_at_walmart()}

    def _unacknowledged(self, lives: Sequence[Life]) -> list[str]:
        found = self.found(lives)
        missing = [life.number for life in lives if life.number not in found or not found[life.number].row["acked"]]
        return [f"{number} was not acknowledged while Commerce was out" for number in missing]

    def _open_at_walmart(self) -> list[str]:
        cancelled = [life for life in self.lives if life.steps[0].act.startswith("cancel")]
        found = self.found(cancelled)
        waiting = [life.number for life in cancelled if found[life.number].units("cancelled") != life.units]
        return [f"{number} was not canceled at Walmart while Commerce was out" for number in waiting]
