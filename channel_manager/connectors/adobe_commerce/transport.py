"""One signed call to the one shop: at most so many at a time, one retry with a fresh nonce on 401."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from channel_manager.connectors.adobe_commerce import errors
from channel_manager.connectors.adobe_commerce.auth import Authorization
from channel_manager.shared import http
from channel_manager.shared.decoding import decoded
from channel_manager.shared.errors import Ambiguous, Misconfigured
from channel_manager.shared.sentences import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Seconds that a call may take, and the most bytes of an answer that are read.

    Placing, shipping, invoicing and refunding have been seen to take half a minute (commerce-api §12.3); a page of 100
    full orders has about 600 KB (observed §7).
    """

    connect: float = 10.0
    read: float = 60.0
    write: float = 120.0
    largest: int = 16 * 1024 * 1024


DEFAULT_BOUNDS = Bounds()
_encoder = msgspec.json.Encoder(decimal_format="number")


class Transport:
    """`signing_url` is the address as the shop itself sees it, where a proxy stands before it (commerce-api §1.2)."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        authorization: Authorization,
        signing_url: str = "",
        concurrency: int = 4,
        bounds: Bounds = DEFAULT_BOUNDS,
    ) -> None:
        self._session = session
        self._base = _root(base_url)
        self._signing = _root(signing_url) or self._base
        self._authorization = authorization
        self._bounds = bounds
        self._places = asyncio.Semaphore(concurrency)

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        writes: bool,
        explain: errors.Explain | None = None,
    ) -> Any:
        """The decoded answer. `path` begins with `/rest`. Raises the errors of `shared.errors`."""
        answer = await self.answer(method, path, body=body, writes=writes, explain=explain)
        try:
            return decoded(answer.body)  # an empty body is no answer: PHP died
        except ValueError:
            raise errors.unreadable(answer.status, answer.body, writes=writes) from None

    async def answer(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        writes: bool,
        explain: errors.Explain | None = None,
    ) -> http.Answer:
        as_sent = False
        for attempt in (1, 2):
            answer = await self._send(method, path, body=body, writes=writes, as_sent=as_sent)
            if 200 <= answer.status < 300:
                return answer
            error = errors.translate(
                answer.status,
                answer.headers,
                answer.body,
                writes=writes,
                bearer=self._authorization.bearer,
                explain=explain,
            )
            if answer.status != 401 or attempt == 2 or isinstance(error, Ambiguous):
                raise error
            as_sent = errors.is_bad_signature(error)
        raise AssertionError("unreachable")

    async def _send(self, method: str, path: str, *, body: Any, writes: bool, as_sent: bool) -> http.Answer:
        headers = self._headers(method, path, as_sent=as_sent, with_body=body is not None)
        bounds = self._bounds
        seconds = bounds.write if writes else bounds.read
        request = http.Request(
            side=errors.SIDE,
            method=method,
            url=self._base + path,
            headers=headers,
            body=None if body is None else _encoder.encode(body),
            writes=writes,
            seconds=seconds,
            connect_seconds=bounds.connect,
            silent_seconds=seconds,
            largest=bounds.largest,
        )
        async with self._places:
            return await http.send(self._session, request)

    def _headers(self, method: str, path: str, *, as_sent: bool, with_body: bool) -> Mapping[str, str]:
        """Of one attempt: its own nonce, and its own correlation id, by which a shop's access log is searched."""
        signed = self._authorization.header(method, self._signing + path, as_sent=as_sent)
        headers = {
            "User-Agent": http.USER_AGENT,
            "Authorization": signed,
            "Accept": "application/json",
            "X-Correlation-Id": str(uuid.uuid4()),
        }
        return {**headers, "Content-Type": "application/json"} if with_body else headers


def _root(address: str) -> str:
    address = address.strip().rstrip("/").removesuffix("/rest")
    if address and not address.startswith(("http://", "https://")):
        raise Misconfigured(
            say("The address of the shop must begin with https:// or http://: %(address)s", address=address),
            side=errors.SIDE,
            field="base_url",
        )
    return address
