"""Reading the bodies that name lines and quantities: shipment and cancellation share their skeleton."""

from collections.abc import Iterator
from typing import Any

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.state import Line, Order

JSON = dict[str, Any]
LONGEST_AMOUNT = 9


def entries(body: JSON, root: str, status: str) -> Iterator[tuple[JSON, JSON]]:
    """Each line of the body with each of its statuses. Raise Refusal 400 when the skeleton is not there."""
    for line in objects(child(child(body, root), "orderLines"), "orderLine"):
        if not isinstance(line.get("lineNumber"), str):
            raise missing("lineNumber")
        for entry in objects(child(line, "orderLineStatuses"), "orderLineStatus"):
            if entry.get("status") != status:
                raise errors.resource(errors.content("status", f"status should be {status}"))
            yield line, entry


def quantity(entry: JSON) -> int:
    """The whole positive number in `statusQuantity.amount`, which is a string (walmart-api §2.13)."""
    given = child(entry, "statusQuantity")
    amount = given.get("amount")
    if given.get("unitOfMeasurement") not in ("EACH", "EA"):
        raise errors.resource(errors.content("unitOfMeasurement", "unitOfMeasurement should be EACH"))
    if not isinstance(amount, str) or not _whole_number(amount) or int(amount) < 1:
        raise errors.resource(errors.content("amount", "statusQuantity amount is not valid"))
    return int(amount)


def _whole_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_AMOUNT


def status_fault(order: Order, line: Line) -> JSON | None:
    """Why nothing of the line can move: it is wholly shipped or wholly cancelled."""
    if line.open:
        return None
    status = "SHIPPED" if line.shipped else "CANCELLED"
    text = f"The Line: {line.number} of PO: {order.purchase_order_id} is in {status} status"
    return errors.content("orderLineStatus", text)


def child(parent: JSON, name: str) -> JSON:
    """The object of that name. Raise Refusal 400 without it."""
    child = parent.get(name)
    if not isinstance(child, dict):
        raise missing(name)
    return child


def objects(parent: JSON, name: str) -> list[JSON]:
    """The objects of that name, at least one. Raise Refusal 400 without them."""
    child = parent.get(name)
    if not isinstance(child, list) or not child or not all(isinstance(entry, dict) for entry in child):
        raise missing(name)
    return child


def missing(name: str) -> errors.Refusal:
    return errors.resource(errors.content(name, f"{name} is missing or invalid"))
