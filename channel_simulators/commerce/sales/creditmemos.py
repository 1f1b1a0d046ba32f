"""Offline refunds (observed §4, §8, §9; commerce-api §6.5, §7.2). Guards that the shop lacks are missing here too."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from channel_simulators.commerce.call import Call, existing, integer
from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.sales import comments, creditmemo_totals, documents, states
from channel_simulators.commerce.sales.creditmemo_totals import CreditmemoDraft
from channel_simulators.commerce.store.columns import Row, add, num, number
from channel_simulators.commerce.store.state import Document, Order, plain
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import invalid_document, not_found

_NO_RETURN = "The return to stock argument contains product item that is not part of the original order."


@dataclass(frozen=True, kw_only=True)
class Refund:
    """`quantities` empty: everything left; `shipping` None: all shipping left (observed §9, guards)."""

    quantities: dict[int, Decimal] = field(default_factory=dict)
    shipping: Decimal | None = None
    positive: Decimal = Decimal(0)
    negative: Decimal = Decimal(0)
    restock: frozenset[int] = frozenset()
    comment: Any = None
    notify: bool = False


def refund(call: Call) -> str:
    order = existing(call.tx.order(call.number("orderId")))
    return str(refund_order(call.tx, order, _asked(order, call.body(bodies.REFUND))).row["entity_id"])


def refund_invoice(call: Call) -> str:
    invoice = call.state.invoices.get(call.number("invoiceId"))
    if invoice is None:
        raise not_found()
    order = existing(call.tx.order(invoice.row["order_id"]))
    made = refund_order(call.tx, order, _asked(order, call.body(bodies.REFUND)))
    made.row["invoice_id"] = invoice.row["entity_id"]
    return str(made.row["entity_id"])


def _asked(order: Order, body: dict[str, Any]) -> Refund:
    arguments = body.get("arguments") or {}
    shipping = arguments.get("shipping_amount")
    extension = arguments.get("extension_attributes") or {}
    return Refund(
        quantities=documents.quantities(order, body.get("items")),
        shipping=None if shipping is None else number(shipping),
        positive=number(arguments.get("adjustment_positive") or 0),
        negative=number(arguments.get("adjustment_negative") or 0),
        restock=frozenset(integer(entry) for entry in extension.get("return_to_stock_items") or []),
        comment=body.get("comment"),
        notify=bool(body.get("notify")),
    )


def refund_order(tx: Transaction, order: Order, asked: Refund) -> Document:
    if order.state in ("closed", "canceled", "holded", "payment_review"):
        status = order.row.get("status")
        raise invalid_document("Creditmemo", f"A creditmemo can not be created when an order has a status of {status}")
    if any(order.item(item_id) is None for item_id in asked.restock):
        raise invalid_document("Creditmemo", _NO_RETURN)
    draft = creditmemo_totals.draft(
        order, asked.quantities, shipping=asked.shipping, positive=asked.positive, negative=asked.negative
    )
    _check_money(order, draft)
    made = _document(tx, draft)
    documents.add_comment(tx, made, asked.comment)
    _return_goods(tx, draft, asked.restock)
    _book(draft)
    comments.write(tx, order, f"We refunded ${draft.row['grand_total']:.2f} offline.", is_customer_notified=0)
    states.after_save(order)
    tx.add_document("creditmemo", made)
    if asked.notify:
        tx.mail(order, "creditmemo", f"Credit memo for your order {order.row['increment_id']}")
    return made


def _check_money(order: Order, draft: CreditmemoDraft) -> None:
    """Never more than was paid, by base amounts."""
    paid, refunded = round(num(order.row, "base_total_paid"), 2), num(order.row, "base_total_refunded")
    if not num(order.row, "total_paid") and "total_paid" not in order.row:
        raise invalid_document("Creditmemo", "The most money available to refund is 0.")
    if round(refunded + draft.row["base_grand_total"], 2) > paid:
        raise invalid_document("Creditmemo", f"The most money available to refund is {plain(paid - refunded)}.")


def _document(tx: Transaction, draft: CreditmemoDraft) -> Document:
    order = draft.order
    row = documents.open_document(tx, "creditmemo", order) | draft.row | {"state": 2}
    row |= {name: order.row.get(name) for name in ("order_currency_code", "base_currency_code", "base_to_order_rate")}
    items = [_item(tx, row, item, line) for item, line, _ in draft.lines()]
    return Document(row=row, items=items)


def _item(tx: Transaction, parent: Row, item: Row, line: Row) -> Row:
    copied = {name: item.get(name) for name in ("sku", "name", "price", "base_price", "product_id")}
    ids = {"entity_id": tx.state.next("creditmemo_item"), "parent_id": parent["entity_id"]}
    return {**ids, **copied, **line, "order_item_id": item["item_id"]}


def _return_goods(tx: Transaction, draft: CreditmemoDraft, restock: frozenset[int]) -> None:
    """Units invoiced but never shipped count as refunded first (commerce-api §6.5)."""
    zero = Decimal(0)
    for item, line, _ in draft.lines():
        open_units = num(item, "qty_invoiced") - num(item, "qty_refunded") - num(item, "qty_shipped")
        unshipped = min(max(open_units, zero), line["qty"])
        shipped = line["qty"] - unshipped
        tx.reserve(item["sku"], unshipped, "creditmemo_created", draft.order)
        source = stock.shipped_from(tx.state, draft.order.id, item["item_id"])
        if item["item_id"] in restock:
            tx.move(source, item["sku"], shipped)
        else:
            tx.move(source, item["sku"], -unshipped)


def _book(draft: CreditmemoDraft) -> None:
    order, made = draft.order, draft.row
    for item, line, _ in draft.lines():
        add(item, "qty_refunded", line["qty"])
        for p in ("", "base_"):
            add(item, p + "amount_refunded", num(line, p + "row_total"))
            add(item, p + "tax_refunded", num(line, p + "tax_amount"))
            add(item, p + "discount_refunded", num(line, p + "discount_amount"))
    for p in ("", "base_"):
        for total, part in (
            ("subtotal_refunded", "subtotal"),
            ("tax_refunded", "tax_amount"),
            ("shipping_refunded", "shipping_amount"),
            ("shipping_tax_refunded", "shipping_tax_amount"),
            ("discount_refunded", "discount_amount"),
            ("adjustment_positive", "adjustment_positive"),
            ("adjustment_negative", "adjustment_negative"),
            ("total_refunded", "grand_total"),
            ("total_offline_refunded", "grand_total"),
        ):
            add(order.row, p + total, made[p + part])
        add(order.payment, p + "amount_refunded", made[p + "grand_total"])
