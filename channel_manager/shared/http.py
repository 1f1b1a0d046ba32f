"""One way onto the wire: limits of time and size, what a broken connection means, a redacted record of exchanges."""

import asyncio
import io
import re
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

USER_AGENT = "ChannelManager (Adobe Commerce and Magento; Walmart Marketplace)"
"""Libraries' own names have been refused at the edge (walmart-api §1.3)."""
KEPT_BODY = 20_000
LARGEST_ANSWER = 32 * 1024 * 1024
_PIECE = 256 * 1024
_MARKED_PRIVATE = re.compile(
    r"<(?:\w+:)?(?:\w*(?:secret|password|token|credential)\w*|"
    + "|".join(sorted(redact.PERSONAL_KEYS | redact.PERSONAL_INSIDE))
    + r")\b",
    re.IGNORECASE,
)
Exchange = dict[str, Any]

_record: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`url` is sent to the letter: cursors and signed paths must not be encoded again.

    `writes` says whether a lost answer may hide something done. `side` is the platform as people call it.
    `seconds` is for everything, `connect_seconds` for a place in the pool and the connection, `silent_seconds` for each
    piece of the answer, `largest` the most bytes of it.
    """

    side: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    writes: bool
    seconds: float = 60.0
    connect_seconds: float = 10.0
    silent_seconds: float | None = None
    largest: int = LARGEST_ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`headers` may be asked for in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body. Raises ValueError: msgspec's own, or that of broken UTF-8 inside a string."""
        return msgspec.json.decode(self.body) if self.body else None

    @property
    def start(self) -> str:
        """What to show of a body that says nothing in particular: its first 2 KB, without secrets and persons."""
        shown = _readable(self.body)
        text = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode() if shown else ""
        return text[:2048]


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
    except _TooLarge:
        problem = f"The answer is larger than {_size(request.largest)}."
        _note(request, started, problem=problem)
        raise _too_large(request) from None
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
        data=_pieces(request.body),
        timeout=aiohttp.ClientTimeout(
            total=request.seconds,
            connect=request.connect_seconds,
            sock_connect=request.connect_seconds,
            sock_read=request.silent_seconds,
        ),
        allow_redirects=False,
    ) as response:
        return Answer(status=response.status, headers=response.headers, body=await _body(response, request.largest))


def _pieces(body: bytes | None) -> bytes | io.BytesIO | None:
    """A large body is written in pieces, so that others get their turn meanwhile."""
    return io.BytesIO(body) if body is not None and len(body) > _PIECE else body


async def _body(response: aiohttp.ClientResponse, largest: int) -> bytes:
    """Stops reading as soon as there is too much, whatever the answer said of its length."""
    body = bytearray()
    while piece := await response.content.read(_PIECE):
        body += piece
        if len(body) > largest:
            raise _TooLarge
    return bytes(body)


class _TooLarge(Exception):
    pass


def _size(count: int) -> str:
    return f"{count // 1024**2} MiB" if count >= 1024**2 else f"{count} bytes"


def _too_large(request: Request) -> Unavailable | Ambiguous:
    sentence = say(
        "%(side)s answered with more than %(size)s, which is not read. If it stays so, report it.",
        side=request.side,
        size=_size(request.largest),
    )
    kind = Ambiguous if request.writes else Unavailable
    return kind(sentence, side=request.side)


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
        _storable(
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
    )


def _storable(data: Any) -> Any:
    """Without what PostgreSQL cannot hold: NUL, and half characters of headers that are no UTF-8."""
    if isinstance(data, dict):
        return {_storable(key): _storable(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_storable(item) for item in data]
    return data.replace("\x00", "").encode(errors="replace").decode() if isinstance(data, str) else data


def _readable(body: bytes) -> Any:
    """What is kept of a body. Personal data is found by the names of its members, so that JSON which is broken, and
    markup that has such members, are not kept at all.
    """
    if not body:
        return None
    if len(body) > KEPT_BODY:
        return f"{len(body)} bytes, not kept"
    try:
        return redact.body(msgspec.json.decode(body))
    except (ValueError, RecursionError):
        text = body.decode(errors="replace").replace("\x00", "").strip()
    if text[:1] in ("{", "[", '"', "\ufeff") or _MARKED_PRIVATE.search(text):
        return f"{len(body)} bytes that cannot be read safely, not kept"
    return redact.text(text) if "@" in text else text
