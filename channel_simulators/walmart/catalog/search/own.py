"""`POST /v3/items/catalog/search`: the seller's own items by field, with filters and sorting (walmart-api §5.3)."""

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog import refusals, rendering, snapshots
from channel_simulators.walmart.catalog.items import FIRST
from channel_simulators.walmart.catalog.state import Item
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
JSON = dict[str, Any]
LARGEST_PAGE = 200
QUERIED = ("productName", "sku", "gtin", "wpid", "upc", "isbn", "ean", "itemId", "condition")
FILTERED = (
    "num_reviews",
    "customerRating",
    "lifecycleStatus",
    "publishedStatus",
    "unpublishedReasons",
    "inventoryStatus",
    "price",
    "fulfillmentType",
)
SORTED = (
    "num_reviews",
    "customerRating",
    "lifecycleStatus",
    "publishedStatus",
    "unpublishedReasons",
    "inventoryStatus",
)
COMPARISONS: dict[str, Callable[[Decimal, list[Decimal]], bool]] = {
    "between": lambda value, bounds: bounds[0] <= value <= bounds[-1],
    "greater_than": lambda value, bounds: value > bounds[0],
    "less_than": lambda value, bounds: value < bounds[0],
}


@ROUTES.post("/v3/items/catalog/search")
async def search(request: web.Request) -> web.Response:
    """Paged by `page`; a cursor keeps the list as it was found."""
    world, account = request.app[WORLD], request[ACCOUNT]
    limit = refusals.number(request.query, "limit", 100, least=1, most=LARGEST_PAGE)
    page = refusals.number(request.query, "page", 0, least=0, most=None)
    body = json_body(await request.read(), request.content_type)
    token, skus = _begun(request, body)
    offset = page * limit
    items = world.catalog(account).items
    rows = [_row(request, sku) for sku in skus[offset : offset + limit] if sku in items]
    answered: JSON = {"status": "Success", "payload": rows, "totalItems": len(skus), "limit": limit}
    if offset + limit < len(skus):
        answered["nextCursor"] = token
    return answer(request, answered)


def _begun(request: web.Request, body: JSON) -> tuple[str, list[str]]:
    world, owner = request.app[WORLD], request[ACCOUNT].partner_id
    token = request.query.get("nextCursor") or FIRST
    if token != FIRST:
        skus = request.app[snapshots.ITEM_LISTS].find(
            token, owner, world.now(), world.state.catalog.options.item_token_life
        )
        if skus is None:
            raise refusals.parameter("nextCursor", "Invalid Cursor")
        return token, skus
    found = _found(request, body)
    if not found:
        raise refusals.not_found()
    return request.app[snapshots.ITEM_LISTS].take(snapshots.item_token(), owner, found, world.now()), found


def _found(request: web.Request, body: JSON) -> list[str]:
    query, filters, order = body.get("query"), body.get("filters") or [], body.get("sort")
    _check(query, filters, order)
    items: Iterable[Item] = request.app[WORLD].catalog(request[ACCOUNT]).items.values()
    if query is not None:
        items = [item for item in items if _has(item, query["field"], str(query.get("value", "")))]
    rows = [_row(request, item.sku) for item in items]
    rows = [row for row in rows if all(_passes(row, wanted) for wanted in filters)]
    if order is not None:
        rows.sort(key=lambda row: str(_value(row, order["field"])), reverse=order.get("order") == "DESC")
    return [row["sku"] for row in rows]


def _check(query: Any, filters: Any, order: Any) -> None:
    """Raise Refusal 400."""
    if query is not None and (not isinstance(query, dict) or query.get("field") not in QUERIED):
        raise refusals.content("query", f"query field should be one of {', '.join(QUERIED)}")
    if not isinstance(filters, list) or not all(_is_filter(wanted) for wanted in filters):
        raise refusals.content("filters", f"filters should name one of {', '.join(FILTERED)}, an op and values")
    if order is not None and (not isinstance(order, dict) or order.get("field") not in SORTED):
        raise refusals.content("sort", f"sort field should be one of {', '.join(SORTED)}")


def _is_filter(wanted: Any) -> bool:
    if not isinstance(wanted, dict) or wanted.get("field") not in FILTERED or not wanted.get("values"):
        return False
    return isinstance(wanted["values"], list) and wanted.get("op") in ("equals", *COMPARISONS)


def _row(request: web.Request, sku: str) -> JSON:
    world, account = request.app[WORLD], request[ACCOUNT]
    seller = world.catalog(account)
    available = sum(seller.stock.get(sku, {}).values()) - world.reservations_of(account)[sku]
    options = world.state.catalog.options
    return rendering.search_row(seller.items[sku], options, available=max(0, available), now=world.now())


def _has(item: Item, field: str, value: str) -> bool:
    """Names by a part of them, all else exactly; an EAN or ISBN is the end of a GTIN."""
    if field == "productName":
        return value.lower() in item.name.lower()
    if field in ("isbn", "ean"):
        return bool(value) and item.gtin == value.zfill(14)
    held = {"sku": item.sku, "gtin": item.gtin, "wpid": item.wpid, "upc": item.upc, "itemId": item.item_id}
    return held.get(field, item.condition) == value


def _passes(row: JSON, wanted: JSON) -> bool:
    value, values = _value(row, wanted["field"]), wanted["values"]
    if wanted["op"] == "equals":
        return value in values or (isinstance(value, list) and any(one in values for one in value))
    try:
        return COMPARISONS[wanted["op"]](Decimal(str(value)), [Decimal(str(bound)) for bound in values])
    except InvalidOperation:
        return False


def _value(row: JSON, field: str) -> Any:
    if field == "publishedStatus":
        return row["publishedStatus"]["status"]
    if field == "unpublishedReasons":
        return row["publishedStatus"].get("reasons", [])
    return row.get("price", {}).get("amount") if field == "price" else row.get(field)
