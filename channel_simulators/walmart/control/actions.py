"""What others than the API's caller do to an order: the buyer, Walmart, another tool of the seller."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.control.placing import moment
from channel_simulators.walmart.orders import lifecycle, refunding
from channel_simulators.walmart.orders.charges import Money
from channel_simulators.walmart.state import Line, Order, Parcel
from channel_simulators.walmart.world import World

ELSEWHERE = "elsewhere"
WALMART = "walmart"
SUMS = ("product", "product_tax", "shipping", "shipping_tax")


def request_cancel(world: World, order: Order, asked: Mapping[str, Any]) -> None:
    numbers = asked.get("lines")
    lines = order.lines if numbers is None else [_line(order, number) for number in numbers]
    world.request_cancel(order, lines)


def cancel(world: World, order: Order, asked: Mapping[str, Any]) -> None:
    """Raise ValueError for more than is open."""
    parts = [(line, quantity, asked["reason"]) for line, quantity in _parts(order, asked.get("lines"))]
    lifecycle.cancel(order, parts, world.now(), WALMART)


def deliver(world: World, order: Order, _asked: Mapping[str, Any]) -> None:
    lifecycle.deliver(order, world.now())


def acknowledge(world: World, order: Order, _asked: Mapping[str, Any]) -> None:
    lifecycle.acknowledge(order, world.now(), ELSEWHERE)


def ship(world: World, order: Order, asked: Mapping[str, Any]) -> None:
    """Raise ValueError for more than is open. What is only Created is acknowledged first."""
    parts = _parts(order, asked.get("lines"))
    now = world.now()
    lifecycle.acknowledge(order, now, ELSEWHERE)
    parcels = [(line, _parcel(order, quantity, asked, now)) for line, quantity in parts]
    lifecycle.ship(order, parcels, now, ELSEWHERE)


def refund(world: World, order: Order, asked: Mapping[str, Any]) -> None:
    """By units, else by amount; an amount may also be given for what has not shipped, as Walmart's discounts are.

    Raise ValueError for more units than are left, or without any sum.
    """
    line = _line(order, asked["line"])
    told = {"now": world.now(), "by": asked.get("by", WALMART), "comments": asked.get("comments")}
    reason = asked["reason"]
    if asked.get("quantity") is not None:
        refunding.refund_quantity(order, line, int(asked["quantity"]), reason=reason, **told)
        return
    money = Money(**{name: Decimal(str(asked[name])) for name in SUMS if asked.get(name) is not None})
    if not money.total:
        raise ValueError(f"Give a quantity or one of {', '.join(SUMS)}.")
    refunding.book(order, line, refunding.itemized(money, reason), **told)


ACTIONS = {
    "cancel-request": request_cancel,
    "cancellation": cancel,
    "delivery": deliver,
    "acknowledgement": acknowledge,
    "shipment": ship,
    "refund": refund,
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
