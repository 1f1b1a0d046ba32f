"""The account's settings: profile, fulfilment centres, carrier methods. Shapes as the reference pages show them."""

from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog import stock
from channel_simulators.walmart.gateway.answers import answer
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.state import Account
from channel_simulators.walmart.world import WORLD

CARRIER_METHODS = (
    ("1000014", "USPS", "GROUND"),
    ("1000013", "UPS", "GROUND"),
    ("1000012", "FEDEX", "GROUND"),
    ("1000010", "ONTRAC", "GROUND"),
)
"""Shipping settings have their own, shorter list than shipments (walmart-api §2.16)."""


async def partner_profile(request: web.Request) -> web.Response:
    return answer(request, _profile(request[ACCOUNT]), root="partnerProfile")


async def ship_nodes(request: web.Request) -> web.Response:
    """The bare list, without an envelope."""
    known = stock.nodes(request.app[WORLD].catalog(request[ACCOUNT]))
    node: dict[str, Any] = {
        "status": "ACTIVE",
        "timeZone": "CST",
        "nodeType": "PHYSICAL",
        "distributorSupportedServices": ["TWO_DAY_DELIVERY"],
        "postalAddress": {
            "addressLine1": "1 Dock Rd",
            "city": "Huntsville",
            "state": "AL",
            "country": "USA",
            "postalCode": "35805",
        },
    }
    nodes = [{"shipNode": number, "shipNodeName": name, **node} for number, name in known.items()]
    return answer(request, nodes, root="shipNodes")


async def carriers(request: web.Request) -> web.Response:
    """The bare list, without an envelope."""
    methods: list[dict[str, Any]] = [
        {
            "carrierMethodId": number,
            "carrierMethodName": name,
            "carrierMethodType": kind,
            "carrierMethodDescription": f"{name} for Marketplace",
        }
        for number, name, kind in CARRIER_METHODS
    ]
    return answer(request, methods, root="carriers")


def _profile(account: Account) -> dict[str, Any]:
    return {
        "partner": {
            "partnerId": account.partner_id,
            "partnerName": f"Seller {account.seller_id}",
            "partnerDisplayName": f"Seller {account.seller_id}",
            "partnerStoreId": account.seller_id,
            "countryOfIncorporation": "US",
        },
        "configurations": [{"configurationName": "ACCOUNT", "configuration": {"status": "ACTIVE"}}],
    }
