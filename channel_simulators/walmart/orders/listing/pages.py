"""`GET /v3/orders` and `GET /v3/orders/released`: a page at a time (walmart-api §2.2 to §2.5)."""

from typing import Any

from aiohttp import web

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.gateway.answers import answer
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.orders import rendering
from channel_simulators.walmart.orders.listing import cursor, search
from channel_simulators.walmart.state import Account, Order
from channel_simulators.walmart.world import WORLD, World


async def search_all(request: web.Request) -> web.Response:
    return _page(request, released=False)


async def search_released(request: web.Request) -> web.Response:
    return _page(request, released=True)


def _page(request: web.Request, *, released: bool) -> web.Response:
    world, account = request.app[WORLD], request[ACCOUNT]
    raw_query = request.raw_path.partition("?")[2]
    continued = cursor.is_cursor(raw_query)
    query, offset = world.cursors.read(raw_query, account) if continued else (search.parameters(request.query), 0)
    required = world.state.options.created_dates_required
    asked = search.parse(
        query, world.now(), released=released, server_made=continued, dates_required=required and not continued
    )
    found = _found(world, account, asked)
    if not found and not continued:
        raise errors.not_found()
    rows = found[offset : offset + asked.limit]
    end = offset + len(rows)
    meta: dict[str, Any] = {"totalCount": len(found), "limit": asked.limit}
    if end < len(found):
        meta["nextCursor"] = world.cursors.make(asked, total=len(found), offset=end, account=account)
    elif rows:
        meta |= _end(world, account, asked, len(found), raw_query if continued else None)
    return answer(request, {"list": {"meta": meta, "elements": {"order": _rows(world, asked, rows)}}}, root="ns3:list")


def _found(world: World, account: Account, asked: search.Search) -> list[Order]:
    """Newest first, as far as one query reaches."""
    found = [order for order in world.orders_of(account) if search.matches(order, asked)]
    found.sort(key=lambda order: (order.placed_at, order.purchase_order_id), reverse=True)
    return found[: world.state.options.most_per_query]


def _end(world: World, account: Account, asked: search.Search, total: int, current: str | None) -> dict[str, str]:
    """The last page says that it is the last in one of several ways (walmart-api §0.1)."""
    last = world.state.options.last_cursor
    if last in ("no_more", "empty_page"):
        more = last == "empty_page"
        return {"nextCursor": world.cursors.make(asked, total=total, offset=total, account=account, more=more)}
    if last == "repeated" and current is not None:
        return {"nextCursor": "?" + current}
    return {"nextCursor": ""} if last == "empty" else {}


def _rows(world: World, asked: search.Search, orders: list[Order]) -> list[dict[str, Any]]:
    options, now = world.state.options, world.now()
    flags = {"product_info": asked.product_info, "replacement_info": asked.replacement_info}
    shown = [rendering.order(order, options, now, **flags) for order in orders]
    for row in shown:
        row["orderDate"] += options.list_order_date_drift * 1000
    return shown
