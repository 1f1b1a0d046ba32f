"""Cancelled quantities → Walmart's `orderCancellation` (walmart-api §2.14)."""

from collections.abc import Iterator

from channel_manager.connectors.walmart.mapping.reading import Json
from channel_manager.connectors.walmart.mapping.shipments import quantity
from channel_manager.ports.messages import LineCancellation, Reason

REASONS = {
    Reason.PRICE: "SELLER_CANCEL_PRICING_ERROR",
    Reason.STOCK: "SELLER_CANCEL_OUT_OF_STOCK",
    Reason.CARRIER: "SELLER_CANCEL_ADDRESS_NOT_SERVICEABLE",
    Reason.CREDIT: "SELLER_CANCEL_FRAUD_STOP_SHIPMENT",
    Reason.BUYER: "CUSTOMER_REQUESTED_SELLER_TO_CANCEL",
}
MOST_LINES = 100


def cancellations(lines: tuple[LineCancellation, ...]) -> Iterator[Json]:
    """Request bodies of at most 100 entries each. A line cancelled for two reasons is one line with two entries."""
    ordered = sorted(lines, key=lambda line: line.number)
    for start in range(0, len(ordered), MOST_LINES):
        yield {"orderCancellation": {"orderLines": {"orderLine": _lines(ordered[start : start + MOST_LINES])}}}


def _lines(lines: list[LineCancellation]) -> list[Json]:
    entries: dict[str, list[Json]] = {}
    for line in lines:
        entries.setdefault(line.number, []).append(_entry(line))
    return [
        {"lineNumber": number, "orderLineStatuses": {"orderLineStatus": found}} for number, found in entries.items()
    ]


def _entry(line: LineCancellation) -> Json:
    return {
        "status": "Cancelled",
        "cancellationReason": REASONS[line.reason],
        "statusQuantity": quantity(line.quantity),
    }
