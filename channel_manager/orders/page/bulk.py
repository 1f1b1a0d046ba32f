"""Many parcels at once: tracking numbers as they are pasted or exported, checked row by row before anything is written.

A parcel is an order and a tracking number. It is recorded once, however often the same rows are sent.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from channel_manager.accounts.models import User
from channel_manager.orders import actions, lifecycle
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import OrderLine, PurchaseOrder, ShipmentTrack
from channel_manager.orders.rules.parcels import ParcelRow
from channel_manager.orders.state import BUYER_ASKS
from channel_manager.ports.documents import Track
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store

MARKERS = uuid.UUID("6f2d7c1e-6f0b-4b0e-9a55-0d5f8a3c2b71")
RECORDED = say("This parcel is recorded already: nothing is added.")


@dataclass(slots=True, kw_only=True)
class Checked:
    """A row with what it would do: `units` by line number, or why not. `done` once it is recorded."""

    row: ParcelRow
    order: PurchaseOrder | None = None
    units: dict[str, int] = field(default_factory=dict)
    refusal: Sentence | None = None
    done: bool = False

    @property
    def right(self) -> bool:
        return self.refusal is None and not self.done

    @property
    def parcel(self) -> uuid.UUID | None:
        """The marker of the shipment that the row is part of: the same parcel again is the same shipment."""
        if self.order is None or self.refusal:
            return None
        return uuid.uuid5(MARKERS, f"{self.order.pk}:{self.row.number.upper()}")


def check(store: Store, rows: Sequence[ParcelRow]) -> list[Checked]:
    """Each row by itself, and with the rows above it: together they never ship more than is open."""
    orders = _orders(store, rows)
    known = _known_parcels(orders.values())
    left = {order.pk: _open(order) for order in orders.values()}
    return [_check(store, row, orders.get(row.order.casefold()), known, left) for row in rows]


def ship(checked: Sequence[Checked], *, by: User, at: datetime) -> None:
    """Record the rows that are right: each parcel in a transaction of its own, with all rows that are in it."""
    parcels: dict[tuple[int, str], list[Checked]] = {}
    for one in checked:
        if one.right and one.order:
            parcels.setdefault((one.order.pk, one.row.number.upper()), []).append(one)
    for members in parcels.values():
        _ship(members, by, at)


def _orders(store: Store, rows: Sequence[ParcelRow]) -> dict[str, PurchaseOrder]:
    """By each of their numbers that a row may name. Two queries."""
    typed = {row.order for row in rows if row.order}
    named = Q(number__in=typed) | Q(customer_order_number__in=typed)
    found = PurchaseOrder.objects.filter(named, store=store)
    in_commerce = PurchaseOrder.objects.filter(store=store, commerce_number__in=typed - {""})
    both = (found.defer("raw_first", "raw_latest") | in_commerce.defer("raw_first", "raw_latest")).distinct()
    orders: dict[str, PurchaseOrder] = {}
    for order in both.select_related("store").prefetch_related("lines"):
        for number in (order.customer_order_number, order.commerce_number, order.number):
            orders[number.casefold()] = order
    return orders


def _known_parcels(orders: Iterable[PurchaseOrder]) -> set[tuple[int, str]]:
    ids = {order.pk for order in orders}
    tracks = ShipmentTrack.objects.filter(shipment__order__in=ids).values_list("shipment__order", "number")
    return {(order, number.upper()) for order, number in tracks}


def _open(order: PurchaseOrder) -> dict[str, int]:
    return {line.number: max(lifecycle.ledger(line).open, 0) for line in order.lines.all()}


def _check(
    store: Store,
    row: ParcelRow,
    order: PurchaseOrder | None,
    known: set[tuple[int, str]],
    left: Mapping[int, dict[str, int]],
) -> Checked:
    if order is None:
        return Checked(row=row, refusal=row.problem or say("No order of this store has this number."))
    if row.problem:
        return Checked(row=row, order=order, refusal=row.problem)
    if (order.pk, row.number.upper()) in known:
        return Checked(row=row, order=order, refusal=RECORDED)
    try:
        _check_order(order, store, row, left[order.pk])
        units = _spread(order, row, left[order.pk])
    except NotPossible as refusal:
        return Checked(row=row, order=order, refusal=refusal.sentence)
    for line, taken in units.items():
        left[order.pk][line] -= taken
    return Checked(row=row, order=order, units=units)


def _check_order(order: PurchaseOrder, store: Store, row: ParcelRow, left: Mapping[str, int]) -> None:
    if refusal := lifecycle.why_not_shippable(order, store, any_open=any(left.values())):
        raise NotPossible(refusal)
    actions.check_track(order, row.track)


def _spread(order: PurchaseOrder, row: ParcelRow, left: Mapping[str, int]) -> dict[str, int]:
    """Units by line number, in line order. Raises NotPossible."""
    lines = [line for line in order.lines.all() if row.sku.casefold() in ("", line.sku.casefold())]
    if not lines:
        raise NotPossible(say("The order has no SKU %(sku)s.", sku=row.sku))
    if row.quantity is not None and len({line.sku for line in lines}) > 1:
        raise NotPossible(say("The order has several SKUs: say which one this quantity is of."))
    if any(line.buyer_asked_to_cancel and left[line.number] for line in lines):
        raise NotPossible(BUYER_ASKS)
    available = sum(left[line.number] for line in lines)
    wanted = available if row.quantity is None else row.quantity
    if not available or wanted > available:
        raise NotPossible(say("Only %(open)s of it are open.", open=available))
    return _taken(lines, wanted, left)


def _taken(lines: Sequence[OrderLine], wanted: int, left: Mapping[str, int]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        part = min(wanted, left[line.number])
        wanted -= part
        if part:
            units[line.number] = part
    return units


def _ship(members: Sequence[Checked], by: User, at: datetime) -> None:
    first = members[0]
    assert first.order is not None
    units: dict[str, int] = {}
    for one in members:
        for line, part in one.units.items():
            units[line] = units.get(line, 0) + part
    marker = first.parcel
    assert marker is not None
    track: Track = first.row.track
    try:
        actions.ship(
            first.order,
            quantities=units,
            tracks=[track],
            comment="",
            source_code="",
            override=False,
            marker=marker,
            by=by,
            at=at,
        )
    except NotPossible as refusal:
        for one in members:
            one.refusal = refusal.sentence
    else:
        for one in members:
            one.done = True
