"""The tracking of one entry of a shipment report: what is refused, and the parcel made of it."""

from typing import Any

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.orders.carriers import CARRIERS, METHODS
from channel_simulators.walmart.state import Order, Parcel

CLOCK_TOLERANCE = 5 * 60 * 1000
"""How far in the future a shipment may lie, in milliseconds: callers' clocks differ."""
RETURN_CENTER_FIELDS = ("address1", "city", "state", "postalCode", "country")


def faults(order: Order, number: str, entry: dict[str, Any], now: int) -> list[dict[str, Any]]:
    info = entry.get("trackingInfo")
    if not isinstance(info, dict):
        return [errors.content("trackingInfo", f"trackingInfo is missing in line number {number}")]
    found = [*_carrier_faults(info, number), *_date_faults(order, info, number, now)]
    if info.get("methodCode") not in METHODS:
        found.append(errors.content("methodCode", f"Method code is not supported in line number {number}"))
    if not isinstance(info.get("trackingNumber"), str) or not info["trackingNumber"].strip():
        found.append(errors.content("trackingNumber", f"Tracking number is missing in line number {number}"))
    center = entry.get("returnCenterAddress")
    if center is not None and not all(isinstance(center, dict) and center.get(name) for name in RETURN_CENTER_FIELDS):
        found.append(errors.content("returnCenterAddress", f"Return center is incomplete in line number {number}"))
    asn = entry.get("asn")
    if asn is not None and not (isinstance(asn, dict) and isinstance(asn.get("packageASN"), str)):
        found.append(errors.content("packageASN", f"packageASN is missing in line number {number}"))
    return found


def parcel(entry: dict[str, Any], quantity: int, now: int) -> Parcel:
    """Of an entry without faults."""
    info = entry["trackingInfo"]
    return Parcel(
        quantity=quantity,
        number=info["trackingNumber"],
        method_code=info["methodCode"],
        ship_date=info["shipDateTime"],
        reported_at=now,
        carrier=info["carrierName"].get("carrier"),
        other_carrier=info["carrierName"].get("otherCarrier"),
        url=info.get("trackingURL"),
        return_center=entry.get("returnCenterAddress"),
    )


def _carrier_faults(info: dict[str, Any], number: str) -> list[dict[str, Any]]:
    name = info.get("carrierName")
    carrier, other = (name.get("carrier"), name.get("otherCarrier")) if isinstance(name, dict) else (None, None)
    if bool(carrier) == bool(other) or not isinstance(carrier, str | None) or not isinstance(other, str | None):
        return [
            errors.content(
                "carrierName", f"Exactly one of carrier and otherCarrier is expected in line number {number}"
            )
        ]
    if carrier and carrier not in CARRIERS:
        return [errors.content("carrier", f"Carrier is not supported in line number {number}")]
    if not isinstance(info.get("trackingURL"), str | None):
        return [errors.content("trackingURL", f"Tracking URL is not valid in line number {number}")]
    if other and not info.get("trackingURL"):
        return [errors.content("trackingURL", f"Tracking URL is required for other carriers in line number {number}")]
    return []


def _date_faults(order: Order, info: dict[str, Any], number: str, now: int) -> list[dict[str, Any]]:
    """Seconds lie before any order, .NET ticks far in the future: both are refused (walmart-api §9 no. 11)."""
    date = info.get("shipDateTime")
    if not isinstance(date, int) or isinstance(date, bool):
        return [errors.content("shipDateTime", f"Ship date is not valid in line number {number}")]
    if date < order.placed_at:
        return [errors.content("shipDateTime", f"Ship date cannot be before the order date in line number {number}")]
    if date > now + CLOCK_TOLERANCE:
        return [errors.content("shipDateTime", f"Ship date cannot be in the future in line number {number}")]
    return []
