"""Walmart's purchase orders → our orders. Tolerant of everything an order can be understood without."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from channel_manager.connectors.walmart.mapping.addresses import address
from channel_manager.connectors.walmart.mapping.charges import charges_of, currency_of, line_charges, special_names
from channel_manager.connectors.walmart.mapping.reading import (
    Json,
    Unreadable,
    amount,
    moment,
    needed,
    next_cursor,
    part,
    parts,
    text,
    units,
)
from channel_manager.connectors.walmart.mapping.refunds import refunded_charges
from channel_manager.ports.messages import (
    Fulfilment,
    IncomingLine,
    IncomingOrder,
    LineState,
    OrdersPage,
    ReportedQuantity,
    UnreadableOrder,
)
from channel_manager.shared.sentences import say

SHIP_NODE_TYPES = {
    Fulfilment.SELLER: "SellerFulfilled",
    Fulfilment.PARTNER: "3PLFulfilled",
    Fulfilment.MARKETPLACE: "WFSFulfilled",
}
_FULFILMENTS = {name.lower(): fulfilment for fulfilment, name in SHIP_NODE_TYPES.items()}
_STATES = {
    "created": LineState.CREATED,
    "acknowledged": LineState.ACKNOWLEDGED,
    "shipped": LineState.SHIPPED,
    "delivered": LineState.DELIVERED,
    "cancelled": LineState.CANCELLED,
    "canceled": LineState.CANCELLED,
    "refund": LineState.REFUNDED,
    "refunded": LineState.REFUNDED,
}
# Stands in the e-mail's place right after an order's creation (walmart-api §9 no. 34).
_NO_EMAIL_YET = "nocxemail@walmartone.com"


def orders_page(data: Any, *, fulfilment: Fulfilment, cursor: str | None) -> OrdersPage:
    """`fulfilment` is what was asked for: orders that do not name theirs have it. `cursor` led to this page."""
    elements = part(data, "list", "elements").get("order")
    found = elements if isinstance(elements, list) else [elements] if elements else []
    orders = tuple(_readable(item, fulfilment) for item in found)
    meta = part(data, "list", "meta")
    following = next_cursor(meta, cursor) if orders else None
    return OrdersPage(orders=orders, next_cursor=following, total=_total(meta))


def _total(meta: Json) -> int | None:
    """For slicing alone: what it says is never the end of the pages (walmart-api §2.4)."""
    told = text(meta, "totalCount")
    return int(told) if told.isdecimal() and len(told) < 10 else None


def incoming_order(data: Any, *, fulfilment: Fulfilment = Fulfilment.SELLER) -> IncomingOrder:
    """Raises Unreadable."""
    order = part(data)
    number = needed(order, "purchaseOrderId", "purchaseOrderId")
    shipping, summary = part(order, "shippingInfo"), part(order, "orderSummary", "totalAmount")
    rows = parts(part(order, "orderLines").get("orderLine"))
    charges = [charge for row in rows for charge in charges_of(row)]
    return IncomingOrder(
        number=number,
        customer_order_number=text(order, "customerOrderId"),
        ordered_at=_ordered_at(order),
        ship_by=moment(shipping.get("estimatedShipDate")),
        deliver_by=moment(shipping.get("estimatedDeliveryDate")),
        ship_method=text(shipping, "methodCode"),
        fulfilment=_FULFILMENTS.get(text(part(order, "shipNode"), "type").lower(), fulfilment),
        replacement_for=_replacement_for(order),
        email=_email(order),
        address=address(shipping),
        lines=_lines(rows),
        currency=currency_of(charges) or text(summary, "currencyUnit").upper() or "USD",
        stated_total=_stated_total(summary),
        raw=order,
    )


def _readable(data: Any, fulfilment: Fulfilment) -> IncomingOrder | UnreadableOrder:
    try:
        return incoming_order(data, fulfilment=fulfilment)
    except Unreadable as unreadable:
        raw = data if isinstance(data, dict) else {"order": data}
        problem = say(
            "Walmart sent this order in a form that cannot be understood: %(path)s is missing or wrong. "
            "Look at it in Seller Center and report it.",
            path=unreadable.path,
        )
        return UnreadableOrder(number=text(raw, "purchaseOrderId"), problem=problem, raw=raw)


def _ordered_at(order: Json) -> datetime:
    found = moment(order.get("orderDate"))
    if found is None:
        raise Unreadable("orderDate")
    return found


def _replacement_for(order: Json) -> str | None:
    kind, original = text(order, "orderType").upper(), text(order, "originalCustomerOrderID")
    if kind == "REPLACEMENT":
        return original or "?"
    return original or None if not kind else None


def _email(order: Json) -> str:
    email = text(order, "customerEmailId")
    return "" if email.lower() == _NO_EMAIL_YET else email


def _stated_total(summary: Json) -> Decimal | None:
    value = summary.get("currencyAmount", summary.get("amount"))
    return None if value is None else amount(value, "orderSummary.totalAmount")


def _lines(rows: list[Json]) -> tuple[IncomingLine, ...]:
    lines = tuple(_line(row, f"orderLine[{index}]") for index, row in enumerate(rows))
    if not lines or len({line.number for line in lines}) < len(lines):
        raise Unreadable("orderLines")
    return lines


def _line(row: Json, path: str) -> IncomingLine:
    quantity = units(row.get("orderLineQuantity"), f"{path}.orderLineQuantity")
    if not quantity:
        raise Unreadable(f"{path}.orderLineQuantity")
    item, listed = part(row, "item"), charges_of(row)
    charges, reported = line_charges(listed, path), _reported(row, quantity, path)
    return IncomingLine(
        number=needed(row, "lineNumber", f"{path}.lineNumber"),
        sku=needed(item, "sku", f"{path}.item.sku"),
        name=text(item, "productName"),
        quantity=quantity,
        charges=charges,
        reported=reported,
        buyer_asked_to_cancel=text(row, "intentToCancel").upper() == "TRUE",
        charge_names=special_names(listed),
        refunded=refunded_charges(row, charges, reported, path),
    )


def _reported(row: Json, quantity: int, path: str) -> tuple[ReportedQuantity, ...]:
    """A lone entry without quantity speaks for the whole line; no entry at all is an unknown state of it."""
    entries = parts(part(row, "orderLineStatuses").get("orderLineStatus"))
    if not entries:
        return (ReportedQuantity(state=LineState.UNKNOWN, quantity=quantity),)
    if len(entries) == 1 and entries[0].get("statusQuantity") is None:
        return (_entry(entries[0], quantity),)
    counted = ((entry, units(entry.get("statusQuantity"), f"{path}.statusQuantity")) for entry in entries)
    return tuple(_entry(entry, count) for entry, count in counted if count)


def _entry(entry: Json, quantity: int) -> ReportedQuantity:
    tracking = part(entry, "trackingInfo")
    carrier = part(tracking, "carrierName")
    return ReportedQuantity(
        state=_STATES.get(text(entry, "status").lower(), LineState.UNKNOWN),
        quantity=quantity,
        reason=text(entry, "cancellationReason"),
        carrier=text(carrier, "carrier") or text(carrier, "otherCarrier") or text(tracking, "carrierName"),
        tracking_number=text(tracking, "trackingNumber"),
        shipped_at=moment(tracking.get("shipDateTime")),
    )
