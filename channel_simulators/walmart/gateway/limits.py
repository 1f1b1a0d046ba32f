"""Which operation a call is and how often an account may ask for it (walmart-api §7).

A row of `OPERATIONS` names its operation, or a function that finds it in the query. Calls that share a bucket share a
name. `Options.limits` overrides single operations by these names.
"""

import re
from collections.abc import Callable, Mapping

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Query = Mapping[str, str]
PLACEHOLDER = re.compile(r"\{[^}]*\}")

RATES: dict[str, tuple[int, int]] = {
    "token": (30, MINUTE),
    "token.detail": (30, MINUTE),
    "orders.list": (5000, MINUTE),
    "orders.get": (5000, MINUTE),
    "orders.released": (60, MINUTE),
    "orders.acknowledge": (60, MINUTE),
    "orders.ship": (60, MINUTE),
    "orders.cancel": (60, MINUTE),
    "orders.refund": (60, MINUTE),
    "returns.list": (50, MINUTE),
    "returns.refund": (60, MINUTE),
    "inventory.get": (200, MINUTE),
    "inventory.put": (200, MINUTE),
    "inventories.get": (200, MINUTE),
    "inventories.put": (200, MINUTE),
    "inventories.list": (200, MINUTE),
    "inventory.wfs": (100, MINUTE),
    "price.put": (100, HOUR),
    "promo.get": (1000, MINUTE),
    "lagtime.get": (20, HOUR),
    "feeds.read": (5000, MINUTE),
    "feeds.errorReport": (60, HOUR),
    "feed.inventory": (10, HOUR),
    "feed.MP_INVENTORY": (50, HOUR),
    "feed.prices": (10, HOUR),
    "feed.promo": (6, DAY),
    "feed.MP_ITEM": (10, HOUR),
    "feed.MP_MAINTENANCE": (10, HOUR),
    "feed.MP_ITEM_MATCH": (20, HOUR),
    "feed.RETIRE_ITEM": (10, HOUR),
    "feed.DELETE_ITEM": (10, HOUR),
    "feed.lagtime": (6, DAY),
    "items.list": (300, MINUTE),
    "items.list.filtered": (60, MINUTE),
    "items.get": (900, MINUTE),
    "items.get.filtered": (60, MINUTE),
    "items.retire": (900, MINUTE),
    "items.meta": (200, MINUTE),
    "items.search": (200, MINUTE),
    "items.walmartSearch": (200, MINUTE),
    "items.walmartSearch.spec": (1000, DAY),
    "items.spec": (3, MINUTE),
    "webhooks.test": (10, MINUTE),
    "webhooks.list": (50, MINUTE),
    "webhooks.create": (200, MINUTE),
    "webhooks.update": (5, MINUTE),
    "webhooks.delete": (10, MINUTE),
    "webhooks.eventTypes": (5, MINUTE),
    "settings.partnerprofile": (50, MINUTE),
    "settings.shipnodes": (50, MINUTE),
    "settings.carriers": (10, MINUTE),
    "utilities.apiStatus": (100, MINUTE),
    "utilities.taxonomy": (20, MINUTE),
}
"""Requests and their period in milliseconds. Unpublished ones (token, retire, lag time) are the usual budgets."""

SHARED_FEEDS = {"price": "feed.prices", "PRICE_AND_PROMOTION": "feed.prices"}
PAGING = frozenset(("nextCursor", "limit", "offset"))


def feed(query: Query) -> str | None:
    """None for a feed type without a limit of its own."""
    kind = query.get("feedType", "")
    name = SHARED_FEEDS.get(kind, f"feed.{kind}")
    return name if name in RATES else None


def item_list(query: Query) -> str:
    return "items.list.filtered" if query.keys() - PAGING else "items.list"


def item(query: Query) -> str:
    return "items.get.filtered" if query else "items.get"


