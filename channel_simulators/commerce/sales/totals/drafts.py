"""What an invoice and a credit memo have in common while their money is worked out."""

from dataclasses import dataclass, field

from channel_simulators.commerce.sales.quantities import real_items
from channel_simulators.commerce.sales.totals.rounding import DeltaRounding
from channel_simulators.commerce.store.columns import Row
from channel_simulators.commerce.store.entities import Order


@dataclass(kw_only=True)
class Draft:
    """`items`: the document's, by order item id; `row`: its own columns."""

    order: Order
    items: dict[int, Row] = field(default_factory=dict)
    row: Row = field(default_factory=dict)
    rounding: DeltaRounding = field(default_factory=DeltaRounding)

    def lines(self) -> list[tuple[Row, Row, float]]:
        """Order item, the document's item, quantity."""
        pairs = [
            (item, self.items[item["item_id"]]) for item in real_items(self.order) if item["item_id"] in self.items
        ]
        return [(item, line, float(line["qty"])) for item, line in pairs]
