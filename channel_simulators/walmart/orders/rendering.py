"""An order as the API shows it (walmart-api §2.6 to §2.10)."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.options import Options
from channel_simulators.walmart.orders import refund_rendering
from channel_simulators.walmart.state import DEFAULT_SHIP_NODE, Address, Charge, Line, Order, Parcel

SHIP_METHODS = {"Standard": "STANDARD", "Express": "EXPEDITED", "OneDay": "ONE_DAY", "Value": "VALUE"}
PROGRAMS = {"Express": "TWO_DAY", "OneDay": "ONE_DAY"}
GARBAGE_DATES = (-62_135_596_800_000, 0)
"""The year 1 and 1970."""
PLACEHOLDER_EMAIL = "nocxemail@walmartone.com"


def order(
    placed: Order, options: Options, now: int, *, product_info: bool = False, replacement_info: bool = False
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "purchaseOrderId": placed.purchase_order_id,
        "customerOrderId": placed.customer_order_id,
        "customerEmailId": _email(placed, options, now),
        "orderDate": placed.placed_at,
        "buyerId": str(uuid.uuid5(uuid.NAMESPACE_OID, placed.customer_order_id)),
        "mart": "US",
        "isGuest": False,
        "paymentTypes": ["CREDITCARD"],
        "pickupPersons": None,
        "shippingInfo": _shipping_info(placed, options),
        "orderLines": {"orderLine": [_line(placed, line, options, product_info=product_info) for line in placed.lines]},
        "shipNode": _ship_node(placed, options),
    }
    if replacement_info:
        shown["orderType"] = placed.order_type
        if placed.original_customer_order_id:
            shown["originalCustomerOrderID"] = placed.original_customer_order_id
    if options.order_summary:
        shown["orderSummary"] = _summary(placed)
    if placed.seller_order_id:
        shown["sellerOrderId"] = placed.seller_order_id
    pruned: dict[str, Any] = _without_nulls(shown) if options.optional_members == "absent" else shown
    return pruned


def _without_nulls(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_nulls(value) for name, value in node.items() if value is not None}
    return [_without_nulls(entry) for entry in node] if isinstance(node, list) else node


def program(placed: Order) -> str | None:
    return PROGRAMS.get(placed.method_code)


def _email(placed: Order, options: Options, now: int) -> str:
    fresh = now < placed.placed_at + options.placeholder_email_seconds * 1000
    return PLACEHOLDER_EMAIL if fresh else placed.email


def _shipping_info(placed: Order, options: Options) -> dict[str, Any]:
    """Without its estimated dates once everything left; with a zeroed phone on later reads."""
    info: dict[str, Any] = {"methodCode": placed.method_code, "postalAddress": _address(placed.address)}
    if placed.phone is not None:
        later = options.zero_phones and not any(line.created for line in placed.lines)
        info["phone"] = "0" * len(placed.phone) if later else placed.phone
    if placed.open or not any(line.parcels for line in placed.lines):
        info["estimatedShipDate"] = placed.estimated_ship
        info["estimatedDeliveryDate"] = placed.estimated_delivery
    return info


def _address(address: Address) -> dict[str, Any]:
    return {
        "name": address.name,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "state": address.state,
        "postalCode": address.postal_code,
        "country": address.country,
        "addressType": address.address_type,
    }


def _line(placed: Order, line: Line, options: Options, *, product_info: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "lineNumber": line.number,
        "item": _item(line, product_info=product_info),
        "charges": {"charge": [_charge(charge, _portion(line, options)) for charge in line.charges]},
        "orderLineQuantity": _quantity(line.ordered),
        "statusDate": GARBAGE_DATES[placed.lines.index(line) % 2] if options.garbage_status_dates else line.status_date,
        "orderLineStatuses": {"orderLineStatus": _statuses(placed, line, options)},
        "returnOrderId": line.return_order_id,
        "refund": refund_rendering.refund(line, options),
        "originalCarrierMethod": None,
        "referenceLineId": None,
        "serialNumbers": [],
        "configId": None,
        "fulfillment": _fulfillment(placed),
    }
    if line.intent_to_cancel:
        shown["intentToCancel"] = "TRUE"
    elif options.intent_to_cancel_false:
        shown["intentToCancel"] = "FALSE"
    if line.seller_order_id:
        shown["sellerOrderId"] = line.seller_order_id
    return shown


def _item(line: Line, *, product_info: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"productName": line.product_name, "sku": line.sku, "condition": "New"}
    if product_info:
        shown["imageUrl"] = f"https://i5.walmartimages.com/asr/{line.number}.jpeg"
        shown["weight"] = {"value": "1.0", "unit": "POUND"}
    return shown


def _gone(line: Line) -> bool:
    """A wholly cancelled line comes back without its money (walmart-api §2.9)."""
    return line.cancelled == line.ordered


def _portion(line: Line, options: Options) -> Decimal:
    if _gone(line):
        return Decimal()
    return Decimal(1) / line.ordered if options.charges_of == "unit" else Decimal(1)


def _charge(charge: Charge, portion: Decimal) -> dict[str, Any]:
    tax = None
    if charge.tax is not None:
        tax = {"taxName": charge.tax_name, "taxAmount": _money(charge.tax * portion)}
    return {
        "chargeType": charge.type,
        "chargeName": charge.name,
        "chargeAmount": _money(charge.amount * portion),
        "tax": tax,
    }


def _money(amount: Decimal) -> dict[str, Any]:
    return {"currency": "USD", "amount": float(round(amount, 2))}


def _summary(placed: Order) -> dict[str, Any]:
    """Another shape of money than that of the lines."""
    held = [charge for line in placed.lines if not _gone(line) for charge in line.charges]
    kinds = sorted({charge.type for charge in held})
    subtotals = [
        {"subTotalType": kind, "totalAmount": _currency(sum((c.amount for c in held if c.type == kind), Decimal()))}
        for kind in kinds
    ]
    total = sum((charge.amount + (charge.tax or 0) for charge in held), Decimal())
    return {"totalAmount": _currency(total), "orderSubTotals": subtotals}


def _currency(amount: Decimal) -> dict[str, Any]:
    return {"currencyAmount": float(amount), "currencyUnit": "USD"}


def _quantity(amount: int) -> dict[str, str]:
    return {"unitOfMeasurement": "EACH", "amount": str(amount)}


def _statuses(placed: Order, line: Line, options: Options) -> list[dict[str, Any]]:
    """Their quantities add up to that of the line; one line may be in several at once (walmart-api §2.10)."""
    entries: list[dict[str, Any]] = [
        {"status": status, "statusQuantity": _quantity(amount)}
        for status, amount in (("Created", line.created), ("Acknowledged", line.acknowledged))
        if amount
    ]
    parcels = [_parcel(placed, parcel) for parcel in line.parcels]
    entries += refund_rendering.refunded_first(parcels, line.refunded_units) if options.refund_status else parcels
    entries += [
        {"status": "Cancelled", "statusQuantity": _quantity(part.quantity), "cancellationReason": part.reason}
        for part in line.cancellations
    ]
    names: Mapping[str, str] = options.status_names
    return [entry | {"status": names.get(entry["status"], entry["status"])} for entry in entries]


def _parcel(placed: Order, parcel: Parcel) -> dict[str, Any]:
    """`trackingURL` is Walmart's own page here, whatever the seller sent (walmart-api §2.10)."""
    page = f"https://www.walmart.com/tracking?tracking_id={parcel.number}&order_id={placed.purchase_order_id}"
    return {
        "status": "Delivered" if parcel.delivered else "Shipped",
        "statusQuantity": _quantity(parcel.quantity),
        "trackingInfo": {
            "shipDateTime": parcel.ship_date,
            "carrierName": {"otherCarrier": parcel.other_carrier, "carrier": parcel.carrier},
            "methodCode": parcel.method_code,
            "trackingNumber": parcel.number,
            "trackingURL": page,
        },
        "returnCenterAddress": parcel.return_center,
    }


def _fulfillment(placed: Order) -> dict[str, Any]:
    return {
        "fulfillmentOption": "S2H",
        "shipMethod": SHIP_METHODS.get(placed.method_code, placed.method_code.upper()),
        "storeId": None,
        "pickUpDateTime": placed.estimated_delivery,
        "pickUpBy": None,
        "shippingProgramType": program(placed),
    }


def _ship_node(placed: Order, options: Options) -> Any:
    forms: dict[str, Any] = {
        "object": {"type": placed.ship_node_type, "name": "Main warehouse", "id": DEFAULT_SHIP_NODE},
        "array": [],
        "null": None,
    }
    return forms[options.ship_node_as]
