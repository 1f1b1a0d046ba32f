"""The control API of returns, `/_control/returns…`: what buyers, carriers, Walmart and Seller Center do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from channel_simulators.walmart.returns import kinds, moves, origin
from channel_simulators.walmart.returns.control import facts, opening
from channel_simulators.walmart.returns.state import ReturnLine, ReturnOrder
from channel_simulators.walmart.world import WORLD, World

ROUTES = web.RouteTableDef()
Asked = Mapping[str, Any]
Parts = list[tuple[ReturnLine, int]]


@ROUTES.post("/_control/returns")
async def open_return(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.catch_up()
    return web.json_response(facts.return_order(world, opening.open_return(world, await _asked(request))))


@ROUTES.get("/_control/returns")
async def list_returns(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.catch_up()
    return web.json_response([facts.return_order(world, rma) for rma in world.state.returns.orders.values()])


@ROUTES.get("/_control/returns/options")
async def options(request: web.Request) -> web.Response:
    return web.json_response(asdict(request.app[WORLD].state.returns.options))


@ROUTES.post("/_control/returns/options")
async def set_options(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    held = world.state.returns
    held.options = replace(held.options, **await _asked(request))
    world.look_again()
    world.changed()
    return web.json_response(asdict(held.options))


@ROUTES.get("/_control/returns/{id}")
async def show_return(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.catch_up()
    return web.json_response(facts.return_order(world, _return_order(request)))


@ROUTES.post("/_control/returns/{id}/{action}")
async def act(request: web.Request) -> web.Response:
    world, rma, asked = request.app[WORLD], _return_order(request), await _asked(request)
    world.catch_up()
    action = ACTIONS.get(request.match_info["action"])
    if action is None:
        raise ValueError(f"One of {', '.join(ACTIONS)} is expected.")
    action(world, rma, asked)
    world.catch_up()
    return web.json_response(facts.return_order(world, rma))


def _ship(world: World, rma: ReturnOrder, asked: Asked) -> None:
    parts = _parts(rma, asked, lambda line: line.quantity - line.cancelled - line.shipped, "to ship")
    moves.ship(world, rma, _travelling(parts), world.now())


def _deliver(world: World, rma: ReturnOrder, asked: Asked) -> None:
    parts = _parts(rma, asked, lambda line: line.quantity - line.cancelled - line.delivered, "to deliver")
    moves.deliver(world, rma, _travelling(parts), world.now())


def _cancel(world: World, rma: ReturnOrder, asked: Asked) -> None:
    if not any(line.open for line in rma.lines):
        raise ValueError("Nothing is left to cancel.")
    moves.cancel(world, rma, str(asked.get("reason") or "Return window expired"), world.now())


def _refund(world: World, rma: ReturnOrder, asked: Asked) -> None:
    """As a person does in Seller Center, or as another channel does."""
    parts = _parts(rma, asked, lambda line: origin.refundable(world, line), "to refund")
    channel = str(asked.get("channel") or kinds.BY_HAND)
    by = "seller" if channel.startswith("SELLER_") else "walmart"
    moves.refund(world, rma, parts, channel=channel, by=by, at=world.now())


ACTIONS: dict[str, Callable[[World, ReturnOrder, Asked], None]] = {
    "shipment": _ship,
    "delivery": _deliver,
    "cancellation": _cancel,
    "refund": _refund,
}
"""By the last part of the control API's path."""


def _travelling(parts: Parts) -> Parts:
    if any(not line.expected for line, _ in parts):
        raise ValueError("The buyer keeps the goods: nothing travels.")
    return parts


def _parts(rma: ReturnOrder, asked: Asked, left: Callable[[ReturnLine], int], purpose: str) -> Parts:
    """The (return line, quantity) pairs asked for, or all that is left."""
    given: Sequence[Sequence[int]] | None = asked.get("lines")
    if given is None:
        parts = [(line, left(line)) for line in rma.lines if left(line)]
    else:
        parts = [(_line(rma, number), int(quantity)) for number, quantity in given]
    for line, quantity in parts:
        if not 1 <= quantity <= left(line):
            raise ValueError(f"Return line {line.number} has {left(line)} {purpose}, not {quantity}.")
    if not parts:
        raise ValueError(f"Nothing is left {purpose}.")
    return parts


def _line(rma: ReturnOrder, number: int) -> ReturnLine:
    line = rma.line(int(number))
    if line is None:
        raise ValueError(f"The return {rma.return_order_id} has no line {number}.")
    return line


def _return_order(request: web.Request) -> ReturnOrder:
    rma = request.app[WORLD].state.returns.orders.get(request.match_info["id"])
    if rma is None:
        raise ValueError(f"No return {request.match_info['id']}.")
    return rma


async def _asked(request: web.Request) -> Asked:
    asked = await request.json() if request.can_read_body else {}
    if not isinstance(asked, dict):
        raise TypeError("A JSON object is expected.")
    return asked
