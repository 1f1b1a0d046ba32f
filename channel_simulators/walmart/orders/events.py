"""What a seller's subscription is told about an order (walmart-api §6.2): a hint, without address and charges."""

from collections.abc import Sequence
from typing import Any

from channel_simulators.walmart.orders.rendering import SHIP_METHODS
from channel_simulators.walmart.state import Line, Order, iso

PO_CREATED = "PO_CREATED"
PO_LINE_AUTOCANCELLED = "PO_LINE_AUTOCANCELLED"
INTENT_TO_CANCEL = "INTENT_TO_CANCEL"


def created(order: Order) -> dict[str, Any]:
    return payload(order, [(line, line.ordered) for line in order.lines], "Created")


def payload(
    order: Order, parts: Sequence[tuple[Line, int]], status: str | None = None, *, reason: str | None = None
) -> dict[str, Any]:
    """`parts` are lines with the quantities concerned. Without `status` each line has its own."""
    return {
        "partnerId": order.partner_id,
        "purchaseOrderId": order.purchase_order_id,
        "customerOrderId": order.customer_order_id,
        "orderDate": _seconds(order.placed_at),
        "estimatedDeliveryDate": _seconds(order.estimated_delivery),
        "estimatedShipDate": _seconds(order.estimated_ship),
        "orderLines": [_line(order, line, quantity, status or line.status, reason) for line, quantity in parts],
        "shipNodeType": order.ship_node_type,
    }


def _line(order: Order, line: Line, quantity: int, status: str, reason: str | None) -> dict[str, Any]:
    """One key was captured with a blank at its end, and the quantity as a string."""
    shown: dict[str, Any] = {
        "lineNumber": line.number,
        "sku": line.sku,
        "productName": line.product_name,
        "quantity": {"unitOfMeasure": "EACH", "measurementValue": str(quantity)},
        "status": status,
        "statusDate": iso(line.status_date),
        "shippingProgramType ": None,
        "shippingMethod": SHIP_METHODS.get(order.method_code, order.method_code.upper()),
    }
    return shown if reason is None else {**shown, "cancellationReason": reason}


def _seconds(moment: int) -> str:
    return iso(moment)[:19] + "Z"
