"""From a store to its live platforms.

One HTTP session an event loop, closed with `close`. Clients are built from the store's row each time they are asked
for, so that changed credentials count from the next operation on.
"""

import asyncio
from functools import partial

import aiohttp

from channel_manager.connectors import registry
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Budget, Platform
from channel_manager.shared.errors import Misconfigured
from channel_manager.shared.secrets import SecretsError
from channel_manager.shared.sentences import say
from channel_manager.stores.credentials import commerce_credentials, marketplace_credentials
from channel_manager.stores.models import Store
from channel_manager.sync.lanes import limits
from channel_manager.sync.sql import in_transaction

_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}


async def gateways_for(store_id: int) -> Gateways:
    """Raises Misconfigured when the credentials cannot be opened."""
    try:
        return await in_transaction(_open)(store_id, session())
    except SecretsError as error:
        raise Misconfigured(say("%(problem)s", problem=error)) from error


def session() -> aiohttp.ClientSession:
    """The session of the running loop."""
    loop = asyncio.get_running_loop()
    for gone in [known for known in _sessions if known.is_closed()]:
        del _sessions[gone]
    if loop not in _sessions or _sessions[loop].closed:
        connector = aiohttp.TCPConnector(limit=100, limit_per_host=50)
        _sessions[loop] = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # aiohttp sends a PUT once more when a kept connection drops; whether a write is repeated is ours to decide.
        _sessions[loop]._retry_connection = False  # noqa: SLF001 - there is no public switch
    return _sessions[loop]


async def close() -> None:
    """Close the running loop's session."""
    if opened := _sessions.pop(asyncio.get_running_loop(), None):
        await opened.close()


def _open(store_id: int, http: aiohttp.ClientSession) -> Gateways:
    store = Store.objects.select_related("rules").get(pk=store_id)
    return Gateways(
        marketplace=registry.MARKETPLACES[store.marketplace](
            http, store.marketplace_url, marketplace_credentials(store), partial(_observe, store_id)
        ),
        commerce=registry.COMMERCE[store.commerce](
            http,
            store.commerce_url,
            commerce_credentials(store),
            signing_url=store.commerce_signing_url,
            store_code=store.store_code,
            store_id=store.store_view_id,
            website_code=store.website_code,
            shipping_method=store.rules.shipping_method,
        ),
    )


def _observe(store_id: int, budget: Budget) -> None:
    limits.observe(store_id, Platform.MARKETPLACE, budget)
