"""The six calls of the subscription API (walmart-api §6.1)."""

from typing import Any

from aiohttp import web

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.notifications import event_types, post, subscribing
from channel_simulators.walmart.notifications.state import Notifications, Subscription
from channel_simulators.walmart.notifications.subscribing import SERVICE
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
FILTERS = ("subscriptionId", "eventType", "resourceName", "status")
CREATED = ("subscriptionId", "partnerId", "eventType", "eventVersion", "resourceName", "status")
"""What the answer to a new subscription repeats: neither address nor secrets."""


@ROUTES.get("/v3/webhooks/eventTypes")
async def list_event_types(request: web.Request) -> web.Response:
    return answer(request, {"events": event_types.listed(_held(request).options)})


@ROUTES.post("/v3/webhooks/subscriptions")
async def subscribe(request: web.Request) -> web.Response:
    """All or none. Nothing keeps a seller from subscribing twice to the same."""
    body = json_body(await request.read(), request.content_type)
    held, partner_id = _held(request), request[ACCOUNT].partner_id
    given = body.get("events")
    if not isinstance(given, list) or not given:
        raise subscribing.refused("events", "events is missing or invalid")
    if any(isinstance(one, dict) and not one.get("status") for one in given):
        raise subscribing.refused("status", "status is missing or invalid")
    made = [subscribing.subscription(one, partner_id, held.options) for one in given]
    held.subscriptions |= {one.subscription_id: one for one in made}
    request.app[WORLD].changed()
    shown = [subscribing.shown(one) for one in made]
    return answer(request, {"events": [{name: one[name] for name in CREATED} for one in shown]})


@ROUTES.get("/v3/webhooks/subscriptions")
async def list_subscriptions(request: web.Request) -> web.Response:
    """No match is an empty list here, not 404."""
    wanted = {name: request.query[name] for name in FILTERS if request.query.get(name)}
    partner_id = request[ACCOUNT].partner_id
    mine = [subscribing.shown(one) for one in _held(request).subscriptions.values() if one.partner_id == partner_id]
    found = [one for one in mine if all(one[name] == value for name, value in wanted.items())]
    return answer(request, {"events": found})


@ROUTES.patch("/v3/webhooks/subscriptions/{id}")
async def change_subscription(request: web.Request) -> web.Response:
    body = json_body(await request.read(), request.content_type)
    subscription = _subscription(request)
    subscribing.change(subscription, body, _held(request).options)
    request.app[WORLD].changed()
    return answer(request, subscribing.shown(subscription))


@ROUTES.delete("/v3/webhooks/subscriptions/{id}")
async def unsubscribe(request: web.Request) -> web.Response:
    subscription_id = _subscription(request).subscription_id
    del _held(request).subscriptions[subscription_id]
    request.app[WORLD].changed()
    return answer(request, {"subscriptionId": subscription_id, "message": "Successfully deleted subscription"})


@ROUTES.post("/v3/webhooks/test")
async def test(request: web.Request) -> web.Response:
    """Send a sample at once and answer with its outcome, within the timeout of deliveries."""
    body = json_body(await request.read(), request.content_type)
    held, partner_id, now = _held(request), request[ACCOUNT].partner_id, request.app[WORLD].now()
    to = subscribing.subscription(body, partner_id, held.options)
    _, event = post.envelope(to.event_type, event_types.sample(to.event_type, partner_id), now)
    async with post.session() as session:
        made = await post.attempt(session, to, event, held.options, at=now)
    if not post.succeeded(made):
        raise subscribing.refused("eventUrl", f"Eventurl validation failed: {made.error or made.status}")
    return answer(request, {"message": "Eventurl successfully validated"})


def _held(request: web.Request) -> Notifications:
    return request.app[WORLD].state.notifications


def _subscription(request: web.Request) -> Subscription:
    found = _held(request).subscriptions.get(request.match_info["id"])
    if found is None or found.partner_id != request[ACCOUNT].partner_id:
        error: dict[str, Any] = errors.item(f"CONTENT_NOT_FOUND.{SERVICE}", "subscriptionId", "Subscription not found")
        raise errors.resource(error, status=404)
    return found
