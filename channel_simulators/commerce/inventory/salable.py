"""Questions of how much can be sold (commerce-api §8.2, observed §5, §10)."""

from decimal import Decimal
from typing import Any

from channel_simulators.commerce.call import Call, integer
from channel_simulators.commerce.catalog import products
from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.inventory.sources import chosen_stock, resolved
from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.entities import Product, Stock
from channel_simulators.commerce.store.state import find_product, find_source_item, plain
from channel_simulators.commerce.wire import bodies, query
from channel_simulators.commerce.wire.errors import QUANTITY_UNAVAILABLE, ApiError, PhpError, required, unsupported

Json = dict[str, Any]


def _simple_product(call: Call) -> Product:
    product = find_product(call.state, call.path["sku"])
    if product is None:
        raise PhpError("Error: Argument #1 ($sku) must be of type string, null given")
    if product.type_id == "configurable":
        raise ApiError(400, "Can't check requested quantity for products without Source Items support.")
    return product


def salable_quantity(call: Call) -> Any:
    chosen = chosen_stock(call, call.number("stockId"))
    return plain(stock.salable(call.state, _simple_product(call).sku, chosen))


def is_salable(call: Call) -> bool:
    chosen = chosen_stock(call, call.number("stockId"))
    product = find_product(call.state, call.path["sku"])
    return product is not None and product.enabled and stock.is_salable(call.state, product, chosen)


def _asked_stock(call: Call) -> Stock:
    return chosen_stock(call, integer(call.query.get("stockId")))


def are_salable(call: Call) -> list[Json]:
    chosen = _asked_stock(call)
    skus = query.values(call.query.get("skus"))
    bodies.check_length(skus, call.options)
    return [{"sku": sku, "stock_id": chosen.id, "salable": _can_sell(call, sku, chosen)} for sku in skus]


def _can_sell(call: Call, sku: str, chosen: Stock, quantity: Decimal = Decimal("0.0001")) -> bool:
    product = find_product(call.state, sku)
    return product is not None and stock.is_salable(call.state, product, chosen, quantity)


def are_salable_for_quantity(call: Call) -> list[Json]:
    chosen = _asked_stock(call)
    requests = query.values(call.query.get("skuRequests"))
    bodies.check_length(requests, call.options)
    if not all(asked.get("sku") for asked in requests):
        raise required("sku")
    return [_requested(call, asked["sku"], number(asked.get("qty") or 0), chosen) for asked in requests]


def is_salable_for_quantity(call: Call) -> Json:
    chosen = chosen_stock(call, call.number("stockId"))
    found = _requested(call, call.path["sku"], number(call.path["requestedQty"]), chosen)
    return {"salable": found["salable"], "errors": found["errors"]}


def _requested(call: Call, sku: str, quantity: Decimal, chosen: Stock) -> Json:
    enough = _can_sell(call, sku, chosen, quantity)
    error = {"code": "is_salable_with_reservations-not_enough_qty", "message": QUANTITY_UNAVAILABLE}
    return {"sku": sku, "stock_id": chosen.id, "salable": enough, "errors": [] if enough else [error]}


def export_salable(call: Call) -> Json:
    """Of the products found: `total_count` is the number of items on this page (inventory#3416); SKUs without a source
    item in the stock are dropped; what is not managed has no quantity; composites have 0.
    """
    chosen = resolved(call, call.path["salesChannelType"], call.path["salesChannelCode"])
    found = products.matching(call).entries
    items = [_salable_row(call, p, chosen) for p in found if p.children or stock.stock_items(call.state, p.sku, chosen)]
    return {"items": items, "search_criteria": call.criteria().echo(), "total_count": len(items)}


def _salable_row(call: Call, product: Product, chosen: Stock) -> Json:
    able = stock.is_salable(call.state, product, chosen)
    if product.children:
        return {"sku": product.sku, "qty": 0, "is_salable": able}
    quantity = plain(stock.salable(call.state, product.sku, chosen)) if product.manage_stock else None
    return {"sku": product.sku, "qty": quantity, "is_salable": able}


def dump_index(call: Call) -> list[Json]:
    """The whole website at once, without reservations."""
    chosen = resolved(call, call.path["salesChannelType"], call.path["salesChannelCode"])
    rows = []
    for product in call.state.products.values():
        held = stock.held(stock.stock_items(call.state, product.sku, chosen)) or Decimal(0)
        rows.append({"sku": product.sku, "qty": plain(held), "is_salable": held > product.min_qty})
    return rows


def source_selection(call: Call) -> Json:
    """By priority. The request object takes camel case only (observed §10)."""
    given = call.body(bodies.SOURCE_SELECTION).get("inventory_request") or {}
    for name in given:
        if name not in ("stockId", "items", "extensionAttributes"):
            raise unsupported(name)
    if "stockId" not in given:
        raise required("stockId")
    chosen = chosen_stock(call, integer(given["stockId"]))
    selected: list[Json] = []
    shippable = True
    for wanted in given.get("items") or []:
        rest = number(wanted.get("qty") or 0)
        for code in chosen.sources:
            held = find_source_item(call.state, code, str(wanted.get("sku")))
            available = held.quantity if held is not None and held.status == 1 else Decimal(0)
            taken = max(min(rest, available), Decimal(0))
            rest -= taken
            selected.append(_selected(code, wanted, taken, available))
        shippable = shippable and rest <= 0
    return {"source_selection_items": selected, "shippable": shippable}


def _selected(code: str, wanted: Json, taken: Decimal, available: Decimal) -> Json:
    amounts = {"qty_to_deduct": plain(taken), "qty_available": plain(available)}
    return {"source_code": code, "sku": wanted.get("sku"), **amounts}


def algorithms(_: Call) -> list[Json]:
    text = "Algorithm which provides Source Selections based on predefined priority of Sources"
    return [{"code": "priority", "title": "Source Priority", "description": text}]
