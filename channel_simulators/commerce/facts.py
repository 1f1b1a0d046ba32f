"""Plain facts about everything in the shop, for tests and for its page."""

from dataclasses import asdict
from typing import Any

from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.store.state import Document, Order, State, plain

Json = dict[str, Any]


def plainly(value: Any) -> Any:
    """The value with its Decimals as JSON numbers, at any depth."""
    if isinstance(value, dict):
        return {str(name): plainly(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(inner) for inner in value]
    return plain(value)


def order(state: State, source: Order) -> Json:
    """Every stored column (`row_total` gross, as stored), the documents, and the order's reservations."""
    number = source.row["increment_id"]
    facts: Json = {
        **source.row,
        "items": source.items,
        "payment": source.payment,
        "billing_address": source.billing_address,
        "shipping_address": source.shipping_address,
        "comments": list(reversed(source.history)),
        "shipments": [_document(d) for d in state.documents_of("shipment", source.id)],
        "invoices": [_document(d) for d in state.documents_of("invoice", source.id)],
        "creditmemos": [_document(d) for d in state.documents_of("creditmemo", source.id)],
        "reservations": [asdict(r) for r in state.reservations if r.order == number],
    }
    result: Json = plainly(facts)
    return result


def _document(source: Document) -> Json:
    return {**source.row, "items": source.items, "tracks": source.tracks, "comments": source.comments}


def products(state: State) -> list[Json]:
    rows = [
        {
            **asdict(product),
            "source_quantity": sum(item.quantity for item in stock.stock_items(state, product.sku)),
            "salable": stock.salable(state, product.sku),
        }
        for product in state.products
    ]
    return [plainly(row) for row in rows]


def everything(state: State) -> Json:
    result: Json = {
        "orders": [order(state, source) for source in state.orders.values()],
        "products": products(state),
        "sources": plainly([asdict(source) for source in state.sources]),
        "source_items": plainly([asdict(item) for item in state.source_items]),
        "carts": plainly([asdict(cart) for cart in state.carts.values()]),
        "mails": [asdict(mail) for mail in state.mails],
        "options": asdict(state.options),
        "acl": state.integration.resources,
    }
    return result
