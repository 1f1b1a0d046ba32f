"""The inventory routes (commerce-api §8.2, observed §5, §10)."""

from decimal import Decimal
from typing import Any

from channel_simulators.commerce import products, topology
from channel_simulators.commerce.call import Call, integer
from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.store.columns import Row, number
from channel_simulators.commerce.store.state import Product, Source, find_product, plain
from channel_simulators.commerce.store.transaction import find_source_item
from channel_simulators.commerce.wire import bodies, query, search
from channel_simulators.commerce.wire.errors import (
    QUANTITY_UNAVAILABLE,
    ApiError,
    PhpError,
    no_such,
    required,
    unsupported,
)

Json = dict[str, Any]


def _answer(call: Call, rows: list[Row], known: tuple[str, ...]) -> tuple[list[Row], Json]:
    criteria = call.criteria()
    found = search.find(criteria, rows, known)
    page = [rows[position] for position in found.rows]
    return page, {"search_criteria": criteria.echo(), "total_count": found.total}


def source_items(call: Call) -> Json:
    rows = [vars(item) for item in call.state.source_items]
    page, rest = _answer(call, rows, ("sku", "source_code", "quantity", "status"))
    return {"items": [{name: plain(value) for name, value in row.items()} for row in page], **rest}


def save_source_items(call: Call) -> list[Any]:
    given = call.body(bodies.SOURCE_ITEMS).get("source_items")
    if given is None:
        raise required("sourceItems")
    known = {source.source_code for source in call.state.sources}
    if any(entry.get("source_code") not in known or len(str(entry.get("sku") or "")) > 64 for entry in given):
        raise ApiError(400, "Could not save Source Item")
    for entry in given:
        quantity, status = number(entry.get("quantity") or 0), integer(entry.get("status"))
        stock.set_source_quantity(call.tx, str(entry["sku"]), quantity, entry["source_code"], status)
    return []


def sources(call: Call) -> Json:
    rows = [_source(source) for source in call.state.sources]
    page, rest = _answer(call, rows, ("source_code", "name", "enabled"))
    return {"items": page, **rest}


def source(call: Call) -> Json:
    found = next((s for s in call.state.sources if s.source_code == call.path["sourceCode"]), None)
    if found is None:
        raise ApiError(404, 'Source with code "%value" does not exist.', {"value": call.path["sourceCode"]})
    return _source(found)


def _source(source: Source) -> Json:
    return {
        "source_code": source.source_code,
        "name": source.name,
        "enabled": source.enabled,
        "country_id": "US",
        "postcode": "00000",
        "use_default_carrier_config": True,
        "carrier_links": [],
    }


def _stock() -> Json:
    channels = [{"type": "website", "code": website["code"]} for website in topology.WEBSITES if website["id"]]
    return {
        "stock_id": stock.STOCK_ID,
        "name": stock.STOCK_NAME,
        "extension_attributes": {"sales_channels": channels},
    }


def stocks(call: Call) -> Json:
    page, rest = _answer(call, [_stock()], ("stock_id", "name"))
    return {"items": page, **rest}


def one_stock(call: Call) -> Json:
    _check_stock(call)
    return _stock()


def _check_stock(call: Call) -> None:
    if call.number("stockId") != stock.STOCK_ID:
        raise ApiError(404, 'Stock with id "%value" does not exist.', {"value": call.number("stockId")})


def stock_resolver(call: Call) -> Json:
    _check_channel(call.path["type"], call.path["code"])
    return _stock()


def _check_channel(kind: str, code: str) -> None:
    if kind != "website" or code not in [website["code"] for website in topology.WEBSITES if website["id"]]:
        raise no_such("code", code)


def stock_sources(call: Call) -> list[Json]:
    _check_stock(call)
    by_code = {source.source_code: source for source in call.state.sources}
    return [_source(by_code[code]) for code in call.state.stock_sources if code in by_code]


def stock_source_links(call: Call) -> Json:
    rows: list[Row] = [
        {"stock_id": stock.STOCK_ID, "source_code": code, "priority": n}
        for n, code in enumerate(call.state.stock_sources, 1)
    ]
    page, rest = _answer(call, rows, ("stock_id", "source_code", "priority"))
    return {"items": page, **rest}


def _simple_product(call: Call) -> Product:
    product = find_product(call.state, call.path["sku"])
    if product is None:
        raise PhpError("Error: Argument #1 ($sku) must be of type string, null given")
    if product.type_id == "configurable":
        raise ApiError(400, "Can't check requested quantity for products without Source Items support.")
    return product


def salable_quantity(call: Call) -> Any:
    _check_stock(call)
    return plain(stock.salable(call.state, _simple_product(call).sku))


def is_salable(call: Call) -> bool:
    _check_stock(call)
    product = find_product(call.state, call.path["sku"])
    return product is not None and product.enabled and stock.salable(call.state, product.sku) > 0


def are_salable(call: Call) -> list[Json]:
    return [
        {"sku": sku, "stock_id": stock.STOCK_ID, "salable": stock.salable(call.state, sku) > 0}
        for sku in query.values(call.query.get("skus"))
    ]


def are_salable_for_quantity(call: Call) -> list[Json]:
    return [_requested(call, asked) for asked in query.values(call.query.get("skuRequests"))]


def _requested(call: Call, asked: Json) -> Json:
    enough = stock.salable(call.state, asked["sku"]) >= number(asked.get("qty") or 0)
    error = {"code": "is_salable_with_reservations-not_enough_qty", "message": QUANTITY_UNAVAILABLE}
    errors = [] if enough else [error]
    return {"sku": asked["sku"], "stock_id": stock.STOCK_ID, "salable": enough, "errors": errors}


def export_salable(call: Call) -> Json:
    """`total_count` is the number of items on this page; SKUs without a source item are dropped."""
    _check_channel(call.path["salesChannelType"], call.path["salesChannelCode"])
    criteria = call.criteria()
    rows = [products.as_row(product) for product in call.state.products]
    found = search.find(criteria, rows, products.columns(call.state))
    chosen = [call.state.products[position] for position in found.rows]
    items = [_salable_row(call, p) for p in chosen if p.children or stock.stock_items(call.state, p.sku)]
    return {"items": items, "search_criteria": criteria.echo(), "total_count": len(items)}


def _salable_row(call: Call, product: Product) -> Json:
    if product.children:
        return {"sku": product.sku, "qty": 0, "is_salable": stock.in_stock(call.state, product)}
    quantity = stock.salable(call.state, product.sku)
    return {"sku": product.sku, "qty": plain(quantity), "is_salable": quantity > 0}


def dump_index(call: Call) -> list[Json]:
    """The whole website at once, without reservations."""
    _check_channel(call.path["salesChannelType"], call.path["salesChannelCode"])
    rows = []
    for product in call.state.products:
        held = sum((i.quantity for i in stock.stock_items(call.state, product.sku) if i.status == 1), Decimal(0))
        rows.append({"sku": product.sku, "qty": plain(held), "is_salable": held > 0})
    return rows


def source_selection(call: Call) -> Json:
    """By priority. The request object takes camel case only (observed §10)."""
    given = call.body(bodies.SOURCE_SELECTION).get("inventory_request") or {}
    for name in given:
        if name not in ("stockId", "items", "extensionAttributes"):
            raise unsupported(name)
    if "stockId" not in given:
        raise required("stockId")
    selected: list[Json] = []
    shippable = True
    for wanted in given.get("items") or []:
        rest = number(wanted.get("qty") or 0)
        for code in call.state.stock_sources:
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
