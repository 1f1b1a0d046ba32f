"""What the marketplace reports of each line, as levels. Pure; plain JSON, so that an operation's result can hold it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from channel_manager.ports.messages import IncomingLine, IncomingOrder, LineState, ReportedQuantity


class Levels(TypedDict):
    """Units of one line. `shipped` includes `delivered` and `refunded`, which were shipped once."""

    created: int
    shipped: int
    delivered: int
    cancelled: int
    refunded: int


def levels(order: IncomingOrder) -> dict[str, Levels]:
    """By line number."""
    return {line.number: line_levels(line) for line in order.lines}


def line_levels(line: IncomingLine) -> Levels:
    delivered = units(line.reported, LineState.DELIVERED)
    refunded = units(line.reported, LineState.REFUNDED)
    return Levels(
        created=units(line.reported, LineState.CREATED),
        shipped=units(line.reported, LineState.SHIPPED) + delivered + refunded,
        delivered=delivered,
        cancelled=units(line.reported, LineState.CANCELLED),
        refunded=refunded,
    )


def units(reported: Iterable[ReportedQuantity], *states: LineState) -> int:
    return sum(entry.quantity for entry in reported if entry.state in states)


def open_units(line: IncomingLine) -> int:
    """Units that can still be shipped or cancelled at the marketplace."""
    return units(line.reported, LineState.CREATED, LineState.ACKNOWLEDGED)


def shipped_with(line: IncomingLine, tracking_number: str) -> int:
    """Units that the marketplace shows as shipped with this tracking number."""
    return sum(
        entry.quantity
        for entry in line.reported
        if entry.state in (LineState.SHIPPED, LineState.DELIVERED)
        and same_number(entry.tracking_number, tracking_number)
    )


def numbers_of(line: IncomingLine) -> list[str]:
    """Tracking numbers under which the marketplace shows units of a line as shipped, in its own order."""
    left = (LineState.SHIPPED, LineState.DELIVERED)
    return [entry.tracking_number for entry in line.reported if entry.state in left and entry.tracking_number]


def shipped_since(order: IncomingOrder, tracking_number: str) -> datetime | None:
    """When the marketplace says that this parcel left."""
    moments = [
        entry.shipped_at
        for line in order.lines
        for entry in line.reported
        if entry.shipped_at and same_number(entry.tracking_number, tracking_number)
    ]
    return min(moments, default=None)


def same_number(one: str, other: str) -> bool:
    """Tracking numbers without their blanks and letter case."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
