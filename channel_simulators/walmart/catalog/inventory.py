"""`/v3/inventory`, one item at one node (walmart-api §4.1), and the stock Walmart keeps for the seller (§4.2)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog import refusals, stock
from channel_simulators.walmart.catalog.state import SellerCatalog, WfsStock, appear
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.errors import gateway
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.state import DEFAULT_SHIP_NODE, WALMART_FULFILLED, epoch_ms, iso
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
UNIT = "EACH"
LONGEST_SKU = 50
JSON = dict[str, Any]


@ROUTES.get("/v3/inventory")
async def read(request: web.Request) -> web.Response:
    seller, sku, node = _asked(request)
    if not stock.known(seller, sku):
        raise refusals.not_found()
    return answer(request, _shown(sku, seller.stock.get(sku, {}).get(node, 0)), root="inventory")


@ROUTES.put("/v3/inventory")
async def write(request: web.Request) -> web.Response:
    """The SKU is named twice, and the figure is absolute."""
    seller, sku, node = _asked(request)
    body = json_body(await request.read(), request.content_type)
    if body.get("sku") != sku:
        raise refusals.content("sku", "The sku of the body differs from that of the request")
    amount = asked_amount(body.get("quantity"))
    if amount is None:
        raise refusals.content("quantity", "quantity is not valid")
    world = request.app[WORLD]
    admit(request, seller, sku)
    stock.write(seller, world.state.catalog.options, world.now(), sku=sku, node=node, amount=amount)
    world.changed()
    return answer(request, _shown(sku, amount), root="inventory")


def asked_amount(quantity: object) -> int | None:
    """Of `{"unit": "EACH", "amount": 10}`; None for anything else."""
    if not isinstance(quantity, dict) or quantity.get("unit") != UNIT or not stock.is_amount(quantity.get("amount")):
        return None
    return int(quantity["amount"])


def admit(request: web.Request, seller: SellerCatalog, sku: str) -> None:
    """An unknown SKU appears, or is refused with 404, by option."""
    world = request.app[WORLD]
    if len(sku) > LONGEST_SKU:
        raise refusals.content("sku", f"sku should have at most {LONGEST_SKU} characters")
    if world.state.catalog.options.unknown_skus == "appear":
        appear(seller, request[ACCOUNT].partner_id, sku, world.now())
    elif not stock.known(seller, sku):
        raise refusals.not_found(refusals.RECEIVER_API)


def _asked(request: web.Request) -> tuple[SellerCatalog, str, str]:
    seller = request.app[WORLD].catalog(request[ACCOUNT])
    sku = request.query.get("sku")
    if not sku:
        raise refusals.missing("sku")
    node = request.query.get("shipNode") or DEFAULT_SHIP_NODE
    if node not in stock.nodes(seller):
        raise refusals.parameter("shipNode", "shipNode is unknown")
    return seller, sku, node


def _shown(sku: str, amount: int) -> JSON:
    return {"sku": sku, "quantity": {"unit": UNIT, "amount": amount}}


@ROUTES.get("/v3/fulfillment/inventory")
async def read_wfs_legacy(request: web.Request) -> web.Response:
    """Past its announced end of life (walmart-api §9 no. 55): an option takes it away."""
    if not request.app[WORLD].state.catalog.options.legacy_wfs_inventory:
        raise gateway(404, "URI_NOT_FOUND", "Requested URI not found")
    rows = [
        {
            "sku": sku,
            "shipNodes": [
                {
                    "modifiedDate": iso(held.modified_at),
                    "availToSellQty": held.available,
                    "onHandQty": held.on_hand,
                    "shipNodeType": WALMART_FULFILLED,
                }
            ],
        }
        for sku, held in _wfs(request)
    ]
    return _page(request, rows)


@ROUTES.get("/v3/wfs/inventory")
async def read_wfs(request: web.Request) -> web.Response:
    """The successor, whose rows public clients know in this shape; no published contract has it."""
    seller = request.app[WORLD].catalog(request[ACCOUNT])
    rows = []
    for sku, held in _wfs(request):
        item = seller.items.get(sku)
        about = {"itemName": item.name, "gtin": item.gtin, "itemID": item.item_id} if item else {}
        units = {"availableUnits": held.available, "onhandUnits": held.on_hand}
        rows.append({"itemInformation": {"sku": sku, **about}, "inventoryData": units})
    return _page(request, rows)


def _wfs(request: web.Request) -> Iterable[tuple[str, WfsStock]]:
    """What the filters leave: `sku`, several with commas, and the dates of modification."""
    query, held = request.query, request.app[WORLD].catalog(request[ACCOUNT]).wfs
    start, end = (_date(query.get(name)) for name in ("fromModifiedDate", "toModifiedDate"))
    skus = query["sku"].split(",") if query.get("sku") else held
    return [
        (sku, held[sku])
        for sku in skus
        if sku in held and (start or 0) <= held[sku].modified_at <= (end or held[sku].modified_at)
    ]


def _date(text: str | None) -> int | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return epoch_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise refusals.parameter("modifiedDate", "Invalid Date format value") from None


def _page(request: web.Request, rows: list[JSON]) -> web.Response:
    limit = refusals.number(request.query, "limit", 10, least=1, most=300)
    offset = refusals.number(request.query, "offset", 0, least=0, most=None)
    headers = {"totalCount": len(rows), "limit": limit, "offset": offset}
    return answer(request, {"headers": headers, "payload": {"inventory": rows[offset : offset + limit]}})
