"""Shipment reports (walmart-api §2.13): judged line by line, refused as a whole."""

from collections import Counter
from typing import Any

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.options import Options
from channel_simulators.walmart.orders import correction, lifecycle, tracking
from channel_simulators.walmart.orders.entries import child, entries, quantity, status_fault
from channel_simulators.walmart.state import Line, Order, Parcel

OVER_SHIPPED = (
    "Qty OverShipped : Some or All Line(s)/Qty cannot be Shipped due to invalid Lines Or invalid Qty "
    "Or Qty more than allowed"
)
LONGEST_SELLER_ORDER_ID = 30


def ship(order: Order, body: dict[str, Any], options: Options, now: int, by: str) -> None:
    """Raise Refusal 400 with every fault found; then nothing has changed."""
    mode = child(body, "orderShipment").get("processMode")
    if mode == "PARTIAL_UPDATE":
        correction.correct(order, body, now, by)
        return
    if mode is not None:
        raise errors.resource(errors.content("processMode", "processMode is not supported"))
    faults: list[dict[str, Any]] = []
    parcels: list[tuple[Line, Parcel]] = []
    taken: Counter[str] = Counter()
    given = list(entries(body, "orderShipment", "Shipped"))
    for sent, entry in given:
        number, amount = sent["lineNumber"], quantity(entry)
        taken[number] += amount
        line = order.line(number)
        found = _line_faults(order, line, sent, taken[number], options) or tracking.faults(order, number, entry, now)
        if found or line is None:
            faults += found
        else:
            parcels.append((line, tracking.parcel(entry, amount, now)))
    if faults:
        raise errors.resource(*faults)
    lifecycle.ship(order, parcels, now, by)
    _remember_seller_order_ids(order, [sent for sent, _ in given])


def _line_faults(
    order: Order, line: Line | None, sent: dict[str, Any], wanted: int, options: Options
) -> list[dict[str, Any]]:
    if line is None:
        return [errors.content("lineNumber", OVER_SHIPPED)]
    if (fault := status_fault(order, line)) is not None:
        return [_repeated(order, line, wanted, fault, options)]
    if line.intent_to_cancel and sent.get("intentToCancelOverride") is not True:
        text = f"intentToCancelOverride should be true: the customer asked to cancel line number {line.number}"
        return [errors.content("intentToCancelOverride", text)]
    return _id_faults(line, sent, options) or _quantity_faults(order, line, wanted)


def _repeated(order: Order, line: Line, wanted: int, fault: dict[str, Any], options: Options) -> dict[str, Any]:
    """Nothing is open any more; each of the texts has been seen for it (walmart-api §8.4)."""
    if options.repeated_shipment_text == "quantity":
        return errors.content("statusQuantity", _not_enough(order, line, wanted))
    if options.repeated_shipment_text == "over_shipped":
        return errors.content("statusQuantity", OVER_SHIPPED)
    return fault


def _not_enough(order: Order, line: Line, wanted: int) -> str:
    where = f"The Line: {line.number} of PO: {order.purchase_order_id}"
    return f"{where} doesn't have enough quantity to ship requested quantity :: {wanted} qtyAvailableToShip :: 0"


def _id_faults(line: Line, sent: dict[str, Any], options: Options) -> list[dict[str, Any]]:
    """The published schema wants the seller's number; live accounts do without (walmart-api §2.13)."""
    given = sent.get("sellerOrderId")
    if given is None and options.require_seller_order_id:
        return [errors.content("sellerOrderId", f"sellerOrderId is missing in line number {line.number}")]
    if not isinstance(given, str | None):
        return [errors.content("sellerOrderId", "sellerOrderId is not valid")]
    if len(given or "") > LONGEST_SELLER_ORDER_ID:
        return [errors.content("sellerOrderId", "sellerOrderId is too long")]
    return []


def _quantity_faults(order: Order, line: Line, wanted: int) -> list[dict[str, Any]]:
    """`wanted` counts every entry of the request for this line so far."""
    if wanted <= line.acknowledged:
        return []
    if line.acknowledged:
        return [errors.content("statusQuantity", OVER_SHIPPED)]
    where = f"The Line: {line.number} of PO: {order.purchase_order_id}"
    return [errors.content("orderLineStatus", f"{where} is in CREATED status, it should be acknowledged first")]


def _remember_seller_order_ids(order: Order, sent_lines: list[dict[str, Any]]) -> None:
    for sent in sent_lines:
        line = order.line(sent["lineNumber"])
        if line is not None and sent.get("sellerOrderId"):
            line.seller_order_id = order.seller_order_id = sent["sellerOrderId"]
