"""The feed types the simulator processes: shape of the file, limits, what a row does (walmart-api §4.4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channel_simulators.walmart.catalog.state import Item
from channel_simulators.walmart.feeds import matching, rows
from channel_simulators.walmart.feeds.rows import Desk

MEGABYTE = 1_000_000
ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class Kind:
    header: str
    """The member with the version; the case of its letters matters."""
    rows: str
    versions: tuple[str, ...]
    """Accepted beginnings."""
    apply: Callable[[Desk, dict[str, Any]], Item | None]
    inside: str | None = None
    """The member of a row in which its content is."""
    largest: int = 10 * MEGABYTE
    most_rows: int = ROWS


KINDS = {
    "inventory": Kind(header="InventoryHeader", rows="Inventory", versions=("1.4",), apply=rows.inventory),
    "MP_INVENTORY": Kind(
        header="inventoryHeader",
        rows="inventory",
        versions=("1.5",),
        apply=rows.node_inventory,
        largest=MEGABYTE,
    ),
    "price": Kind(header="PriceHeader", rows="Price", versions=("1.7",), apply=rows.base_price),
    "PRICE_AND_PROMOTION": Kind(
        header="MPItemFeedHeader",
        rows="MPItem",
        versions=("2.0.20240126-",),
        apply=rows.promo_price,
        inside="Promo&Discount",
    ),
    "lagtime": Kind(header="LagTimeHeader", rows="lagTime", versions=("1.0",), apply=rows.lag_time),
    "MP_ITEM_MATCH": Kind(
        header="MPItemFeedHeader",
        rows="MPItem",
        versions=("4.1", "4.2", "5.0."),
        apply=matching.match,
        inside="Item",
        largest=25 * MEGABYTE,
    ),
    "RETIRE_ITEM": Kind(header="RetireItemHeader", rows="RetireItem", versions=("1.0",), apply=rows.retire),
}
"""By feed type. `PRICE_AND_PROMOTION` has its shape from public clients; no published contract shows it."""

UNPROCESSED = (
    "promo",
    "MP_ITEM",
    "MP_WFS_ITEM",
    "MP_MAINTENANCE",
    "DELETE_ITEM",
    "SKU_TEMPLATE_MAP",
    "SHIPPING_OVERRIDES",
    "RETURNS_OVERRIDES",
    "OMNI_WFS",
    "item",
    "FITMENT_ACES",
    "FITMENT_PIES",
)
"""Types that Walmart knows and the simulator refuses, rather than pretend an outcome."""

SHOWN_TYPES = {"lagtime": "LAGTIME"}
"""Where the list of feeds spells a type otherwise than the submission (samples of the specification)."""
