"""`GET /v3/items/walmart/search`: does a product page exist, and what does its offer need? (walmart-api §5.4)"""

import re
from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog import products, refusals
from channel_simulators.walmart.catalog.state import Product
from channel_simulators.walmart.gateway.answers import answer
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
JSON = dict[str, Any]
MOST_HITS = 20
DIGITS = {"upc": 12, "gtin": 14}
SPEC_VERSION = "5.0.20260607-22_38_54-api"


@ROUTES.get("/v3/items/walmart/search")
async def search(request: web.Request) -> web.Response:
    """UPC and GTIN are not interchangeable: each finds only what has it, with all its digits."""
    asked = {name: request.query[name].strip() for name in ("upc", "gtin", "query") if request.query.get(name)}
    if len(asked) != 1:
        raise refusals.parameter("query", "Exactly one of query, upc and gtin is needed")
    name, value = asked.popitem()
    if name in DIGITS and (len(value) != DIGITS[name] or not (value.isascii() and value.isdecimal())):
        raise refusals.parameter(name, f"{name.upper()} must be {DIGITS[name]} digits")
    hits = _hits(request, name, value)[:MOST_HITS]
    if not hits:
        raise refusals.not_found()
    if request.query.get("responseFormat", "").upper() == "SPEC":
        return answer(request, {"items": [_specification(product) for product in hits]})
    marked = value.split() if name == "query" else []
    return answer(request, {"items": [_hit(product, marked) for product in hits]})


def _hits(request: web.Request, name: str, value: str) -> list[Product]:
    known = request.app[WORLD].state.catalog.products
    if name == "gtin":
        return [known[value]] if value in known else []
    if name == "upc":
        return [product for product in [known.get(value.zfill(14))] if product]
    words = value.lower().split()
    return [
        product
        for product in known.values()
        if all(word in f"{product.title} {product.brand} {product.description}".lower() for word in words)
    ]


def _hit(product: Product, words: list[str]) -> JSON:
    shown: JSON = {
        "itemId": product.item_id,
        "condition": "New",
        "isMarketPlaceItem": True,
        "images": [{"url": product.image}],
        "customerRating": product.customer_rating,
        "description": _mark(product.description, words),
        "title": _mark(product.title, words),
        "brand": product.brand,
        "productType": product.product_type,
        "properties": {
            "num_reviews": str(product.reviews),
            "categories": product.categories,
            "next_day_eligible": False,
        },
    }
    if product.price is not None:
        shown["price"] = {"amount": str(product.price), "currency": "USD"}
    return shown


def _mark(text: str, words: list[str]) -> str:
    """The words that were found, marked as on the site."""
    if not words:
        return text
    pattern = "|".join(re.escape(word) for word in words)
    return re.sub(f"({pattern})", r"<mark>\1</mark>", text, flags=re.IGNORECASE)


def _specification(product: Product) -> JSON:
    """A prefilled feed item: a match is enough, or a full set-up is needed."""
    upc = products.upc_of(product.gtin)
    kind, number = ("UPC", upc) if upc else ("GTIN", product.gtin)
    identifier = {"productIdType": kind, "productId": number}
    offer = {"productIdentifiers": identifier, "productName": product.title, "brand": product.brand, "condition": "New"}
    return {
        "feedType": "MP_ITEM" if product.needs_setup else "MP_ITEM_MATCH",
        "version": SPEC_VERSION,
        "itemSpecPayload": {
            "MPItemFeedHeader": {"businessUnit": "WALMART_US", "locale": "en", "version": SPEC_VERSION},
            "MPItem": [{"Orderable": offer} if product.needs_setup else {"Item": offer}],
        },
    }
