"""Automatic cancellation: four days after the ship-by date what has not left is gone (walmart-api §2.15)."""

from typing import TYPE_CHECKING

from channel_simulators.walmart.orders import events, lifecycle
from channel_simulators.walmart.state import WALMART_FULFILLED, Order

if TYPE_CHECKING:
    from channel_simulators.walmart.world import World

AUTO_CANCEL_AFTER = 4 * 24 * 3600 * 1000
AUTO_CANCEL_REASON = "Auto-cancelled due to expiry"
NEXT_LOOK = 24 * 3600 * 1000


def cancel_overdue(world: "World", now: int) -> int:
    """Return when to look again, in epoch milliseconds."""
    following = now + NEXT_LOOK
    if not world.state.options.auto_cancel:
        return following
    for order in list(world.state.orders.values()):
        due = order.estimated_ship + AUTO_CANCEL_AFTER
        if order.ship_node_type == WALMART_FULFILLED or not order.open:
            continue
        if due <= now:
            _cancel(world, order, now)
        else:
            following = min(following, due)
    return following


def _cancel(world: "World", order: Order, now: int) -> None:
    parts = [(line, line.open, AUTO_CANCEL_REASON) for line in order.lines if line.open]
    lifecycle.cancel(order, parts, now, "walmart")
    cancelled = [(line, quantity) for line, quantity, _ in parts]
    payload = events.payload(order, cancelled, "Cancelled", reason=AUTO_CANCEL_REASON)
    world.tell(order.partner_id, events.PO_LINE_AUTOCANCELLED, payload)
    world.changed()
