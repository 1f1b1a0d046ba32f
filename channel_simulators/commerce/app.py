"""The HTTP side: one request from its bytes to its answer."""

import asyncio
import json
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from channel_simulators.commerce import mishaps, topology
from channel_simulators.commerce.call import Call
from channel_simulators.commerce.exchanges import Exchange, masked
from channel_simulators.commerce.faults import BROKEN, NOT_EXECUTED, UNANSWERED, Fault, Kind
from channel_simulators.commerce.mishaps import Answer
from channel_simulators.commerce.routes import ROUTES
from channel_simulators.commerce.sales import orders
from channel_simulators.commerce.shop import Shop
from channel_simulators.commerce.store.transaction import stamp
from channel_simulators.commerce.wire import auth, fields, query, routing
from channel_simulators.commerce.wire.errors import ApiError, PhpError, no_route, unauthorized

_WHOLE = re.compile(r"^\d+$")
# A member of another type than the shop counts on stops PHP with a type error (observed §5), and this program with one
# of these.
_WRONG_TYPES = (TypeError, AttributeError, LookupError, ValueError, ArithmeticError)
_READABLE = ("application/json", "application/xml", "text/xml", "application/xhtml+xml")


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

    def header(self, name: str) -> str:
        return next((value for given, value in self.headers.items() if given.lower() == name.lower()), "")


async def rest(shop: Shop, request: web.Request) -> web.StreamResponse:
    """Answer one /rest request, with whatever fault waits for it, and record it."""
    received = await Received.of(request)
    fault = shop.faults.take(received.method, received.raw_path)
    answer = await _answer(shop, received, fault)
    _record(shop, received, answer, fault)
    headers = {"Date": format_datetime(shop.clock.now(), usegmt=True)}
    return await mishaps.send(request, answer, fault, headers)


async def _answer(shop: Shop, received: Received, fault: Fault | None) -> Answer:
    if shop.state.options.maintenance:
        return mishaps.maintenance()
    if fault is None:
        return await execute(shop, received)
    if fault.kind is Kind.UNAUTHORIZED:
        return _refusal(shop, unauthorized(_resource(received)))
    if fault.kind in NOT_EXECUTED:
        return mishaps.instead(fault)
    if fault.kind is Kind.SLOW:
        await asyncio.sleep(fault.delay)
    done = await execute(shop, received)
    if fault.kind is Kind.SLOW_REPLY:
        await asyncio.sleep(fault.delay)
    return mishaps.afterwards(fault, done)


def _resource(received: Received) -> str:
    target = routing.target(received.raw_path)
    found = routing.match(ROUTES, received.method, target.segments) if target else None
    return found[0].resource if found else "Magento_Backend::all"


def _refusal(shop: Shop, error: ApiError) -> Answer:
    return Answer(status=error.status, body=error.body(shop.state.options.parameters))


async def execute(shop: Shop, received: Received) -> Answer:
    """Route, authorise, run in a transaction; a refusal leaves nothing behind."""
    try:
        return await _run(shop, received)
    except ApiError as error:
        return _refusal(shop, error)
    except PhpError as error:
        return Answer(status=500, body=str(error), content_type="text/plain")
    except _WRONG_TYPES as error:
        return Answer(status=500, body=f"TypeError: {error!r}".splitlines()[0], content_type="text/plain")


async def _run(shop: Shop, received: Received) -> Answer:
    target = routing.target(received.raw_path)
    store_id = topology.store_id(target.store_code if target else None)
    found = routing.match(ROUTES, received.method, target.segments) if target else None
    if found is None or not _is_installed(shop, found[0]):
        raise no_route()
    route, path = found
    _authorize(shop, received, _right(shop, route))
    call = Call(
        tx=shop.transaction(),
        store_id=store_id,
        base_url=f"{received.scheme}://{received.header('Host')}",
        path=path,
        query=query.parse(received.raw_query),
        payload=_payload(received),
    )
    result = await _handle(shop, route, call, committed_late=received.method != "GET")
    filtered = fields.select(result, fields.parse(str(call.query.get("fields") or "")))
    return Answer(status=200, body=_as_ids(filtered, received.method, call.options.ids), executed=True)


