"""Sources and salable quantity of the shop's one stock (commerce-api §6.5, §8)."""

from decimal import Decimal

from channel_simulators.commerce.store.state import Product, SourceItem, State, find_product, key
from channel_simulators.commerce.store.transaction import Transaction

STOCK_ID = 1
STOCK_NAME = "Default Stock"


def default_source(state: State) -> str:
    """The stock's source if it has exactly one, else `default`, even if not in the stock (observed §10)."""
    return state.stock_sources[0] if len(state.stock_sources) == 1 else "default"


def shipped_from(state: State, order_id: int, item_id: int) -> str:
    for shipment in state.documents_of("shipment", order_id):
        if any(item["order_item_id"] == item_id for item in shipment.items):
            return str(shipment.row["source_code"])
    return default_source(state)


def stock_items(state: State, sku: str) -> list[SourceItem]:
    """The source items of a SKU that count for the stock."""
    enabled = {source.source_code for source in state.sources if source.enabled}
    counted = enabled & set(state.stock_sources)
    return [item for item in state.source_items if key(item.sku) == key(sku) and item.source_code in counted]


def salable(state: State, sku: str) -> Decimal:
    """Quantity in stock at the sources plus all reservations; 0 when no source has it in stock."""
    held = [item.quantity for item in stock_items(state, sku) if item.status == 1]
    if not held:
        return Decimal(0)
    return sum(held, Decimal(0)) + state.reserved.get(key(sku), Decimal(0))


def in_stock(state: State, product: Product) -> bool:
    """Whether the product's page would offer it at all, by its source items."""
    if product.type_id == "configurable":
        children = [find_product(state, sku) for sku in product.children]
        return any(child is not None and in_stock(state, child) for child in children)
    return any(item.status == 1 and item.quantity > 0 for item in stock_items(state, product.sku))


def set_source_quantity(tx: Transaction, sku: str, quantity: Decimal, source_code: str, status: int) -> None:
    """Write a source item; an unknown SKU makes an orphan row (observed §5)."""

    def write() -> None:
        for item in tx.state.source_items:
            if (item.source_code, key(item.sku)) == (source_code, key(sku)):
                item.quantity, item.status = quantity, status
                return
        item = SourceItem(source_code=source_code, sku=sku, quantity=quantity, status=status)
        tx.state.source_items.append(item)

    tx.afterwards(write)
