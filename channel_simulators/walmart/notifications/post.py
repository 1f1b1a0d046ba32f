"""One POST of one event to a seller's address."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from typing import Any

import aiohttp

from channel_simulators.walmart.notifications import signing
from channel_simulators.walmart.notifications.state import Attempt, NotificationOptions, Subscription
from channel_simulators.walmart.state import iso

USER_AGENT = "Walmart-Notifications/1.0"


def session() -> aiohttp.ClientSession:
    """Without cookies and kept connections: every delivery stands for itself."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT},
    )


def envelope(event_type: str, payload: Mapping[str, Any], now: int) -> tuple[str, str]:
    """The event's id and its body (walmart-api §6.2)."""
    event_id = str(uuid.uuid4())
    source = {"eventType": event_type, "eventTime": iso(now), "eventId": event_id}
    return event_id, json.dumps({"source": source, "payload": payload})


async def attempt(
    session: aiohttp.ClientSession, to: Subscription, body: str, options: NotificationOptions, *, at: int
) -> Attempt:
    """Never raises: whatever goes wrong is the outcome. A redirect is not followed and is no success."""
    data = body.encode()
    try:
        async with asyncio.timeout(options.timeout_seconds):
            proof = await signing.headers(session, to.auth, data, hmac_encoding=options.hmac_encoding)
            sent = {"content-type": "application/json", **{name.lower(): value for name, value in to.headers.items()}}
            async with session.post(
                to.event_url, data=data, headers={**sent, **proof}, allow_redirects=False
            ) as answer:
                return Attempt(at=at, status=answer.status)
    except TimeoutError:
        return Attempt(at=at, error="No answer in time.")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Attempt(at=at, error=f"{type(error).__name__}: {error}"[:300])


def succeeded(made: Attempt) -> bool:
    return made.status is not None and 200 <= made.status < 300
