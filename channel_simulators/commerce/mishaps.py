"""What a fault makes of an answer, and how an answer is sent, whole or broken."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from channel_simulators.commerce.faults import UNANSWERED, Fault, Kind

_HTML = "<!doctype html><title>503 Service Unavailable</title><h1>Service Temporarily Unavailable</h1>"
_PROXY = "<!doctype html><title>One moment, please</title><p>Please wait while your request is being verified.</p>"
_PHP = "Error: Call to a member function getId() on null in /var/www/html/vendor/magento/framework/App.php:41"
_WARNING = "<br />\n<b>Warning</b>:  Undefined array key 0 in <b>/var/www/html/app/code/Hook.php</b> on line <b>7</b>\n"
_ELSEWHERE = "https://login.example.com/sign-in"
_PIECE = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: Any
    content_type: str = "application/json"
    executed: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def bytes(self) -> bytes:
        if isinstance(self.body, str) and self.content_type != "application/json":
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False).encode()


def maintenance() -> Answer:
    """No Retry-After (observed §5)."""
    return Answer(status=503, body=_HTML, content_type="text/html")


def instead(fault: Fault) -> Answer:
    """The answer to a call that is not executed."""
    if fault.kind is Kind.HTML:
        return maintenance()
    if fault.kind is Kind.HTML_OK:
        return Answer(status=200, body=_PROXY, content_type="text/html")
    if fault.kind is Kind.REDIRECT:
        return Answer(status=302, body="", content_type="text/html", headers={"Location": _ELSEWHERE})
    if fault.kind is Kind.PHP_ERROR:
        return Answer(status=500, body=_PHP, content_type="text/plain")
    return _error(fault, executed=False)


def _error(fault: Fault, *, executed: bool) -> Answer:
    body = {"message": f"An error occurred on the way ({fault.status})."} if fault.body is None else fault.body
    kind = "text/html" if isinstance(body, str) else "application/json"
    return Answer(status=fault.status, body=body, content_type=kind, executed=executed)


def afterwards(fault: Fault, done: Answer) -> Answer:
    """The answer to a call that was executed."""
    if fault.kind in (Kind.STATUS_AFTER, Kind.LOST_REPLY):
        return _error(fault, executed=done.executed)
    if fault.kind is Kind.EMPTY:
        return replace(done, body="", content_type="text/plain")
    if fault.kind is Kind.NOISE:
        return replace(done, body=_WARNING + done.bytes().decode(), content_type="text/plain")
    return done


async def send(
    request: web.Request, answer: Answer, fault: Fault | None, headers: dict[str, str]
) -> web.StreamResponse:
    whole = answer.bytes()
    kind = fault.kind if fault is not None else None
    headers = {**headers, **answer.headers, **(fault.headers if fault is not None else {})}
    content_type = "text/html" if kind is Kind.WRONG_TYPE else answer.content_type
    if kind in UNANSWERED:
        _abort(request)
    if fault is not None and kind in (Kind.CUT, Kind.DRIP, Kind.HUGE):
        response = web.StreamResponse(status=answer.status, headers=headers)
        response.content_type = content_type
        return await _stream(request, response, whole, fault)
    if kind is Kind.TRUNCATED:
        whole = whole[: len(whole) // 2]
    return web.Response(status=answer.status, body=whole, content_type=content_type, charset="utf-8", headers=headers)


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _stream(request: web.Request, response: web.StreamResponse, whole: bytes, fault: Fault) -> web.StreamResponse:
    if fault.kind is Kind.CUT:
        response.content_length = len(whole) + 1
    await response.prepare(request)
    try:
        if fault.kind is Kind.DRIP:
            for byte in whole:
                await asyncio.sleep(fault.delay)
                await response.write(bytes([byte]))
        else:
            await response.write(whole)
        if fault.kind is Kind.HUGE:
            for _ in range(fault.size // _PIECE):
                await response.write(b" " * _PIECE)
        if fault.kind is Kind.CUT:
            _abort(request)
    except ConnectionError:
        pass  # the caller had enough
    return response
