"""Access tokens: kept per account, fetched by one caller for all, renewed before they expire (walmart-api §1.2)."""

import asyncio
import base64
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp

from channel_manager.connectors.walmart.errors import READ, SIDE, not_data, token_error
from channel_manager.shared.decoding import decoded
from channel_manager.shared.http import USER_AGENT, Answer, Request, send

RENEWED_BEFORE = 60.0
TOKEN_SECONDS = 20.0
LARGEST_TOKEN = 1024 * 1024
LIFE = 900.0
"""Walmart's own (walmart-api §1.2), for an answer that says nothing usable."""
LONGEST_LIFE = 86_400.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who calls and where. Two accounts are the same only if their secrets are."""

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    channel_type: str = ""
    service_name: str = "Walmart Marketplace"

    def headers(self) -> dict[str, str]:
        """What every call carries; the correlation id is new each time (walmart-api §1.3)."""
        headers = {
            "WM_QOS.CORRELATION_ID": str(uuid.uuid4()),
            "WM_SVC.NAME": self.service_name,
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
        if self.channel_type:
            headers["WM_CONSUMER.CHANNEL.TYPE"] = self.channel_type
        return headers

    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Token:
    """`seconds` it is valid for, from when it was asked for."""

    value: str = field(repr=False)
    seconds: float


Fetch = Callable[[Account], Awaitable[Token]]


class TokenCache:
    """Tokens of all accounts of this process. Concurrent callers of one event loop share one request."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Account, tuple[str, float]] = {}
        self._flights: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Account, asyncio.Task[str]]]
        self._flights = WeakKeyDictionary()

    async def token(self, account: Account, fetch: Fetch) -> str:
        value, renew_at = self._kept.get(account, ("", 0.0))
        if value and self._clock() < renew_at:
            return value
        return await self.renew(account, fetch)

    async def renew(self, account: Account, fetch: Fetch) -> str:
        """A fresh token, or the one that is being fetched already. A failure reaches every caller that waits."""
        flights = self._flights.setdefault(asyncio.get_running_loop(), {})
        flight = flights.get(account)
        if flight is None:
            flight = flights[account] = asyncio.create_task(self._fetch(account, fetch))
            flight.add_done_callback(lambda done: _land(done, flights, account))
        return await asyncio.shield(flight)

    def discard(self, account: Account, value: str) -> None:
        """Forget a refused token, unless somebody has renewed it meanwhile."""
        if self._kept.get(account, ("", 0.0))[0] == value:
            del self._kept[account]

    async def _fetch(self, account: Account, fetch: Fetch) -> str:
        asked = self._clock()
        token = await fetch(account)
        margin = min(RENEWED_BEFORE, token.seconds / 2)
        self._kept[account] = (token.value, asked + token.seconds - margin)
        return token.value


def _land(done: asyncio.Task[str], flights: dict[Account, asyncio.Task[str]], account: Account) -> None:
    """The failure counts as seen even if every caller has been cancelled meanwhile."""
    del flights[account]
    if not done.cancelled():
        done.exception()


async def fetch_token(session: aiohttp.ClientSession, account: Account) -> Token:
    """Raises Misconfigured for refused credentials, else Unavailable."""
    headers = account.headers() | {
        "Authorization": account.basic(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = await send(
        session,
        Request(
            side=SIDE,
            method="POST",
            url=f"{account.base_url}/v3/token",
            headers=headers,
            body=b"grant_type=client_credentials",
            writes=False,
            seconds=TOKEN_SECONDS,
            largest=LARGEST_TOKEN,
        ),
    )
    return token_in(answer, now=datetime.now(UTC))


def token_in(answer: Answer, *, now: datetime) -> Token:
    """Raises Misconfigured for refused credentials, else Unavailable."""
    if answer.status != 200:
        raise token_error(answer, now=now)
    try:
        return _token(decoded(answer.body))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise not_data(answer, action=READ, now=now) from None


def _token(data: Any) -> Token:
    value = data["access_token"]
    if not isinstance(value, str) or not value.isprintable() or not value:
        raise ValueError("no token")
    seconds = float(data.get("expires_in") or LIFE)
    return Token(value, seconds if 1 <= seconds <= LONGEST_LIFE else LIFE)
