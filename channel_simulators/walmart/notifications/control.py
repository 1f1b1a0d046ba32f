"""The control API of notifications: see what was delivered, send events, make receivers' lives hard."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from channel_simulators.walmart.notifications.courier import COURIER
from channel_simulators.walmart.notifications.event_types import EVENT_TYPES
from channel_simulators.walmart.notifications.state import Delivery
from channel_simulators.walmart.state import iso
from channel_simulators.walmart.world import DEFAULT_ACCOUNT, WORLD, World

ROUTES = web.RouteTableDef()
PATIENCE = 8.0


@ROUTES.get("/_control/notifications/subscriptions")
async def list_subscriptions(request: web.Request) -> web.Response:
    held = request.app[WORLD].state.notifications
    return web.json_response([asdict(one) for one in held.subscriptions.values()])


@ROUTES.get("/_control/notifications/deliveries")
async def list_deliveries(request: web.Request) -> web.Response:
    request.app[WORLD].catch_up()
    return _listed(request.app[WORLD])


def _listed(world: World) -> web.Response:
    return web.json_response([_facts(one) for one in world.state.notifications.deliveries.values()])


@ROUTES.post("/_control/notifications/settling")
async def settle(request: web.Request) -> web.Response:
    """Answer when nothing is due or on its way any more."""
    request.app[WORLD].catch_up()
    try:
        async with asyncio.timeout(PATIENCE):
            await request.app[COURIER].settle()
    except TimeoutError:
        raise ValueError(f"Deliveries are still on their way after {PATIENCE:.0f} seconds.") from None
    return _listed(request.app[WORLD])


@ROUTES.post("/_control/notifications/deliveries/{id}/redelivery")
async def redeliver(request: web.Request) -> web.Response:
    delivery = request.app[WORLD].state.notifications.deliveries.get(request.match_info["id"])
    if delivery is None:
        raise ValueError(f"No delivery {request.match_info['id']}.")
    request.app[COURIER].redeliver(delivery)
    return web.json_response(_facts(delivery))


@ROUTES.post("/_control/notifications/events")
async def send_event(request: web.Request) -> web.Response:
    world, asked = request.app[WORLD], await _asked(request)
    account = world.account(str(asked.get("account") or DEFAULT_ACCOUNT.client_id))
    if account is None:
        raise ValueError(f"No account {asked['account']}.")
    if asked["event_type"] not in EVENT_TYPES or not isinstance(asked["payload"], dict):
        raise ValueError(f"An event type is expected, with its payload: one of {', '.join(EVENT_TYPES)}.")
    world.tell(account.partner_id, asked["event_type"], asked["payload"])
    return web.json_response({})


@ROUTES.get("/_control/notifications/options")
async def options(request: web.Request) -> web.Response:
    return web.json_response(asdict(request.app[WORLD].state.notifications.options))


@ROUTES.post("/_control/notifications/options")
async def set_options(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    held = world.state.notifications
    held.options = replace(held.options, **await _asked(request))
    world.changed()
    return web.json_response(asdict(held.options))


def _facts(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.delivery_id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "subscription_id": delivery.subscription_id,
        "outcome": delivery.outcome,
        "due_at": iso(delivery.due_at),
        "attempts": [{"at": iso(one.at), "status": one.status, "error": one.error} for one in delivery.attempts],
        "body": delivery.body,
    }


async def _asked(request: web.Request) -> Mapping[str, Any]:
    asked = await request.json() if request.can_read_body else {}
    if not isinstance(asked, dict):
        raise TypeError("A JSON object is expected.")
    return asked
