"""What others than the API's caller do to an order: the buyer, Walmart, another tool of the seller."""

from collections.abc import Mapping
from typing import Any

from channel_simulators.walmart.control.placing import moment
from channel_simulators.walmart.orders import lifecycle
from channel_simulators.walmart.state import Line, Order, Parcel

ELSEWHERE = "elsewhere"


def request_cancel(order: Order, asked: Mapping[str, Any], now: int) -> None:
    numbers = asked.get("lines")
    lines = order.lines if numbers is None else [_line(order, number) for number in numbers]
    lifecycle.request_cancel(order, lines, now)


def cancel(order: Order, asked: Mapping[str, Any], now: int) -> None:
    """Raise ValueError for more than is open."""
    parts = [(line, quantity, asked["reason"]) for line, quantity in _parts(order, asked.get("lines"))]
    lifecycle.cancel(order, parts, now, "walmart")


def deliver(order: Order, _asked: Mapping[str, Any], now: int) -> None:
    lifecycle.deliver(order, now)


def acknowledge(order: Order, _asked: Mapping[str, Any], now: int) -> None:
    lifecycle.acknowledge(order, now, ELSEWHERE)


def ship(order: Order, asked: Mapping[str, Any], now: int) -> None:
    """Raise ValueError for more than is open. What is only Created is acknowledged first."""
    parts = _parts(order, asked.get("lines"))
    lifecycle.acknowledge(order, now, ELSEWHERE)
    parcels = [(line, _parcel(order, quantity, asked, now)) for line, quantity in parts]
    lifecycle.ship(order, parcels, now, ELSEWHERE)


ACTIONS = {
    "cancel-request": request_cancel,
    "cancellation": cancel,
    "delivery": deliver,
    "acknowledgement": acknowledge,
    "shipment": ship,
}
"""By the last part of the control API's path."""


def _parcel(order: Order, quantity: int, asked: Mapping[str, Any], now: int) -> Parcel:
    return Parcel(
        quantity=quantity,
        number=asked["number"],
        method_code=order.method_code,
        ship_date=moment(asked.get("ship_date"), now),
        reported_at=now,
        carrier=asked["carrier"],
        url=asked.get("url"),
    )


def _parts(order: Order, asked: list[tuple[str, int]] | None) -> list[tuple[Line, int]]:
    if asked is None:
        return [(line, line.open) for line in order.lines if line.open]
    parts = [(_line(order, number), int(quantity)) for number, quantity in asked]
    for line, quantity in parts:
        if not 1 <= quantity <= line.open:
            raise ValueError(f"Line {line.number} has {line.open} open, not {quantity}.")
    return parts


def _line(order: Order, number: object) -> Line:
    line = order.line(str(number))
    if line is None:
        raise ValueError(f"The order {order.purchase_order_id} has no line {number}.")
    return line
