"""Reading and writing products (commerce-api §9)."""

from typing import Any

from channel_simulators.commerce.call import Call
from channel_simulators.commerce.catalog import rows
from channel_simulators.commerce.inventory import legacy
from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.entities import Product
from channel_simulators.commerce.store.state import State, find_product
from channel_simulators.commerce.wire import bodies, search
from channel_simulators.commerce.wire.errors import PRODUCT_UNKNOWN, ApiError

Json = dict[str, Any]

_AT_EVERY_STORE = ("sku", "type_id", "status", "visibility", "weight", "attribute_set_id")


def table(state: State, store_id: int) -> search.Table[Product]:
    return search.Table(
        entries=state.products,
        row=rows.reader(state, store_id),
        columns=rows.columns(state),
        index=state.by.products,
    )


def matching(call: Call) -> search.Found[Product]:
    """Products of any website: the path's store decides only whose values count."""
    return search.find(call.criteria().without("store", "store_id"), table(call.state, call.store_id))


def many(call: Call) -> Json:
    found = matching(call)
    items = [rows.shown(call.state, product, call.store_id) for product in found.entries]
    return {"items": items, "search_criteria": call.criteria().echo(), "total_count": found.total}


def existing(call: Call, name: str = "sku") -> Product:
    product = find_product(call.state, call.path[name])
    if product is None:
        raise ApiError(404, PRODUCT_UNKNOWN)
    return product


def one(call: Call) -> Json:
    product = existing(call)
    body = rows.shown(call.state, product, call.store_id)
    body["extension_attributes"]["stock_item"] = legacy.shown(call.state, product)
    return body


def children(call: Call) -> list[Json]:
    """Of a configurable product, with fewer fields."""
    product = existing(call)
    short = [rows.shown(call.state, child, call.store_id) for child in rows.children_of(call.state, product)]
    return [{k: v for k, v in child.items() if k not in ("options", "media_gallery_entries")} for child in short]


def save(call: Call) -> Json:
    """Create, or change what is sent, at the store view of the path; `all` writes for every view."""
    given = call.member(bodies.PRODUCT, "product", "product")
    sku = str(call.path.get("sku") or given.get("sku") or "")
    product = find_product(call.state, sku) or _created(call, sku, given)
    changed = Product(**vars(product))
    _write(call, changed, given)
    changed.updated_at = call.tx.now
    call.tx.afterwards(lambda: call.state.put_product(changed))
    item = (given.get("extension_attributes") or {}).get("stock_item")
    if isinstance(item, dict):
        legacy.write(call.tx, changed, item)
    call.state.forget_rows(product)
    body = rows.shown(call.state, changed, call.store_id)
    call.state.forget_rows(product)
    return body


def _created(call: Call, sku: str, given: Json) -> Product:
    for name, label in (("sku", "SKU"), ("name", "Product Name"), ("price", "Price")):
        if given.get(name) in (None, ""):
            raise ApiError(400, f'The "{label}" attribute value is empty. Set the attribute and try again.')
    if len(sku) > 64:
        raise ApiError(400, "The SKU is too long. It must be 64 characters or fewer.")
    made = Product(id=call.state.next("product"), sku=sku, name=str(given["name"]), price=number(given["price"]))
    made.website_ids = [1]
    made.created_at = call.tx.now
    return made


def _write(call: Call, product: Product, given: Json) -> None:
    product.attributes, product.store_values = dict(product.attributes), dict(product.store_values)
    custom = {entry.get("attribute_code"): entry.get("value") for entry in given.get("custom_attributes") or []}
    for name, value in {**given, **custom}.items():
        if name in call.state.attributes and name not in _AT_EVERY_STORE:
            put_value(call.state, product, name, value, call.store_id)
    if "status" in given:
        product.enabled = int(given["status"]) == 1
    product.visibility = int(given.get("visibility") or product.visibility)
    product.type_id = str(given.get("type_id") or product.type_id)
    if given.get("weight") is not None:
        product.weight = number(given["weight"])
    websites = (given.get("extension_attributes") or {}).get("website_ids")
    if websites is not None:
        product.website_ids = [int(website) for website in websites]


def put_value(state: State, product: Product, name: str, value: Any, store_id: int) -> None:
    """At one store view where the attribute is kept by store view, else at all."""
    kept = number(value) if name in rows.DECIMALS and value not in (None, "") else value
    if store_id and _scope(state, name) != "global":
        product.store_values[store_id] = {**product.store_values.get(store_id, {}), name: kept}
    elif name == "name":
        product.name = str(value)
    elif name == "price":
        product.price = number(value)
    elif value is None:
        product.attributes.pop(name, None)
    else:
        product.attributes[name] = kept


def _scope(state: State, name: str) -> str:
    if name in ("price", "special_price", "special_from_date", "special_to_date"):
        return state.options.price_scope
    attribute = state.attributes.get(name)
    return str(attribute.row["scope"]) if attribute is not None else "global"


def delete(call: Call) -> bool:
    product = existing(call)
    call.tx.afterwards(lambda: call.state.drop_product(product))
    return True


def categories(_: Call) -> Json:
    common = {"is_active": True, "position": 1, "product_count": 0}
    child = common | {"id": rows.CATEGORY, "parent_id": 1, "name": "Default Category", "level": 1, "children_data": []}
    return common | {"id": 1, "parent_id": 0, "name": "Root Catalog", "level": 0, "children_data": [child]}
