"""List calls of the sales entities: search over main-table columns only (commerce-api §3.1)."""

from collections.abc import Callable
from typing import Any, TypeVar

from channel_simulators.commerce.call import Call, existing
from channel_simulators.commerce.sales import rendering
from channel_simulators.commerce.store import columns
from channel_simulators.commerce.store.columns import Row
from channel_simulators.commerce.store.entities import Document, Order
from channel_simulators.commerce.wire import search

T = TypeVar("T")
Json = dict[str, Any]

_ORDER_COLUMNS = frozenset((*columns.ORDER, "shipping_method", "send_email"))
_DOCUMENT_COLUMNS = frozenset((
    "entity_id", "increment_id", "order_id", "store_id", "created_at", "updated_at", "total_qty", "email_sent", "state",
    "grand_total", "subtotal", "tax_amount", "shipping_amount", "discount_amount", "base_grand_total", "invoice_id",
    "billing_address_id", "shipping_address_id", "adjustment", "adjustment_positive", "adjustment_negative",
    "customer_id", "shipment_status", "order_currency_code", "transaction_id", "creditmemo_status",
))  # fmt: skip
_TRANSACTION_COLUMNS = frozenset(("transaction_id", "order_id", "payment_id", "txn_id", "txn_type", "created_at"))


def answer(call: Call, table: search.Table[T], show: Callable[[T], Json]) -> Json:
    criteria = call.criteria()
    found = search.find(criteria, table)
    items = [show(entry) for entry in found.entries]
    return {"items": items, "search_criteria": criteria.echo(), "total_count": found.total}


def _row(entry: Order | Document) -> Row:
    return entry.row


def orders(call: Call) -> Json:
    index = call.state.by.orders
    table = search.Table(entries=call.state.orders, row=_row, columns=_ORDER_COLUMNS, index=index)
    return answer(call, table, rendering.order)


def order(call: Call) -> Json:
    return rendering.order(existing(call.state.orders.get(call.number("id"))))


def order_items(call: Call) -> Json:
    """Of all orders: their `updated_at` does move with the quantities (observed §2.2)."""
    by = call.state.by
    table: search.Table[Row] = search.Table(
        entries=by.items, row=lambda row: row, columns=columns.ITEM, key="item_id", index=by.item
    )
    return answer(call, table, rendering.item)


def order_item(call: Call) -> Json:
    return rendering.item(existing(call.state.by.items.get(call.number("id"))))


def _documents(call: Call, kind: str, show: Callable[[Document], Json]) -> Json:
    entries, index = call.state.documents(kind), call.state.by.documents[kind]
    return answer(call, search.Table(entries=entries, row=_row, columns=_DOCUMENT_COLUMNS, index=index), show)


def shipments(call: Call) -> Json:
    return _documents(call, "shipment", rendering.shipment)


def shipment(call: Call) -> Json:
    return rendering.shipment(existing(call.state.shipments.get(call.number("id"))))


def invoices(call: Call) -> Json:
    return _documents(call, "invoice", rendering.document)


def invoice(call: Call) -> Json:
    return rendering.document(existing(call.state.invoices.get(call.number("id"))))


def creditmemos(call: Call) -> Json:
    return _documents(call, "creditmemo", rendering.document)


def creditmemo(call: Call) -> Json:
    return rendering.document(existing(call.state.creditmemos.get(call.number("id"))))


def transactions(call: Call) -> Json:
    """Offline payments make none."""
    table: search.Table[Row] = search.Table(entries={}, row=lambda row: row, columns=_TRANSACTION_COLUMNS)
    return answer(call, table, lambda row: row)


def comments(call: Call) -> Json:
    order = existing(call.state.orders.get(call.number("id")))
    return comment_list([rendering.history(entry) for entry in reversed(order.history)])


def comment_list(items: list[Json]) -> Json:
    return {"items": items, "search_criteria": {"filter_groups": []}, "total_count": len(items)}
