"""The seller's cancellations (walmart-api §2.14)."""

from collections import Counter
from typing import Any

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.orders import lifecycle
from channel_simulators.walmart.orders.entries import entries, quantity, status_fault
from channel_simulators.walmart.state import Line, Order

CUSTOMER_REQUESTED = "CUSTOMER_REQUESTED_SELLER_TO_CANCEL"
OUT_OF_STOCK = "SELLER_CANCEL_OUT_OF_STOCK"
REASONS = (
    CUSTOMER_REQUESTED,
    "SELLER_CANCEL_PRICING_ERROR",
    OUT_OF_STOCK,
    "SELLER_CANCEL_FRAUD_STOP_SHIPMENT",
    "SELLER_CANCEL_ADDRESS_NOT_SERVICEABLE",
)
OVER_CANCELLED = (
    "Some or All Line(s)/Qty cannot be Cancelled due to invalid Lines Or invalid Qty Or Qty more than allowed"
)
MOST_LINES = 100


def cancel(order: Order, body: dict[str, Any], now: int, by: str) -> list[tuple[Line, int, str]]:
    """Return what was cancelled; raise Refusal 400 with every fault found, when nothing has changed."""
    faults: list[dict[str, Any]] = []
    parts: list[tuple[Line, int, str]] = []
    taken: Counter[str] = Counter()
    given = list(entries(body, "orderCancellation", "Cancelled"))
    if len(given) > MOST_LINES:
        raise errors.resource(errors.content("orderLines", f"At most {MOST_LINES} lines can be cancelled at once"))
    for sent, entry in given:
        number, amount = sent["lineNumber"], quantity(entry)
        taken[number] += amount
        line = order.line(number)
        fault = _fault(order, line, entry, taken[number])
        if fault is not None or line is None:
            faults += [fault or {}]
        else:
            parts.append((line, amount, entry["cancellationReason"]))
    if faults:
        raise errors.resource(*faults)
    lifecycle.cancel(order, parts, now, by)
    return parts


def _fault(order: Order, line: Line | None, entry: dict[str, Any], wanted: int) -> dict[str, Any] | None:
    if line is None:
        return errors.content("lineNumber", OVER_CANCELLED)
    reason = entry.get("cancellationReason")
    if reason not in REASONS:
        return errors.content("cancellationReason", f"Cancellation reason is not valid in line number {line.number}")
    if reason == CUSTOMER_REQUESTED and not line.intent_to_cancel:
        text = f"{CUSTOMER_REQUESTED} is not allowed: the customer did not ask to cancel line number {line.number}"
        return errors.content("cancellationReason", text)
    if (fault := status_fault(order, line)) is not None:
        return fault
    return errors.content("statusQuantity", OVER_CANCELLED) if wanted > line.open else None
