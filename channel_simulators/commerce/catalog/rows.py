"""A product as one store view sees it (commerce-api §2, §9)."""

from collections.abc import Callable
from typing import Any

from channel_simulators.commerce.store.columns import Row, number
from channel_simulators.commerce.store.entities import Product
from channel_simulators.commerce.store.state import State, plain

Json = dict[str, Any]

# Columns of the product table and the search's own fields, besides the attributes (commerce-api §9.1).
STATIC = (
    "id", "entity_id", "sku", "type_id", "attribute_set_id", "created_at", "updated_at", "website_id", "category_id",
)  # fmt: skip
DECIMALS = ("price", "special_price", "cost", "msrp", "weight")
CATEGORY = 2
ATTRIBUTE_SET = 4

_SHOWN = (
    "id", "sku", "name", "attribute_set_id", "price", "status", "visibility", "type_id", "created_at", "updated_at",
    "weight",
)  # fmt: skip


def columns(state: State) -> set[str]:
    return {*STATIC, *state.attributes}


def row(state: State, product: Product, store_id: int) -> Row:
    """All values at this store view."""
    return reader(state, store_id)(product)


def reader(state: State, store_id: int) -> Callable[[Product], Row]:
    """Gives products' rows; each is made once and kept until the product changes."""
    kept = state.by.product_rows.setdefault(store_id, {})

    def read(product: Product) -> Row:
        found = kept.get(product.id)
        if found is None:
            found = kept[product.id] = _row(product, store_id)
        return found

    return read


def values(product: Product, store_id: int) -> Json:
    """Attribute values: the store view's own before those of all."""
    return {**product.attributes, **product.store_values.get(store_id, {})}


def _row(product: Product, store_id: int) -> Row:
    whole: Row = {
        "name": product.name,
        "price": product.price,
        "weight": product.weight,
        "url_key": product.sku.casefold().replace(" ", "-"),
        **values(product, store_id),
        "id": product.id,
        "entity_id": product.id,
        "sku": product.sku,
        "status": 1 if product.enabled else 2,
        "visibility": product.visibility,
        "type_id": product.type_id,
        "attribute_set_id": ATTRIBUTE_SET,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "website_id": tuple(product.website_ids),
        "category_id": (CATEGORY,),
    }
    return whole | {name: number(whole[name]) for name in DECIMALS if whole.get(name) is not None}


def shown(state: State, product: Product, store_id: int) -> Json:
    whole = row(state, product, store_id)
    body = {name: plain(whole[name]) for name in _SHOWN if whole.get(name) is not None}
    return body | {
        "extension_attributes": _extension(state, product),
        "product_links": [],
        "options": [],
        "media_gallery_entries": [],
        "tier_prices": [_tier(price.quantity, price.price) for price in product.tier_prices],
        "custom_attributes": _custom(whole),
    }


def _custom(whole: Row) -> list[Json]:
    """Every other attribute that has a value; numbers as texts with six places, as the value tables give them."""
    given = {n: v for n, v in whole.items() if n not in _SHOWN and n not in STATIC and v is not None}
    pairs = [(name, f"{value:.6f}" if name in DECIMALS else value) for name, value in given.items()]
    pairs.append(("category_ids", [str(CATEGORY)]))
    return [{"attribute_code": name, "value": value} for name, value in pairs]


def _tier(quantity: Any, price: Any) -> Json:
    return {"customer_group_id": 32000, "qty": plain(quantity), "value": plain(price)}


def _extension(state: State, product: Product) -> Json:
    links = [{"position": 0, "category_id": str(CATEGORY)}]
    extension: Json = {"website_ids": product.website_ids, "category_links": links}
    if product.children:
        children = children_of(state, product)
        option = {"id": 1, "attribute_id": "93", "label": "Color", "position": 0, "product_id": product.id}
        option["values"] = [{"value_index": child.colour} for child in children]
        extension["configurable_product_links"] = [child.id for child in children]
        extension["configurable_product_options"] = [option]
    return extension


def children_of(state: State, product: Product) -> list[Product]:
    found = [state.by.products.ids("sku", sku) for sku in product.children]
    return [state.products[ids[0]] for ids in found if ids]
