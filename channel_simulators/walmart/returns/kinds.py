"""The kinds of returns and the words of walmart-api §3.2."""

from dataclasses import dataclass

REASONS = (
    "ARRIVED_LATE",
    "AUTO_RETURN",
    "BOUGHT_ANOTHER_SIZE_OR_COLOR",
    "BOUGHT_SOMEWHERE_ELSE",
    "DAMAGED",
    "DEFECTIVE",
    "DUPLICATE_ITEM",
    "INADEQUATE_QUALITY",
    "INCORRECT_ITEM",
    "LOST_AFTER_DELIVERY",
    "LOST_IN_TRANSIT",
    "LOWER_PRICE",
    "MISSING_PARTS",
    "NOT_AS_DESCRIBED",
    "NO_LONGER_WANTED",
    "RETURN_TO_SENDER",
    "SHIPPING_BOX_DAMAGED",
    "TRIED_TO_CANCEL",
    "WRONG_SIZE/POOR_FIT",
)
CHANNELS = ("ONLINE", "IN_STORE", "CUSTOMER_CARE")
EXCEPTION_ITEMS = ("HAZMAT", "FREIGHT", "OTHER")

BY_API = "SELLER_SYSTEM_REFUND"
BY_HAND = "SELLER_MANUAL_REFUND"
BY_RULE = "SELLER_AUTO_REFUND"
BY_WALMART = "WALMART_TRIGGERED_REFUND"
IN_STORE = "WALMART_SETTLED_REFUND"
INSTANT = "InstantRefund"

INITIATED, DELIVERED, COMPLETED = STATUSES = ("INITIATED", "DELIVERED", "COMPLETED")
REFUND_INITIATED = "REFUND_INITIATED"
REFUND_COMPLETED = "REFUND_COMPLETED"
REFUND_ISSUED = "REFUND_ISSUED"
CANCELLED = "RETURN_CANCELLED"
STATUS_OF_TAG = {
    "RETURN_INITIATED": INITIATED,
    "RETURN_IN_TRANSIT": INITIATED,
    "DELIVERED_AT_RETURN_CENTER": DELIVERED,
    REFUND_INITIATED: COMPLETED,
    REFUND_ISSUED: COMPLETED,
    CANCELLED: COMPLETED,
    "INTRANSIT_AFTER_INVOICE": COMPLETED,
    "DELIVERED_AFTER_INVOICE": COMPLETED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    channel: str = "ONLINE"
    return_type: str = "REFUND"
    refunded_by: str | None = None
    """The channel that gives the money back at once, without the seller (walmart-api §3.4)."""
    label: bool = True
    comes_back: bool = True
    exception: bool = False


KINDS = {
    "ordinary": Kind(),
    "keep_it": Kind(refunded_by=BY_RULE, label=False, comes_back=False),
    "instant": Kind(refunded_by=INSTANT),
    "in_store": Kind(channel="IN_STORE", refunded_by=IN_STORE, label=False),
    "exception": Kind(channel="CUSTOMER_CARE", label=False, exception=True),
    "replacement": Kind(return_type="REPLACEMENT"),
}
