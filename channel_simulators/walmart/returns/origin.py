"""The sold lines that returned units come from, and how much of them can still be returned or refunded."""

from channel_simulators.walmart.orders import refunding
from channel_simulators.walmart.returns import money
from channel_simulators.walmart.returns.state import ReturnLine
from channel_simulators.walmart.state import Line, Order
from channel_simulators.walmart.world import World


def sold(world: World, line: ReturnLine) -> tuple[Order, Line]:
    order = world.state.orders[line.purchase_order_id]
    return order, sold_line(order, line.line)


def sold_line(order: Order, number: str) -> Line:
    """Raise ValueError for a line the order does not have."""
    line = order.line(number)
    if line is None:
        raise ValueError(f"The order {order.purchase_order_id} has no line {number}.")
    return line


def returnable(world: World, order: Order, line: Line) -> list[int]:
    """The shipped units that no return holds, as positions among the ordered ones."""
    held = {
        unit
        for rma in world.state.returns.orders.values()
        for returned in rma.lines
        if (returned.purchase_order_id, returned.line) == (order.purchase_order_id, line.number)
        for unit in returned.active_units
    }
    return [unit for unit in range(line.ordered) if unit not in held][: max(0, line.shipped - len(held))]


def refundable(world: World, line: ReturnLine) -> int:
    """Units of the return whose money was not given back through any channel (walmart-api §3.2)."""
    _, of_order = sold(world, line)
    return max(0, min(line.open, refunding.refundable_units(of_order)))


def is_paid_back(world: World, line: ReturnLine) -> bool:
    """The order's line was charged for, and all of it was refunded already, for instance by amount (§2.18)."""
    _, of_order = sold(world, line)
    units = line.active_units[line.refunded :]
    return bool(money.share(of_order, units).total) and not money.refundable(of_order, units).total
