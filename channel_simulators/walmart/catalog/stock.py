"""The rules of stock: gross figures per ship node, reservations, and the site that follows (walmart-api §4.1)."""

from collections import Counter
from collections.abc import Iterable

from channel_simulators.walmart.catalog.state import CatalogOptions, Item, Lagging, SellerCatalog
from channel_simulators.walmart.state import DEFAULT_SHIP_NODE, WALMART_FULFILLED, Order

LARGEST = 2**31 - 1


def nodes(seller: SellerCatalog) -> dict[str, str]:
    """Names by id, the default node first."""
    return {DEFAULT_SHIP_NODE: "Main warehouse", **seller.more_nodes}


def known(seller: SellerCatalog, sku: str) -> bool:
    return sku in seller.stock or sku in seller.items


def is_amount(amount: object) -> bool:
    return isinstance(amount, int) and not isinstance(amount, bool) and 0 <= amount <= LARGEST


def write(seller: SellerCatalog, options: CatalogOptions, now: int, *, sku: str, node: str, amount: int) -> None:
    """Absolute: it overwrites. The site shows the figure before it for a while."""
    held = seller.stock.setdefault(sku, {})
    if options.site_delay:
        waiting = [lagging for lagging in seller.lagging.get(sku, ()) if lagging.until > now]
        until = now + round(options.site_delay * 1000)
        seller.lagging[sku] = [*waiting, Lagging(node=node, amount=held.get(node, 0), until=until)]
    held[node] = amount


def on_site(seller: SellerCatalog, sku: str, node: str, now: int) -> int:
    """The figure the site reckons with: the oldest change it has not followed yet decides."""
    for lagging in seller.lagging.get(sku, ()):
        if lagging.node == node and lagging.until > now:
            return lagging.amount
    return seller.stock.get(sku, {}).get(node, 0)


def buyable(seller: SellerCatalog, item: Item | None, sku: str, *, reserved: int, now: int) -> int:
    """Units a buyer can order on the site at this moment; none of an item that is not live."""
    if item is not None and (lifecycle(item, now), published(item, now)) != ("ACTIVE", "PUBLISHED"):
        return 0
    return sum(
        max(0, on_site(seller, sku, node, now) - reserved_at(node, reserved)) for node in seller.stock.get(sku, {})
    )


def reserved_at(node: str, reserved: int) -> int:
    """Orders name the default node as theirs."""
    return reserved if node == DEFAULT_SHIP_NODE else 0


def published(item: Item, now: int) -> str:
    return item.published_status if now >= item.published_from else "IN_PROGRESS"


def lifecycle(item: Item, now: int) -> str:
    return "RETIRED" if item.retired_from is not None and now >= item.retired_from else item.lifecycle_status


class Reservations:
    """Units sold and not yet gone, by SKU; counted anew when something has changed."""

    def __init__(self) -> None:
        self._version = -1
        self._counts: dict[str, Counter[str]] = {}

    def of(self, partner_id: str, orders: Iterable[Order], options: CatalogOptions, version: int) -> Counter[str]:
        """`version` changes whenever an order may have changed."""
        if version != self._version:
            self._version, self._counts = version, {}
        counts = self._counts.get(partner_id)
        if counts is None:
            mine = (order for order in orders if order.partner_id == partner_id)
            counts = self._counts[partner_id] = _count(mine, options)
        return counts


def _count(orders: Iterable[Order], options: CatalogOptions) -> Counter[str]:
    """What Walmart fulfils comes from its own stock."""
    counts: Counter[str] = Counter()
    for order in orders:
        if order.ship_node_type != WALMART_FULFILLED:
            for line in order.lines:
                counts[line.sku] += line.open if options.reserved_until == "shipment" else line.created
    return counts
