"""The order calls. Every write answers with the whole order (walmart-api §2.1)."""

from typing import Any

from aiohttp import web

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.orders import cancelling, cursor, lifecycle, rendering, search, shipping
from channel_simulators.walmart.state import WALMART_FULFILLED, Account, Order
from channel_simulators.walmart.world import WORLD, World

BY_SELLER = "seller"
HIGHER_STATUS = "Some or all qty in higher status"


async def search_all(request: web.Request) -> web.Response:
    return _page(request, released=False)


async def search_released(request: web.Request) -> web.Response:
    return _page(request, released=True)


async def read(request: web.Request) -> web.Response:
    order = _order(request)
    product, replacement = (request.query.get(name) == "true" for name in ("productInfo", "replacementInfo"))
    return _shown(request, order, product_info=product, replacement_info=replacement)


async def acknowledge(request: web.Request) -> web.Response:
    """The body is of no interest. Repeating is harmless until something has moved on (walmart-api §2.12)."""
    world, order = request.app[WORLD], _writable(request)
    if not any(line.created for line in order.lines) and any(line.acknowledged < line.ordered for line in order.lines):
        raise errors.resource(errors.content("orderLineStatus", HIGHER_STATUS))
    lifecycle.acknowledge(order, world.now(), BY_SELLER)
    world.changed()
    return _shown(request, order)


async def ship(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    body = json_body(await request.read(), request.content_type)
    order = _writable(request)
    shipping.ship(order, body, world.now(), BY_SELLER)
    world.changed()
    return _shown(request, order)


async def cancel(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    body = json_body(await request.read(), request.content_type)
    order = _writable(request)
    parts = cancelling.cancel(order, body, world.now(), BY_SELLER)
    for line, _, reason in parts:
        if reason == cancelling.OUT_OF_STOCK:
            world.set_stock(request[ACCOUNT], line.sku, 0)
    world.changed()
    return _shown(request, order)


def _page(request: web.Request, *, released: bool) -> web.Response:
    world, account = request.app[WORLD], request[ACCOUNT]
    raw_query = request.raw_path.partition("?")[2]
    continued = cursor.is_cursor(raw_query)
    query, offset = world.cursors.read(raw_query, account) if continued else (dict(request.query), 0)
    asked = search.parse(query, world.now(), released=released, server_made=continued)
    found = [order for order in world.orders_of(account) if search.matches(order, asked)]
    if not found and not continued:
        raise errors.not_found()
    found.sort(key=lambda order: (order.placed_at, order.purchase_order_id), reverse=True)
    rows = found[offset : offset + asked.limit]
    end = offset + len(rows)
    body = {"meta": _meta(world, account, asked, len(found), end), "elements": {"order": _rows(world, asked, rows)}}
    return answer(request, {"list": body}, root="ns3:list")


def _meta(world: World, account: Account, asked: search.Search, total: int, end: int) -> dict[str, Any]:
    """The last page says so in one of several ways (walmart-api §0.1)."""
    meta: dict[str, Any] = {"totalCount": total, "limit": asked.limit}
    last = world.state.options.last_cursor
    if end < total or last == "no_more":
        meta["nextCursor"] = world.cursors.make(asked, total=total, offset=end, account=account)
    elif last == "empty":
        meta["nextCursor"] = ""
    return meta


def _rows(world: World, asked: search.Search, orders: list[Order]) -> list[dict[str, Any]]:
    flags = {"product_info": asked.product_info, "replacement_info": asked.replacement_info}
    return [rendering.order(order, world.state.options, world.now(), **flags) for order in orders]


def _order(request: web.Request) -> Order:
    order = request.app[WORLD].order_of(request[ACCOUNT], request.match_info["po"])
    if order is None:
        raise errors.not_found()
    return order


def _writable(request: web.Request) -> Order:
    """Nothing at all can be written to an order that Walmart fulfils (walmart-api §2.19)."""
    order = _order(request)
    if order.ship_node_type == WALMART_FULFILLED:
        text = f"PO: {order.purchase_order_id} is fulfilled by Walmart and cannot be updated by the seller"
        raise errors.resource(errors.content("purchaseOrderId", text))
    return order


def _shown(
    request: web.Request, order: Order, *, product_info: bool = False, replacement_info: bool = False
) -> web.Response:
    world = request.app[WORLD]
    shown = rendering.order(
        order, world.state.options, world.now(), product_info=product_info, replacement_info=replacement_info
    )
    return answer(request, {"order": shown}, root="ns3:order")
