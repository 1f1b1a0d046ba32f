"""The state of an order: what it allows, and what every save makes of it (commerce-api §3.3)."""

from decimal import Decimal

from channel_simulators.commerce.sales.quantities import to_invoice, to_ship
from channel_simulators.commerce.store.columns import Row, num
from channel_simulators.commerce.store.entities import Order

DEFAULT_STATUS = {
    "new": "pending", "pending_payment": "pending_payment", "processing": "processing", "complete": "complete",
    "closed": "closed", "canceled": "canceled", "holded": "holded", "payment_review": "payment_review",
}  # fmt: skip
_CENT_FRACTION = Decimal("0.0001")


def put(order: Order, state: str) -> None:
    if order.row.get("state") != state:
        order.row |= {"state": state, "status": DEFAULT_STATUS.get(state, state)}


def can_invoice(order: Order) -> bool:
    if order.state in ("holded", "payment_review", "canceled", "complete", "closed"):
        return False
    return any(to_invoice(item) > 0 for item in order.items)


def can_ship(order: Order) -> bool:
    if order.state in ("holded", "payment_review", "canceled"):
        return False
    return any(to_ship(item) > 0 and num(item, "qty_refunded") != num(item, "qty_ordered") for item in order.items)


def can_cancel(order: Order) -> bool:
    if order.state in ("holded", "payment_review", "canceled", "complete", "closed"):
        return False
    return any(to_invoice(item) > 0 for item in order.items)


def can_refund(order: Order) -> bool:
    if order.state in ("holded", "payment_review", "canceled", "closed"):
        return False
    paid, refunded = round(num(order.row, "total_paid"), 2), num(order.row, "total_refunded")
    if abs(num(order.row, "grand_total")) < _CENT_FRACTION:
        return not (can_invoice(order) or (paid == refunded and "total_refunded" in order.row))
    open_amount = paid - refunded
    fee = num(order.row, "adjustment_negative")
    return not (abs(open_amount) < _CENT_FRACTION or abs(open_amount - fee) < _CENT_FRACTION)


def after_save(order: Order) -> None:
    """Complete what has nothing left to do, close what is refunded."""
    if order.state in ("canceled", "holded") or can_invoice(order):
        return
    if order.state in ("processing", "complete") and not can_refund(order) and not can_ship(order):
        put(order, "closed")
    elif order.state == "processing" and not can_ship(order):
        put(order, "complete")


def in_process(order: Order) -> None:
    """A document was made: a new order is being processed now."""
    if order.state == "new":
        put(order, "processing")
    after_save(order)


def flip(entity: Row, items: list[Row]) -> str:
    """The state of a patch that carries a state beside partial items: the shop judges the patch alone
    and so sees nothing left to invoice or ship (commerce-api §3.5 C, rule 2).
    """
    partial = Order(row=dict(entity), items=items)
    after_save(partial)
    return partial.state
