"""Sources, stocks and salable quantity (commerce-api §6.5, §8)."""

from collections.abc import Iterable
from decimal import Decimal

from channel_simulators.commerce import topology
from channel_simulators.commerce.store.entities import Order, Product, SourceItem, Stock
from channel_simulators.commerce.store.state import State, find_product, key, source_items_of

DEFAULT = 1
DEFAULT_SOURCE = "default"


def of_website(state: State, code: str) -> Stock:
    """Every website has exactly one stock; the default one where no other was given."""
    return next((stock for stock in state.stocks.values() if code in stock.websites), state.stocks[DEFAULT])


def of_store(state: State, store_id: int) -> Stock:
    website = topology.website_id(max(store_id, 1))
    return of_website(state, next(str(w["code"]) for w in topology.WEBSITES if w["id"] == website))


def of_order(state: State, order: Order) -> Stock:
    return of_store(state, order.row["store_id"])


def default_source(stock: Stock) -> str:
    """The stock's source if it has exactly one, else `default`, even if not in the stock (observed §10)."""
    return stock.sources[0] if len(stock.sources) == 1 else DEFAULT_SOURCE


def stock_items(state: State, sku: str, stock: Stock) -> list[SourceItem]:
    """The source items of a SKU that count for the stock."""
    counted = {source.source_code for source in state.sources if source.enabled} & set(stock.sources)
    return [item for item in source_items_of(state, sku) if item.source_code in counted]


def held(items: Iterable[SourceItem]) -> Decimal | None:
    """What the sources have in stock; None where none has it."""
    there = [item.quantity for item in items if item.status == 1]
    return sum(there, Decimal(0)) if there else None


def salable(state: State, sku: str, stock: Stock) -> Decimal:
    """Quantity in stock at the sources, plus all reservations, less the product's out-of-stock threshold; 0 when no
    source has it in stock.
    """
    quantity = held(stock_items(state, sku, stock))
    if quantity is None:
        return Decimal(0)
    product = find_product(state, sku)
    threshold = product.min_qty if product is not None else Decimal(0)
    reserved = state.by.reserved.get((stock.id, key(sku)), Decimal(0)) if state.options.msi else Decimal(0)
    return quantity + reserved - threshold


def is_salable(state: State, product: Product, stock: Stock, quantity: Decimal = Decimal("0.0001")) -> bool:
    """Whether so many could be sold now."""
    if not product.manage_stock:
        return True
    if product.type_id == "configurable":
        return in_stock(state, product, stock)
    return salable(state, product.sku, stock) >= quantity or (
        product.backorders and held(stock_items(state, product.sku, stock)) is not None
    )


def in_stock(state: State, product: Product, stock: Stock) -> bool:
    """Whether the product's page would offer it at all, by its source items."""
    if product.type_id == "configurable":
        children = [find_product(state, sku) for sku in product.children]
        return any(child is not None and in_stock(state, child, stock) for child in children)
    if not product.manage_stock:
        return True
    items = stock_items(state, product.sku, stock)
    return any(item.status == 1 and (item.quantity > product.min_qty or product.backorders) for item in items)
