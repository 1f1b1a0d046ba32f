"""The middleware that lets the faults happen."""

import asyncio
import socket
import struct

from aiohttp import web
from aiohttp.typedefs import Handler

from channel_simulators.walmart.gateway.answers import edge_page, refuse
from channel_simulators.walmart.gateway.errors import gateway, server_error, unauthorized
from channel_simulators.walmart.gateway.faults import Fault
from channel_simulators.walmart.gateway.recording import LOST
from channel_simulators.walmart.world import WORLD, World

EDGE_STATUSES = (503, 520)
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@web.middleware
async def mishaps(request: web.Request, handler: Handler) -> web.StreamResponse:
    world = request.app[WORLD]
    fault = world.faults.take(request.method, request.path) if request.path.startswith("/v3/") else None
    if fault is None:
        return await handler(request)
    if fault.kind in ("status_before", "expired_token", "html"):
        return _instead(request, fault, world)
    if fault.kind == "reset":
        return _hang_up(request, reset=True)
    response = await handler(request)
    return await _afterwards(request, response, fault, world)


def _instead(request: web.Request, fault: Fault, world: World) -> web.StreamResponse:
    if fault.kind == "html":
        return edge_page(fault.status or 403)
    if fault.kind == "expired_token":
        world.tokens.revoke(request.headers.get("WM_SEC.ACCESS_TOKEN", ""))
        return refuse(request, unauthorized())
    return _failure(request, fault, world)


async def _afterwards(
    request: web.Request, response: web.StreamResponse, fault: Fault, world: World
) -> web.StreamResponse:
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay or 0)
        return response
    if fault.kind == "lost_reply":
        return _hang_up(request, reset=False)
    return _failure(request, fault, world)


def _failure(request: web.Request, fault: Fault, world: World) -> web.StreamResponse:
    status = fault.status or 500
    if status in EDGE_STATUSES:
        return edge_page(status)
    if status != 429:
        return refuse(request, server_error(status))
    at = world.now() + round((fault.retry_after if fault.retry_after is not None else 1) * 1000)
    headers = world.limits.headers(0, at, world.state.options)
    throttled = gateway(429, "REQUEST_THRESHOLD_VIOLATED", "Request threshold violated", headers=headers)
    return refuse(request, throttled)


def _hang_up(request: web.Request, *, reset: bool) -> web.StreamResponse:
    request[LOST] = True
    transport = request.transport
    if transport is not None:
        if reset:
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()
    return web.Response(status=500)
