"""The catalogue as far as stock and orders need it (commerce-api §9.1)."""

from typing import Any

from channel_simulators.commerce.call import Call
from channel_simulators.commerce.store.columns import Row
from channel_simulators.commerce.store.state import Product, State, find_product, plain
from channel_simulators.commerce.wire import search
from channel_simulators.commerce.wire.errors import PRODUCT_UNKNOWN, ApiError

Json = dict[str, Any]

# Attributes every shop has, besides those its products carry.
_COLUMNS = (
    "id", "entity_id", "sku", "name", "price", "status", "visibility", "type_id", "attribute_set_id", "weight",
    "created_at", "updated_at", "website_id", "store_id", "category_id", "url_key", "special_price", "description",
    "connect_to_channel_manager",
)  # fmt: skip


def columns(state: State) -> set[str]:
    return {*_COLUMNS, *(name for product in state.products for name in product.attributes)}


def as_row(product: Product) -> Row:
    row: Row = {
        "id": product.id,
        "entity_id": product.id,
        "sku": product.sku,
        "name": product.name,
        "price": product.price,
        "status": 1 if product.enabled else 2,
        "visibility": product.visibility,
        "type_id": product.type_id,
        "attribute_set_id": 4,
        "weight": product.weight,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "website_id": ",".join(map(str, product.website_ids)),
    }
    return {**product.attributes, **row}


def many(call: Call) -> Json:
    criteria = call.criteria()
    products = call.state.products
    found = search.find(_by_website(criteria), [as_row(p) for p in products], columns(call.state))
    items = [show(call.state, products[position]) for position in found.rows]
    return {"items": items, "search_criteria": criteria.echo(), "total_count": found.total}


def _by_website(criteria: search.Criteria) -> search.Criteria:
    """A product has many websites: its column is a set."""
    groups = [
        [search.Filter(f.field, f.value, "finset") if f.field == "website_id" else f for f in group]
        for group in criteria.groups
    ]
    return search.Criteria(groups, criteria.sorts, criteria.page_size, criteria.page)


def one(call: Call) -> Json:
    product = find_product(call.state, call.path["sku"])
    if product is None:
        raise ApiError(404, PRODUCT_UNKNOWN)
    return show(call.state, product)


def show(state: State, product: Product) -> Json:
    extension: Json = {"website_ids": product.website_ids, "category_links": [{"position": 0, "category_id": "2"}]}
    if product.children:
        children = [find_product(state, sku) for sku in product.children]
        extension["configurable_product_links"] = [child.id for child in children if child is not None]
        extension["configurable_product_options"] = [
            {
                "id": 1,
                "attribute_id": "93",
                "label": "Color",
                "position": 0,
                "values": [{"value_index": child.colour} for child in children if child is not None],
                "product_id": product.id,
            }
        ]
    attributes = {"url_key": product.sku.casefold().replace(" ", "-"), **product.attributes}
    row = {name: value for name, value in as_row(product).items() if name in _SHOWN}
    return {name: plain(value) for name, value in row.items()} | {
        "extension_attributes": extension,
        "product_links": [],
        "options": [],
        "media_gallery_entries": [],
        "tier_prices": [],
        "custom_attributes": [{"attribute_code": name, "value": value} for name, value in attributes.items()],
    }


_SHOWN = frozenset(
    ("id", "sku", "name", "attribute_set_id", "price", "status", "visibility", "type_id", "created_at", "updated_at")
) | {"weight"}  # fmt: skip
