"""The middleware that lets the faults happen."""

import socket
import struct

from aiohttp import web
from aiohttp.typedefs import Handler

from channel_simulators.walmart.gateway import shapes, slowness
from channel_simulators.walmart.gateway.answers import edge_page, refuse
from channel_simulators.walmart.gateway.errors import gateway, server_error, unauthorized
from channel_simulators.walmart.gateway.faults import BEFORE, Fault
from channel_simulators.walmart.gateway.partial import partial
from channel_simulators.walmart.gateway.recording import FAULT, LOST
from channel_simulators.walmart.world import WORLD, World

EDGE_STATUSES = (503, 520)
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@web.middleware
async def mishaps(request: web.Request, handler: Handler) -> web.StreamResponse:
    world = request.app[WORLD]
    fault = world.faults.take(request.method, request.path) if request.path.startswith("/v3/") else None
    if fault is None:
        return await handler(request)
    request[FAULT] = fault.kind
    if fault.kind in BEFORE:
        return _instead(request, fault, world)
    response = await handler(request)
    assert isinstance(response, web.Response)
    return await _afterwards(request, response, fault, world)


def _instead(request: web.Request, fault: Fault, world: World) -> web.StreamResponse:
    if fault.kind == "reset":
        return _hang_up(request, reset=True)
    if fault.kind == "html":
        return edge_page(fault.status or 403)
    if fault.kind == "expired_token":
        world.tokens.revoke(request.headers.get("WM_SEC.ACCESS_TOKEN", ""))
        return refuse(request, unauthorized())
    return _failure(request, fault, world)


async def _afterwards(request: web.Request, response: web.Response, fault: Fault, world: World) -> web.StreamResponse:
    if fault.kind in slowness.KINDS:
        return await slowness.KINDS[fault.kind](request, response, fault)
    if fault.kind == "lost_reply":
        return _hang_up(request, reset=False)
    if fault.kind == "partial":
        return partial(response, fault)
    if fault.kind == "content_type":
        response.headers["Content-Type"] = fault.content_type or "text/plain"
        return response
    return _spoilt(response, fault) or _failure(request, fault, world)


def _spoilt(response: web.Response, fault: Fault) -> web.Response | None:
    """The call's own answer, cut off in the middle."""
    body = response.body
    if fault.shape != "truncated_json" or fault.status is not None or not isinstance(body, bytes):
        return None
    return web.Response(body=body[: len(body) // 2], status=response.status, content_type="application/json")


def _failure(request: web.Request, fault: Fault, world: World) -> web.StreamResponse:
    status = fault.status or 500
    headers = _throttle_headers(fault, world) if status == 429 else {}
    if fault.shape or fault.code or fault.description:
        return _shaped(fault, status, headers)
    if status in EDGE_STATUSES:
        return edge_page(status)
    if headers:
        throttled = gateway(429, "REQUEST_THRESHOLD_VIOLATED", "Request threshold violated", headers=headers)
        return refuse(request, throttled)
    return refuse(request, server_error(status))


def _shaped(fault: Fault, status: int, headers: dict[str, str]) -> web.Response:
    what = shapes.said(status, fault.code, fault.description)
    body, kind = shapes.body(fault.shape or "resource", what)
    return web.Response(body=body, status=status, headers={**headers, "Content-Type": fault.content_type or kind})


def _throttle_headers(fault: Fault, world: World) -> dict[str, str]:
    at = world.now() + round((fault.retry_after if fault.retry_after is not None else 1) * 1000)
    return world.limits.headers(0, at, world.state.options)


def _hang_up(request: web.Request, *, reset: bool) -> web.StreamResponse:
    request[LOST] = True
    transport = request.transport
    if transport is not None:
        if reset:
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()
    return web.Response(status=500)
