"""Plain facts about everything in the shop, for tests and for its page."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.store.entities import Document, Order, Product
from channel_simulators.commerce.store.state import KINDS, State, plain

Json = dict[str, Any]


def plainly(value: Any) -> Any:
    """The value with its Decimals as JSON numbers, at any depth."""
    if isinstance(value, dict):
        return {str(name): plainly(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(inner) for inner in value]
    return plain(value)


def orders(state: State, sources: Iterable[Order]) -> list[Json]:
    """Every stored column (`row_total` gross, as stored), the documents, and the orders' reservations."""
    return [plainly(_order(state, source)) for source in sources]


def _order(state: State, source: Order) -> Json:
    documents = {f"{kind}s": [_document(d) for d in state.documents_of(kind, source.id)] for kind in KINDS}
    return {
        **source.row,
        "items": source.items,
        "payment": source.payment,
        "billing_address": source.billing_address,
        "shipping_address": source.shipping_address,
        "comments": list(reversed(source.history)),
        **documents,
        "reservations": [vars(made) for made in state.by.reservations.get(source.row["increment_id"], [])],
    }


def _document(source: Document) -> Json:
    return {**source.row, "items": source.items, "tracks": source.tracks, "comments": source.comments}


def products(state: State, sources: Iterable[Product] | None = None) -> list[Json]:
    """With the quantity at the sources and the salable one of the default stock."""
    default = state.stocks[stock.DEFAULT]
    rows = [
        {
            **asdict(product),
            "source_quantity": sum(item.quantity for item in stock.stock_items(state, product.sku, default)),
            "salable": stock.salable(state, product.sku, default),
        }
        for product in (state.products.values() if sources is None else sources)
    ]
    return [plainly(row) for row in rows]


def everything(state: State) -> Json:
    result: Json = {
        "orders": orders(state, state.orders.values()),
        "products": products(state),
        "sources": plainly([asdict(source) for source in state.sources]),
        "stocks": plainly([asdict(one) for one in state.stocks.values()]),
        "source_items": plainly([asdict(item) for item in state.source_items.values()]),
        "carts": plainly([asdict(cart) for cart in state.carts.values()]),
        "mails": [asdict(mail) for mail in state.mails],
        "options": asdict(state.options),
        "acl": state.integration.resources,
    }
    return result
