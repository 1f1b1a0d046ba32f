"""Orders that keep arriving while somebody looks at the demo."""

import itertools
import time
from dataclasses import dataclass, field
from random import Random

from channel_manager.cli.demo.simulators import Commerce, Product, Walmart, for_sale

FIRST = ("single", "several_lines", "quantity", "expedited", "duplicate_sku_lines", "cancel_request")
LATER = (
    "single", "quantity", "discounted", "several_lines", "shipping_taxed", "with_fee", "puerto_rico", "single",
    "wfs", "duplicate_sku_lines", "odd_address", "replacement", "third_party_logistics", "cancel_request",
    "expedited", "unknown_sku", "several_lines", "single", "quantity", "out_of_stock_sku",
)  # fmt: skip
MOST = 500
PAUSE, LONGEST_PAUSE, GROWTH = 8.0, 60.0, 1.02  # seconds between two orders
LOW, FULL = 10, 60  # units on the shelf: below the one, filled up to the other
SOLD_OUT = "JAR-SOLD-OUT"


@dataclass
class Arrivals:
    """`placed` counts the orders of earlier runs too."""

    walmart: Walmart
    commerce: Commerce
    placed: int
    pause: float = PAUSE
    _next: float = 0.0
    _chance: Random = field(default_factory=Random)

    def finished(self) -> bool:
        return self.placed >= MOST

    def first(self) -> list[tuple[str, str]]:
        """Several at once for a new demo, one for a demo that continues: (shape, number)."""
        shapes = FIRST[:1] if self.placed else FIRST
        self._wait()
        return [self._place(shape) for shape in shapes]

    def next(self) -> tuple[str, str]:
        self._wait()
        return self._place(next(itertools.islice(itertools.cycle(LATER), self.placed % len(LATER), None)))

    def due(self) -> bool:
        return time.monotonic() >= self._next and not self.finished()

    def _wait(self) -> None:
        self._next = time.monotonic() + self.pause * self._chance.uniform(1.0, 1.6)
        self.pause = min(self.pause * GROWTH, LONGEST_PAUSE)

    def _place(self, shape: str) -> tuple[str, str]:
        self.placed += 1
        return shape, self.walmart.place(shape, self._products(shape))

    def _products(self, shape: str) -> list[Product]:
        """What is sold, with the shelves filled where they run low."""
        products = self.commerce.products()
        if shape == "out_of_stock_sku":
            return [(one["sku"], one["name"], str(one["price"])) for one in products if one["sku"] == SOLD_OUT]
        for one in products:
            if one["sku"] != SOLD_OUT and one["type_id"] == "simple" and one["salable"] < LOW:
                self.commerce.set_stock(one["sku"], int(one["source_quantity"]) + FULL)
        return for_sale(products)
