"""The calls for one order. Every write answers with the whole order (walmart-api §2.1)."""

from aiohttp import web

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.orders import cancelling, lifecycle, refund_requests, rendering, shipping
from channel_simulators.walmart.state import WALMART_FULFILLED, Order
from channel_simulators.walmart.world import WORLD

BY_SELLER = "seller"
HIGHER_STATUS = "Some or all qty in higher status"


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
    shipping.ship(order, body, world.state.options, world.now(), BY_SELLER)
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


async def refund(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    body = json_body(await request.read(), request.content_type)
    order = _writable(request)
    refund_requests.refund(order, body, world.now(), BY_SELLER)
    world.changed()
    return _shown(request, order)


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
