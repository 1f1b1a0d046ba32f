"""One signed call to the one shop: at most so many at a time, one retry with a fresh nonce on 401."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from channel_manager.connectors.adobe_commerce import errors
from channel_manager.connectors.adobe_commerce.auth import Authorization
from channel_manager.shared import http
from channel_manager.shared.errors import Ambiguous, Misconfigured
from channel_manager.shared.sentences import say

READ_SECONDS = 60.0
WRITE_SECONDS = 120.0
"""Placing, shipping, invoicing and refunding have been seen to take half a minute (commerce-api §12.3)."""

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
    ) -> None:
        self._session = session
        self._base = _root(base_url)
        self._signing = _root(signing_url) or self._base
        self._authorization = authorization
        self._places = asyncio.Semaphore(concurrency)

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        writes: bool,
        seconds: float = READ_SECONDS,
        explain: errors.Explain | None = None,
    ) -> Any:
        """The decoded answer. `path` begins with `/rest`. Raises the errors of `shared.errors`."""
        answer = await self.answer(method, path, body=body, writes=writes, seconds=seconds, explain=explain)
        try:
            return msgspec.json.decode(answer.body)  # an empty body is no answer: PHP died
        except ValueError:  # msgspec's own, or broken UTF-8 inside a string
            raise errors.unreadable(answer.status, answer.body, writes=writes) from None

    async def answer(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        writes: bool,
        seconds: float = READ_SECONDS,
        explain: errors.Explain | None = None,
    ) -> http.Answer:
        as_sent = False
        for attempt in (1, 2):
            answer = await self._send(method, path, body=body, writes=writes, seconds=seconds, as_sent=as_sent)
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

    async def _send(
        self, method: str, path: str, *, body: Any, writes: bool, seconds: float, as_sent: bool
    ) -> http.Answer:
        headers = self._headers(method, path, as_sent=as_sent, with_body=body is not None)
        request = http.Request(
            side=errors.SIDE,
            method=method,
            url=self._base + path,
            headers=headers,
            body=None if body is None else _encoder.encode(body),
            writes=writes,
            seconds=seconds,
        )
        async with self._places:
            return await http.send(self._session, request)

    def _headers(self, method: str, path: str, *, as_sent: bool, with_body: bool) -> Mapping[str, str]:
        signed = self._authorization.header(method, self._signing + path, as_sent=as_sent)
        headers = {"Authorization": signed, "Accept": "application/json"}
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
