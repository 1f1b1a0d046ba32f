"""`PARTIAL_UPDATE`: other tracking for what is already shipped, within four hours (walmart-api §2.13)."""

from typing import Any

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.orders import lifecycle, tracking
from channel_simulators.walmart.orders.entries import entries, quantity
from channel_simulators.walmart.state import Line, Order, Parcel

WINDOW = 4 * 3600 * 1000


def correct(order: Order, body: dict[str, Any], now: int, by: str) -> None:
    """Raise Refusal 400 with every fault found; then nothing has changed."""
    faults: list[dict[str, Any]] = []
    changes: list[tuple[Line, Parcel, Parcel]] = []
    for sent, entry in entries(body, "orderShipment", "Shipped"):
        number, amount = sent["lineNumber"], quantity(entry)
        line = order.line(number)
        meant = _meant(line, entry) if line else []
        twice = any(parcel is old for parcel in meant for _, old, _ in changes)
        found = _faults(line, [] if twice else meant, amount, number, now) or tracking.faults(order, number, entry, now)
        if found or line is None:
            faults += found
        else:
            changes += [(line, parcel, tracking.parcel(entry, parcel.quantity, now)) for parcel in meant]
    if faults:
        raise errors.resource(*faults)
    lifecycle.correct(order, changes, now, by)


def _meant(line: Line, entry: dict[str, Any]) -> list[Parcel]:
    """The parcels that `currentTrackingInfo` names; a line with one parcel needs no name."""
    info = entry.get("currentTrackingInfo")
    current = info.get("trackingNumber") if isinstance(info, dict) else None
    if current is None:
        return line.parcels if len({parcel.number for parcel in line.parcels}) == 1 else []
    return [parcel for parcel in line.parcels if parcel.number == current]


def _faults(line: Line | None, meant: list[Parcel], amount: int, number: str, now: int) -> list[dict[str, Any]]:
    if line is None or not line.parcels:
        return [errors.content("lineNumber", f"Line number {number} is not shipped, its tracking cannot be updated")]
    if now > min(parcel.reported_at for parcel in line.parcels) + WINDOW:
        text = f"Tracking can be updated only within 4 hours of the shipment in line number {number}"
        return [errors.content("processMode", text)]
    if not meant:
        text = f"Current tracking number is missing or unknown in line number {number}"
        return [errors.content("currentTrackingInfo", text)]
    if amount > sum(parcel.quantity for parcel in meant):
        return [errors.content("statusQuantity", f"Quantity is more than shipped in line number {number}")]
    return []
