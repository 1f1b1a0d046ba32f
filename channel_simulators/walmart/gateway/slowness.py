"""Answers that come late, a little at a time, or never seem to end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from channel_simulators.walmart.gateway.faults import Fault
from channel_simulators.walmart.gateway.recording import LOST

Late = Callable[[web.Request, web.Response, Fault], Awaitable[web.StreamResponse]]
PIECES = 20
USUAL_SIZE = 64 * 1024 * 1024
SPACES = b" " * 65536


async def late(_request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
    await asyncio.sleep(fault.delay or 0)
    return response


async def dribble_headers(request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
    """The status line and the headers arrive in pieces during `delay`, then the connection ends."""
    transport = request.transport
    body = response.body if isinstance(response.body, bytes) else b""
    lines = [f"HTTP/1.1 {response.status} {response.reason or ''}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in response.headers.items() if name.lower() != "content-length"]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode()
    for piece, pause in [*_pieces(head, fault.delay), (body, 0.0)]:
        if transport is None or transport.is_closing():
            request[LOST] = True
            return response
        await asyncio.sleep(pause)
        transport.write(piece)
    if transport is not None:
        transport.close()
    return response


async def dribble_body(request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
    """The headers arrive at once, the body in pieces during `delay`."""
    body = response.body if isinstance(response.body, bytes) else b""
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = len(body)
    return await _send(request, stream, _pieces(body, fault.delay))


async def gigantic(request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
    """The answer itself with blanks behind it, `size` bytes in all: valid JSON that nobody should read whole."""
    body = response.body if isinstance(response.body, bytes) else b""
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = None
    stream.headers.popall("Content-Length", None)
    blanks = max(0, (fault.size or USUAL_SIZE) - len(body))
    whole, rest = divmod(blanks, len(SPACES))
    return await _send(request, stream, [(body, 0.0), *[(SPACES, 0.0)] * whole, (SPACES[:rest], 0.0)])


async def _send(
    request: web.Request, stream: web.StreamResponse, pieces: list[tuple[bytes, float]]
) -> web.StreamResponse:
    """A caller who has seen enough may hang up; then the answer counts as lost."""
    try:
        await stream.prepare(request)
        for piece, pause in pieces:
            await asyncio.sleep(pause)
            await stream.write(piece)
        await stream.write_eof()
    except ConnectionError:
        request[LOST] = True
    return stream


def _pieces(whole: bytes, seconds: float | None) -> list[tuple[bytes, float]]:
    """With the pause before each."""
    size = max(1, -(-len(whole) // PIECES))
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    return [(piece, (seconds or 0) / len(pieces)) for piece in pieces]


KINDS: Mapping[str, Late] = {
    "slow": late,
    "dribble_headers": dribble_headers,
    "dribble_body": dribble_body,
    "gigantic": gigantic,
}
"""By kind of fault."""
