"""Offer by match: a row ties a SKU to a product page of Walmart's catalogue (walmart-api §5.5)."""

from decimal import Decimal
from typing import Any

from channel_simulators.walmart.catalog import price, products, stock
from channel_simulators.walmart.catalog.items import CONDITIONS
from channel_simulators.walmart.catalog.state import Item, Product, appear
from channel_simulators.walmart.feeds.faults import TAKEN, RowFailed
from channel_simulators.walmart.feeds.rows import Desk, check_unlocked, sku_of, write
from channel_simulators.walmart.state import DEFAULT_SHIP_NODE

JSON = dict[str, Any]
NEW = "New"
TAKEN_TEXT = "The product ID {gtin} is already tied to another SKU of this seller: {sku}"


def match(desk: Desk, row: JSON) -> Item:
    """Raise RowFailed when there is no such product, or the identifier or the SKU is in use."""
    sku = sku_of(row)
    held = desk.seller.items.get(sku)
    if held is not None:
        check_unlocked(desk, held)
    gtin, amount, condition, amounts = _gtin(row), _price(row), _condition(row), _amounts(desk, row)
    product = desk.catalog.products.get(gtin)
    if product is None or product.needs_setup:
        raise RowFailed("productId", f"No product in the catalog matches {gtin}: a full item setup is needed")
    for other in desk.offers(gtin):
        if other.sku != sku and other.condition == condition and stock.lifecycle(other, desk.now) == "ACTIVE":
            raise RowFailed("productId", TAKEN_TEXT.format(gtin=gtin, sku=other.sku), TAKEN)
    item = _tie(desk, sku, product, amount)
    item.condition = condition
    write(desk, sku, amounts)
    return item


def _tie(desk: Desk, sku: str, product: Product, amount: Decimal) -> Item:
    """A known SKU gets the new identity; the offer is IN_PROGRESS until it is published, or not."""
    item = appear(desk.seller, desk.partner_id, sku, desk.now)
    item.wpid, item.item_id, item.name, item.brand = product.wpid, product.item_id, product.title, product.brand
    item.gtin, item.upc, item.product_type = product.gtin, products.upc_of(product.gtin), product.product_type
    item.shelf = product.categories or item.shelf
    item.price, item.later_prices = amount, []
    item.lifecycle_status, item.retired_from = "ACTIVE", None
    item.unpublished_reasons = list(product.unpublished_reasons)
    item.published_status = "UNPUBLISHED" if item.unpublished_reasons else "PUBLISHED"
    item.published_from = desk.now + round(desk.catalog.options.publish_after * 1000)
    desk.offers(product.gtin).append(item)
    return item


def _gtin(row: JSON) -> str:
    """One object, not a list; of 14 digits after padding."""
    given = row.get("productIdentifiers")
    if not isinstance(given, dict):
        raise RowFailed("productIdentifiers", "productIdentifiers should be one object")
    gtin = products.gtin14(str(given.get("productIdType")), str(given.get("productId")))
    if gtin is None:
        raise RowFailed("productId", "productId does not fit its productIdType")
    return gtin


def _price(row: JSON) -> Decimal:
    amount, weight = price.money(row.get("price")), row.get("ShippingWeight")
    if amount is None:
        raise RowFailed("price", "price should be a positive number with at most two decimals")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or weight < 0:
        raise RowFailed("ShippingWeight", "ShippingWeight should be a number of pounds")
    return amount


def _condition(row: JSON) -> str:
    condition = row.get("condition", NEW)
    if condition not in CONDITIONS:
        raise RowFailed("condition", f"condition should be one of {', '.join(CONDITIONS)}")
    if not condition.startswith(NEW) and not row.get("mainImageUrl"):
        raise RowFailed("mainImageUrl", "mainImageUrl is required for this condition")
    return str(condition)


def _amounts(desk: Desk, row: JSON) -> dict[str, int]:
    """Stock by node, which the 5.x payload may carry."""
    if "inventory" not in row:
        return {}
    given = row["inventory"]
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise RowFailed("inventory", "inventory should be a list")
    amounts = {str(entry.get("fulfillmentCenterID") or DEFAULT_SHIP_NODE): entry.get("quantity") for entry in given}
    if amounts.keys() - stock.nodes(desk.seller) or not all(stock.is_amount(amount) for amount in amounts.values()):
        raise RowFailed("inventory", "inventory should name known centers and whole quantities")
    return amounts
