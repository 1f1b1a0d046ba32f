"""`/v3/inventories`: stock by ship node, with what is reserved and what can still be sold (walmart-api §4.2)."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog import refusals, snapshots, stock
from channel_simulators.walmart.catalog.inventory import UNIT, admit
from channel_simulators.walmart.catalog.state import SellerCatalog
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
LARGEST_PAGE = 50
JSON = dict[str, Any]


@ROUTES.get("/v3/inventories/{sku}")
async def read(request: web.Request) -> web.Response:
    """A node that does not exist is an error inside the 200."""
    seller, sku = request.app[WORLD].catalog(request[ACCOUNT]), request.match_info["sku"]
    if not stock.known(seller, sku):
        raise refusals.not_found()
    wanted = request.query.get("shipNode")
    if wanted and wanted not in stock.nodes(seller):
        return answer(request, {"sku": sku, "nodes": [{"shipNode": wanted, "errors": [_unknown_node()]}]})
    reserved = request.app[WORLD].reservations_of(request[ACCOUNT])
    return answer(request, _shown(seller, sku, [wanted] if wanted else None, reserved))


@ROUTES.put("/v3/inventories/{sku}")
async def write(request: web.Request) -> web.Response:
    """Node by node: some may fail while the answer is 200."""
    world, sku = request.app[WORLD], request.match_info["sku"]
    seller = world.catalog(request[ACCOUNT])
    body = json_body(await request.read(), request.content_type)
    given = (body.get("inventories") or {}).get("nodes") if isinstance(body.get("inventories"), dict) else None
    if not isinstance(given, list) or not given or not all(isinstance(node, dict) for node in given):
        raise refusals.content("nodes", "inventories.nodes is missing or invalid")
    admit(request, seller, sku)
    results = []
    for sent in given:
        fault = _fault(seller, sent)
        if fault is None:
            amount, node = sent["inputQty"]["amount"], str(sent["shipNode"])
            stock.write(seller, world.state.catalog.options, world.now(), sku=sku, node=node, amount=amount)
        results.append(_result(sent.get("shipNode"), fault))
    world.changed()
    return answer(request, {"sku": sku, "nodes": results})


@ROUTES.get("/v3/inventories")
async def list_all(request: web.Request) -> web.Response:
    """The cursor is an opaque parameter; only its absence is the end."""
    world, account = request.app[WORLD], request[ACCOUNT]
    limit = refusals.number(request.query, "limit", 10, least=1, most=LARGEST_PAGE)
    name, offset, skus = _begun(request)
    size = limit - 1 if world.state.catalog.options.short_pages and limit > 1 and offset // limit % 2 else limit
    end = offset + size
    seller, reserved = world.catalog(account), world.reservations_of(account)
    meta: JSON = {"totalCount": len(skus)}
    if end < len(skus):
        meta["nextCursor"] = snapshots.with_offset(name, end)
    rows = [_shown(seller, sku, None, reserved) for sku in skus[offset:end]]
    return answer(request, {"meta": meta, "elements": {"inventories": rows}})


def _begun(request: web.Request) -> tuple[str, int, list[str]]:
    """The list that goes on, or a new one: its name, where it stands and its SKUs."""
    world, owner = request.app[WORLD], request[ACCOUNT].partner_id
    cursor = request.query.get("nextCursor")
    if not cursor:
        skus = list(world.catalog(request[ACCOUNT]).stock)
        return request.app[snapshots.STOCK_LISTS].take(snapshots.stock_token(), owner, skus, world.now()), 0, skus
    name, offset = snapshots.split_offset(cursor) or ("", 0)
    found = request.app[snapshots.STOCK_LISTS].find(name, owner, world.now())
    if found is None:
        raise refusals.parameter("nextCursor", "Invalid Cursor")
    return name, offset, found


def _shown(seller: SellerCatalog, sku: str, nodes: Iterable[str] | None, reserved: Counter[str]) -> JSON:
    held = seller.stock.get(sku, {})
    return {"sku": sku, "nodes": [_node(node, held.get(node, 0), reserved[sku]) for node in nodes or held]}


def _node(node: str, given: int, reserved: int) -> JSON:
    reserved = stock.reserved_at(node, reserved)
    quantities = {"inputQty": given, "availToSellQty": max(0, given - reserved), "reservedQty": reserved}
    return {"shipNode": node, **{name: {"unit": UNIT, "amount": amount} for name, amount in quantities.items()}}


def _result(node: object, fault: JSON | None) -> JSON:
    if fault is None:
        return {"shipNode": node, "status": "Success"}
    return {"shipNode": node, "status": "Failure", "errors": [fault]}


def _fault(seller: SellerCatalog, sent: JSON) -> JSON | None:
    if str(sent.get("shipNode")) not in stock.nodes(seller):
        return _unknown_node()
    quantity = sent.get("inputQty")
    if not isinstance(quantity, dict) or quantity.get("unit") != UNIT or not stock.is_amount(quantity.get("amount")):
        return refusals.fault("inputQty", "inputQty is not valid")
    return None


def _unknown_node() -> JSON:
    return refusals.fault("shipNode", "shipNode is unknown", name="INVALID_REQUEST_PARAM")
