"""What a person should do about what Walmart refused (walmart-api §8.4, of stock and prices §4).

The fragments only choose words: whether something happened after all is decided by reading the order again.
"""

from channel_manager.connectors.walmart.envelopes import Report
from channel_manager.shared.errors import About
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
_REFUNDED_BEFORE = say(
    "Walmart has already refunded this. Compare the refunded amounts with Walmart: if this refund is already there, "
    "nothing is left to do."
)
_RETURN_CANCELLED = say("Walmart has cancelled this return. Nothing can be refunded for it.")
_RETURN_TOO_MUCH = say(
    "Walmart refused the refund: it asks for more units than the return still has. See what Walmart already counts as "
    "refunded or cancelled, correct the quantities and send it again."
)
_RETURN_LINE = say(
    "Walmart does not know a line of this return, or the return belongs to another order. Refresh the return, then "
    "send the refund again."
)
_ITS_OWN_RETURN = say("Walmart fulfils this order and refunds it itself. It cannot be refunded from here.")
_REFUND_THROUGH_ORDER = say(
    "Walmart refuses the refund of this item through its return: the seller arranges the return of such items. Refund "
    "the order instead."
)
_REPLACEMENT = say(
    "Walmart sends the buyer a replacement for this return instead of money. There is nothing to refund."
)
_REFUND_TOO_MUCH = say(
    "Walmart refused the refund: it is more than was charged and not yet refunded. See what Walmart already counts as "
    "refunded, correct the amounts and send it again."
)
_NOT_SHIPPED = say(
    "Walmart refunds only what has been shipped. Ship these items first, or cancel them instead of refunding them."
)
_REFUND_REASON = say("Walmart does not accept this refund reason. Choose another reason and send it again.")
_DATE_FORMAT = say(
    "Walmart did not understand a date that was sent to it. This is a fault of Channel Manager: report it."
)

_CURSOR_EXPIRED = say(
    "Walmart has forgotten the list that was being read: it keeps one for two minutes. Reading starts again from the "
    "first page."
)
_STOCK_AMOUNT = say(
    "Walmart refused the quantity of this SKU: it takes whole numbers from 0. Check the stock rule of the store and of "
    "the SKU, then send it again."
)
_SKU_REFUSED = say(
    "Walmart refused the SKU: it takes at most 50 characters, and only SKUs of this seller account. Compare it with "
    "the item in Seller Center."
)
_SHIP_NODE = say(
    "Walmart does not know the warehouse that the stock was sent for. Check the fulfilment centers in Seller Center, "
    "then send it again."
)
_ITS_OWN_STOCK = say("Walmart keeps the stock of this SKU in its own warehouses (WFS). It cannot be set from here.")
_PRICE_TOO_EARLY = say(
    "Walmart takes no price for this item yet: new items wait about 24 hours. Send it again tomorrow."
)
_PRICE_AMOUNT = say(
    "Walmart refused the price: it takes positive amounts in US dollars with at most two decimals. Correct the price "
    "in Commerce; it is sent again by itself."
)
_LOCKED = say("Walmart is still working on this SKU and takes nothing else for it. Send it again in some minutes.")
_FILE_TOO_LARGE = say("The file is larger than Walmart takes. Send fewer SKUs in one file.")
_SKU_UNKNOWN = say("Walmart does not know SKU %(sku)s in this seller account. Compare its spelling with Seller Center.")
_FEED_UNKNOWN = say("Walmart does not know feed %(feed)s, or it belongs to another seller account.")

HIGHER_STATUS = "higher status"

