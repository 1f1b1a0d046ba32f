"""Offline refunds (observed §4, §5, §8, §9; commerce-api §6.5, §7.2). Guards the shop lacks are missing here too."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channel_simulators.commerce.call import Call, existing, integer
from channel_simulators.commerce.inventory import booking
from channel_simulators.commerce.inventory.booking import Returned
from channel_simulators.commerce.sales import comments, documents, states
from channel_simulators.commerce.sales.quantities import real_items, to_refund
from channel_simulators.commerce.sales.totals import creditmemos as totals
from channel_simulators.commerce.sales.totals.creditmemos import CreditmemoDraft
from channel_simulators.commerce.store.columns import Row, add, num, number
from channel_simulators.commerce.store.entities import Document, Order
from channel_simulators.commerce.store.state import plain
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import ApiError, invalid_document

_FOREIGN_ITEM = "The creditmemo contains product item that is not part of the original order."
_TOO_MANY = "The quantity to refund must not be greater than the unrefunded quantity."
_FOREIGN_RETURN = "The return to stock argument contains product item that is not part of the original order."
_NOT_SAVED = "Could not save a Creditmemo, see error log for details"


@dataclass(frozen=True, kw_only=True)
class Refund:
    """`quantities` None: everything left; `shipping` None: all shipping left (observed §9, guards)."""

    quantities: dict[int, Decimal] | None = None
    foreign_lines: bool = False
    shipping: Decimal | None = None
    positive: Decimal = Decimal(0)
    negative: Decimal = Decimal(0)
    restock: frozenset[int] = frozenset()
    comment: Any = None
    notify: bool = False
    limits: dict[int, Decimal] | None = None  # by order item, of the one invoice that is refunded


def refund(call: Call) -> str:
    order = existing(call.tx.order(call.number("orderId")))
    return str(refund_order(call.tx, order, _asked(order, call.body(bodies.REFUND))).id)


def refund_invoice(call: Call) -> str:
    """Bound to what this invoice charged; with an offline payment method `isOnline` changes nothing."""
    invoice = existing(call.tx.document("invoice", call.number("invoiceId")))
    order = existing(call.tx.order(invoice.row["order_id"]))
    earlier = [m for m in call.state.documents_of("creditmemo", order.id) if m.row.get("invoice_id") == invoice.id]
    body = call.body(bodies.REFUND)
    arguments = body.setdefault("arguments", {}) or {}
    if arguments.get("shipping_amount") is None:
        done = sum((num(memo.row, "base_shipping_amount") for memo in earlier), Decimal(0))
        body["arguments"] = arguments | {"shipping_amount": num(invoice.row, "base_shipping_amount") - done}
    made = refund_order(call.tx, order, _asked(order, body, _limits(invoice, earlier)))
    made.row["invoice_id"] = invoice.id
    invoice.row |= {"is_used_for_refund": 1, "updated_at": call.tx.now}
    add(invoice.row, "base_total_refunded", made.row["base_grand_total"])
    return str(made.id)


def _limits(invoice: Document, earlier: list[Document]) -> dict[int, Decimal]:
    limits = {line["order_item_id"]: line["qty"] for line in invoice.items}
    for memo in earlier:
        for line in memo.items:
            limits[line["order_item_id"]] = limits.get(line["order_item_id"], Decimal(0)) - line["qty"]
    return limits


def _asked(order: Order, body: dict[str, Any], limits: dict[int, Decimal] | None = None) -> Refund:
    arguments = body.get("arguments") or {}
    shipping = arguments.get("shipping_amount")
    extension = arguments.get("extension_attributes") or {}
    lines = body.get("items") or []
    _refuse_fractions(order, lines)
    return Refund(
        quantities=documents.quantities(order, lines) if lines else None,
        foreign_lines=any(order.item(integer(line.get("order_item_id"))) is None for line in lines),
        shipping=None if shipping is None else number(shipping),
        positive=number(arguments.get("adjustment_positive") or 0),
        negative=number(arguments.get("adjustment_negative") or 0),
        restock=frozenset(integer(entry) for entry in extension.get("return_to_stock_items") or []),
        comment=body.get("comment"),
        notify=bool(body.get("notify")),
        limits=limits,
    )


def _refuse_fractions(order: Order, lines: list[dict[str, Any]]) -> None:
    """Of a whole unit (commerce-api §7.2); a shipment cuts them off."""
    for line in lines:
        item, quantity = order.item(integer(line.get("order_item_id"))), documents.asked(line.get("qty"))
        if item is not None and quantity != int(quantity) and not item.get("is_qty_decimal"):
            raise totals.invalid_quantity(item)


def refund_order(tx: Transaction, order: Order, asked: Refund) -> Document:
    """Raises the shop's refusals; books money, quantities and stock."""
    draft = _checked(order, asked)
    made = _document(tx, draft)
    documents.add_comment(tx, made, asked.comment)
    returned = [Returned(item=item, quantity=line["qty"]) for item, line, _ in draft.lines()]
    if not booking.refunded(tx, order, returned, asked.restock):
        raise ApiError(400, _NOT_SAVED)
    _book(draft)
    comments.write(tx, order, f"We refunded ${draft.row['grand_total']:.2f} offline.", is_customer_notified=0)
    states.after_save(order)
    tx.add_document("creditmemo", made)
    if asked.notify:
        tx.mail(order, "creditmemo", f"Credit memo for your order {order.row['increment_id']}")
    return made


