"""Products, sources and stocks as the merchant, or an import behind the shop's back, changes them."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from channel_simulators.commerce import facts
from channel_simulators.commerce.catalog import attributes, products
from channel_simulators.commerce.inventory import sources, stock
from channel_simulators.commerce.store.attributes import defined
from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.entities import Product, TierPrice
from channel_simulators.commerce.store.state import State, find_product
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire.errors import ApiError

Json = dict[str, Any]

_NUMBERS = ("price", "weight", "min_qty", "min_sale_qty", "max_sale_qty", "qty_increments")
_NAMES = {column.name for column in fields(Product)}


def _set_stock(tx: Transaction, *, sku: str, qty: Any, source_code: str = "default", status: int | None = None) -> None:
    quantity = number(qty)
    in_stock = int(quantity > 0) if status is None else status
    tx.afterwards(lambda: tx.state.put_source_item(source_code, sku, quantity, in_stock))


def _drop_stock(tx: Transaction, *, sku: str, source_code: str = "default") -> None:
    tx.afterwards(lambda: tx.state.drop_source_item(source_code, sku))


def _salable(tx: Transaction, *, sku: str, stock_id: int = stock.DEFAULT) -> Any:
    return facts.plainly(stock.salable(tx.state, sku, tx.state.stocks[stock_id]))


def _known(state: State, sku: str) -> Product:
    product = find_product(state, sku)
    if product is None:
        raise ApiError(404, f"There is no product {sku}.")
    return product


def _converted(changes: Json) -> Json:
    unknown = changes.keys() - _NAMES
    if unknown:
        raise ApiError(400, f"Product has no {', '.join(sorted(unknown))}.")
    return {name: number(value) if name in _NUMBERS else value for name, value in changes.items()}


def _set_product(tx: Transaction, *, sku: str, touch: bool = True, **changes: Any) -> None:
    """`attributes` given are merged with those it has."""
    product = _known(tx.state, sku)
    new = _converted(changes) | ({"updated_at": tx.now} if touch else {})
    if "attributes" in new:
        merged = {**product.attributes, **new["attributes"]}
        new["attributes"] = {name: value for name, value in merged.items() if value is not None}
    if "tier_prices" in new:
        new["tier_prices"] = [_tier(given) for given in new["tier_prices"]]

    def change() -> None:
        vars(product).update(new)
        tx.state.put_product(product)

    tx.afterwards(change)


def _tier(given: Json) -> TierPrice:
    amounts = {name: number(given[name]) for name in ("quantity", "price")}
    return TierPrice(**{**given, **amounts})


def _set_price(
    tx: Transaction,
    *,
    sku: str,
    price: Any = None,
    special: Any = None,
    begins: str | None = None,
    ends: str | None = None,
    store_id: int = 0,
    touch: bool = False,
) -> None:
    """As a price storage writes: without a trace in `updated_at` unless asked for. `price` None changes only the
    special price, `special` None takes that away.
    """
    product = _known(tx.state, sku)
    new = {"special_price": special, "special_from_date": begins, "special_to_date": ends}
    if price is not None:
        new["price"] = price

    def change() -> None:
        for name, value in new.items():
            products.put_value(tx.state, product, name, value, store_id)
        product.updated_at = tx.now if touch else product.updated_at
        tx.state.put_product(product)

    tx.afterwards(change)


def _add_product(tx: Transaction, *, sku: str, name: str, price: Any, qty: Any = 50, **more: Any) -> int:
    if find_product(tx.state, sku) is not None:
        raise ApiError(400, f"Product {sku} exists already.")
    product = _made(tx, {"sku": sku, "name": name, "price": price, **more})
    tx.afterwards(lambda: tx.state.put_product(product))
    _set_stock(tx, sku=sku, qty=qty)
    return product.id


def _made(tx: Transaction, given: Json) -> Product:
    return Product(id=tx.state.next("product"), created_at=tx.now, updated_at=tx.now, **_converted(given))


def _set_products(tx: Transaction, *, products: list[Json]) -> int:
    """Add or change many at once; `qty` is the default source's. Returns how many."""
    made = [_put_row(tx, dict(given)) for given in products]

    def change() -> None:
        for product, quantity in made:
            tx.state.put_product(product)
            if quantity is not None:
                tx.state.put_source_item(stock.DEFAULT_SOURCE, product.sku, quantity, int(quantity > 0))

    tx.afterwards(change)
    return len(made)


