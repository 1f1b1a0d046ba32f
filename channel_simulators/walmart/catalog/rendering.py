"""Items as the API shows them: one row in lists, another in the seller's search (walmart-api §5.1, §5.3)."""

import json
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.catalog import price, stock
from channel_simulators.walmart.catalog.state import CatalogOptions, Item

MART = "WALMART_US"
JSON = dict[str, Any]


def row(item: Item, options: CatalogOptions, now: int) -> JSON:
    """`shelf` is JSON inside a string; `upc` may be empty."""
    status = stock.published(item, now)
    shown: JSON = {
        "mart": MART,
        "sku": item.sku,
        "condition": item.condition,
        "wpid": item.wpid,
        "upc": item.upc,
        "gtin": item.gtin,
        "productName": item.name,
        "shelf": json.dumps(item.shelf, separators=(",", ":")),
        "productType": item.product_type,
        "publishedStatus": status,
        "lifecycleStatus": stock.lifecycle(item, now),
    }
    amount = price.shown_price(item, now)
    if amount is not None:
        shown["price"] = {"currency": price.CURRENCY, "amount": number(amount)}
    if status == "UNPUBLISHED":
        shown["unpublishedReasons"] = {"reason": item.unpublished_reasons}
    return shown | _variants(item, options)


def search_row(item: Item, options: CatalogOptions, *, available: int, now: int) -> JSON:
    status = stock.published(item, now)
    published: JSON = {"status": status}
    if status == "UNPUBLISHED":
        published["reasons"] = item.unpublished_reasons
    shown: JSON = {
        "mart": MART,
        "sku": item.sku,
        "condition": item.condition,
        "wpid": item.wpid,
        "upc": item.upc,
        "gtin": item.gtin,
        "itemId": item.item_id,
        "productName": item.name,
        "shelf": json.dumps(item.shelf, separators=(",", ":")),
        "productType": item.product_type,
        "brand": item.brand,
        "fulfillmentType": "SELLER",
        "publishedStatus": published,
        "lifecycleStatus": stock.lifecycle(item, now),
        "inventoryStatus": "IN_STOCK" if available else "OUT_OF_STOCK",
    }
    amount = price.shown_price(item, now)
    if amount is not None:
        shown["price"] = {"unit": price.CURRENCY, "amount": number(amount)}
    return shown | _variants(item, options)


def number(amount: Decimal) -> float | int:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _variants(item: Item, options: CatalogOptions) -> JSON:
    """`isPrimary` is a boolean or the string "true"."""
    if item.variant_group_id is None:
        return {}
    primary: bool | str = item.is_primary
    if options.primary_as == "string":
        primary = str(item.is_primary).lower()
    grouping = [{"name": name, "value": value} for name, value in item.grouping.items()]
    return {
        "variantGroupId": item.variant_group_id,
        "variantGroupInfo": {"isPrimary": primary, "groupingAttributes": grouping},
    }
