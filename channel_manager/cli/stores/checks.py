"""Testing both connections of a store, and telling the result."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass

from asgiref.sync import async_to_sync

from channel_manager import gateways
from channel_manager.cli.terminal import say
from channel_manager.connectors import registry
from channel_manager.connectors.adobe_commerce import discover
from channel_manager.ports.documents import StoreView
from channel_manager.ports.messages import Budget, Check
from channel_manager.shared.errors import RemoteError

WALMART, COMMERCE = "Walmart", "Commerce"


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to reach both platforms, before there is a store."""

    walmart_url: str
    walmart: Mapping[str, str]
    commerce_url: str
    commerce: Mapping[str, str]
    signing_url: str = ""


@async_to_sync
async def store_views(connection: Connection) -> tuple[StoreView, ...]:
    """Raises RemoteError for an address or keys that do not work."""
    try:
        return await discover(
            gateways.session(), connection.commerce_url, connection.commerce, signing_url=connection.signing_url
        )
    finally:
        await gateways.close()


@async_to_sync
async def of_connection(connection: Connection, view: StoreView) -> dict[str, tuple[Check, ...]]:
    session = gateways.session()
    marketplace = registry.walmart(session, connection.walmart_url, connection.walmart, _ignore)
    commerce = registry.adobe_commerce(
        session,
        connection.commerce_url,
        connection.commerce,
        signing_url=connection.signing_url,
        store_code=view.code,
        store_id=view.id,
        website_code=view.website_code,
        shipping_method="",
    )
    try:
        return await _both(marketplace.check(), commerce.check())
    finally:
        await gateways.close()


@async_to_sync
async def of_store(store_id: int) -> dict[str, tuple[Check, ...]]:
    try:
        platforms = await gateways.gateways_for(store_id)
        return await _both(platforms.marketplace.check(), platforms.commerce.check())
    except RemoteError as error:
        return {"Credentials": (Check(name="credentials", passed=False, sentence=error.sentence),)}
    finally:
        await gateways.close()


def tell(results: Mapping[str, Iterable[Check]]) -> bool:
    """Whether everything passed."""
    for side, checks in results.items():
        say(side)
        for check in checks:
            say(f"  {'✓' if check.passed else '✗'} {check.sentence}")
    return all(check.passed for checks in results.values() for check in checks)


async def _both(
    walmart: Awaitable[tuple[Check, ...]], commerce: Awaitable[tuple[Check, ...]]
) -> dict[str, tuple[Check, ...]]:
    answers = await asyncio.gather(_answered(walmart), _answered(commerce))
    return dict(zip((WALMART, COMMERCE), answers, strict=True))


async def _answered(checks: Awaitable[tuple[Check, ...]]) -> tuple[Check, ...]:
    try:
        return await checks
    except RemoteError as error:
        return (Check(name="connection", passed=False, sentence=error.sentence),)


def _ignore(_budget: Budget) -> None:
    """A test keeps no account of rate limits."""
