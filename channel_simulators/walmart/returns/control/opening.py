"""Opening a return as the buyer, a store or customer care does."""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from channel_simulators.walmart.returns import moves, origin
from channel_simulators.walmart.returns.kinds import CHANNELS, EXCEPTION_ITEMS, KINDS, REASONS, Kind
from channel_simulators.walmart.returns.state import Label, ReturnLine, ReturnOrder
from channel_simulators.walmart.state import WALMART_FULFILLED, Line, Order
from channel_simulators.walmart.world import World

DAY = 24 * 3600 * 1000
WINDOW = 30 * DAY
Wish = tuple[Order, Line, int]


def open_return(world: World, asked: Mapping[str, Any]) -> ReturnOrder:
    """`asked` holds the arguments of `ReturnsControl.open_return`. Raise ValueError for what cannot be."""
    kind = _one_of("kind", asked.get("kind", "ordinary"), KINDS)
    orders = _orders(world, str(asked["order"]))
    wishes = _wishes(world, orders, asked.get("lines"))
    now = world.now()
    rma = ReturnOrder(
        return_order_id=_number(world, asked.get("return_order_id")),
        customer_order_id=orders[0].customer_order_id,
        partner_id=orders[0].partner_id,
        kind=kind,
        channel=_one_of("channel", asked.get("channel") or KINDS[kind].channel, CHANNELS),
        created_at=now,
        modified_at=now,
        return_by=now + WINDOW,
        walmart_fulfilled=orders[0].ship_node_type == WALMART_FULFILLED,
        lines=[],
        labels=[],
        replacement_customer_order_id=_replacement(KINDS[kind], asked),
    )
    rma.lines = _lines(world, wishes, KINDS[kind], asked)
    rma.labels = [_label(KINDS[kind], group) for group in sorted({line.group for line in rma.lines})]
    moves.initiate(world, rma)
    _refund_at_once(world, rma, asked)
    return rma


def _orders(world: World, number: str) -> list[Order]:
    """A purchase order, or all those of a customer order."""
    if (order := world.state.orders.get(number)) is not None:
        return [order]
    orders = [order for order in world.state.orders.values() if order.customer_order_id == number]
    if not orders:
        raise ValueError(f"No order {number}.")
    if len({(order.partner_id, order.ship_node_type == WALMART_FULFILLED) for order in orders}) > 1:
        raise ValueError("What sellers and Walmart fulfilled does not come back in one return.")
    return orders


def _wishes(world: World, orders: Sequence[Order], given: Sequence[Sequence[Any]] | None) -> list[Wish]:
    if given is None:
        wishes = [(order, line, len(origin.returnable(world, order, line))) for order in orders for line in order.lines]
        wishes = [wish for wish in wishes if wish[2]]
    else:
        wishes = [_wish(orders, part) for part in given]
    if not wishes:
        raise ValueError("There is nothing to return.")
    return wishes


def _wish(orders: Sequence[Order], part: Sequence[Any]) -> Wish:
    """(line, quantity) of the only order, or (purchase order, line, quantity)."""
    *which, number, quantity = part
    meant = [order for order in orders if order.purchase_order_id in which] if which else list(orders)
    if not meant:
        raise ValueError(f"{which[0]} is none of the purchase orders that are returned.")
    if len(meant) > 1:
        raise ValueError("Several purchase orders: name each line's, as (purchase order, line, quantity).")
    return meant[0], origin.sold_line(meant[0], str(number)), int(quantity)


def _lines(world: World, wishes: Sequence[Wish], kind: Kind, asked: Mapping[str, Any]) -> list[ReturnLine]:
    reason = _one_of("reason", asked.get("reason", "NO_LONGER_WANTED"), REASONS)
    exception = _one_of("exception item type", asked.get("exception_item_type") or "FREIGHT", EXCEPTION_ITEMS)
    taken: set[tuple[str, str, int]] = set()
    groups: dict[str, int] = {}
    lines = []
    for number, (order, line, quantity) in enumerate(wishes, 1):
        po = order.purchase_order_id
        free = [unit for unit in origin.returnable(world, order, line) if (po, line.number, unit) not in taken]
        if not 1 <= quantity <= len(free):
            raise ValueError(f"Line {line.number} of {po} has {len(free)} to return, not {quantity}.")
        taken |= {(po, line.number, unit) for unit in free[:quantity]}
        lines.append(
            ReturnLine(
                number=number,
                purchase_order_id=po,
                line=line.number,
                sales_order_line=_sales_order_line(world, order, line),
                reason=reason,
                units=free[:quantity],
                group=groups.setdefault(po, len(groups) + 1),
                expected=kind.comes_back,
                keep_it=not kind.comes_back,
                exception_item_type=exception if kind.exception else None,
            )
        )
    return lines


def _sales_order_line(world: World, order: Order, line: Line) -> int:
    """Counted through all purchase orders of the customer order."""
    same = [held for held in world.state.orders.values() if held.customer_order_id == order.customer_order_id]
    every = [(held.purchase_order_id, sold.number) for held in same for sold in held.lines]
    return every.index((order.purchase_order_id, line.number)) + 1


def _label(kind: Kind, group: int) -> Label:
    if not kind.label:
        return Label(group=group)
    number = "".join(random.choices("0123456789", k=12))
    return Label(group=group, carrier_id="11", carrier="FEDEX", service="FedEx Ground", number=number)


def _refund_at_once(world: World, rma: ReturnOrder, asked: Mapping[str, Any]) -> None:
    channel = asked.get("refund_channel") or KINDS[rma.kind].refunded_by
    if channel is None or not asked.get("refunded", True):
        return
    for line in rma.lines:
        for made in moves.refund(world, rma, [(line, line.quantity)], channel=channel, by="walmart", at=rma.created_at):
            moves.complete(world, rma, line, made, rma.created_at)


def _replacement(kind: Kind, asked: Mapping[str, Any]) -> str | None:
    if kind.return_type != "REPLACEMENT":
        return None
    return str(asked.get("replacement_customer_order_id") or f"2000{random.randrange(10**11):011d}")


def _number(world: World, given: Any) -> str:
    """17 or 18 digits (walmart-api §0.2)."""
    number = str(given or f"1{random.randrange(10**17):017d}")
    if number in world.state.returns.orders or not re.fullmatch(r"\d{17,18}", number):
        raise ValueError(f"{number} exists already, or is no number of 17 or 18 digits.")
    return number


def _one_of(what: str, given: Any, known: Mapping[str, Any] | Sequence[str]) -> str:
    if given not in known:
        raise ValueError(f"Unknown {what} {given!r}: one of {', '.join(known)}.")
    return str(given)
