"""Returns as plain facts, for comparison in tests and for people: not the API's shape."""

from typing import Any

from channel_simulators.walmart.returns import money, origin, progress
from channel_simulators.walmart.returns.state import ReturnLine, ReturnOrder, UnitRefund
from channel_simulators.walmart.state import iso
from channel_simulators.walmart.world import World

JSON = dict[str, Any]


def return_order(world: World, rma: ReturnOrder) -> JSON:
    return {
        "return_order_id": rma.return_order_id,
        "customer_order_id": rma.customer_order_id,
        "kind": rma.kind,
        "channel": rma.channel,
        "walmart_fulfilled": rma.walmart_fulfilled,
        "created_at": iso(rma.created_at),
        "modified_at": iso(rma.modified_at),
        "return_by": iso(rma.return_by),
        "replacement_customer_order_id": rma.replacement_customer_order_id,
        "cancellation_reason": rma.cancellation_reason,
        "tracking_numbers": [label.number for label in rma.labels if label.number],
        "lines": [_line(world, line) for line in rma.lines],
    }


def _line(world: World, line: ReturnLine) -> JSON:
    _, sold = origin.sold(world, line)
    return {
        "return_line": line.number,
        "purchase_order_id": line.purchase_order_id,
        "line": line.line,
        "sku": sold.sku,
        "reason": line.reason,
        "quantity": line.quantity,
        "shipped": line.shipped,
        "delivered": line.delivered,
        "cancelled": line.cancelled,
        "refunded": line.refunded,
        "refundable": origin.refundable(world, line),
        "status": progress.status(line, world.state.returns.options),
        "events": [event.tag for event in line.events],
        "total": str(money.share(sold, line.units).total),
        "refunds": [_refund(refund) for refund in line.refunds],
    }


def _refund(refund: UnitRefund) -> JSON:
    return {
        "quantity": refund.quantity,
        "channel": refund.channel,
        "amount": str(refund.amount),
        "at": iso(refund.at),
        "completed": refund.completed_at is not None,
    }
