"""`PUT /V1/carts/{id}/order`: the one step that reserves stock, gives a number and sends mail (observed §1, §10)."""

import secrets
from typing import Any

from channel_simulators.commerce import topology
from channel_simulators.commerce.call import Call
from channel_simulators.commerce.checkout import carts, shipping
from channel_simulators.commerce.checkout.totals import Line, Totals, compute
from channel_simulators.commerce.inventory import booking
from channel_simulators.commerce.sales import documents
from channel_simulators.commerce.store.columns import Row, both, number
from channel_simulators.commerce.store.entities import Cart, Order
from channel_simulators.commerce.store.state import find_product
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import ApiError

CURRENCIES: Row = {f"{name}_currency_code": "USD" for name in ("global", "base", "store", "order")} | {
    "base_to_global_rate": number(1), "base_to_order_rate": number(1),
    "store_to_base_rate": number(0), "store_to_order_rate": number(0),
}  # fmt: skip


def place(call: Call) -> int:
    """The store view is the one of this call's path alone (observed §10)."""
    payment = call.body(bodies.PLACE).get("payment_method") or {}
    cart = carts.active(call)
    cart.store_id = max(call.store_id, 1)
    _check(call, cart, payment)
    cart.active, cart.payment = False, payment
    title = call.options.payment_methods.get(payment["method"], "No Payment Information Required")
    order = build(call.tx, cart, compute(call.state, cart), payment | {"title": title})
    for line in compute(call.state, cart).lines:
        booking.placed(call.tx, order, line.product.sku, line.item.qty)
    confirm(call.tx, order)
    return order.id


def _check(call: Call, cart: Cart, payment: dict[str, Any]) -> None:
    if cart.shipping is None or not cart.shipping_method or not cart.items:
        raise ApiError(400, "Shipping address is not set")
    if "@" not in str((cart.billing or {}).get("email") or ""):
        raise ApiError(400, "Email has a wrong format")
    if not payment.get("method"):
        raise ApiError(400, "Enter a valid payment method and try again.")
    if payment["method"] not in [method["code"] for method in shipping.offered(call, cart)]:
        raise ApiError(400, "The requested Payment Method is not available.")
    minimum = call.options.minimum_order
    if minimum and compute(call.state, cart).subtotal < number(minimum):
        raise ApiError(400, "Minimum order amount is %1", [f"${minimum:.2f}"])
    for item in cart.items:
        product = find_product(call.state, item.sku)
        assert product is not None
        carts.check_product(call.state, cart, product)
        carts.check_quantity(call.state, cart, item)


def confirm(tx: Transaction, order: Order) -> None:
    """The order confirmation: at once, or by cron while only `send_email` is set (observed §10)."""
    options = tx.state.options
    if not options.order_mail:
        return
    order.row["send_email"] = 1
    if not options.async_mail:
        order.row["email_sent"] = 1
        tx.mail(order, "order", f"Your order confirmation {order.row['increment_id']}")


def build(tx: Transaction, cart: Cart, totals: Totals, payment: dict[str, Any]) -> Order:
    """A new order of the shop's own prices, added to the transaction."""
    billing = cart.billing or {}
    row: Row = {
        "entity_id": tx.state.next("order"),
        "increment_id": documents.increment_id(tx, "order", cart.store_id),
        "quote_id": cart.id,
        "store_id": cart.store_id,
        "store_name": topology.store_name(cart.store_id),
        "state": "new",
        "status": "pending",
        "protect_code": secrets.token_hex(16),
        "is_virtual": 0,
        "customer_is_guest": 1,
        "customer_group_id": 0,
        "customer_note_notify": 1,
        "customer_email": billing.get("email"),
        "customer_firstname": billing.get("firstname"),
        "customer_lastname": billing.get("lastname"),
        "shipping_description": shipping.DESCRIPTION,
        "shipping_method": cart.shipping_method,
        "created_at": tx.now,
        "updated_at": tx.now,
        **CURRENCIES,
        **_money(totals),
    }
    order = Order(row=row, items=[])
    for line in totals.lines:
        _add_items(tx, order, line)
    row["total_item_count"] = len(totals.lines)
    order.billing_address = _address(tx, order, billing, "billing")
    order.shipping_address = _address(tx, order, {**(cart.shipping or {}), "email": billing.get("email")}, "shipping")
    order.payment = _payment(tx, order, payment)
    tx.add_order(order)
    return order


