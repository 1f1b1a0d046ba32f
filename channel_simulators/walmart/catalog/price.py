"""Prices: `PUT /v3/price`, and the rules its feed shares (walmart-api §4.3). There is no way to read one back."""

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog import refusals
from channel_simulators.walmart.catalog.state import CatalogOptions, Item, LaterPrice, Promotion
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.errors import gateway
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
JSON = dict[str, Any]
TYPES = ("BASE", "REDUCED", "CLEARANCE")
MODES = ("UPSERT", "DELETE")
DISPLAY_CODES = ("CART", "CHECKOUT")
CURRENCY = "USD"
DEAREST = 10**9
THANKS = (
    "Thank you. Your price has been updated. Please allow up to five minutes for this change to be reflected on "
    "the site."
)


class Unpriceable(ValueError):
    """The field and a sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@ROUTES.get("/v3/price")
async def read(_request: web.Request) -> web.Response:
    """It answers 404, not 405."""
    raise gateway(404, "URI_NOT_FOUND", "Requested URI not found")


@ROUTES.put("/v3/price")
async def write(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    body = json_body(await request.read(), request.content_type)
    sku = body.get("sku")
    if not isinstance(sku, str) or not sku:
        raise refusals.content("sku", "sku is missing")
    item = world.catalog(request[ACCOUNT]).items.get(sku)
    if item is None:
        raise refusals.not_found(refusals.RECEIVER_API)
    try:
        reprice(item, body.get("pricing"), world.state.catalog.options, world.now())
    except Unpriceable as fault:
        raise refusals.content(fault.field, str(fault)) from None
    world.changed()
    return answer(request, {"ItemPriceResponse": {"mart": "WALMART_US", "sku": sku, "message": THANKS}})


def reprice(item: Item, pricing: object, options: CatalogOptions, now: int) -> None:
    """Apply the entries of `pricing`: all of them or none. Raise Unpriceable."""
    if not isinstance(pricing, list) or not pricing:
        raise Unpriceable("pricing", "pricing is missing")
    base: Decimal | None = None
    comparison = item.comparison_price
    promotions = list(item.promotions)
    for entry in pricing:
        kind, amount = _entry(entry)
        if kind == "BASE":
            base, comparison = amount, _comparison(entry)
        else:
            promotions = _promoted(promotions, kind, amount, entry)
    item.promotions, item.comparison_price = promotions, comparison
    if base is not None:
        set_price(item, base, options, now)


def set_price(item: Item, amount: Decimal, options: CatalogOptions, now: int) -> None:
    """Shown after the site's delay; a new item takes prices later still."""
    item.price = shown_price(item, now)
    item.later_prices = [later for later in item.later_prices if later.shown_from > now]
    held = item.created_at + round(options.new_item_price_hold * 1000) if options.new_item_price_hold else 0
    shown_from = max(now + round(options.price_delay * 1000), held)
    if shown_from <= now:
        item.price, item.later_prices = amount, []
    else:
        item.later_prices.append(LaterPrice(amount=amount, shown_from=shown_from))


def shown_price(item: Item, now: int) -> Decimal | None:
    due = [later.amount for later in item.later_prices if later.shown_from <= now]
    return due[-1] if due else item.price


def money(amount: object) -> Decimal | None:
    """A positive JSON number of at most two decimals; None for anything else."""
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    value = Decimal(str(amount)) if math.isfinite(amount) else Decimal()
    if not 0 < value < DEAREST or value != value.quantize(Decimal("0.01")):
        return None
    return value


def _entry(entry: object) -> tuple[str, Decimal]:
    if not isinstance(entry, dict) or entry.get("currentPriceType") not in TYPES:
        raise Unpriceable("currentPriceType", f"currentPriceType should be one of {', '.join(TYPES)}")
    if entry.get("processMode", MODES[0]) not in MODES:
        raise Unpriceable("processMode", f"processMode should be one of {', '.join(MODES)}")
    if entry.get("priceDisplayCodes", DISPLAY_CODES[0]) not in DISPLAY_CODES:
        raise Unpriceable("priceDisplayCodes", f"priceDisplayCodes should be one of {', '.join(DISPLAY_CODES)}")
    return entry["currentPriceType"], _amount(entry.get("currentPrice"), "currentPrice")


def _amount(price: object, field: str) -> Decimal:
    if not isinstance(price, dict) or price.get("currency") != CURRENCY:
        raise Unpriceable(field, f"{field} should be in {CURRENCY}")
    amount = money(price.get("amount"))
    if amount is None:
        raise Unpriceable(field, f"{field} amount should be a positive number with at most two decimals")
    return amount


def _comparison(entry: JSON) -> Decimal | None:
    if entry.get("comparisonPriceType", "BASE") != "BASE":
        raise Unpriceable("comparisonPriceType", "comparisonPriceType should be BASE")
    return _amount(entry["comparisonPrice"], "comparisonPrice") if "comparisonPrice" in entry else None


def _promoted(promotions: list[Promotion], kind: str, amount: Decimal, entry: JSON) -> list[Promotion]:
    """One promotion for each period; `DELETE` takes it away again."""
    effective, expiration = (_date(entry, name) for name in ("effectiveDate", "expirationDate"))
    if datetime.fromisoformat(expiration) <= datetime.fromisoformat(effective):
        raise Unpriceable("expirationDate", "expirationDate should be later than effectiveDate")
    period = (kind, effective, expiration)
    kept = [held for held in promotions if (held.type, held.effective, held.expiration) != period]
    if entry.get("processMode") == "DELETE":
        return kept
    promo_id = entry.get("promoId")
    return [*kept, Promotion(type=kind, amount=amount, effective=effective, expiration=expiration, promo_id=promo_id)]


def _date(entry: JSON, name: str) -> str:
    text = entry.get(name)
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unpriceable(name, f"{name} should be a date with its time zone")
    return moment.isoformat()
