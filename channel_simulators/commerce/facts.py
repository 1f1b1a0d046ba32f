"""Plain facts about everything in the shop, for tests and for its page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


def orders(state: State, sources: Iterable[Order]) -> list[Json]:
    """Every stored column (`row_total` gross, as stored), the documents, and the orders' reservations."""
    documents: defaultdict[tuple[str, int], list[Json]] = defaultdict(list)
    for kind in ("shipment", "invoice", "creditmemo"):
        for document in state.documents(kind).values():
            documents[kind, document.row["order_id"]].append(_document(document))
    reservations: defaultdict[str, list[Json]] = defaultdict(list)
    for reservation in state.reservations:
        reservations[reservation.order].append(vars(reservation))
    return [plainly(_order(source, documents, reservations[source.row["increment_id"]])) for source in sources]


def _order(source: Order, documents: Mapping[tuple[str, int], list[Json]], reservations: list[Json]) -> Json:
    return {
        **source.row,
        "items": source.items,
        "payment": source.payment,
        "billing_address": source.billing_address,
        "shipping_address": source.shipping_address,
        "comments": list(reversed(source.history)),
        "shipments": documents.get(("shipment", source.id), []),
        "invoices": documents.get(("invoice", source.id), []),
        "creditmemos": documents.get(("creditmemo", source.id), []),
        "reservations": reservations,
    }


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
        "orders": orders(state, state.orders.values()),
        "products": products(state),
        "sources": plainly([asdict(source) for source in state.sources]),
        "source_items": plainly([asdict(item) for item in state.source_items]),
        "carts": plainly([asdict(cart) for cart in state.carts.values()]),
        "mails": [asdict(mail) for mail in state.mails],
        "options": asdict(state.options),
        "acl": state.integration.resources,
    }
    return result
