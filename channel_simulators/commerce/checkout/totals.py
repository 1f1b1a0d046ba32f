"""A cart's money by the shop's own prices, cart rule and tax rule; callers' prices never count (commerce-api §3.5)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from channel_simulators.commerce.catalog import prices, rows
from channel_simulators.commerce.store.entities import Cart, CartItem, Product
from channel_simulators.commerce.store.state import State, find_product, plain

_CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Line:
    item: CartItem
    product: Product
    regular_price: Decimal
    price: Decimal
    row_total: Decimal
    discount: Decimal
    tax: Decimal
    discount_percent: Decimal
    tax_percent: Decimal


@dataclass(frozen=True, kw_only=True)
class Totals:
    lines: list[Line]
    shipping: Decimal

    @property
    def subtotal(self) -> Decimal:
        return sum((line.row_total for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), Decimal(0))

    @property
    def discount(self) -> Decimal:
        return sum((line.discount for line in self.lines), Decimal(0))

    @property
    def quantity(self) -> Decimal:
        return sum((line.item.qty for line in self.lines), Decimal(0))

    @property
    def grand_total(self) -> Decimal:
        return self.subtotal + self.tax - self.discount + self.shipping


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def compute(state: State, cart: Cart) -> Totals:
    lines = [_line(state, cart, item) for item in cart.items]
    shipping = shipping_price(state, cart) if cart.shipping_method else Decimal(0)
    return Totals(lines=lines, shipping=shipping)


def shipping_price(state: State, cart: Cart) -> Decimal:
    """Flat rate, per piece."""
    pieces = sum((item.qty for item in cart.items), Decimal(0))
    return cents(pieces * Decimal(str(state.options.flat_rate)))


def _line(state: State, cart: Cart, item: CartItem) -> Line:
    product = find_product(state, item.child or item.sku)
    assert product is not None
    rule, tax = Decimal(str(state.options.cart_rule_percent)), Decimal(str(state.options.tax_percent))
    price = prices.final(state, product, cart.store_id, cart.updated_at)
    row_total = cents(price * item.qty)
    discount = cents(row_total * rule / 100)
    return Line(
        item=item,
        product=product,
        regular_price=Decimal(rows.row(state, product, cart.store_id)["price"]),
        price=price,
        row_total=row_total,
        discount=discount,
        tax=cents((row_total - discount) * tax / 100),
        discount_percent=rule,
        tax_percent=tax,
    )


def shown(totals: Totals) -> dict[str, Any]:
    """As `…/totals` and shipping-information show them."""
    amounts = {
        "grand_total": totals.grand_total - totals.tax,  # the interface shows it without tax, the segments with it
        "subtotal": totals.subtotal,
        "discount_amount": -totals.discount,
        "subtotal_with_discount": totals.subtotal - totals.discount,
        "shipping_amount": totals.shipping,
        "shipping_discount_amount": Decimal(0),
        "tax_amount": totals.tax,
        "shipping_tax_amount": Decimal(0),
        "subtotal_incl_tax": totals.subtotal + totals.tax,
        "shipping_incl_tax": totals.shipping,
    }
    pairs = {p + name: plain(value) for name, value in amounts.items() for p in ("", "base_")}
    pairs["base_grand_total"] = plain(totals.grand_total)
    segments = [
        {"code": "subtotal", "title": "Subtotal", "value": plain(totals.subtotal)},
        {"code": "shipping", "title": "Shipping & Handling", "value": plain(totals.shipping)},
        {"code": "tax", "title": "Tax", "value": plain(totals.tax)},
        {"code": "grand_total", "title": "Grand Total", "value": plain(totals.grand_total)},
    ]
    if totals.discount:
        segments.insert(1, {"code": "discount", "title": "Discount", "value": plain(-totals.discount)})
    return pairs | {
        "weee_tax_applied_amount": None,
        "base_currency_code": "USD",
        "quote_currency_code": "USD",
        "items_qty": plain(totals.quantity),
        "items": [_item(line) for line in totals.lines],
        "total_segments": segments,
    }


def _item(line: Line) -> dict[str, Any]:
    amounts = {
        "price": line.price,
        "row_total": line.row_total,
        "tax_amount": line.tax,
        "discount_amount": line.discount,
        "price_incl_tax": line.price + (line.tax / line.item.qty if line.item.qty else 0),
        "row_total_incl_tax": line.row_total + line.tax,
    }
    pairs = {p + name: plain(cents(value)) for name, value in amounts.items() for p in ("", "base_")}
    return pairs | {
        "item_id": line.item.item_id,
        "qty": plain(line.item.qty),
        "row_total_with_discount": 0,
        "tax_percent": plain(line.tax_percent),
        "discount_percent": plain(line.discount_percent),
        "options": "[]",
        "weee_tax_applied_amount": None,
        "weee_tax_applied": None,
        "name": line.product.name,
    }
