"""The money of an invoice: the shop's collectors for subtotal, discount, shipping and tax, in their order.

Each runs twice, for the order's and the base currency, so an order corrected in one of them only goes wrong here as
it does in the shop (observed §9). Shipping is charged whole on the first invoice.
"""

from dataclasses import dataclass
from decimal import Decimal

from channel_simulators.commerce.sales.quantities import real_items, to_invoice
from channel_simulators.commerce.sales.totals.drafts import Draft
from channel_simulators.commerce.store.columns import Row, num, number
from channel_simulators.commerce.store.entities import Document, Order

PREFIXES = ("", "base_")


@dataclass(kw_only=True)
class InvoiceDraft(Draft):
    earlier: list[Document]
    quantities: dict[int, Decimal]  # by order item id

    def is_last(self) -> bool:
        return all(line["qty"] == to_invoice(item) for item, line, _ in self.lines())


def draft(order: Order, quantities: dict[int, Decimal], earlier: list[Document]) -> InvoiceDraft:
    """Lines for everything still uninvoiced, those not asked for with quantity 0."""
    new = InvoiceDraft(order=order, earlier=earlier, quantities=quantities)
    for item in real_items(order):
        if to_invoice(item) > 0:
            new.items[item["item_id"]] = {"qty": quantities.get(item["item_id"], Decimal(0))}
    for prefix in PREFIXES:
        _collect(new, prefix)
    return new


def _collect(new: InvoiceDraft, p: str) -> None:
    subtotal = _subtotal(new, p)
    discount = _discount(new, p)
    shipping, shipping_tax = _shipping(new, p)
    tax = _tax(new, p, shipping_tax)
    amounts = {
        "subtotal": subtotal,
        "discount_amount": -discount,
        "shipping_amount": shipping,
        "shipping_tax_amount": shipping_tax,
        "shipping_incl_tax": shipping + shipping_tax,
        "tax_amount": tax,
        "subtotal_incl_tax": subtotal + tax - shipping_tax,
        "grand_total": max(subtotal - discount, 0.0) + shipping + tax,
    }
    new.row |= {p + name: number(value) for name, value in amounts.items()}


def _share(
    new: InvoiceDraft, item: Row, quantity: float, open_amount: float, p: str, *, negative: bool = False
) -> float:
    """The part of an item's not yet invoiced amount that falls on this quantity; the last invoice takes the rest."""
    if number(quantity) == to_invoice(item):
        return open_amount
    available = float(num(item, "qty_ordered") - num(item, "qty_invoiced"))
    return new.rounding.round(open_amount / available * quantity, p, negative=negative)


def _subtotal(new: InvoiceDraft, p: str) -> float:
    total = 0.0
    for item, line, quantity in new.lines():
        rest = float(num(item, p + "row_total")) - float(num(item, p + "row_invoiced"))
        row_total = _share(new, item, quantity, rest, p)
        line[p + "row_total"] = number(row_total)
        total += row_total
    allowed = float(num(new.order.row, p + "subtotal")) - float(num(new.order.row, p + "subtotal_invoiced"))
    return allowed if new.is_last() else min(allowed, total)


def _discount(new: InvoiceDraft, p: str) -> float:
    total = 0.0
    if not any(num(invoice.row, "discount_amount") for invoice in new.earlier):
        total += float(num(new.order.row, p + "shipping_discount_amount"))
    for item, line, quantity in new.lines():
        whole = float(num(item, p + "discount_amount"))
        if whole:
            rest = whole - float(num(item, p + "discount_invoiced"))
            discount = _share(new, item, quantity, rest, p, negative=True)
            line[p + "discount_amount"] = number(discount)
            total += discount
    return total


def _shipping(new: InvoiceDraft, p: str) -> tuple[float, float]:
    if any(num(invoice.row, "shipping_amount") for invoice in new.earlier):
        return 0.0, 0.0
    row = new.order.row
    return float(num(row, p + "shipping_amount")), float(num(row, p + "shipping_tax_amount"))


def _tax(new: InvoiceDraft, p: str, shipping_tax: float) -> float:
    total = shipping_tax
    for item, line, quantity in new.lines():
        whole = float(num(item, p + "tax_amount"))
        if whole and quantity > 0:
            tax = _share(new, item, quantity, whole - float(num(item, p + "tax_invoiced")), p)
            line[p + "tax_amount"] = number(tax)
            total += tax
    row = new.order.row
    allowed = float(num(row, p + "tax_amount")) - float(num(row, p + "tax_invoiced"))
    return allowed if new.is_last() else min(allowed, total)