def _put_row(tx: Transaction, given: Json) -> tuple[Product, Any]:
    quantity = given.pop("qty", None)
    held = None if quantity is None else number(quantity)
    product = find_product(tx.state, given["sku"])
    if product is None:
        return _made(tx, {"name": given["sku"], "price": 10, **given}), held
    return Product(**{**vars(product), **_converted(given), "updated_at": tx.now}), held


def _generate_products(tx: Transaction, *, count: int, prefix: str = "BULK-", qty: Any = 10, **more: Any) -> int:
    """`count` products with numbered SKUs, for a shop of the size of a real one."""
    width = len(str(count))
    rows = [
        {"sku": f"{prefix}{n:0{width}d}", "name": f"Product {n}", "price": 10 + n % 90, "qty": qty, **more}
        for n in range(1, count + 1)
    ]
    return _set_products(tx, products=rows)


def _remove_product(tx: Transaction, *, sku: str) -> None:
    product = _known(tx.state, sku)
    tx.afterwards(lambda: tx.state.drop_product(product))


def _add_attribute(
    tx: Transaction, *, code: str, label: str, frontend_input: str = "text", options: dict[str, str] | None = None
) -> None:
    """`options`: labels by value."""
    attribute = defined(tx.state.next("attribute") + 200, code, label, frontend_input, "global", user_defined=True)
    attribute.options |= options or {}
    tx.afterwards(lambda: tx.state.attributes.update({code: attribute}))


def _remove_attribute(tx: Transaction, *, code: str) -> None:
    if code not in tx.state.attributes:
        raise ApiError(404, f"There is no attribute {code}.")
    tx.afterwards(lambda: attributes.remove(tx.state, code))


def _add_source(
    tx: Transaction, *, source_code: str, name: str, in_stock: bool = True, stock_id: int = stock.DEFAULT
) -> None:
    def change() -> None:
        sources.add_source(tx.state, source_code, name)
        if in_stock:
            tx.state.stocks[stock_id].sources.append(source_code)

    tx.afterwards(change)


def _set_source(tx: Transaction, *, source_code: str, enabled: bool) -> None:
    found = next((source for source in tx.state.sources if source.source_code == source_code), None)
    if found is None:
        raise ApiError(404, f"There is no source {source_code}.")
    tx.afterwards(lambda: setattr(found, "enabled", enabled))


def _add_stock(
    tx: Transaction, *, name: str, websites: list[str], sources: list[str]
) -> int:  # the argument is named as the client names it
    stock_id = tx.state.next("stock") + 1
    tx.afterwards(lambda: _link(tx.state, stock_id, name, websites, sources))
    return stock_id


def _link(state: State, stock_id: int, name: str, websites: list[str], codes: list[str]) -> None:
    sources.add_stock(state, stock_id, name, websites, codes)


ACTIONS: dict[str, Callable[..., Any]] = {
    "set_stock": _set_stock,
    "drop_stock": _drop_stock,
    "salable": _salable,
    "set_product": _set_product,
    "set_price": _set_price,
    "add_product": _add_product,
    "set_products": _set_products,
    "generate_products": _generate_products,
    "remove_product": _remove_product,
    "add_attribute": _add_attribute,
    "remove_attribute": _remove_attribute,
    "add_source": _add_source,
    "set_source": _set_source,
    "add_stock": _add_stock,
}
