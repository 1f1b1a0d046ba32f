"""The catalogue's part of the control client. Methods without `account` mean the sandbox account."""

import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from channel_simulators.walmart.control.calls import JSON, ControlCalls

AT_ONCE = 10_000


class CatalogControl(ControlCalls):
    def set_items(self, items: Iterable[Mapping[str, Any]], *, account: str | None = None) -> None:
        """Make items, or change those that exist: fast for 100,000.

        An item: sku; name, gtin (14 digits), upc, price, stock (a number, or numbers by ship node), condition,
        product_type, shelf (a list), brand, published_status, unpublished_reasons, lifecycle_status, lag_time,
        variant_group_id, is_primary, grouping. One with a gtin has its page in Walmart's catalogue too.
        """
        waiting = list(items)
        for start in range(0, len(waiting), AT_ONCE):
            self._object("POST", "/items", {"items": waiting[start : start + AT_ONCE], "account": account})

    def remove_items(self, skus: Sequence[str], *, account: str | None = None) -> None:
        self._object("DELETE", "/items", {"skus": skus, "account": account})

    def items(self, *, account: str | None = None) -> list[JSON]:
        """Facts: sku, price, later_prices, promotions, lag_time, published_status, stock by node and so on."""
        return self._list("GET", "/items" + _query(account=account))

    def item(self, sku: str, *, account: str | None = None) -> JSON:
        """Raise KeyError for an unknown SKU."""
        found = self._list("GET", "/items" + _query(sku=sku, account=account))
        if not found:
            raise KeyError(sku)
        return dict(found[0])

    def set_products(self, products: Sequence[Mapping[str, Any]]) -> None:
        """Pages of Walmart's own catalogue, to be searched and matched.

        A product: gtin (14 digits), title; brand, product_type, description, price, image, customer_rating, reviews,
        categories, needs_setup (a match is not enough), unpublished_reasons (of an offer matched to it).
        """
        self._object("POST", "/products", {"products": products})

    def lock_items(self, skus: Sequence[str], seconds: float | None = None, *, account: str | None = None) -> None:
        """Feed rows for them fail for so long; without `seconds` until locked anew with 0."""
        self._object("POST", "/item-locks", {"skus": skus, "seconds": seconds, "account": account})

    def add_ship_node(self, node: str, name: str, *, account: str | None = None) -> None:
        self._object("POST", "/ship-nodes", {"id": node, "name": name, "account": account})

    def approve_lag_time(self, *product_types: str, account: str | None = None) -> None:
        """Allow two days and more for items of these types."""
        self._object("POST", "/lag-time-approvals", {"product_types": product_types, "account": account})

    def set_wfs_stock(self, sku: str, *, available: int, on_hand: int, account: str | None = None) -> None:
        asked = {"sku": sku, "available": available, "on_hand": on_hand, "account": account}
        self._object("POST", "/wfs-stock", asked)

    def set_stock(self, sku: str, amount: int, *, node: str | None = None, account: str | None = None) -> None:
        """At the default node unless another is named. An unknown SKU becomes an item."""
        self._object("POST", "/stock", {"sku": sku, "amount": amount, "node": node, "account": account})

    def stock(self, sku: str, *, account: str | None = None) -> JSON:
        """`input` (None when never set), `reserved`, `available`, over all nodes."""
        return self._object("GET", "/stock" + _query(sku=sku, account=account))

    def buyable(self, sku: str, *, account: str | None = None) -> int:
        """What a buyer can order on the site now: it follows the seller's figures after `site_delay`."""
        return int(self._object("GET", "/site" + _query(sku=sku, account=account))["buyable"])

    def catalog_options(self) -> JSON:
        return self._object("GET", "/catalog-options")

    def set_catalog_options(self, **options: Any) -> JSON:
        """The fields of `catalog.state.CatalogOptions`."""
        return self._object("POST", "/catalog-options", options)


def _query(**given: str | None) -> str:
    return "?" + urllib.parse.urlencode({name: value for name, value in given.items() if value is not None})
