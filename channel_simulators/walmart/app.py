"""The application: routes of the API, its middlewares, the control API and the page."""

import json
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from channel_simulators.walmart import inventory, page
from channel_simulators.walmart.control import routes as control
from channel_simulators.walmart.gateway import auth
from channel_simulators.walmart.gateway.gate import gate
from channel_simulators.walmart.gateway.mishaps import mishaps
from channel_simulators.walmart.gateway.recording import EXECUTED, LOST
from channel_simulators.walmart.orders import handlers as orders
from channel_simulators.walmart.state import iso
from channel_simulators.walmart.world import WORLD, World

LARGEST_BODY = 26 * 1024 * 1024


def create_app(world: World) -> web.Application:
    app = web.Application(middlewares=[record, mishaps, gate, control.sentences], client_max_size=LARGEST_BODY)
    app[WORLD] = world
    app.add_routes(
        [
            web.post("/v3/token", auth.token),
            web.get("/v3/token/detail", auth.detail),
            web.get("/v3/orders", orders.search_all),
            web.get("/v3/orders/released", orders.search_released),
            web.get("/v3/orders/{po}", orders.read),
            web.post("/v3/orders/{po}/acknowledge", orders.acknowledge),
            web.post("/v3/orders/{po}/shipping", orders.ship),
            web.post("/v3/orders/{po}/cancel", orders.cancel),
            web.get("/v3/inventory", inventory.read),
            web.put("/v3/inventory", inventory.write),
            web.get("/", page.show),
            *control.ROUTES,
        ]
    )
    return app


@web.middleware
async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost, so that it sees what the caller sees. A lost answer has status 0."""
    if not request.path.startswith("/v3/"):
        return await handler(request)
    world = request.app[WORLD]
    at = iso(world.now())
    body = await request.read()
    response = await handler(request)
    lost = request.get(LOST, False)
    path, _, query = request.raw_path.partition("?")
    world.recording.add(
        {
            "platform": "walmart",
            "method": request.method,
            "path": path,
            "query": query,
            "headers": dict(request.headers),
            "request": _json(body),
            "status": 0 if lost else response.status,
            "response": None if lost else _json(getattr(response, "body", None)),
            "at": at,
            "executed": request.get(EXECUTED, False),
        }
    )
    return response


def _json(body: Any) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, TypeError):
        return None
