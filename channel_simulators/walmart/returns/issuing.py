"""The seller's `POST /v3/returns/{id}/refund` (walmart-api §3.3): which units it means, and why it is refused.

The texts of the refusals are invented, the documents being silent; their envelope is that of the order calls (§8.1).
"""

from typing import Any

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.returns import origin
from channel_simulators.walmart.returns.kinds import KINDS
from channel_simulators.walmart.returns.state import ReturnLine, ReturnOrder
from channel_simulators.walmart.world import World

JSON = dict[str, Any]
UNITS = ("EACH", "EA")
Parts = list[tuple[ReturnLine, int]]


def parts(world: World, rma: ReturnOrder, body: JSON) -> Parts:
    """The lines and units to refund. Raise Refusal 400 with every fault found; then nothing has changed."""
    if (fault := _fault_of_return(rma, body)) is not None:
        raise errors.resource(fault)
    faults: list[JSON] = []
    wanted: dict[int, int] = {}
    for given in _lines(body):
        line = _line(rma, given)
        quantity = _quantity(world, line, given) if line else 0
        if line is None:
            faults.append(errors.content("returnOrderLineNumber", "Return order line number is missing or invalid"))
        else:
            wanted[line.number] = wanted.get(line.number, 0) + quantity
    found = [(line, wanted[line.number]) for line in rma.lines if line.number in wanted]
    faults += [fault for line, quantity in found if (fault := _fault(world, line, quantity)) is not None]
    if faults:
        raise errors.resource(*faults)
    return found


def _fault_of_return(rma: ReturnOrder, body: JSON) -> JSON | None:
    """Neither exception items (walmart-api §3.2: refund them on the order) nor replacements are refunded here."""
    if body.get("customerOrderId") != rma.customer_order_id:
        return errors.content("customerOrderId", "customerOrderId is missing or is not that of the return order")
    kind, name = KINDS[rma.kind], rma.return_order_id
    reasons = (
        (rma.walmart_fulfilled, f"Return order {name} is fulfilled by Walmart and cannot be refunded by the seller"),
        (kind.exception, f"Return order {name} holds exception items, refund them on the purchase order"),
        (kind.return_type == "REPLACEMENT", f"Return order {name} is a replacement and cannot be refunded"),
    )
    return next((errors.content("returnOrderId", text) for holds, text in reasons if holds), None)


def _lines(body: JSON) -> list[JSON]:
    lines = body.get("refundLines")
    if not isinstance(lines, list) or not lines or not all(isinstance(line, dict) for line in lines):
        raise errors.resource(errors.content("refundLines", "refundLines is missing or invalid"))
    return lines


def _line(rma: ReturnOrder, given: JSON) -> ReturnLine | None:
    """The only line of a return need not be named: the published contract says so."""
    number = given.get("returnOrderLineNumber")
    if number is None:
        return rma.lines[0] if len(rma.lines) == 1 else None
    return rma.line(number) if isinstance(number, int) and not isinstance(number, bool) else None


def _quantity(world: World, line: ReturnLine, given: JSON) -> int:
    """Without a quantity all that is not refunded yet, or all of the line when there is nothing left."""
    quantity = given.get("quantity")
    if quantity is None:
        return origin.refundable(world, line) or line.quantity
    amount = quantity.get("measurementValue") if isinstance(quantity, dict) else None
    if not isinstance(quantity, dict) or quantity.get("unitOfMeasure") not in UNITS:
        raise errors.resource(errors.content("unitOfMeasure", "unitOfMeasure should be EACH"))
    if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 1 or amount != amount // 1:
        raise errors.resource(errors.content("measurementValue", "quantity measurementValue is not valid"))
    return int(amount)


def _fault(world: World, line: ReturnLine, quantity: int) -> JSON | None:
    left, number = origin.refundable(world, line), line.number
    if line.cancelled and not line.open:
        return errors.content("returnOrderLineNumber", f"Return order line {number} is cancelled")
    if not left or origin.is_paid_back(world, line):
        return errors.content("returnOrderLineNumber", f"Return order line {number} is already refunded")
    if quantity > left:
        text = f"Quantity {quantity} is more than the refundable quantity {left} of return order line {number}"
        return errors.content("quantity", text)
    return None
