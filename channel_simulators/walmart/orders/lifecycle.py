"""How quantities of lines move (walmart-api §2.10). These functions do; whether it is allowed is asked before."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.state import Cancellation, Line, Order, Parcel, Refund, iso


def acknowledge(order: Order, now: int, by: str) -> None:
    moved = [line for line in order.lines if line.created]
    lines = [{"line": line.number, "quantity": line.created} for line in moved]
    for line in moved:
        line.acknowledged += line.created
    if moved:
        _record(order, moved, now, {"action": "acknowledge", "by": by, "lines": lines})


def ship(order: Order, parcels: Sequence[tuple[Line, Parcel]], now: int, by: str) -> None:
    for line, parcel in parcels:
        line.acknowledged -= parcel.quantity
        line.parcels.append(parcel)
    lines = [
        {"line": line.number, "quantity": parcel.quantity, "number": parcel.number} for line, parcel in parcels
    ]  # fmt: skip
    _record(order, [line for line, _ in parcels], now, {"action": "ship", "by": by, "lines": lines})


def correct(order: Order, changes: Sequence[tuple[Line, Parcel, Parcel]], now: int, by: str) -> None:
    """Put the tracking of each new parcel in the place of the old one; quantities stay."""
    lines = []
    for line, old, new in changes:
        lines.append({"line": line.number, "quantity": old.quantity, "was": old.number, "number": new.number})
        new.quantity, new.reported_at, new.delivered = old.quantity, old.reported_at, old.delivered
        line.parcels[next(i for i, parcel in enumerate(line.parcels) if parcel is old)] = new
    _record(order, [line for line, _, _ in changes], now, {"action": "correct_tracking", "by": by, "lines": lines})


def cancel(order: Order, parts: Sequence[tuple[Line, int, str]], now: int, by: str) -> None:
    """Each part is a line, a quantity and a reason; Created units go before Acknowledged ones."""
    for line, quantity, reason in parts:
        line.acknowledged -= max(0, quantity - line.created)
        line.cancellations.append(Cancellation(quantity=quantity, reason=reason))
    lines = [{"line": line.number, "quantity": quantity, "reason": reason} for line, quantity, reason in parts]
    _record(order, [line for line, _, _ in parts], now, {"action": "cancel", "by": by, "lines": lines})


def deliver(order: Order, now: int) -> None:
    arriving = [line for line in order.lines if line.delivered < line.shipped]
    for line in arriving:
        for parcel in line.parcels:
            parcel.delivered = True
    _record(order, arriving, now, {"action": "deliver", "by": "walmart"})


def request_cancel(order: Order, lines: Sequence[Line], now: int) -> None:
    for line in lines:
        line.intent_to_cancel = True
    numbers = [{"line": line.number} for line in lines]
    _record(order, lines, now, {"action": "request_cancel", "by": "buyer", "lines": numbers})


def refund(order: Order, line: Line, given: Refund, now: int) -> None:
    amount = sum((charge.amount + charge.tax for charge in given.charges), Decimal())
    lines = [{"line": line.number, "quantity": given.quantity, "amount": str(amount)}]
    _record(order, [line], now, {"action": "refund", "by": given.by, "lines": lines})


def _record(order: Order, lines: Iterable[Line], now: int, entry: dict[str, Any]) -> None:
    for line in lines:
        line.status_date = now
    order.modified_at = now
    order.history.append({"at": iso(now), **entry})
