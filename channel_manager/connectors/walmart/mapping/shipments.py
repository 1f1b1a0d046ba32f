"""A parcel → Walmart's `orderShipment` (walmart-api §2.13). One parcel is one call."""

from channel_manager.connectors.walmart.carriers import listed_carrier, ship_method
from channel_manager.connectors.walmart.mapping.reading import Json
from channel_manager.ports.messages import Parcel, ParcelLine
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import Sentence, say

LONGEST_ORDER_NUMBER = 30


def shipment(parcel: Parcel) -> Json:
    """Raises Rejected for what Walmart would refuse anyway."""
    return {"orderShipment": {"orderLines": _lines(parcel)}}


def correction(parcel: Parcel, previous_number: str) -> Json:
    """The same parcel with other tracking; `previous_number` names the one that Walmart has. Raises Rejected."""
    lines = _lines(parcel, currentTrackingInfo={"trackingNumber": previous_number})
    return {"orderShipment": {"processMode": "PARTIAL_UPDATE", "orderLines": lines}}


def quantity(count: int) -> Json:
    return {"unitOfMeasurement": "EACH", "amount": str(count)}


def _lines(parcel: Parcel, **current: Json) -> Json:
    tracking = _tracking(parcel)
    return {"orderLine": [_line(line, parcel, tracking, current) for line in parcel.lines]}


def _line(line: ParcelLine, parcel: Parcel, tracking: Json, current: Json) -> Json:
    status = {"status": "Shipped", "statusQuantity": quantity(line.quantity), "trackingInfo": tracking, **current}
    found = {
        "lineNumber": line.number,
        "intentToCancelOverride": line.override,
        "orderLineStatuses": {"orderLineStatus": [status]},
    }
    if parcel.seller_order_number:
        found["sellerOrderId"] = parcel.seller_order_number[:LONGEST_ORDER_NUMBER]
    return found


def _tracking(parcel: Parcel) -> Json:
    if not parcel.tracking_number.strip():
        raise _refused(say("Walmart requires a tracking number. Add it to the shipment."), "trackingNumber")
    tracking = {
        "shipDateTime": int(parcel.shipped_at.timestamp() * 1000),
        "carrierName": _carrier(parcel),
        "methodCode": ship_method(parcel.method),
        "trackingNumber": parcel.tracking_number,
    }
    if parcel.tracking_url:
        tracking["trackingURL"] = parcel.tracking_url
    return tracking


def _carrier(parcel: Parcel) -> Json:
    """A listed carrier sent as "other" makes the tracking count as invalid (walmart-api §2.16)."""
    name = parcel.carrier or parcel.other_carrier
    if listed := listed_carrier(name):
        return {"carrier": listed}
    if not parcel.other_carrier:
        sentence = say(
            "Walmart does not know the carrier “%(name)s”. Map it under Channel settings › Map shipping carriers, "
            "then send the shipment again.",
            name=name,
        )
        raise _refused(sentence, "carrier")
    if not parcel.tracking_url:
        sentence = say(
            "Walmart requires a tracking address for the carrier “%(name)s”, which it does not list. Add a "
            "tracking-URL template under Channel settings › Map shipping carriers, then send the shipment again.",
            name=name,
        )
        raise _refused(sentence, "trackingURL")
    return {"otherCarrier": parcel.other_carrier}


def _refused(sentence: Sentence, field: str) -> Rejected:
    return Rejected(sentence, side="Walmart", field=field)
