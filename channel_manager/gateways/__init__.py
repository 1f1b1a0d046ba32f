"""From a store to its live platforms.

One HTTP session an event loop, closed with `close`, and one pair of clients a store and loop, so that what a client
limits holds for the store. They are built anew when the store's row has changed: new credentials count from then on.
"""

import asyncio
from functools import partial

import aiohttp

from channel_manager.connectors import registry
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Budget, Platform
from channel_manager.shared.errors import Misconfigured
from channel_manager.shared.secrets import SecretsError
from channel_manager.stores.credentials import commerce_credentials, marketplace_credentials
from channel_manager.stores.models import Store
from channel_manager.sync.lanes import limits
from channel_manager.sync.sql import in_transaction

CONNECTION = (
    "marketplace",
    "marketplace_url",
    "marketplace_credentials",
    "commerce",
    "commerce_url",
    "commerce_signing_url",
    "commerce_credentials",
    "store_code",
    "store_view_id",
    "website_code",
)
Known = dict[int, tuple[tuple[object, ...], Gateways]]

_sessions: dict[asyncio.AbstractEventLoop, tuple[aiohttp.ClientSession, Known]] = {}


async def gateways_for(store_id: int) -> Gateways:
    """Raises Misconfigured when the credentials cannot be opened."""
    store = await in_transaction(_store)(store_id)
    http, known = _of_loop()
    row = (*(getattr(store, name) for name in CONNECTION), store.rules.shipping_method)
    if store_id not in known or known[store_id][0] != row:
        known[store_id] = (row, _open(store, http))
    return known[store_id][1]


def session() -> aiohttp.ClientSession:
    """The session of the running loop."""
    return _of_loop()[0]


async def close() -> None:
    """Close the running loop's session."""
    if opened := _sessions.pop(asyncio.get_running_loop(), None):
        await opened[0].close()


def _of_loop() -> tuple[aiohttp.ClientSession, Known]:
    loop = asyncio.get_running_loop()
    for gone in [other for other in _sessions if other.is_closed()]:
        del _sessions[gone]
    if loop not in _sessions or _sessions[loop][0].closed:
        connector = aiohttp.TCPConnector(limit=100, limit_per_host=50)
        http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # aiohttp sends a PUT once more when a kept connection drops; whether a write is repeated is ours to decide.
        http._retry_connection = False  # noqa: SLF001 - there is no public switch
        _sessions[loop] = (http, {})
    return _sessions[loop]


def _store(store_id: int) -> Store:
    return Store.objects.select_related("rules").get(pk=store_id)


def _open(store: Store, http: aiohttp.ClientSession) -> Gateways:
    try:
        marketplace, commerce = marketplace_credentials(store), commerce_credentials(store)
    except SecretsError as error:
        raise Misconfigured(error.sentence) from error
    observe = partial(_observe, store.pk)
    return Gateways(
        marketplace=registry.MARKETPLACES[store.marketplace](http, store.marketplace_url, marketplace, observe),
        commerce=registry.COMMERCE[store.commerce](
            http,
            store.commerce_url,
            commerce,
            signing_url=store.commerce_signing_url,
            store_code=store.store_code,
            store_id=store.store_view_id,
            website_code=store.website_code,
            shipping_method=store.rules.shipping_method,
        ),
    )


def _observe(store_id: int, budget: Budget) -> None:
    limits.observe(store_id, Platform.MARKETPLACE, budget)