def _checked(order: Order, asked: Refund) -> CreditmemoDraft:
    if order.state in ("closed", "canceled", "holded", "payment_review"):
        status = order.row.get("status")
        raise invalid_document("Creditmemo", f"A creditmemo can not be created when an order has a status of {status}")
    draft = totals.draft(
        order,
        asked.quantities,
        shipping=asked.shipping,
        positive=asked.positive,
        negative=asked.negative,
        limits=asked.limits,
    )
    if not num(order.row, "total_paid") and "total_paid" not in order.row:
        raise invalid_document("Creditmemo", "The most money available to refund is 0.")
    faults = [*_item_faults(asked, draft), *_money_faults(order, draft)] or _return_faults(order, asked, draft)
    if faults:
        raise invalid_document("Creditmemo", *faults)
    return draft


def _item_faults(asked: Refund, draft: CreditmemoDraft) -> list[str]:
    faults = [_FOREIGN_ITEM] if asked.foreign_lines else []
    for item_id, quantity in (asked.quantities or {}).items():
        if quantity > 0 and item_id not in draft.items:
            faults.append(_TOO_MANY)
    return faults


def _money_faults(order: Order, draft: CreditmemoDraft) -> list[str]:
    """Never more than was paid, by base amounts."""
    paid, refunded = round(num(order.row, "base_total_paid"), 2), num(order.row, "base_total_refunded")
    if round(refunded + draft.row["base_grand_total"], 2) > paid:
        return [f"The most money available to refund is {plain(paid - refunded)}."]
    return []


def _return_faults(order: Order, asked: Refund, draft: CreditmemoDraft) -> list[str]:
    """Only the memo's own items go back to stock."""
    faults = [_FOREIGN_RETURN] if any(order.item(item_id) is None for item_id in asked.restock) else []
    absent = [item["sku"] for item in real_items(order) if item["item_id"] in asked.restock - draft.items.keys()]
    return faults + [f'The "{sku}" product is not part of the current creditmemo.' for sku in absent]


def refundable(order: Order) -> frozenset[int]:
    """Items a memo of everything left would hold."""
    return frozenset(item["item_id"] for item in real_items(order) if to_refund(item) > 0)


def _document(tx: Transaction, draft: CreditmemoDraft) -> Document:
    order = draft.order
    row = documents.open_document(tx, "creditmemo", order) | draft.row | {"state": 2}
    row |= {name: order.row.get(name) for name in ("order_currency_code", "base_currency_code", "base_to_order_rate")}
    for name, address in (("billing", order.billing_address), ("shipping", order.shipping_address)):
        if address is not None:
            row[f"{name}_address_id"] = address.get("entity_id")
    items = [_item(tx, row, item, line) for item, line, _ in draft.lines()]
    for item, line, _ in draft.lines():
        items += [_item(tx, row, child, {"qty": line["qty"]}) for child in documents.children(order, item)]
    return Document(row=row, items=items)


def _item(tx: Transaction, parent: Row, item: Row, line: Row) -> Row:
    copied = {name: item.get(name) for name in ("sku", "name", "price", "base_price", "product_id")}
    ids = {"entity_id": tx.state.next("creditmemo_item"), "parent_id": parent["entity_id"]}
    return {**ids, **copied, **line, "order_item_id": item["item_id"]}


def _book(draft: CreditmemoDraft) -> None:
    order, made = draft.order, draft.row
    for item, line, _ in draft.lines():
        for booked in (item, *documents.children(order, item)):
            add(booked, "qty_refunded", line["qty"])
        for p in ("", "base_"):
            add(item, p + "amount_refunded", num(line, p + "row_total"))
            add(item, p + "tax_refunded", num(line, p + "tax_amount"))
            add(item, p + "discount_refunded", num(line, p + "discount_amount"))
    for p in ("", "base_"):
        for total, part in _TOTALS:
            add(order.row, p + total, made[p + part])
        add(order.payment, p + "amount_refunded", made[p + "grand_total"])
        add(order.payment, p + "shipping_refunded", made[p + "shipping_amount"])


_TOTALS = (
    ("subtotal_refunded", "subtotal"),
    ("tax_refunded", "tax_amount"),
    ("shipping_refunded", "shipping_amount"),
    ("shipping_tax_refunded", "shipping_tax_amount"),
    ("discount_refunded", "discount_amount"),
    ("adjustment_positive", "adjustment_positive"),
    ("adjustment_negative", "adjustment_negative"),
    ("total_refunded", "grand_total"),
    ("total_offline_refunded", "grand_total"),
)
