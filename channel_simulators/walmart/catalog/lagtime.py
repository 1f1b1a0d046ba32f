"""Lag time: read one by one, written by feed only (walmart-api §4.6)."""

from collections.abc import Iterable

from aiohttp import web

from channel_simulators.walmart.catalog import refusals
from channel_simulators.walmart.catalog.state import Item, SellerCatalog
from channel_simulators.walmart.gateway.answers import answer
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
FREE_DAYS = 1
LONGEST = 3
"""Digits of a number of days."""


@ROUTES.get("/v3/lagtime")
async def read(request: web.Request) -> web.Response:
    sku = request.query.get("sku")
    if not sku:
        raise refusals.missing("sku")
    item = request.app[WORLD].catalog(request[ACCOUNT]).items.get(sku)
    if item is None:
        raise refusals.not_found()
    return answer(request, {"sku": sku, "fulfillmentLagTime": item.lag_time}, root="LagTime")


def days(given: object) -> int | None:
    """Whole days; the sample has them as text, the schema as a number (walmart-api §9 no. 24). None if neither."""
    if isinstance(given, bool) or not isinstance(given, int | str):
        return None
    text = str(given)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None


def more_days(seller: SellerCatalog, skus: Iterable[str]) -> int:
    """By how much an order of these leaves later than usual."""
    return max([0, *(seller.items[sku].lag_time - FREE_DAYS for sku in skus if sku in seller.items)])


def allowed(seller: SellerCatalog, item: Item, wanted: int) -> bool:
    """More than a day needs Walmart's approval for the category."""
    return wanted <= FREE_DAYS or item.product_type in seller.approved_for_lag
