"""How far the units of a return line are: quantities by status, the newest event's word where units differ."""

from dataclasses import dataclass

from channel_simulators.walmart.returns.kinds import (
    COMPLETED,
    DELIVERED,
    INITIATED,
    REFUND_COMPLETED,
    REFUND_INITIATED,
    STATUS_OF_TAG,
    STATUSES,
)
from channel_simulators.walmart.returns.state import ReturnLine, ReturnOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Units of a line that are equally far."""

    status: str
    quantity: int
    at: int
    refund_status: str | None = None


def stages(line: ReturnLine) -> list[Stage]:
    """Their quantities add up to the line's."""
    found = [
        Stage(
            status=COMPLETED,
            quantity=refund.quantity,
            at=refund.completed_at or refund.at,
            refund_status=REFUND_COMPLETED if refund.completed_at is not None else REFUND_INITIATED,
        )
        for refund in line.refunds
    ]
    latest = line.events[-1].at
    if line.cancelled:
        found.append(Stage(status=COMPLETED, quantity=line.cancelled, at=latest))
    arrived = min(line.open, max(0, line.delivered - line.refunded))
    if arrived:
        found.append(Stage(status=DELIVERED, quantity=arrived, at=line.arrivals[-1].at))
    if line.open > arrived:
        found.append(Stage(status=INITIATED, quantity=line.open - arrived, at=line.events[0].at))
    return found


def statuses(line: ReturnLine) -> set[str]:
    return {stage.status for stage in stages(line)}


def status(line: ReturnLine, options: ReturnOptions) -> str:
    if options.line_status == "latest":
        return STATUS_OF_TAG[line.events[-1].tag]
    return min(statuses(line), key=STATUSES.index)


def delivery_status(line: ReturnLine) -> str:
    """`NOT_SHIPPED` is documented; the other two words are invented, the full list being unknown (walmart-api §11)."""
    if line.delivered >= line.quantity - line.cancelled and line.delivered:
        return "DELIVERED"
    return "IN_TRANSIT" if line.shipped else "NOT_SHIPPED"
