"""`GET /v3/returns` and `POST /v3/returns/{id}/refund` (walmart-api §3.1, §3.3)."""

from typing import Any

from aiohttp import web

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.gateway.answers import answer, json_body
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.returns import cursor, issuing, kinds, moves, rendering, search, timing
from channel_simulators.walmart.returns.state import ReturnOrder
from channel_simulators.walmart.world import WORLD, World

ROUTES = web.RouteTableDef()
CURSORS = web.AppKey("return_cursors", cursor.ReturnCursors)


def attach(app: web.Application, world: World) -> None:
    app[CURSORS] = cursor.ReturnCursors()
    world.duties.append(timing.catch_up)


@ROUTES.get("/v3/returns")
async def listing(request: web.Request) -> web.Response:
    """Nothing found is 404, as with orders; a page past the end is empty."""
    world, account = request.app[WORLD], request[ACCOUNT]
    raw_query = request.raw_path.partition("?")[2]
    continued = cursor.is_cursor(raw_query)
    query, offset = request.app[CURSORS].read(raw_query, account) if continued else (request.query, 0)
    asked = search.parse(query)
    found = [
        rma
        for rma in world.state.returns.orders.values()
        if rma.partner_id == account.partner_id and search.matches(rma, asked, world.state.returns)
    ]
    if not found and not continued:
        raise errors.not_found()
    found.sort(key=lambda rma: (rma.created_at, rma.return_order_id), reverse=True)
    rows = found[offset : offset + asked.limit]
    shown = [rendering.return_order(world, rma, replacement_info=asked.replacement_info) for rma in rows]
    meta = _meta(request, asked, total=len(found), offset=offset)
    return answer(request, {"meta": meta, "returnOrders": shown}, root="returns")


def _meta(request: web.Request, asked: search.Search, *, total: int, offset: int) -> dict[str, Any]:
    """The last page says so in one of several ways (walmart-api §0.1)."""
    meta: dict[str, Any] = {"totalCount": total, "limit": asked.limit}
    last = request.app[WORLD].state.returns.options.last_cursor
    following = offset + asked.limit
    if following < total or last == "repeated":
        shown = following if following < total else offset
        meta["nextCursor"] = request.app[CURSORS].make(asked, offset=shown, account=request[ACCOUNT])
    elif last == "empty":
        meta["nextCursor"] = ""
    return meta


@ROUTES.post("/v3/returns/{id}/refund")
async def refund(request: web.Request) -> web.Response:
    """Not idempotent by key: the repetition is refused as already refunded (walmart-api §8.3)."""
    world = request.app[WORLD]
    body = json_body(await request.read(), request.content_type)
    rma = _return_order(request)
    parts = issuing.parts(world, rma, body)
    moves.refund(world, rma, parts, channel=kinds.BY_API, by="seller", at=world.now())
    unit = world.state.returns.options.unit_of_measure
    lines = [
        {"returnOrderLineNumber": line.number, "quantity": {"unitOfMeasure": unit, "measurementValue": quantity}}
        for line, quantity in parts
    ]
    shown = {"returnOrderId": rma.return_order_id, "customerOrderId": rma.customer_order_id, "refundLines": lines}
    return answer(request, shown, root="refund")


def _return_order(request: web.Request) -> ReturnOrder:
    rma = request.app[WORLD].state.returns.orders.get(request.match_info["id"])
    if rma is None or rma.partner_id != request[ACCOUNT].partner_id:
        raise errors.not_found()
    return rma
