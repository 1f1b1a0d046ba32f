"""`/v3/items`: list, single item, count and retirement (walmart-api §5.1, §5.2)."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog import products, refusals, rendering, snapshots, stock
from channel_simulators.walmart.catalog.state import Item
from channel_simulators.walmart.gateway.answers import answer
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
FIRST = "*"
LARGEST_PAGE = 1000
PUBLISHED = ("PUBLISHED", "READY_TO_PUBLISH", "IN_PROGRESS", "UNPUBLISHED", "STAGE", "SYSTEM_PROBLEM")
LIFECYCLE = ("ACTIVE", "ARCHIVED", "RETIRED")
COUNTED = ("PUBLISHED", "UNPUBLISHED", "SYSTEM_PROBLEM", "IN_PROGRESS")
CONDITIONS = (
    "New",
    "New without box",
    "New without tags",
    "Restored Premium",
    "Restored",
    "Remanufactured",
    "Open Box",
    "Pre-Owned: Like New",
    "Pre-Owned: Good",
    "Pre-Owned: Fair",
    "New with defects",
)
ID_TYPES = ("SKU", "GTIN", "UPC", "ISBN", "EAN", "ITEM_ID")
RETIRED = (
    "Thank you.  Your item has been submitted for retirement from Walmart Catalog.  Please note that it can take up "
    "to 48 hours for items to be retired from our catalog."
)


@ROUTES.get("/v3/items")
async def list_items(request: web.Request) -> web.Response:
    """The token names the list as it was found and stays the same while `offset` advances."""
    world, account = request.app[WORLD], request[ACCOUNT]
    options, items = world.state.catalog.options, world.catalog(account).items
    limit = refusals.number(request.query, "limit", 20, least=1, most=LARGEST_PAGE)
    offset = refusals.number(request.query, "offset", 0, least=0, most=options.largest_item_offset)
    token, skus = _begun(request)
    page = [items[sku] for sku in skus[offset : offset + limit] if sku in items]
    rows = [rendering.row(item, options, world.now()) for item in page]
    body: dict[str, Any] = {"ItemResponse": rows, "totalItems": len(skus)}
    if offset + limit < len(skus) or options.last_item_cursor == "present":
        body["nextCursor"] = token
    return answer(request, body, root="ItemResponses")


def _begun(request: web.Request) -> tuple[str, list[str]]:
    """The list a token stands for, or a new one. Raise Refusal 404 when nothing is found, 400 for a dead token."""
    world, account = request.app[WORLD], request[ACCOUNT]
    token = request.query.get("nextCursor", FIRST)
    if token != FIRST:
        life = world.state.catalog.options.item_token_life
        skus = request.app[snapshots.ITEM_LISTS].find(token, account.partner_id, world.now(), life)
        if skus is None:
            raise refusals.parameter("nextCursor", "Invalid Cursor")
        return token, skus
    wanted = _filters(request.query)
    items = world.catalog(account).items
    found = [sku for sku, item in items.items() if _matches(item, wanted, world.now())] if wanted else list(items)
    if not found:
        raise refusals.not_found()
    return request.app[snapshots.ITEM_LISTS].take(snapshots.item_token(), account.partner_id, found, world.now()), found


def _filters(query: Mapping[str, str]) -> dict[str, str]:
    given = {
        "sku": query.get("sku"),
        "variantGroupId": query.get("variantGroupId"),
        "lifecycleStatus": refusals.choice(query, "lifecycleStatus", LIFECYCLE),
        "publishedStatus": refusals.choice(query, "publishedStatus", PUBLISHED),
        "condition": refusals.choice(query, "condition", CONDITIONS),
    }
    return {name: value for name, value in given.items() if value}


def _matches(item: Item, wanted: dict[str, str], now: int) -> bool:
    held = {
        "sku": item.sku,
        "variantGroupId": item.variant_group_id,
        "lifecycleStatus": stock.lifecycle(item, now),
        "publishedStatus": stock.published(item, now),
        "condition": item.condition,
    }
    return all(held[name] == value for name, value in wanted.items())


@ROUTES.get("/v3/items/count")
async def count(request: web.Request) -> web.Response:
    """The key is the status asked for, but `All` for all of them."""
    world = request.app[WORLD]
    status = refusals.choice(request.query, "status", (*COUNTED, "ALL")) or "ALL"
    items, now = world.catalog(request[ACCOUNT]).items, world.now()
    if status == "ALL":
        return answer(request, {"All": len(items)})
    return answer(request, {status: Counter(stock.published(item, now) for item in items.values())[status]})


@ROUTES.get("/v3/items/{id}")
async def read(request: web.Request) -> web.Response:
    """The list's envelope around one row (walmart-api §9 no. 19)."""
    world = request.app[WORLD]
    kind = refusals.choice(request.query, "productIdType", ID_TYPES) or "SKU"
    condition = refusals.choice(request.query, "condition", CONDITIONS)
    item = products.find_item(world.catalog(request[ACCOUNT]), kind, request.match_info["id"], condition)
    if item is None:
        raise refusals.not_found()
    row = rendering.row(item, world.state.catalog.options, world.now())
    return answer(request, {"ItemResponse": [row], "totalItems": 1}, root="ItemResponses")


@ROUTES.delete("/v3/items/{id}")
async def delete(request: web.Request) -> web.Response:
    world, sku = request.app[WORLD], request.match_info["id"]
    item = world.catalog(request[ACCOUNT]).items.get(sku)
    if item is None:
        raise refusals.not_found()
    retire(item, world.now(), world.state.catalog.options.retire_after)
    world.changed()
    return answer(request, {"sku": sku, "message": RETIRED, "additionalAttributes": None, "errors": None})


def retire(item: Item, now: int, after: float) -> None:
    """Repeating does not postpone it."""
    if item.retired_from is None:
        item.retired_from = now + round(after * 1000)
