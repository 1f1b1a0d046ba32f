"""Stock items, the one quantity of shops without Multi-Source Inventory; with it, the default source's
(commerce-api §8.1, §8.2).
"""

from decimal import Decimal
from typing import Any

from channel_simulators.commerce.call import Call
from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.entities import Product
from channel_simulators.commerce.store.state import State, find_product, find_source_item, plain
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import PRODUCT_UNKNOWN, ApiError

Json = dict[str, Any]


def shown(state: State, product: Product) -> Json:
    item = find_source_item(state, stock.DEFAULT_SOURCE, product.sku)
    threshold = plain(product.min_qty)
    return {
        "item_id": product.id,
        "product_id": product.id,
        "stock_id": 1,
        "qty": plain(item.quantity) if item is not None else 0,
        "is_in_stock": stock.in_stock(state, product, state.stocks[stock.DEFAULT]),
        "is_qty_decimal": False,
        "show_default_notification_message": False,
        "use_config_min_qty": not product.min_qty,
        "min_qty": threshold,
        "use_config_min_sale_qty": 1,
        "min_sale_qty": plain(product.min_sale_qty),
        "use_config_max_sale_qty": True,
        "max_sale_qty": plain(product.max_sale_qty),
        "use_config_backorders": not product.backorders,
        "backorders": int(product.backorders),
        "use_config_notify_stock_qty": True,
        "notify_stock_qty": 1,
        "use_config_qty_increments": True,
        "qty_increments": plain(product.qty_increments),
        "use_config_enable_qty_inc": True,
        "enable_qty_increments": bool(product.qty_increments),
        "use_config_manage_stock": product.manage_stock,
        "manage_stock": product.manage_stock,
        "low_stock_date": None,
        "is_decimal_divided": False,
        "stock_status_changed_auto": 0,
    }


def _product(call: Call) -> Product:
    product = find_product(call.state, call.path["productSku"])
    if product is None:
        raise ApiError(404, PRODUCT_UNKNOWN)
    return product


def stock_item(call: Call) -> Json:
    return shown(call.state, _product(call))


def stock_status(call: Call) -> Json:
    item = shown(call.state, _product(call))
    status = {"product_id": item["product_id"], "stock_id": 1, "qty": int(item["qty"])}
    return {**status, "stock_status": int(item["is_in_stock"]), "stock_item": item}


def low_stock(call: Call) -> Json:
    """Items below a quantity."""
    bound = number(call.query.get("qty") or 0)
    items = [shown(call.state, product) for product in call.state.products.values() if not product.children]
    low = [item for item in items if number(item["qty"]) <= bound]
    size, page = int(call.query.get("pageSize") or 20), max(int(call.query.get("currentPage") or 1), 1)
    return {"items": low[(page - 1) * size : page * size], "total_count": len(low), "search_criteria": {}}


def save(call: Call) -> int:
    product = _product(call)
    write(call.tx, product, call.member(bodies.STOCK_ITEM, "stock_item", "stockItem"))
    return product.id


def write(tx: Transaction, product: Product, given: Json) -> None:
    """The product's stock settings, and the quantity of the default source."""
    before = find_source_item(tx.state, stock.DEFAULT_SOURCE, product.sku)
    quantity = number(given["qty"]) if given.get("qty") is not None else before.quantity if before else Decimal(0)
    status = int(bool(given.get("is_in_stock", quantity > 0)))
    settings: Json = {name: given[name] for name in ("manage_stock", "backorders") if name in given}
    settings = {name: bool(value) for name, value in settings.items()}
    if given.get("min_qty") is not None:
        settings["min_qty"] = number(given["min_qty"])

    def change() -> None:
        tx.state.put_source_item(stock.DEFAULT_SOURCE, product.sku, quantity, status)
        vars(product).update(settings)

    tx.afterwards(change)
