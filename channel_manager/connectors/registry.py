"""Every platform we can talk to, by the name a store has for it."""

from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from channel_manager.connectors.adobe_commerce.mapping.shipments import new_shipment
from channel_manager.connectors.adobe_commerce.platform import AdobeCommercePlatform
from channel_manager.connectors.walmart.auth import TokenCache
from channel_manager.connectors.walmart.mapping.notifications import notification as walmart_notification
from channel_manager.connectors.walmart.mapping.shipments import shipment as walmart_shipment
from channel_manager.connectors.walmart.marketplace import CAPABILITIES as WALMART
from channel_manager.connectors.walmart.marketplace import WalmartMarketplace
from channel_manager.connectors.walmart.seller_center import order_page as walmart_order_page
from channel_manager.ports.commerce import CommercePlatform
from channel_manager.ports.documents import NewShipment
from channel_manager.ports.marketplace import Marketplace
from channel_manager.ports.messages import Budget, Capabilities, Parcel
from channel_manager.ports.notifications import Notification

_tokens = TokenCache()


def walmart(
    session: aiohttp.ClientSession, url: str, credentials: Mapping[str, str], on_budget: Callable[[Budget], None]
) -> Marketplace:
    """`credentials`: client_id, client_secret and, where Walmart asks for it, channel_type."""
    return WalmartMarketplace(
        session,
        base_url=url,
        client_id=credentials["client_id"],
        client_secret=credentials["client_secret"],
        channel_type=credentials.get("channel_type", ""),
        tokens=_tokens,
        on_budget=on_budget,
    )


def adobe_commerce(
    session: aiohttp.ClientSession,
    url: str,
    credentials: Mapping[str, str],
    *,
    signing_url: str,
    store_code: str,
    store_id: int,
    website_code: str,
    shipping_method: str,
) -> CommercePlatform:
    """`credentials`: the four OAuth values, or `access_token` alone for a Bearer token."""
    return AdobeCommercePlatform(
        session,
        base_url=url,
        credentials=credentials,
        signing_url=signing_url,
        store_code=store_code,
        store_id=store_id,
        website_code=website_code,
        shipping_method=shipping_method,
    )


MARKETPLACES = {"walmart": walmart}
COMMERCE = {"adobe_commerce": adobe_commerce}
CAPABILITIES: dict[str, Capabilities] = {"walmart": WALMART}
NOTIFICATIONS: dict[str, Callable[[bytes], Notification]] = {"walmart": walmart_notification}
"""How the body of a delivery is read. Raises ValueError for what is no JSON."""
PARCELS: dict[str, Callable[[Parcel], dict[str, Any]]] = {"walmart": walmart_shipment}
SHIPMENTS: dict[str, Callable[[NewShipment], dict[str, Any]]] = {"adobe_commerce": new_shipment}
"""The bodies that are sent for a shipment, to be shown before. A parcel that would be refused raises Rejected."""
ORDER_PAGES: dict[str, Callable[[str, str], str]] = {"walmart": walmart_order_page}
"""Where a seller sees an order at the marketplace, by its API's address and the order's number; empty if unknown."""


def capabilities(marketplace: str) -> Capabilities:
    return CAPABILITIES[marketplace]
