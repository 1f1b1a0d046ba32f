"""What happens to a return: it travels, arrives, is cancelled, is refunded. Whether it may is asked before."""

from collections.abc import Sequence

from channel_simulators.walmart.orders import refunding
from channel_simulators.walmart.returns import kinds, money, origin
from channel_simulators.walmart.returns.state import Arrival, Event, ReturnLine, ReturnOrder, UnitRefund
from channel_simulators.walmart.world import World

Parts = Sequence[tuple[ReturnLine, int]]


def initiate(world: World, rma: ReturnOrder) -> None:
    for line in rma.lines:
        _, of_order = origin.sold(world, line)
        of_order.return_order_id = rma.return_order_id
    world.state.returns.orders[rma.return_order_id] = rma
    _record(world, rma, rma.lines, "RETURN_INITIATED", rma.created_at)
    tell(world, rma, "RETURN_CREATED")


def ship(world: World, rma: ReturnOrder, parts: Parts, at: int) -> None:
    for line, quantity in parts:
        line.shipped += quantity
        tag = "INTRANSIT_AFTER_INVOICE" if line.refunded >= line.shipped else "RETURN_IN_TRANSIT"
        _record(world, rma, [line], tag, at)


def deliver(world: World, rma: ReturnOrder, parts: Parts, at: int) -> None:
    """The 48 hours of the seller begin (walmart-api §3.4)."""
    unseen = [(line, line.delivered + quantity - line.shipped) for line, quantity in parts]
    ship(world, rma, [(line, quantity) for line, quantity in unseen if quantity > 0], at)
    for line, quantity in parts:
        line.arrivals.append(Arrival(quantity=quantity, at=at))
        tag = "DELIVERED_AFTER_INVOICE" if line.refunded >= line.delivered else "DELIVERED_AT_RETURN_CENTER"
        _record(world, rma, [line], tag, at)
    tell(world, rma, "RETURN_DELIVERED")


def cancel(world: World, rma: ReturnOrder, reason: str, at: int) -> None:
    """What is not refunded; the units may be returned again."""
    lines = [line for line in rma.lines if line.open]
    for line in lines:
        line.cancelled += line.open
    rma.cancellation_reason = reason
    _record(world, rma, lines, kinds.CANCELLED, at)


def refund(world: World, rma: ReturnOrder, parts: Parts, *, channel: str, by: str, at: int) -> list[UnitRefund]:
    """Book the money on the order at once; the return says `REFUND_COMPLETED` some time later (walmart-api §3.3)."""
    return [_refund(world, rma, line, quantity, channel=channel, by=by, at=at) for line, quantity in parts]


def _refund(
    world: World, rma: ReturnOrder, line: ReturnLine, quantity: int, *, channel: str, by: str, at: int
) -> UnitRefund:
    order, of_order = origin.sold(world, line)
    share = money.refundable(of_order, line.active_units[line.refunded :][:quantity])
    given = refunding.itemized(share, refunding.RETURNED)
    refunding.book(order, of_order, given, now=at, by=by, quantity=quantity)
    made = UnitRefund(quantity=quantity, channel=channel, at=at, amount=share.total)
    line.refunds.append(made)
    _record(world, rma, [line], kinds.REFUND_INITIATED, at)
    return made


def complete(world: World, rma: ReturnOrder, line: ReturnLine, made: UnitRefund, at: int) -> None:
    made.completed_at = at
    _record(world, rma, [line], kinds.REFUND_ISSUED, at)
    tell(world, rma, "RETURN_INVOICED", [line])


def tell(world: World, rma: ReturnOrder, event_type: str, lines: Sequence[ReturnLine] | None = None) -> None:
    """The payload of walmart-api §6.2, one row a line."""
    rows = [
        {
            "returnOrderId": rma.return_order_id,
            "purchaseOrderId": line.purchase_order_id,
            "productName": origin.sold(world, line)[1].product_name,
        }
        for line in lines or rma.lines
    ]
    world.tell(rma.partner_id, event_type, {"partnerId": rma.partner_id, "returnOrders": rows})


def _record(world: World, rma: ReturnOrder, lines: Sequence[ReturnLine], tag: str, at: int) -> None:
    for line in lines:
        line.events.append(Event(tag=tag, at=at))
    rma.modified_at = max(rma.modified_at, at)
    world.look_again()
    world.changed()
