"""The money of a credit memo: subtotal, shipping, tax, discount, adjustments, in the shop's order (observed §8, §9)."""

from dataclasses import dataclass
from decimal import Decimal

from channel_simulators.commerce.sales.quantities import real_items, to_invoice, to_refund
from channel_simulators.commerce.sales.totals.drafts import Draft
from channel_simulators.commerce.sales.totals.rounding import php_round
from channel_simulators.commerce.store.columns import Row, num, number
from channel_simulators.commerce.store.entities import Order
from channel_simulators.commerce.wire.errors import ApiError

PREFIXES = ("", "base_")
_TINY = 0.0001


@dataclass(kw_only=True)
class CreditmemoDraft(Draft):
    shipping: Decimal | None  # base currency; None: all that is left
    positive: Decimal
    negative: Decimal

    def is_last(self) -> bool:
        return all(_is_last(item, line["qty"]) for item, line, _ in self.lines())


def _is_last(item: Row, quantity: Decimal) -> bool:
    return quantity == to_refund(item) and not to_invoice(item)


def draft(
    order: Order,
    quantities: dict[int, Decimal] | None,
    *,
    shipping: Decimal | None,
    positive: Decimal,
    negative: Decimal,
    limits: dict[int, Decimal] | None = None,
) -> CreditmemoDraft:
    """`quantities` None means everything left; raises 400 for more than was invoiced and not refunded. `limits`, by
    item id, hold a memo to one invoice. A quantity of 0 makes a row, a line that is not named makes none.
    """
    new = CreditmemoDraft(order=order, shipping=shipping, positive=positive, negative=negative)
    for item in real_items(order):
        item_id, left = item["item_id"], to_refund(item)
        if left <= 0 or (quantities is not None and item_id not in quantities):
            continue
        most = left if limits is None else min(left, limits.get(item_id, Decimal(0)))
        quantity = most if quantities is None else quantities[item_id]
        if quantity > most:
            raise invalid_quantity(item)
        new.items[item_id] = {"qty": quantity}
    for prefix in PREFIXES:
        _collect(new, prefix)
    return new


def invalid_quantity(item: Row) -> ApiError:
    return ApiError(400, 'We found an invalid quantity to refund item "%1".', [item.get("name")])


def _collect(new: CreditmemoDraft, p: str) -> None:
    subtotal = _subtotal(new, p)
    shipping = _shipping(new, p)
    shipping_tax, partial = _shipping_tax(new, p, shipping)
    tax = _tax(new, p, shipping_tax, partial=partial)
    discount = _discount(new, p, shipping)
    positive, negative = float(new.positive), float(new.negative)
    amounts = {
        "subtotal": subtotal,
        "shipping_amount": shipping,
        "shipping_tax_amount": shipping_tax,
        "shipping_incl_tax": shipping + shipping_tax,
        "tax_amount": tax,
        "subtotal_incl_tax": subtotal + tax - shipping_tax,
        "discount_amount": -discount,
        "adjustment_positive": positive,
        "adjustment_negative": negative,
        "adjustment": positive - negative,
        "grand_total": subtotal + shipping + tax - discount + positive - negative,
    }
    new.row |= {p + name: number(value) for name, value in amounts.items()}


def _share(new: CreditmemoDraft, item: Row, quantity: float, rest: float, p: str, *, negative: bool = False) -> float:
    """The part of what was invoiced and not yet refunded that falls on this quantity; the last memo takes the rest."""
    if _is_last(item, number(quantity)):
        return rest
    available = float(num(item, "qty_invoiced") - num(item, "qty_refunded"))
    return new.rounding.round(rest / available * quantity, p, negative=negative)


def _subtotal(new: CreditmemoDraft, p: str) -> float:
    total = 0.0
    for item, line, quantity in new.lines():
        rest = float(num(item, p + "row_invoiced")) - float(num(item, p + "amount_refunded"))
        row_total = _share(new, item, quantity, rest, p)
        line[p + "row_total"] = number(row_total)
        total += row_total
    return total


def _shipping(new: CreditmemoDraft, p: str) -> float:
    row = new.order.row
    allowed = float(num(row, p + "shipping_amount")) - float(num(row, p + "shipping_refunded"))
    if new.shipping is None:
        return allowed
    base_allowed = float(num(row, "base_shipping_amount")) - float(num(row, "base_shipping_refunded"))
    wanted = php_round(float(new.shipping))
    if wanted >= php_round(base_allowed) + _TINY:
        raise ApiError(400, "Maximum shipping amount allowed to refund is: %1", [php_round(base_allowed)])
    if wanted > base_allowed - _TINY:
        return allowed
    return php_round(allowed * (wanted / base_allowed)) if base_allowed > 0 else 0.0


def _shipping_tax(new: CreditmemoDraft, p: str, shipping: float) -> tuple[float, bool]:
    """The tax on the refunded shipping, and whether some shipping stays unrefunded."""
    row = new.order.row
    whole, refunded = float(num(row, p + "shipping_amount")), float(num(row, p + "shipping_refunded"))
    tax = float(num(row, p + "shipping_tax_amount"))
    if whole - refunded > shipping + _TINY:
        return new.rounding.round(tax * (shipping / whole), p), True
    return tax - float(num(row, p + "shipping_tax_refunded")), False


def _tax(new: CreditmemoDraft, p: str, shipping_tax: float, *, partial: bool) -> float:
    total = shipping_tax
    for item, line, quantity in new.lines():
        if quantity <= 0:
            continue
        rest = float(num(item, p + "tax_invoiced")) - float(num(item, p + "tax_refunded"))
        tax = _share(new, item, quantity, rest, p)
        line[p + "tax_amount"] = number(tax)
        total += tax
    row = new.order.row
    allowed = float(num(row, p + "tax_invoiced")) - float(num(row, p + "tax_refunded"))
    return allowed if new.lines() and new.is_last() and not partial else min(allowed, total)


def _discount(new: CreditmemoDraft, p: str, shipping: float) -> float:
    row = new.order.row
    whole_shipping = float(num(row, p + "shipping_amount"))
    total = 0.0
    if shipping and whole_shipping:
        total += shipping * float(num(row, p + "shipping_discount_amount")) / whole_shipping
    for item, line, quantity in new.lines():
        invoiced = float(num(item, p + "discount_invoiced"))
        if invoiced:
            rest = invoiced - float(num(item, p + "discount_refunded"))
            discount = _share(new, item, quantity, rest, p, negative=True)
            line[p + "discount_amount"] = number(discount)
            total += discount
    return total
