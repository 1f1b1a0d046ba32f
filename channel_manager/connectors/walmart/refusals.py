"""What a person should do about what Walmart refused (walmart-api §8.4).

The fragments only choose words: whether something happened after all is decided by reading the order again.
"""

from channel_manager.connectors.walmart.envelopes import Report
from channel_manager.shared.sentences import Sentence, say

_OVER_SHIPPED = say(
    "Walmart refused the shipment: it asks for more than is still open on the order. See what Walmart already counts "
    "as shipped or cancelled, correct the quantities and send it again."
)
_INTENT = say(
    "Walmart refused the shipment because the buyer asked to cancel. Cancel these items, or, if the parcel has left, "
    "send it again with the override."
)
_METHOD = say(
    "Walmart does not accept the shipping method of this shipment. It takes Standard, Express, OneDay, Freight, "
    "WhiteGlove and Value: choose one of them and send it again."
)
_TRACKING_URL = say(
    "Walmart requires a tracking address for a carrier that it does not list. Add a tracking-URL template under "
    "Channel settings › Map shipping carriers, then send it again."
)
_CARRIER = say(
    "Walmart does not know the carrier of this shipment. Map it to one of Walmart's carriers under "
    "Channel settings › Map shipping carriers, then send it again."
)
_TRACKING_NUMBER = say(
    "Walmart refused the tracking number. Check it against the carrier's label (no spaces or special characters, not "
    "an order number) and send it again."
)
_SHIP_DATE = say(
    "Walmart refused the shipping date: it must lie between the order date and now. Check the date of the shipment "
    "and this machine's clock, then send it again."
)
_NO_SUCH_PARCEL = say(
    "Walmart does not know the parcel whose tracking number is to be replaced. See which tracking numbers Walmart "
    "shows for this order."
)
_FROZEN = say(
    "Walmart takes corrections of a tracking number only within 4 hours of the shipment. It stays as it was reported."
)
_ACKNOWLEDGE_FIRST = say(
    "Walmart refused the shipment because the order is not acknowledged there. Acknowledge it, then send it again."
)
_SHIPPED_BEFORE = say(
    "Walmart already counts these items as shipped. Compare the order with Walmart: if this parcel is already there, "
    "nothing is left to do."
)
_CANCELLED_BEFORE = say(
    "Walmart has already cancelled these items. Nothing more can be shipped or cancelled of them; if their parcel has "
    "left, have the carrier bring it back."
)
_TOO_LATE = say(
    "Walmart already counts these items as shipped, so they cannot be cancelled any more. Refund them instead."
)
_CANCEL_TOO_MUCH = say(
    "Walmart refused the cancellation: it asks for more than is still open on the order. See what Walmart already "
    "counts as shipped or cancelled, correct the quantities and send it again."
)
_NO_REQUEST = say(
    "Walmart accepts the reason “The buyer asked to cancel” only for items whose buyer asked. Choose another reason "
    "and send it again."
)
_REASON = say("Walmart does not accept this cancellation reason. Choose another reason and send it again.")
_ACKNOWLEDGED_BEFORE = say(
    "Walmart refused the acknowledgement: all items are already acknowledged, shipped or cancelled there."
)
_ITS_OWN = say("Walmart ships this order itself. It cannot be acknowledged, shipped or cancelled from here.")
_DATE_FORMAT = say(
    "Walmart did not understand a date that was sent to it. This is a fault of Channel Manager: report it."
)

HIGHER_STATUS = "higher status"

# The first fragment that occurs decides, so the particular ones stand first.
_KNOWN: dict[str, tuple[tuple[str, Sentence], ...]] = {
    "acknowledge": ((HIGHER_STATUS, _ACKNOWLEDGED_BEFORE),),
    "ship": (
        ("intenttocanceloverride", _INTENT),
        ("intent to cancel", _INTENT),
        ("overshipped", _OVER_SHIPPED),
        ("qtyavailabletoship", _OVER_SHIPPED),
        ("enough quantity", _OVER_SHIPPED),
        ("currenttrackinginfo", _NO_SUCH_PARCEL),
        ("processmode", _FROZEN),
        ("partial_update", _FROZEN),
        ("4 hours", _FROZEN),
        ("in shipped status", _SHIPPED_BEFORE),
        ("in created status", _ACKNOWLEDGE_FIRST),
        ("not acknowledged", _ACKNOWLEDGE_FIRST),
        ("methodcode", _METHOD),
        ("method code", _METHOD),
        ("trackingurl", _TRACKING_URL),
        ("tracking url", _TRACKING_URL),
        ("carrier", _CARRIER),
        ("trackingnumber", _TRACKING_NUMBER),
        ("tracking number", _TRACKING_NUMBER),
        ("shipdatetime", _SHIP_DATE),
        ("ship date", _SHIP_DATE),
    ),
    "cancel": (
        ("in shipped status", _TOO_LATE),
        ("customer_requested", _NO_REQUEST),
        ("cancellationreason", _REASON),
        ("cancellation reason", _REASON),
        ("qty", _CANCEL_TOO_MUCH),
        ("quantity", _CANCEL_TOO_MUCH),
    ),
    "read": (("invalid date format", _DATE_FORMAT),),
}
_WHATEVER_THE_CALL = (
    ("wfs", _ITS_OWN),
    ("fulfilled by walmart", _ITS_OWN),
    ("in cancelled status", _CANCELLED_BEFORE),
)


def sentence_for(action: str, report: Report) -> Sentence:
    """`action` is the family of a write, or "read"."""
    everything = report.everything
    for fragment, sentence in (*_WHATEVER_THE_CALL, *_KNOWN.get(action, ())):
        if fragment in everything:
            return sentence
    if report.words:
        return say("Walmart refused this: %(words)s. Correct it and send it again.", words=report.words.rstrip(". "))
    return say("Walmart refused this without saying why. Compare the order with Walmart, then send it again.")
