"""List calls of the sales entities: search over main-table columns only (commerce-api §3.1)."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from channel_simulators.commerce.call import Call, existing
from channel_simulators.commerce.sales import rendering
from channel_simulators.commerce.store import columns
from channel_simulators.commerce.store.columns import Row
from channel_simulators.commerce.store.state import Document, Order
from channel_simulators.commerce.wire import search

T = TypeVar("T")
Json = dict[str, Any]

_ORDER_COLUMNS = (*columns.ORDER, "shipping_method", "send_email")
_DOCUMENT_COLUMNS = (
    "entity_id", "increment_id", "order_id", "store_id", "created_at", "updated_at", "total_qty", "email_sent", "state",
    "grand_total", "subtotal", "tax_amount", "shipping_amount", "discount_amount", "base_grand_total", "invoice_id",
    "billing_address_id", "shipping_address_id", "adjustment", "adjustment_positive", "adjustment_negative",
    "customer_id", "shipment_status", "order_currency_code",
)  # fmt: skip


def answer(
    call: Call, entries: Sequence[T], row: Callable[[T], Row], known: Iterable[str], show: Callable[[T], Json]
) -> Json:
    criteria = call.criteria()
    found = search.find(criteria, [row(entry) for entry in entries], known)
    items = [show(entries[position]) for position in found.rows]
    return {"items": items, "search_criteria": criteria.echo(), "total_count": found.total}


def _same(row: Row) -> Row:
    return row


def _order_row(order: Order) -> Row:
    return order.row


def _document_row(document: Document) -> Row:
    return document.row


def orders(call: Call) -> Json:
    return answer(call, list(call.state.orders.values()), _order_row, _ORDER_COLUMNS, rendering.order)


def order(call: Call) -> Json:
    return rendering.order(existing(call.state.orders.get(call.number("id"))))


def order_items(call: Call) -> Json:
    rows = [item for order in call.state.orders.values() for item in order.items]
    return answer(call, rows, _same, columns.ITEM, rendering.item)


def order_item(call: Call) -> Json:
    wanted = call.number("id")
    rows = (item for order in call.state.orders.values() for item in order.items)
    return rendering.item(existing(next((item for item in rows if item["item_id"] == wanted), None)))


def shipments(call: Call) -> Json:
    return answer(call, list(call.state.shipments.values()), _document_row, _DOCUMENT_COLUMNS, rendering.shipment)


def shipment(call: Call) -> Json:
    return rendering.shipment(existing(call.state.shipments.get(call.number("id"))))


def invoices(call: Call) -> Json:
    return answer(call, list(call.state.invoices.values()), _document_row, _DOCUMENT_COLUMNS, rendering.document)


def invoice(call: Call) -> Json:
    return rendering.document(existing(call.state.invoices.get(call.number("id"))))


def creditmemos(call: Call) -> Json:
    return answer(call, list(call.state.creditmemos.values()), _document_row, _DOCUMENT_COLUMNS, rendering.document)


def creditmemo(call: Call) -> Json:
    return rendering.document(existing(call.state.creditmemos.get(call.number("id"))))


def comments(call: Call) -> Json:
    order = existing(call.state.orders.get(call.number("id")))
    items = [rendering.history(entry) for entry in reversed(order.history)]
    return {"items": items, "search_criteria": {"filter_groups": []}, "total_count": len(items)}
