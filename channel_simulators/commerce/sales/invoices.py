"""Offline invoices (observed §4, §8; commerce-api §7.1)."""

from decimal import Decimal
from typing import Any

from channel_simulators.commerce.call import Call, existing
from channel_simulators.commerce.sales import documents, states
from channel_simulators.commerce.sales.quantities import to_invoice
from channel_simulators.commerce.sales.totals import invoices as totals
from channel_simulators.commerce.sales.totals.invoices import InvoiceDraft
from channel_simulators.commerce.store.columns import Row, add, num
from channel_simulators.commerce.store.entities import Document, Order
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import invalid_document

_EMPTY = "The invoice can't be created without products. Add products and try again."


def invoice(call: Call) -> str:
    body = call.body(bodies.INVOICE)
    order = existing(call.tx.order(call.number("orderId")))
    wanted = documents.quantities(order, body["items"]) if body.get("items") else None
    made = invoice_order(call.tx, order, wanted, comment=body.get("comment"))
    if body.get("notify"):
        call.tx.mail(order, "invoice", f"Invoice for your order {order.row['increment_id']}")
    return str(made.row["entity_id"])


def invoice_order(tx: Transaction, order: Order, wanted: dict[int, Decimal] | None, *, comment: Any = None) -> Document:
    """Invoice these quantities by order item id, or everything open; paid at once, as every offline invoice is."""
    if wanted is None:
        wanted = {item["item_id"]: to_invoice(item) for item in order.items if to_invoice(item) > 0}
    _validate(order, wanted)
    draft = totals.draft(order, wanted, tx.state.documents_of("invoice", order.id))
    made = _document(tx, draft)
    documents.add_comment(tx, made, comment)
    _book(draft)
    states.in_process(order)
    tx.add_document("invoice", made)
    return made


def _validate(order: Order, wanted: dict[int, Decimal]) -> None:
    faults = []
    if order.state in ("complete", "closed", "canceled", "holded", "payment_review"):
        faults.append(f"An invoice cannot be created when an order has a status of {order.row.get('status')}")
    if not any(quantity > 0 for quantity in wanted.values()):
        faults.append(_EMPTY)
    for item in order.items:
        if wanted.get(item["item_id"], Decimal(0)) > to_invoice(item):
            text = "The quantity to invoice must not be greater than the uninvoiced quantity for product SKU"
            faults.append(f'{text} "{item["sku"]}".')
    if faults:
        raise invalid_document("Invoice", *faults)


def _document(tx: Transaction, draft: InvoiceDraft) -> Document:
    order = draft.order
    row = documents.open_document(tx, "invoice", order) | draft.row
    row |= {"state": 2, "can_void_flag": 0, "total_qty": sum(line["qty"] for _, line, _ in draft.lines())}
    row |= {name: order.row.get(name) for name in ("order_currency_code", "base_currency_code", "base_to_order_rate")}
    items = [_item(tx, row, item, line) for item, line, _ in draft.lines()]
    for item, line, _ in draft.lines():
        items += [_item(tx, row, child, {"qty": line["qty"]}) for child in documents.children(order, item)]
    return Document(row=row, items=items)


def _item(tx: Transaction, parent: Row, item: Row, line: Row) -> Row:
    copied = {name: item.get(name) for name in ("sku", "name", "price", "base_price", "product_id")}
    ids = {"entity_id": tx.state.next("invoice_item"), "parent_id": parent["entity_id"]}
    return {**ids, **copied, **line, "order_item_id": item["item_id"]}


def _book(draft: InvoiceDraft) -> None:
    order, made = draft.order, draft.row
    for item, line, _ in draft.lines():
        for booked in (item, *documents.children(order, item)):
            add(booked, "qty_invoiced", line["qty"])
        for p in ("", "base_"):
            add(item, p + "row_invoiced", num(line, p + "row_total"))
            add(item, p + "tax_invoiced", num(line, p + "tax_amount"))
            add(item, p + "discount_invoiced", num(line, p + "discount_amount"))
    for p in ("", "base_"):
        total = made[p + "grand_total"]
        add(order.row, p + "subtotal_invoiced", made[p + "subtotal"])
        add(order.row, p + "tax_invoiced", made[p + "tax_amount"])
        add(order.row, p + "shipping_invoiced", made[p + "shipping_amount"])
        add(order.row, p + "discount_invoiced", made[p + "discount_amount"])
        add(order.row, p + "total_invoiced", total)
        add(order.row, p + "total_paid", total)
        add(order.payment, p + "amount_paid", total)