def _right(shop: Shop, route: routing.Route) -> str:
    """Saving an order needs another right in other releases (observed §2.9)."""
    other = shop.state.options.order_save_right
    return other if other and route.handler is orders.save else route.resource


def _is_installed(shop: Shop, route: routing.Route) -> bool:
    """Without the modules of Multi-Source Inventory none of its routes exists (commerce-api §8.1)."""
    return shop.state.options.msi or not route.pattern.startswith("inventory/")


async def _handle(shop: Shop, route: routing.Route, call: Call, *, committed_late: bool) -> Any:
    async with AsyncExitStack() as stack:
        await _lock(shop, route, call, stack)
        call.tx = shop.transaction()
        result = route.handler(call)
        if committed_late and call.options.commit_delay:
            await asyncio.sleep(call.options.commit_delay)
        shop.commit(call.tx)
    return result


def _as_ids(result: Any, method: str, shape: str) -> Any:
    """Bare ids that writes answer: numbers or texts, by release (commerce-api §0.1, observed §6)."""
    if method == "GET" or shape == "mixed" or isinstance(result, bool):
        return result
    if shape == "strings" and isinstance(result, int):
        return str(result)
    if shape == "numbers" and isinstance(result, str) and _WHOLE.match(result):
        return int(result)
    return result


def _authorize(shop: Shop, received: Received, resource: str) -> None:
    credentials = auth.Credentials(
        method=received.method,
        scheme=received.scheme,
        raw_path=received.raw_path,
        raw_query=received.raw_query,
        headers=received.headers,
        body=received.body,
    )
    auth.authorize(shop.state, shop.nonces, credentials, resource, shop.clock.now().timestamp())


def _payload(received: Received) -> Any:
    """The JSON body; its Content-Type is looked at only where there is one (commerce-api §12.2)."""
    if not received.body.strip():
        return None
    kind = received.header("Content-Type").partition(";")[0].strip().lower()
    if not kind:
        raise ApiError(400, "Content-Type header is empty.")
    if kind not in _READABLE:
        raise ApiError(400, "Server cannot understand Content-Type HTTP header media type %1", [kind])
    try:
        return json.loads(received.body)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "Decoding error.") from error


async def _lock(shop: Shop, route: routing.Route, call: Call, stack: AsyncExitStack) -> None:
    """Writes on one order wait for each other; a second submit of one cart is refused (commerce-api §3.5 B, §5.1)."""
    if route.method == "GET":
        return
    name = _lock_name(call, shop)
    if name is None:
        return
    if route.pattern == "carts/{cartId}/order" and shop.locks[name].locked():
        raise ApiError(400, "The cart is locked for processing. Please try again later.")
    await stack.enter_async_context(shop.locks[name])


def _lock_name(call: Call, shop: Shop) -> str | None:
    for kind, names in (("order", ("orderId", "id")), ("cart", ("cartId", "quoteId"))):
        for name in names:
            if name in call.path:
                return f"{kind}:{call.path[name]}"
    if "invoiceId" in call.path:
        invoice = shop.state.invoices.get(call.number("invoiceId"))
        return f"order:{invoice.row['order_id']}" if invoice is not None else None
    entity = call.payload.get("entity") if isinstance(call.payload, dict) else None
    return f"order:{entity['entity_id']}" if isinstance(entity, dict) and entity.get("entity_id") else None


def _record(shop: Shop, received: Received, answer: Answer, fault: Fault | None) -> None:
    """What a fault broke is remembered, but no contract can be held against it."""
    answered = fault is None or fault.kind not in UNANSWERED
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
    shop.exchanges.record(exchange, broken=fault is not None and fault.kind in BROKEN)


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body) if body.strip() else None
    except (ValueError, RecursionError):
        return body.decode(errors="replace")
