"""Everything the shop knows, for tests and people."""

from collections.abc import Callable
from typing import Any

from channel_simulators.commerce import facts, merchant
from channel_simulators.commerce.store.state import find_product
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire.errors import ApiError

Json = dict[str, Any]


def _order(tx: Transaction, *, order: str | int) -> Json:
    found = merchant.find_order(tx.state, order)
    if found is None:
        raise ApiError(404, f"There is no order {order}.")
    return facts.orders(tx.state, [found])[0]


def _orders(tx: Transaction) -> list[Json]:
    return facts.orders(tx.state, tx.state.orders.values())


def _products(tx: Transaction) -> list[Json]:
    return facts.products(tx.state)


def _product(tx: Transaction, *, sku: str) -> Json:
    found = find_product(tx.state, sku)
    if found is None:
        raise ApiError(404, f"There is no product {sku}.")
    return facts.products(tx.state, [found])[0]


def _state(tx: Transaction) -> Json:
    return facts.everything(tx.state)


ACTIONS: dict[str, Callable[..., Any]] = {
    "order": _order,
    "orders": _orders,
    "products": _products,
    "product": _product,
    "state": _state,
}