def _money(totals: Totals) -> Row:
    amounts = both(
        subtotal=totals.subtotal,
        subtotal_incl_tax=totals.subtotal + totals.tax,
        shipping_amount=totals.shipping,
        shipping_incl_tax=totals.shipping,
        shipping_tax_amount=0,
        shipping_discount_amount=0,
        tax_amount=totals.tax,
        discount_amount=-totals.discount,
        discount_tax_compensation_amount=0,
        grand_total=totals.grand_total,
    )
    rule = {"applied_rule_ids": "1", "discount_description": "Shop promotion"} if totals.discount else {}
    return amounts | rule | {"total_qty_ordered": number(totals.quantity), "weight": number(totals.quantity)}


def _add_items(tx: Transaction, order: Order, line: Line) -> None:
    """A configurable product makes two rows, the parent with its child's SKU (observed §6)."""
    parent = _item(tx, order, line, "configurable" if line.item.child else "simple")
    order.items.append(parent | _item_money(line))
    if line.item.child:
        child = _item(tx, order, line, "simple") | {"parent_item_id": parent["item_id"]}
        order.items.append(child | both(price=0, original_price=0, row_total=0, tax_amount=0, discount_amount=0))


def _item(tx: Transaction, order: Order, line: Line, product_type: str) -> Row:
    zeros = {f"qty_{name}": number(0) for name in ("invoiced", "shipped", "canceled", "refunded")}
    whole = find_product(tx.state, line.item.sku)
    bought = whole if product_type == "configurable" and whole is not None else line.product
    return zeros | {
        "item_id": tx.state.next("order_item"),
        "order_id": order.id,
        "quote_item_id": line.item.item_id,
        "store_id": order.row["store_id"],
        "product_id": bought.id,
        "product_type": product_type,
        "sku": line.product.sku,
        "name": bought.name,
        "qty_ordered": number(line.item.qty),
        "weight": line.product.weight,
        "row_weight": number(line.product.weight * line.item.qty),
        "is_virtual": 0,
        "is_qty_decimal": 0,
        "free_shipping": 0,
        "no_discount": 0,
        "created_at": tx.now,
        "updated_at": tx.now,
    }


def _item_money(line: Line) -> Row:
    amounts = both(
        price=line.price,
        original_price=line.regular_price,
        price_incl_tax=line.price + line.tax / line.item.qty,
        row_total=line.row_total,
        row_total_incl_tax=line.row_total + line.tax,
        tax_amount=line.tax,
        discount_amount=line.discount,
        discount_tax_compensation_amount=0,
        row_invoiced=0,
        tax_invoiced=0,
        discount_invoiced=0,
    )
    percents = {"tax_percent": number(line.tax_percent), "discount_percent": number(line.discount_percent)}
    return amounts | percents | ({"applied_rule_ids": "1"} if line.discount else {})


def _address(tx: Transaction, order: Order, source: Row, kind: str) -> Row:
    ids = {"entity_id": tx.state.next("address"), "parent_id": order.id, "address_type": kind}
    return {**source, **ids}


def _payment(tx: Transaction, order: Order, payment: dict[str, Any]) -> Row:
    row: Row = {
        "entity_id": tx.state.next("payment"),
        "parent_id": order.id,
        "method": payment["method"],
        "additional_information": {"method_title": payment["title"]},
    }
    if payment.get("po_number"):
        row["po_number"] = str(payment["po_number"])[:32]
    row |= both(amount_ordered=order.row["grand_total"], shipping_amount=order.row["shipping_amount"])
    return row
