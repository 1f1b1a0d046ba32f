"""`GET /v3/utilities/apiStatus`: how the groups of the API are, as Walmart sees it."""

from typing import Any

from aiohttp import web

from channel_simulators.walmart.gateway.answers import answer
from channel_simulators.walmart.state import iso
from channel_simulators.walmart.world import WORLD

GROUPS = (
    "Returns",
    "Items",
    "Sandbox",
    "Lagtime",
    "Promos",
    "Orders",
    "Authentication",
    "Price",
    "Refunds",
    "Authorization",
    "Inventory",
)
STATUSES = ("OPERATIONAL", "SERVICE_DEGRADATION", "SERVICE_OUTAGE", "UNKNOWN")


async def api_status(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    at = iso(world.now())
    statuses: list[dict[str, Any]] = [
        {
            "apiGroup": group,
            "status": world.state.api_statuses.get(group, STATUSES[0]),
            "lastUpdatedTime": at,
        }
        for group in GROUPS
    ]
    return answer(request, {"apiStatuses": statuses}, root="apiStatus")
