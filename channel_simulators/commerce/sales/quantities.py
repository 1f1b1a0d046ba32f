"""How many pieces of an order item may still be invoiced, shipped, refunded or cancelled (commerce-api §6.2)."""

from decimal import Decimal

from channel_simulators.commerce.store.columns import Row, num
from channel_simulators.commerce.store.entities import Order

ZERO = Decimal(0)


def is_dummy(item: Row) -> bool:
    """A configurable's child: its quantities live on the parent (observed §6)."""
    return item.get("parent_item_id") is not None


def real_items(order: Order) -> list[Row]:
    return [item for item in order.items if not is_dummy(item)]


def to_invoice(item: Row) -> Decimal:
    if is_dummy(item):
        return ZERO
    return max(num(item, "qty_ordered") - num(item, "qty_invoiced") - num(item, "qty_canceled"), ZERO)


def to_ship(item: Row) -> Decimal:
    """A refunded piece that was never shipped stays shippable until as many were shipped: observed §8's phantom."""
    if is_dummy(item):
        return ZERO
    gone = max(num(item, "qty_shipped"), num(item, "qty_refunded"))
    return max(num(item, "qty_ordered") - gone - num(item, "qty_canceled"), ZERO)


def to_refund(item: Row) -> Decimal:
    return ZERO if is_dummy(item) else max(num(item, "qty_invoiced") - num(item, "qty_refunded"), ZERO)


def to_cancel(item: Row) -> Decimal:
    return min(to_invoice(item), to_ship(item))
