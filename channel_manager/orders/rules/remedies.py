"""What a person can do about an operation that failed or waits: a literal table. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from channel_manager.shared.errors import About
from channel_manager.shared.sentences import Sentence, say


class Remedy(StrEnum):
    TRACKING = "tracking"
    CARRIER = "carrier"
    FEWER = "fewer"
    REASON = "reason"
    OVERRIDE = "override"
    SKU = "sku"
    STOCK = "stock"
    ADDRESS = "address"
    RETURN = "return"
    RESEND = "resend"
    WAIT = "wait"
    CONNECTION = "connection"
    REPORT = "report"


TABLE: dict[tuple[str, str], Remedy] = {
    ("report_shipment", About.TRACKING): Remedy.TRACKING,
    ("report_shipment", About.CARRIER): Remedy.CARRIER,
    ("report_shipment", About.QUANTITY): Remedy.FEWER,
    ("report_shipment", About.BUYER_REQUEST): Remedy.OVERRIDE,
    ("report_shipment", ""): Remedy.TRACKING,
    ("correct_tracking", About.CARRIER): Remedy.CARRIER,
    ("create_commerce_shipment", About.QUANTITY): Remedy.FEWER,
    ("cancel_on_marketplace", About.QUANTITY): Remedy.FEWER,
    ("cancel_on_marketplace", About.REASON): Remedy.REASON,
    ("create_commerce_order", About.SKU): Remedy.SKU,
    ("create_commerce_order", About.STOCK): Remedy.STOCK,
    ("create_commerce_order", About.ADDRESS): Remedy.ADDRESS,
    ("create_credit_memo", ""): Remedy.RETURN,
    ("refund_return", ""): Remedy.RETURN,
}
"""By kind of operation and what its error is about; the row without an `about` counts for all others of its kind."""

ADVICE: dict[Remedy, Sentence] = {
    Remedy.TRACKING: say("Correct the tracking number or the carrier; the shipment is then sent again."),
    Remedy.CARRIER: say("Choose one of Walmart's carriers for this parcel, or map the carrier for all."),
    Remedy.FEWER: say("Send fewer units: as many as Walmart still has open."),
    Remedy.REASON: say("Choose another reason; the cancellation is then sent again."),
    Remedy.OVERRIDE: say("Cancel these units, or send the shipment although the buyer asked to cancel."),
    Remedy.SKU: say("Link Walmart's SKU to the Commerce product once; every order with it then goes on."),
    Remedy.STOCK: say("Add stock in Commerce, then try again now; or cancel the units as out of stock."),
    Remedy.ADDRESS: say("Correct the part of the address that the shop refuses; Walmart's original is kept."),
    Remedy.RETURN: say("Look at the return and its credit memo, then send it again."),
    Remedy.RESEND: say("Put right what was refused, then send it again; or settle it by hand."),
    Remedy.WAIT: say("Nothing: it is tried again by itself, and looked up before anything is repeated."),
    Remedy.CONNECTION: say("Repair the connection. Everything goes on by itself when the check passes."),
    Remedy.REPORT: say("Send it again once. If it fails again, report it with its case file and the reference."),
}
BY_ITSELF = ("Unavailable", "Ambiguous")
REMOTE = (*BY_ITSELF, "Rejected", "NotFound", "Postponed", "Misconfigured")


def remedy_for(kind: str, error: Mapping[str, Any]) -> Remedy:
    """`error` as the engine keeps it (`sync.failures`)."""
    name = error.get("class", "")
    if name == "Misconfigured":
        return Remedy.CONNECTION
    if name in BY_ITSELF:
        return Remedy.WAIT
    if "traceback" in error or (name and name not in REMOTE):
        return Remedy.REPORT
    return TABLE.get((kind, error.get("about") or "")) or TABLE.get((kind, ""), Remedy.RESEND)
