"""The HTTP side: one request from its bytes to its answer."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from channel_simulators.commerce import topology
from channel_simulators.commerce.call import Call
from channel_simulators.commerce.exchanges import Exchange, masked
from channel_simulators.commerce.faults import Fault, Kind
from channel_simulators.commerce.routes import ROUTES
from channel_simulators.commerce.shop import Shop
from channel_simulators.commerce.store.transaction import stamp
from channel_simulators.commerce.wire import auth, fields, query, routing
from channel_simulators.commerce.wire.errors import ApiError, PhpError, no_route, unauthorized

_HTML = "<!doctype html><title>503 Service Unavailable</title><h1>Service Temporarily Unavailable</h1>"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: Any
    content_type: str = "application/json"
    executed: bool = False

    def response(self) -> web.Response:
        text = json.dumps(self.body, ensure_ascii=False) if self.content_type == "application/json" else self.body
        return web.Response(status=self.status, text=text, content_type=self.content_type)


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as its bytes say it."""

    method: str
    raw_path: str
    raw_query: str
    headers: dict[str, str]
    scheme: str
    body: bytes

    @classmethod
    async def of(cls, request: web.Request) -> "Received":
        path, _, raw_query = request.raw_path.partition("?")
        return cls(
            method=request.method,
            raw_path=path,
            raw_query=raw_query,
            headers=dict(request.headers),
            scheme=request.scheme,
            body=await request.read(),
        )


async def rest(shop: Shop, request: web.Request) -> web.StreamResponse:
    """Answer one /rest request, with whatever fault waits for it, and record it."""
    received = await Received.of(request)
    fault = shop.faults.take(received.method, received.raw_path)
    answer = await _answer(shop, received, fault)
    gone = fault is not None and fault.kind in (Kind.LOST_REPLY, Kind.RESET)
    _record(shop, received, answer, answered=not gone)
    if gone and request.transport is not None:
        request.transport.abort()
    response = answer.response()
    response.headers["Date"] = format_datetime(shop.clock.now(), usegmt=True)
    return response


async def _answer(shop: Shop, received: Received, fault: Fault | None) -> Answer:
    if shop.state.options.maintenance or (fault is not None and fault.kind is Kind.HTML):
        return Answer(status=503, body=_HTML, content_type="text/html")
    if fault is None or fault.kind is Kind.SLOW:
        await asyncio.sleep(fault.delay if fault is not None else 0)
        return await execute(shop, received)
    if fault.kind in (Kind.STATUS_AFTER, Kind.LOST_REPLY):
        done = await execute(shop, received)
        return Answer(status=fault.status, body=_fault_body(fault), executed=done.executed)
    if fault.kind is Kind.UNAUTHORIZED:
        return _refusal(unauthorized(_resource(received)))
    return Answer(status=fault.status, body=_fault_body(fault))


def _fault_body(fault: Fault) -> dict[str, Any]:
    return {"message": f"An error occurred on the way ({fault.status})."}


def _resource(received: Received) -> str:
    target = routing.target(received.raw_path)
    found = routing.match(ROUTES, received.method, target.segments) if target else None
    return found[0].resource if found else "Magento_Backend::all"


def _refusal(error: ApiError) -> Answer:
    return Answer(status=error.status, body=error.body())


async def execute(shop: Shop, received: Received) -> Answer:
    """Route, authorise, run in a transaction; a refusal leaves nothing behind."""
    try:
        return await _run(shop, received)
    except ApiError as error:
        return _refusal(error)
    except PhpError as error:
        return Answer(status=500, body=str(error), content_type="text/plain")


async def _run(shop: Shop, received: Received) -> Answer:
    target = routing.target(received.raw_path)
    store_id = topology.store_id(target.store_code if target else None)
    found = routing.match(ROUTES, received.method, target.segments) if target else None
    if found is None:
        raise no_route()
    route, path = found
    _authorize(shop, received, route.resource)
    call = Call(
        tx=shop.transaction(),
        store_id=store_id,
        base_url=f"{received.scheme}://{received.headers.get('Host', '')}",
        path=path,
        query=query.parse(received.raw_query),
        payload=_json(received.body),
    )
    async with AsyncExitStack() as stack:
        await _lock(shop, route, call, stack)
        call.tx = shop.transaction()
        result = route.handler(call)
        if received.method != "GET" and call.options.commit_delay:
            await asyncio.sleep(call.options.commit_delay)
        shop.commit(call.tx)
    filtered = fields.select(result, fields.parse(str(call.query.get("fields") or "")))
    return Answer(status=200, body=filtered, executed=True)


def _authorize(shop: Shop, received: Received, resource: str) -> None:
    credentials = auth.Credentials(
        method=received.method,
        scheme=received.scheme,
        raw_path=received.raw_path,
        raw_query=received.raw_query,
        headers=received.headers,
    )
    auth.authorize(shop.state, shop.nonces, credentials, resource, shop.clock.now().timestamp())


def _json(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise ApiError(400, "Decoding error.") from error


async def _lock(shop: Shop, route: routing.Route, call: Call, stack: AsyncExitStack) -> None:
    """Writes on one order wait for each other; a second submit of one cart is refused (commerce-api §3.5 B, §5.1)."""
    if route.method == "GET":
        return
    name = _lock_name(call)
    if name is None:
        return
    if route.pattern == "carts/{cartId}/order" and shop.locks[name].locked():
        raise ApiError(400, "The cart is locked for processing. Please try again later.")
    await stack.enter_async_context(shop.locks[name])


def _lock_name(call: Call) -> str | None:
    for kind, names in (("order", ("orderId", "id")), ("cart", ("cartId", "quoteId"))):
        for name in names:
            if name in call.path:
                return f"{kind}:{call.path[name]}"
    entity = call.payload.get("entity") if isinstance(call.payload, dict) else None
    return f"order:{entity['entity_id']}" if isinstance(entity, dict) and entity.get("entity_id") else None


def _record(shop: Shop, received: Received, answer: Answer, *, answered: bool) -> None:
    exchange = Exchange(
        method=received.method,
        path=received.raw_path,
        query=received.raw_query,
        headers=masked(received.headers),
        request=_readable(received.body),
        status=answer.status if answered else None,
        response=answer.body if answered else None,
        at=stamp(shop.clock.now()),
        executed=answer.executed,
    )
    shop.exchanges.record(exchange)


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body) if body.strip() else None
    except ValueError:
        return body.decode(errors="replace")
