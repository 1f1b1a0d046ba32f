"""Shipments and their tracks (observed §2, §4, §5; commerce-api §5)."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from channel_simulators.commerce.call import Call, existing, integer
from channel_simulators.commerce.inventory import booking, stock
from channel_simulators.commerce.sales import documents, rendering, states
from channel_simulators.commerce.sales.quantities import real_items, to_ship
from channel_simulators.commerce.store.columns import TRACK, Row, add, clean
from channel_simulators.commerce.store.entities import Document, Order
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import ApiError, PhpError, invalid_document

_NOT_SAVED = "Could not save a shipment, see error log for details"
_NO_PRODUCTS = "You can't create a shipment without products."


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """`quantities` None: everything still shippable."""

    quantities: dict[int, Decimal] | None
    tracks: list[dict[str, Any]] = field(default_factory=list)
    source_code: str | None = None
    comment: Any = None
    notify: bool = False


def ship(call: Call) -> str:
    body = call.body(bodies.SHIP)
    order = existing(call.tx.order(call.number("orderId")))
    extension = (body.get("arguments") or {}).get("extension_attributes") or {}
    parcel = Parcel(
        quantities=documents.quantities(order, body["items"]) if body.get("items") else None,
        tracks=body.get("tracks") or [],
        source_code=extension.get("source_code"),
        comment=body.get("comment"),
        notify=bool(body.get("notify")),
    )
    return str(ship_order(call.tx, order, parcel).row["entity_id"])


def ship_order(tx: Transaction, order: Order, parcel: Parcel) -> Document:
    """Ship at most what is open; asking for more is no error. Raises the shop's refusals."""
    if any(not item.get("product_type") for item in order.items):
        raise PhpError("Error: Call to a member function getTypeInstance() on null")
    lines = _lines(order, parcel)
    _validate(order, parcel, lines)
    source = parcel.source_code or stock.default_source(stock.of_order(tx.state, order)) if tx.state.options.msi else ""
    _check_source(tx, source, lines)
    shipment = _document(tx, order, lines, source)
    for track in parcel.tracks:
        _attach(tx, shipment, track)
    documents.add_comment(tx, shipment, parcel.comment)
    _book(tx, order, lines, source)
    tx.add_document("shipment", shipment)
    if parcel.notify:
        tx.mail(order, "shipment", f"Your order {order.row['increment_id']} has shipped")
    return shipment


def _lines(order: Order, parcel: Parcel) -> list[tuple[Row, Decimal]]:
    wanted = parcel.quantities
    pairs = [
        (item, to_ship(item) if wanted is None else min(wanted.get(item["item_id"], Decimal(0)), to_ship(item)))
        for item in real_items(order)
    ]
    return [(item, quantity) for item, quantity in pairs if quantity > 0]


def _validate(order: Order, parcel: Parcel, lines: list[tuple[Row, Decimal]]) -> None:
    faults = []
    if order.state in ("canceled", "holded", "payment_review", "closed"):
        status = order.row.get("status")
        faults.append(f"A shipment cannot be created when an order has a status of {status}")
    elif not states.can_ship(order):
        faults.append("The order does not allow a shipment to be created.")
    if not lines or order.state == "canceled":
        faults.append(_NO_PRODUCTS)
    if any("track_number" in track and not track["track_number"] for track in parcel.tracks):
        faults.append("Please enter a tracking number.")
    if faults:
        raise invalid_document("Shipment", *faults)
    if any(not track.get("title") or not track.get("carrier_code") for track in parcel.tracks):
        raise ApiError(400, _NOT_SAVED)


def _check_source(tx: Transaction, source: str, lines: list[tuple[Row, Decimal]]) -> None:
    needed: dict[str, Decimal] = {}
    for item, quantity in lines:
        needed[item["sku"]] = needed.get(item["sku"], Decimal(0)) + quantity
    if booking.source_lacks(tx, source, needed):
        raise ApiError(400, _NOT_SAVED)


def _document(tx: Transaction, order: Order, lines: list[tuple[Row, Decimal]], source: str) -> Document:
    row = documents.open_document(tx, "shipment", order)
    row |= {"total_qty": sum(quantity for _, quantity in lines), "source_code": source}
    for name, address in (("billing", order.billing_address), ("shipping", order.shipping_address)):
        if address is not None:
            row[f"{name}_address_id"] = address.get("entity_id")
    items = [_item(tx, row, item, quantity) for item, quantity in lines]
    return Document(row=row, items=items)


def _item(tx: Transaction, shipment: Row, item: Row, quantity: Decimal) -> Row:
    copied = {name: item.get(name) for name in ("sku", "name", "price", "product_id", "weight")}
    ids = {"entity_id": tx.state.next("shipment_item"), "parent_id": shipment["entity_id"]}
    return {**ids, **copied, "order_item_id": item["item_id"], "qty": quantity}


def _book(tx: Transaction, order: Order, lines: list[tuple[Row, Decimal]], source: str) -> None:
    for item, quantity in lines:
        add(item, "qty_shipped", quantity)
        booking.shipped(tx, order, item["sku"], quantity, source)
    states.in_process(order)


def _attach(tx: Transaction, shipment: Document, given: dict[str, Any]) -> Row:
    row = clean(TRACK, given) | {
        "entity_id": tx.state.next("track"),
        "parent_id": shipment.row["entity_id"],
        "order_id": shipment.row["order_id"],
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    shipment.tracks.append(row)
    return row


def add_track(call: Call) -> dict[str, Any]:
    given = call.member(bodies.TRACK, "entity", "entity")
    shipment = call.tx.document("shipment", integer(given.get("parent_id")))
    refused = ApiError(400, "Could not save the shipment tracking.")
    if shipment is None or shipment.row["order_id"] != integer(given.get("order_id")):
        raise refused
    if not given.get("track_number") or not given.get("title") or not given.get("carrier_code"):
        raise refused
    return rendering.track(attach_track(call.tx, shipment, given))


def attach_track(tx: Transaction, shipment: Document, given: dict[str, Any]) -> Row:
    """Neither the shipment's nor the order's `updated_at` moves (observed §2.3)."""
    return _attach(tx, shipment, given)


def delete_track(call: Call) -> bool:
    remove_track(call.tx, call.number("id"))
    return True


def remove_track(tx: Transaction, track_id: int) -> None:
    for entity_id, stored in tx.state.shipments.items():
        if any(track["entity_id"] == track_id for track in stored.tracks):
            shipment = existing(tx.document("shipment", entity_id))
            shipment.tracks = [track for track in shipment.tracks if track["entity_id"] != track_id]
            return
    existing(None)
