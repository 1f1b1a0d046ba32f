"""The application: routes of the API, its middlewares, the control API and the page."""

import json
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from channel_simulators.walmart import page, settings, utilities
from channel_simulators.walmart.catalog import routes as catalog
from channel_simulators.walmart.catalog import snapshots
from channel_simulators.walmart.control import routes as control
from channel_simulators.walmart.feeds import control as feeds_control
from channel_simulators.walmart.feeds import handlers as feeds
from channel_simulators.walmart.feeds.intake import content_of
from channel_simulators.walmart.gateway import auth
from channel_simulators.walmart.gateway.gate import gate
from channel_simulators.walmart.gateway.mishaps import mishaps
from channel_simulators.walmart.gateway.recording import EXECUTED, FAULT, LOST
from channel_simulators.walmart.notifications import control as notifications_control
from channel_simulators.walmart.notifications import courier
from channel_simulators.walmart.notifications import handlers as notifications
from channel_simulators.walmart.orders import handlers as orders
from channel_simulators.walmart.orders.listing import pages
from channel_simulators.walmart.returns import handlers as returns
from channel_simulators.walmart.returns.control import routes as returns_control
from channel_simulators.walmart.state import iso
from channel_simulators.walmart.world import WORLD, World

UNLIMITED = 0
"""The gate says what is too large, in the platform's own words."""


def create_app(world: World) -> web.Application:
    app = web.Application(middlewares=[record, mishaps, gate, control.sentences], client_max_size=UNLIMITED)
    app[WORLD] = world
    returns.attach(app, world)
    courier.attach(app)
    snapshots.attach(app)
    feeds.attach(world)
    app.add_routes(
        [
            web.post("/v3/token", auth.token),
            web.get("/v3/token/detail", auth.detail),
            web.get("/v3/orders", pages.search_all),
            web.get("/v3/orders/released", pages.search_released),
            web.get("/v3/orders/{po}", orders.read),
            web.post("/v3/orders/{po}/acknowledge", orders.acknowledge),
            web.post("/v3/orders/{po}/shipping", orders.ship),
            web.post("/v3/orders/{po}/cancel", orders.cancel),
            web.post("/v3/orders/{po}/refund", orders.refund),
            web.get("/v3/utilities/apiStatus", utilities.api_status),
            web.get("/v3/settings/partnerprofile", settings.partner_profile),
            web.get("/v3/settings/shipping/shipnodes", settings.ship_nodes),
            web.get("/v3/settings/shipping/carriers", settings.carriers),
            web.get("/", page.show),
            *returns.ROUTES,
            *catalog.ROUTES,
            *feeds.ROUTES,
            *feeds_control.ROUTES,
            *returns_control.ROUTES,
            *notifications.ROUTES,
            *notifications_control.ROUTES,
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
            "request": _json(content_of(request.headers.get("Content-Type", ""), body)),
            "status": 0 if lost else response.status,
            "response": None if lost else _json(getattr(response, "body", None)),
            "at": at,
            "executed": request.get(EXECUTED, False),
            "fault": request.get(FAULT),
        }
    )
    return response


def _json(body: Any) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, TypeError, RecursionError):
        return None