def walmart_search(query: Query) -> str:
    """The SPEC format is another, smaller purse (walmart-api §7)."""
    spec = query.get("responseFormat", query.get("format", "")).upper() == "SPEC"
    return "items.walmartSearch.spec" if spec else "items.walmartSearch"


OPERATIONS: dict[tuple[str, str], str | Callable[[Query], str | None]] = {
    ("POST", "/v3/token"): "token",
    ("GET", "/v3/token/detail"): "token.detail",
    ("GET", "/v3/orders"): "orders.list",
    ("GET", "/v3/orders/released"): "orders.released",
    ("GET", "/v3/orders/{}"): "orders.get",
    ("POST", "/v3/orders/{}/acknowledge"): "orders.acknowledge",
    ("POST", "/v3/orders/{}/shipping"): "orders.ship",
    ("POST", "/v3/orders/{}/cancel"): "orders.cancel",
    ("POST", "/v3/orders/{}/refund"): "orders.refund",
    ("GET", "/v3/returns"): "returns.list",
    ("POST", "/v3/returns/{}/refund"): "returns.refund",
    ("GET", "/v3/inventory"): "inventory.get",
    ("PUT", "/v3/inventory"): "inventory.put",
    ("GET", "/v3/inventories"): "inventories.list",
    ("GET", "/v3/inventories/{}"): "inventories.get",
    ("PUT", "/v3/inventories/{}"): "inventories.put",
    ("GET", "/v3/wfs/inventory"): "inventory.wfs",
    ("GET", "/v3/fulfillment/inventory"): "inventory.wfs",
    ("PUT", "/v3/price"): "price.put",
    ("GET", "/v3/promo/sku/{}"): "promo.get",
    ("GET", "/v3/lagtime"): "lagtime.get",
    ("GET", "/v3/feeds"): "feeds.read",
    ("POST", "/v3/feeds"): feed,
    ("GET", "/v3/feeds/{}"): "feeds.read",
    ("GET", "/v3/feeds/{}/errorReport"): "feeds.errorReport",
    ("GET", "/v3/items"): item_list,
    ("GET", "/v3/items/{}"): item,
    ("DELETE", "/v3/items/{}"): "items.retire",
    ("GET", "/v3/items/count"): "items.meta",
    ("GET", "/v3/items/groups/count"): "items.meta",
    ("GET", "/v3/items/taxonomy"): "items.meta",
    ("POST", "/v3/items/catalog/search"): "items.search",
    ("POST", "/v3/items/associations"): "items.search",
    ("GET", "/v3/items/walmart/search"): walmart_search,
    ("POST", "/v3/items/spec"): "items.spec",
    ("POST", "/v3/webhooks/test"): "webhooks.test",
    ("GET", "/v3/webhooks/subscriptions"): "webhooks.list",
    ("POST", "/v3/webhooks/subscriptions"): "webhooks.create",
    ("PATCH", "/v3/webhooks/subscriptions/{}"): "webhooks.update",
    ("DELETE", "/v3/webhooks/subscriptions/{}"): "webhooks.delete",
    ("GET", "/v3/webhooks/eventTypes"): "webhooks.eventTypes",
    ("GET", "/v3/settings/partnerprofile"): "settings.partnerprofile",
    ("GET", "/v3/settings/shipping/shipnodes"): "settings.shipnodes",
    ("GET", "/v3/settings/shipping/carriers"): "settings.carriers",
    ("GET", "/v3/utilities/apiStatus"): "utilities.apiStatus",
    ("GET", "/v3/utilities/taxonomy"): "utilities.taxonomy",
    ("GET", "/v3/utilities/taxonomy/departments"): "utilities.taxonomy",
    ("GET", "/v3/utilities/taxonomy/departments/{}"): "utilities.taxonomy",
}
"""By method and route; the names of placeholders are of no interest."""


def operation(method: str, route: str, query: Query) -> str | None:
    """None for a call without a limit."""
    found = OPERATIONS.get((method, PLACEHOLDER.sub("{}", route)))
    return found(query) if callable(found) else found
