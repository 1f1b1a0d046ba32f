"""Cancelling what is left of an order (observed §4, §8; commerce-api §6.2)."""

from channel_simulators.commerce.call import Call, existing
from channel_simulators.commerce.inventory import booking
from channel_simulators.commerce.sales import states
from channel_simulators.commerce.sales.quantities import ZERO, real_items, to_cancel, to_refund, to_ship
from channel_simulators.commerce.store.columns import add, num, number
from channel_simulators.commerce.store.entities import Order
from channel_simulators.commerce.store.transaction import Transaction


def cancel(call: Call) -> bool:
    return cancel_order(call.tx, existing(call.tx.order(call.number("id"))))


def cancel_order(tx: Transaction, order: Order) -> bool:
    """False and nothing done where the order does not allow it."""
    if not states.can_cancel(order):
        return False
    state = _state_after(order)
    for item in real_items(order):
        gone = max(num(item, "qty_shipped"), num(item, "qty_invoiced")) + num(item, "qty_canceled")
        booking.canceled(tx, order, item["sku"], max(num(item, "qty_ordered") - gone, ZERO))
        if to_cancel(item):
            add(item, "qty_canceled", to_cancel(item))
    _cancel_totals(order)
    states.put(order, state)
    states.after_save(order)
    return True


def _state_after(order: Order) -> str:
    """Canceled, unless something invoiced remains: then processing while there is more to ship, else complete."""
    state = "canceled"
    for item in real_items(order):
        if state != "processing" and to_refund(item):
            state = "processing" if to_ship(item) > to_cancel(item) else "complete"
    return state


def _cancel_totals(order: Order) -> None:
    row = order.row
    for p in ("", "base_"):
        for name, invoiced in (
            ("subtotal", "subtotal_invoiced"),
            ("tax", "tax_invoiced"),
            ("shipping", "shipping_invoiced"),
        ):
            whole = num(row, p + (name if name == "subtotal" else f"{name}_amount"))
            row[f"{p}{name}_canceled"] = number(whole - num(row, p + invoiced))
        discount = abs(num(row, p + "discount_amount")) - abs(num(row, p + "discount_invoiced"))
        row[p + "discount_canceled"] = number(discount)
        row[p + "total_canceled"] = number(num(row, p + "grand_total") - num(row, p + "total_paid"))
