"""`/_control/{action}`: act as the merchant inside the shop, change its settings, look at everything, inject faults."""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from aiohttp import web

from channel_simulators.commerce import facts, merchant
from channel_simulators.commerce.faults import Fault, Kind
from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.sales import comments
from channel_simulators.commerce.sales.creditmemos import Refund, refund_order
from channel_simulators.commerce.sales.shipments import attach_track, remove_track
from channel_simulators.commerce.shop import Shop
from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.state import Options, Product, Source, find_product
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire.errors import ApiError, PhpError

Json = dict[str, Any]
Named = str | int


async def control(shop: Shop, request: web.Request) -> web.Response:
    """One action: JSON members are its arguments; the answer is `{"result": …}` or `{"error": …}`."""
    action = request.match_info["action"]
    arguments = await request.json() if request.can_read_body else {}
    try:
        result = run(shop, action, arguments)
    except (ApiError, PhpError, TypeError, ValueError) as error:
        parameters = error.parameters if isinstance(error, ApiError) else None
        return web.json_response({"error": str(error), "parameters": parameters}, status=400)
    return web.json_response({"result": result})


def run(shop: Shop, action: str, arguments: Json) -> Any:
    if action in _ACTIONS:
        tx = shop.transaction()
        result = _ACTIONS[action](tx, **arguments)
        shop.commit(tx)
        return result
    if action in _SHOP_ACTIONS:
        return _SHOP_ACTIONS[action](shop, **arguments)
    raise ApiError(404, f"There is no control action {action}.")


def _ship(
    tx: Transaction, *, order: Named, items: Json | None = None, tracks: Any = (), source_code: str | None = None
) -> int:
    return merchant.ship(tx, merchant.writable(tx, order), items, tracks, source_code)


def _add_track(tx: Transaction, *, shipment_id: int, carrier_code: str, title: str, track_number: str) -> int:
    shipment = tx.document("shipment", shipment_id)
    if shipment is None:
        raise ApiError(404, f"There is no shipment {shipment_id}.")
    given = {"carrier_code": carrier_code, "title": title, "track_number": track_number}
    return int(attach_track(tx, shipment, given)["entity_id"])


def _remove_track(tx: Transaction, *, track_id: int) -> None:
    remove_track(tx, track_id)


def _cancel(tx: Transaction, *, order: Named) -> bool:
    return merchant.cancel(tx, merchant.writable(tx, order))


def _comment(tx: Transaction, *, order: Named, text: str) -> None:
    merchant.comment(tx, merchant.writable(tx, order), text)


def _hold(tx: Transaction, *, order: Named) -> None:
    comments.hold_order(merchant.writable(tx, order))


def _unhold(tx: Transaction, *, order: Named) -> None:
    comments.unhold_order(merchant.writable(tx, order))


def _invoice(tx: Transaction, *, order: Named, items: Json | None = None) -> int:
    return merchant.invoice(tx, merchant.writable(tx, order), items)


def _refund(
    tx: Transaction,
    *,
    order: Named,
    items: Json | None = None,
    shipping: Any = None,
    positive: Any = 0,
    negative: Any = 0,
    restock: bool = True,
) -> int:
    target = merchant.writable(tx, order)
    quantities = merchant.by_item(target, items) or {}
    refund = Refund(
        quantities=quantities,
        shipping=None if shipping is None else number(shipping),
        positive=number(positive),
        negative=number(negative),
        restock=frozenset(quantities or [item["item_id"] for item in target.items]) if restock else frozenset(),
    )
    return int(refund_order(tx, target, refund).row["entity_id"])


def _edit(
    tx: Transaction,
    *,
    order: Named,
    quantities: Json | None = None,
    add: Json | None = None,
    confirm: bool = True,
) -> int:
    return merchant.edit(tx, merchant.writable(tx, order), quantities or {}, add, confirm=confirm)


def _reorder(tx: Transaction, *, order: Named, confirm: bool = True) -> int:
    return merchant.reorder(tx, merchant.writable(tx, order), confirm=confirm)


def _set_stock(tx: Transaction, *, sku: str, qty: Any, source_code: str = "default") -> None:
    quantity = number(qty)
    stock.set_source_quantity(tx, sku, quantity, source_code, int(quantity > 0))


def _salable(tx: Transaction, *, sku: str) -> Any:
    return facts.plainly(stock.salable(tx.state, sku))