_ABOUT: dict[str, About] = {
    sentence.template: about
    for sentence, about in (
        (_OVER_SHIPPED, About.QUANTITY),
        (_SHIPPED_BEFORE, About.QUANTITY),
        (_CANCELLED_BEFORE, About.QUANTITY),
        (_TOO_LATE, About.QUANTITY),
        (_CANCEL_TOO_MUCH, About.QUANTITY),
        (_INTENT, About.BUYER_REQUEST),
        (_TRACKING_URL, About.CARRIER),
        (_CARRIER, About.CARRIER),
        (_TRACKING_NUMBER, About.TRACKING),
        (_NO_SUCH_PARCEL, About.TRACKING),
        (_NO_REQUEST, About.REASON),
        (_REASON, About.REASON),
        (_SKU_UNKNOWN, About.SKU),
        (_SKU_REFUSED, About.SKU),
        (_STOCK_AMOUNT, About.STOCK),
        (_ITS_OWN_STOCK, About.STOCK),
    )
}

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
    "refund": (
        ("already refunded", _REFUNDED_BEFORE),
        ("refundreason", _REFUND_REASON),
        ("refund reason", _REFUND_REASON),
        ("not in shipped", _NOT_SHIPPED),
        ("in created status", _NOT_SHIPPED),
        ("in acknowledged status", _NOT_SHIPPED),
        ("not shipped", _NOT_SHIPPED),
        ("exceed", _REFUND_TOO_MUCH),
        ("more than", _REFUND_TOO_MUCH),
        ("greater than", _REFUND_TOO_MUCH),
    ),
    "refund_return": (
        ("exception", _REFUND_THROUGH_ORDER),
        ("replacement", _REPLACEMENT),
        ("already refunded", _REFUNDED_BEFORE),
        ("already been refunded", _REFUNDED_BEFORE),
        ("cancelled", _RETURN_CANCELLED),
        ("canceled", _RETURN_CANCELLED),
        ("exceed", _RETURN_TOO_MUCH),
        ("more than", _RETURN_TOO_MUCH),
        ("greater than", _RETURN_TOO_MUCH),
        ("customerorderid", _RETURN_LINE),
        ("returnorderlinenumber", _RETURN_LINE),
        ("quantity", _RETURN_TOO_MUCH),
        ("qty", _RETURN_TOO_MUCH),
    ),
    "set_stock": (
        ("locked", _LOCKED),
        ("being processed", _LOCKED),
        ("shipnode", _SHIP_NODE),
        ("ship node", _SHIP_NODE),
        ("quantity", _STOCK_AMOUNT),
        ("amount", _STOCK_AMOUNT),
        ("sku", _SKU_REFUSED),
    ),
    "set_price": (
        ("24 h", _PRICE_TOO_EARLY),
        ("locked", _LOCKED),
        ("being processed", _LOCKED),
        ("currentprice", _PRICE_AMOUNT),
        ("currency", _PRICE_AMOUNT),
        ("amount", _PRICE_AMOUNT),
        ("sku", _SKU_REFUSED),
    ),
    "read": (
        ("invalid date format", _DATE_FORMAT),
        ("fromdate or todate", _DATE_FORMAT),
        ("invalid cursor", _CURSOR_EXPIRED),
    ),
}
_WHATEVER_THE_CALL = (
    ("wfs", _ITS_OWN),
    ("fulfilled by walmart", _ITS_OWN),
    ("in cancelled status", _CANCELLED_BEFORE),
)

# What no merchant can correct (walmart-api §8.2).
_OUR_FAULTS = (
    "INVALID_ACCEPT_TYPE",
    "INVALID_REQUEST_HEADER",
    "MALFORMED_REQUEST_CONTENT",
    "METHOD_NOT_ALLOWED",
    "MISSING_REQUEST_HEADER",
    "MISSING_REQUEST_PARAM",
    "UNSUPPORTED_MEDIA_TYPE",
)
TOO_LARGE = 413
_OUR_STATUSES = (405, 406, TOO_LARGE, 415)
_OF_WALMART = ("wfs", "fulfilled by walmart")
_IN_GENERAL: dict[str, tuple[tuple[str, Sentence], ...]] = {
    "refund": tuple((fragment, _ITS_OWN_RETURN) for fragment in _OF_WALMART),
    "refund_return": tuple((fragment, _ITS_OWN_RETURN) for fragment in _OF_WALMART),
    "set_stock": tuple((fragment, _ITS_OWN_STOCK) for fragment in _OF_WALMART),
    "set_price": (),
    "feed_stock": (),
    "feed_price": (),
}
_OF_FILES = ("feed_stock", "feed_price")
_OF_ITEMS = (*_OF_FILES, "set_stock", "set_price")


def sentence_for(action: str, report: Report, status: int) -> Sentence:
    """`action` is the family of a write, or "read"."""
    everything = report.everything
    for fragment, sentence in (*_IN_GENERAL.get(action, _WHATEVER_THE_CALL), *_KNOWN.get(action, ())):
        if fragment in everything:
            return sentence
    if status == TOO_LARGE and action in _OF_FILES:
        return _FILE_TOO_LARGE
    if action == "read" or status in _OUR_STATUSES or report.main.name in _OUR_FAULTS:
        return say(
            "Walmart did not understand a request: %(words)s. This is a fault of Channel Manager: report it.",
            words=report.words.rstrip(". ") or say("status %(status)s", status=status),
        )
    if report.words:
        return say("Walmart refused this: %(words)s. Correct it and send it again.", words=report.words.rstrip(". "))
    if action in _OF_ITEMS:
        return say("Walmart refused this without saying why. Look at the item in Seller Center, then send it again.")
    return say("Walmart refused this without saying why. Compare the order with Walmart, then send it again.")


def unknown_sku(sku: str) -> Sentence:
    return Sentence(_SKU_UNKNOWN.template, {"sku": sku})


def unknown_feed(feed_id: str) -> Sentence:
    return Sentence(_FEED_UNKNOWN.template, {"feed": feed_id})


def expired() -> Sentence:
    """Of a list that cannot go on from where it stood."""
    return _CURSOR_EXPIRED


def about(sentence: Sentence) -> About | None:
    """What of ours a refusal is about."""
    return _ABOUT.get(sentence.template)
