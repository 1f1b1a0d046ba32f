"""The connection test: token, permissions, one read (walmart-api §1.4). Writes nothing."""

from collections.abc import Mapping
from typing import Any

from channel_manager.connectors.walmart.client import WalmartClient
from channel_manager.ports.messages import Check
from channel_manager.shared.errors import RemoteError
from channel_manager.shared.sentences import say

FULL = "full_access"
_NEEDED = ("orders", "returns")
_FOR_STOCK_AND_PRICE = ("inventory", "price", "feeds", "item")


async def run(client: WalmartClient, orders_query: Mapping[str, str]) -> tuple[Check, ...]:
    """Each in its turn; without a token the others say nothing and are left out."""
    credentials = await _credentials(client)
    if not credentials.passed:
        return (credentials,)
    return (credentials, *await _permissions(client), await _orders(client, orders_query))


async def _credentials(client: WalmartClient) -> Check:
    try:
        await client.renew_token()
    except RemoteError as error:
        return Check(name="credentials", passed=False, sentence=error.sentence)
    return Check(name="credentials", passed=True, sentence=say("Walmart accepts the Client ID and Client Secret."))


async def _permissions(client: WalmartClient) -> tuple[Check, ...]:
    try:
        detail = await client.token_detail()
    except RemoteError as error:
        return (Check(name="permissions", passed=False, sentence=error.sentence),)
    scopes = detail.get("scopes")
    channel = (_channel(),) if detail.get("is_channel_match") is False else ()
    return (*channel, *_scopes(scopes if isinstance(scopes, dict) else {}))


async def _orders(client: WalmartClient, query: Mapping[str, str]) -> Check:
    try:
        await client.orders(query, None)
    except RemoteError as error:
        return Check(name="orders", passed=False, sentence=error.sentence)
    return Check(name="orders", passed=True, sentence=say("Orders can be read."))


def _channel() -> Check:
    sentence = say(
        "The channel type does not belong to these keys. Give the one that Walmart issued, or none, to "
        "`channel-manager store credentials`."
    )
    return Check(name="channel type", passed=False, sentence=sentence)


def _scopes(scopes: dict[str, Any]) -> tuple[Check, ...]:
    """Orders and returns are needed. The others are told, and do not fail the test: not everybody has stock and prices
    follow.
    """
    weak = sorted(name for name in _FOR_STOCK_AND_PRICE if scopes.get(name) != FULL)
    checks = [_needed([name for name in _NEEDED if scopes.get(name) != FULL])]
    if weak:
        sentence = say(
            "The keys lack full access to: %(names)s. Give it in Walmart's developer portal before stock and prices "
            "follow Commerce.",
            names=", ".join(weak),
        )
        checks.append(Check(name="other permissions", passed=True, sentence=sentence))
    return tuple(checks)


def _needed(missing: list[str]) -> Check:
    if not missing:
        sentence = say("The keys have full access to orders and returns.")
        return Check(name="permissions", passed=True, sentence=sentence)
    sentence = say(
        "The keys need full access to: %(names)s. Give it in Walmart's developer portal, then test again.",
        names=", ".join(missing),
    )
    return Check(name="permissions", passed=False, sentence=sentence)