def _set_product(tx: Transaction, *, sku: str, **changes: Any) -> None:
    product = find_product(tx.state, sku)
    if product is None:
        raise ApiError(404, f"There is no product {sku}.")
    _check_names(Product, changes)
    converted = {n: number(v) if n in ("price", "weight") else v for n, v in changes.items()}
    tx.afterwards(lambda: product.__dict__.update(converted, updated_at=tx.now))


def _add_product(tx: Transaction, *, sku: str, name: str, price: Any, qty: Any = 50, **more: Any) -> int:
    if find_product(tx.state, sku) is not None:
        raise ApiError(400, f"Product {sku} exists already.")
    _check_names(Product, more)
    product = Product(id=tx.state.next("product"), sku=sku, name=name, price=number(price), **more)
    product.created_at = product.updated_at = tx.now
    tx.afterwards(lambda: tx.state.products.append(product))
    _set_stock(tx, sku=sku, qty=qty)
    return product.id


def _add_source(tx: Transaction, *, source_code: str, name: str, in_stock: bool = True) -> None:
    def change() -> None:
        tx.state.sources.append(Source(source_code=source_code, name=name))
        if in_stock:
            tx.state.stock_sources.append(source_code)

    tx.afterwards(change)


def _set_options(tx: Transaction, **changes: Any) -> Json:
    _check_names(Options, changes)
    tx.afterwards(lambda: tx.state.options.__dict__.update(changes))
    return {**asdict(tx.state.options), **changes}


def _check_names(kind: type[Options] | type[Product], changes: Json) -> None:
    unknown = changes.keys() - {column.name for column in fields(kind)}
    if unknown:
        raise ApiError(400, f"{kind.__name__} has no {', '.join(sorted(unknown))}.")


def _set_acl(tx: Transaction, *, resources: list[str] | None) -> None:
    tx.afterwards(lambda: setattr(tx.state.integration, "resources", resources))


def _set_credentials(tx: Transaction, **changes: str) -> None:
    tx.afterwards(lambda: tx.state.integration.__dict__.update(changes))


def _order(tx: Transaction, *, order: Named) -> Json:
    found = merchant.find_order(tx.state, order)
    if found is None:
        raise ApiError(404, f"There is no order {order}.")
    return facts.orders(tx.state, [found])[0]


def _orders(tx: Transaction) -> list[Json]:
    return facts.orders(tx.state, tx.state.orders.values())


def _products(tx: Transaction) -> list[Json]:
    return facts.products(tx.state)


def _state(tx: Transaction) -> Json:
    return facts.everything(tx.state)


_ACTIONS: dict[str, Callable[..., Any]] = {
    "ship": _ship, "add_track": _add_track, "remove_track": _remove_track, "cancel": _cancel, "comment": _comment,
    "hold": _hold, "unhold": _unhold, "invoice": _invoice, "refund": _refund, "edit": _edit, "reorder": _reorder,
    "set_stock": _set_stock, "salable": _salable, "set_product": _set_product, "add_product": _add_product,
    "add_source": _add_source, "set_options": _set_options, "set_acl": _set_acl, "set_credentials": _set_credentials,
    "order": _order, "orders": _orders, "products": _products, "state": _state,
}  # fmt: skip


def _mails(shop: Shop) -> list[Json]:
    shop.run_cron()
    return [asdict(mail) for mail in shop.state.mails]


def _requests(shop: Shop) -> list[Json]:
    return [asdict(exchange) for exchange in shop.exchanges.recent]


def _advance_clock(shop: Shop, seconds: float) -> str:
    shop.advance(seconds)
    return shop.clock.now().isoformat()


def _faults_add(shop: Shop, kind: str, **more: Any) -> None:
    given = {name: value for name, value in more.items() if value is not None}
    shop.faults.waiting.append(Fault(kind=Kind(kind), **given))


def _faults(shop: Shop) -> list[Json]:
    return [asdict(fault) for fault in shop.faults.waiting]


_SHOP_ACTIONS: dict[str, Callable[..., Any]] = {
    "mails": _mails,
    "requests": _requests,
    "clear_requests": lambda shop: shop.exchanges.recent.clear(),
    "advance_clock": _advance_clock,
    "now": lambda shop: shop.clock.now().isoformat(),
    "faults_add": _faults_add,
    "faults": _faults,
    "faults_clear": lambda shop: shop.faults.waiting.clear(),
}
