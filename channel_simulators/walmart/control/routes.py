"""The control API, `/_control/…`: JSON in and out, no credentials. Errors are `{"error": "a sentence"}`."""

import json
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from channel_simulators.walmart import shapes, utilities
from channel_simulators.walmart.control import facts, placing
from channel_simulators.walmart.control.actions import ACTIONS
from channel_simulators.walmart.gateway.faults import Fault
from channel_simulators.walmart.gateway.scopes import LEVELS
from channel_simulators.walmart.state import SCOPES, Account, Order, iso
from channel_simulators.walmart.world import DEFAULT_ACCOUNT, WORLD, World

ROUTES = web.RouteTableDef()
JSON = dict[str, Any]


@web.middleware
async def sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What cannot be done is answered 400 with the reason. Only the control API raises these."""
    if not request.path.startswith("/_control/"):
        return await handler(request)
    try:
        return await handler(request)
    except KeyError as error:
        raise _refuse(400, f"{error} is missing.") from error
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _refuse(400, str(error)) from error


def _refuse(status: int, sentence: str) -> web.HTTPException:
    kinds = {400: web.HTTPBadRequest, 404: web.HTTPNotFound, 409: web.HTTPConflict}
    return kinds[status](text=json.dumps({"error": sentence}), content_type="application/json")


async def _asked(request: web.Request) -> JSON:
    body = await request.json() if request.can_read_body else {}
    if not isinstance(body, dict):
        raise _refuse(400, "A JSON object is expected.")
    return body


def _account(world: World, client_id: object) -> Account:
    account = world.account(str(client_id or DEFAULT_ACCOUNT.client_id))
    if account is None:
        raise _refuse(404, f"No account {client_id}.")
    return account


def _order(request: web.Request) -> Order:
    order = request.app[WORLD].state.orders.get(request.match_info["po"])
    if order is None:
        raise _refuse(404, f"No order {request.match_info['po']}.")
    return order


@ROUTES.get("/_control/state")
async def state(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.catch_up()
    return web.json_response(facts.state(world.state))


@ROUTES.post("/_control/accounts")
async def add_account(request: web.Request) -> web.Response:
    world, asked = request.app[WORLD], await _asked(request)
    if world.account(asked["client_id"]):
        raise _refuse(409, f"The account {asked['client_id']} exists already.")
    count = len(world.state.accounts)
    partner_id = asked.get("partner_id") or str(int(DEFAULT_ACCOUNT.partner_id) + count)
    seller_id = str(int(DEFAULT_ACCOUNT.seller_id) + count)
    account = Account(
        client_id=asked["client_id"], client_secret=asked["client_secret"], partner_id=partner_id, seller_id=seller_id
    )
    world.state.accounts.append(account)
    world.changed()
    return web.json_response({"partner_id": partner_id, "seller_id": seller_id})


@ROUTES.post("/_control/scopes")
async def set_scopes(request: web.Request) -> web.Response:
    world, asked = request.app[WORLD], await _asked(request)
    account, given = _account(world, asked.get("account")), asked["scopes"]
    if unknown := given.keys() - SCOPES.keys() or set(given.values()) - {*LEVELS}:
        raise ValueError(f"Unknown: {', '.join(sorted(unknown))}.")
    account.scopes |= given
    world.changed()
    return web.json_response(account.scopes)


@ROUTES.post("/_control/api-status")
async def set_api_status(request: web.Request) -> web.Response:
    world, asked = request.app[WORLD], await _asked(request)
    if asked["group"] not in utilities.GROUPS or asked["status"] not in utilities.STATUSES:
        raise ValueError(f"One of {', '.join(utilities.GROUPS)} and one of {', '.join(utilities.STATUSES)}.")
    world.state.api_statuses[asked["group"]] = asked["status"]
    world.changed()
    return web.json_response({})


@ROUTES.get("/_control/shapes")
async def list_shapes(_request: web.Request) -> web.Response:
    return web.json_response(shapes.names())


@ROUTES.post("/_control/shapes")
async def place_shape(request: web.Request) -> web.Response:
    asked = await _asked(request)
    catalogue = [(sku, name, Decimal(str(price))) for sku, name, price in asked["catalogue"]]
    spec = shapes.spec(asked["shape"], catalogue)
    return _placed(request, spec | {"account": asked.get("account")})


@ROUTES.post("/_control/orders")
async def place_order(request: web.Request) -> web.Response:
    return _placed(request, await _asked(request))


def _placed(request: web.Request, spec: JSON) -> web.Response:
    world = request.app[WORLD]
    order = placing.place(world, _account(world, spec.get("account")), spec)
    return web.json_response({"purchase_order_id": order.purchase_order_id})


@ROUTES.get("/_control/orders")
async def list_orders(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.catch_up()
    return web.json_response([facts.order(order) for order in world.state.orders.values()])


@ROUTES.get("/_control/orders/{po}")
async def show_order(request: web.Request) -> web.Response:
    request.app[WORLD].catch_up()
    return web.json_response(facts.order(_order(request)))


@ROUTES.post("/_control/orders/{po}/{action}")
async def act(request: web.Request) -> web.Response:
    world, order, asked = request.app[WORLD], _order(request), await _asked(request)
    action = ACTIONS.get(request.match_info["action"])
    if action is None:
        raise _refuse(404, f"One of {', '.join(ACTIONS)} is expected.")
    action(world, order, asked)
    world.changed()
    return web.json_response(facts.order(order))


@ROUTES.get("/_control/clock")
async def clock(request: web.Request) -> web.Response:
    return _now(request.app[WORLD])


def _now(world: World) -> web.Response:
    return web.json_response({"now": iso(world.now())})


@ROUTES.post("/_control/clock")
async def advance_clock(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.advance_clock(float((await _asked(request))["seconds"]))
    world.catch_up()
    return _now(world)


@ROUTES.get("/_control/options")
async def options(request: web.Request) -> web.Response:
    return web.json_response(asdict(request.app[WORLD].state.options))


@ROUTES.post("/_control/options")
async def set_options(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.state.options = replace(world.state.options, **await _asked(request))
    world.look_again()
    world.changed()
    return web.json_response(asdict(world.state.options))


@ROUTES.delete("/_control/tokens")
async def expire_tokens(request: web.Request) -> web.Response:
    request.app[WORLD].tokens.revoke_all()
    return web.json_response({})


@ROUTES.get("/_control/requests")
async def requests(request: web.Request) -> web.Response:
    return web.json_response(list(request.app[WORLD].recording.exchanges))


@ROUTES.delete("/_control/requests")
async def clear_requests(request: web.Request) -> web.Response:
    request.app[WORLD].recording.exchanges.clear()
    return web.json_response({})


@ROUTES.get("/_control/faults")
async def faults(request: web.Request) -> web.Response:
    return web.json_response(request.app[WORLD].faults.listed())


@ROUTES.post("/_control/faults")
async def add_fault(request: web.Request) -> web.Response:
    request.app[WORLD].faults.add(Fault(**await _asked(request)))
    return web.json_response({})


@ROUTES.delete("/_control/faults")
async def clear_faults(request: web.Request) -> web.Response:
    request.app[WORLD].faults.clear()
    return web.json_response({})
