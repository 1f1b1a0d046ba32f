"""One way onto the wire: time limits, what a broken connection means, and a redacted record of every exchange."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from channel_manager.shared import redact
from channel_manager.shared.errors import Ambiguous, Unavailable
from channel_manager.shared.sentences import say

KEPT_BODY = 20_000
LARGEST_ANSWER = 32 * 1024 * 1024
Exchange = dict[str, Any]

_record: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`url` is sent to the letter: cursors and signed paths must not be encoded again.

    `writes` says whether a lost answer may hide something done. `side` is the platform as people call it.
    """

    side: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    writes: bool
    seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body. Raises ValueError: msgspec's own, or that of broken UTF-8 inside a string."""
        return msgspec.json.decode(self.body) if self.body else None

    @property
    def start(self) -> str:
        return self.body[:2048].decode(errors="replace")


@contextmanager
def recording() -> Iterator[list[Exchange]]:
    """Collects what is exchanged inside the block, redacted, in this task and the tasks it starts."""
    exchanges: list[Exchange] = []
    token = _record.set(exchanges)
    try:
        yield exchanges
    finally:
        _record.reset(token)


async def send(session: aiohttp.ClientSession, request: Request) -> Answer:
    """Exchange one request. Raises Unavailable, or Ambiguous when a write may have been executed.

    Any HTTP status is an answer; what it means is the connector's knowledge.
    """
    started = time.monotonic()
    try:
        answer = await _exchange(session, request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        _note(request, started, problem=str(error))
        raise Unavailable(
            say("%(side)s cannot be reached: %(reason)s", side=request.side, reason=error), side=request.side
        ) from error
    except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
        problem = str(error) or type(error).__name__
        _note(request, started, problem=problem)
        raise _lost(request, problem) from error
    _note(request, started, answer=answer)
    return answer


async def _exchange(session: aiohttp.ClientSession, request: Request) -> Answer:
    async with session.request(
        request.method,
        URL(request.url, encoded=True),
        headers=request.headers,
        data=request.body,
        timeout=aiohttp.ClientTimeout(total=request.seconds, connect=10),
        allow_redirects=False,
    ) as response:
        body = await response.content.read(LARGEST_ANSWER)
        while not response.content.at_eof():
            body += await response.content.read(LARGEST_ANSWER)
            if len(body) > LARGEST_ANSWER:
                raise aiohttp.ClientPayloadError("The answer is larger than 32 MiB.")
        return Answer(status=response.status, headers=response.headers, body=body)


def _lost(request: Request, problem: str) -> Unavailable | Ambiguous:
    sentence = say("%(side)s did not answer: %(reason)s", side=request.side, reason=problem)
    if request.writes:
        return Ambiguous(sentence, side=request.side, said=problem)
    return Unavailable(sentence, side=request.side, said=problem)


def _note(request: Request, started: float, *, answer: Answer | None = None, problem: str = "") -> None:
    record = _record.get()
    if record is None:
        return
    record.append(
        {
            "side": request.side,
            "method": request.method,
            "url": redact.text(request.url),
            "request_headers": redact.headers(request.headers),
            "request": _readable(request.body or b""),
            "status": answer.status if answer else None,
            "response_headers": redact.headers(answer.headers) if answer else {},
            "response": _readable(answer.body) if answer else None,
            "problem": redact.text(problem),
            "milliseconds": round((time.monotonic() - started) * 1000),
        }
    )


def _readable(body: bytes) -> Any:
    if not body:
        return None
    if len(body) > KEPT_BODY:
        return f"{len(body)} bytes, not kept"
    try:
        return redact.body(msgspec.json.decode(body))
    except ValueError:
        return redact.text(body.decode(errors="replace"))
