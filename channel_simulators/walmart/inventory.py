"""`GET` and `PUT /v3/inventory` for one item: the figure is gross of what is sold, not shipped (walmart-api §4.1)."""

from typing import Any

from aiohttp import web

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.state import DEFAULT_SHIP_NODE
from channel_simulators.walmart.world import WORLD


async def read(request: web.Request) -> web.Response:
    sku = _sku(request)
    given = request.app[WORLD].stock(request[ACCOUNT], sku)["input"]
    if given is None:
        raise errors.not_found()
    return answer(request, _shown(sku, given), root="inventory")


async def write(request: web.Request) -> web.Response:
    sku = _sku(request)
    body = json_body(await request.read(), request.content_type)
    if body.get("sku") != sku:
        raise errors.resource(errors.content("sku", "The sku of the body differs from that of the request"))
    quantity = body.get("quantity")
    amount = quantity.get("amount") if isinstance(quantity, dict) else None
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
        raise errors.resource(errors.content("amount", "quantity amount is not valid"))
    request.app[WORLD].set_stock(request[ACCOUNT], sku, amount)
    return answer(request, _shown(sku, amount), root="inventory")


def _sku(request: web.Request) -> str:
    sku = request.query.get("sku")
    if not sku:
        raise errors.parameter("sku", "sku is missing")
    if request.query.get("shipNode", DEFAULT_SHIP_NODE) != DEFAULT_SHIP_NODE:
        raise errors.parameter("shipNode", "shipNode is unknown")
    return sku


def _shown(sku: str, amount: int) -> dict[str, Any]:
    return {"sku": sku, "quantity": {"unit": "EACH", "amount": amount}}
