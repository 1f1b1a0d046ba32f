"""Every page and drawer that is pictured, in the order of the gallery, and each address that is not, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page as Tab

from screens import doing

Doing = Callable[[Tab], None]
ENGLISH, CHINESE = "en", "zh-hant"
BOTH = (ENGLISH, CHINESE)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """`at` is an address with the names of `places.found` in braces. `shows`: the names of the addresses that it is the
    picture of, in all ways; one that shows none is a state of such a page.

    `does` is what happens on the page before the picture. `whole` False pictures what a window shows, not all of it.
    """

    name: str
    says: str
    at: str
    shows: Sequence[str] = ()
    does: Doing | None = None
    who: str = "alice"
    whole: bool = True
    languages: Sequence[str] = (ENGLISH,)


def orders(name: str, says: str, rest: str = "", **more: Any) -> Picture:
    return _made(name, says, f"/stores/{{store}}/orders{rest}", more)


def order(name: str, says: str, which: str, **more: Any) -> Picture:
    return _made(name, says, f"/stores/{{store}}/orders/{{{which}}}", more)


def page(name: str, says: str, at: str, *shows: str, **more: Any) -> Picture:
    return _made(name, says, f"/stores/{{store}}{at}", {"shows": shows} | more)


def _made(name: str, says: str, at: str, more: Mapping[str, Any]) -> Picture:
    return Picture(name=name, says=says, at=at, **more)


GALLERY: Mapping[str, Sequence[Picture]] = {
    "Signing in and Home": (
        Picture(name="sign-in", says="Signing in.", at="/sign-in", shows=["sign-in"], who=""),
        Picture(name="locked-out", says="After too many wrong passwords.", at="/sign-in", does=doing.guess, who=""),
        Picture(
            name="home", says="Is it running, what must I do today, am I safe with Walmart?", at="/", shows=["home"],
            languages=BOTH,
        ),
        Picture(name="home-empty", says="Home of somebody who may see no store yet.", at="/", who="dave"),
        Picture(
            name="home-read-only", says="A restored copy only reads until its owner says that it is alone.", at="/",
            who="bob",
        ),
        Picture(name="home-offline", says="Without a connection.", at="/", does=doing.go_offline, whole=False),
        Picture(
            name="first-connection", says="Nothing is written before the merchant says from when orders are taken.",
            at="/stores/{garden}/first-connection", shows=["first-connection"],
        ),
        Picture(
            name="take-over", says="Confirming that no other installation works on the account.",
            at="/stores/{copy}/take-over", shows=["take-over"], who="bob",
        ),
    ),
    "Orders": (
        orders("orders", "All orders: cards are filters, deadlines count down.", shows=["orders"], languages=BOTH),
        orders("orders-card", "One card: what needs action.", "?card=needs_action"),
        orders("orders-filtered", "Filters are chips, taken off one by one.", "?fulfilment=seller&sku=MUG%2BLID"),
        orders("orders-filters", "What may be asked of the list.", does=doing.open_filters, whole=False),
        orders("orders-found", "A search for part of an order’s number.", "?search=10874261351"),
        orders("orders-selected", "Selected orders, and what can be done with them.", does=doing.select, whole=False),
        orders("orders-compact", "Close rows.", does=doing.close_rows),
        orders("orders-nothing", "A search without a hit.", "?search=nothing"),
        orders("orders-keys", "Help for the keyboard.", does=doing.ask_keys, whole=False),
        orders("orders-stale", "A page that was left open while others acted.", does=doing.grow_old, whole=False),
        Picture(name="orders-none", says="A store without orders.", at="/stores/{garden}/orders"),
        page("bulk-shipping", "Parcels of many orders, pasted or from a file.", "/orders/shipments", "bulk-shipments",
            does=doing.paste),
        page("bulk-checked", "Each row is looked at before anything is recorded.", "/orders/shipments",
            does=doing.paste_and_check),
        page("bulk-result", "What became of each row.", "/orders/runs/{bulk}", "bulk-run"),
    ),
    "One order": (
        order("order", "An order that is late and open.", "late", shows=["order"], languages=BOTH),
        order("order-partly", "A part has left.", "partly"),
        order("order-shipped", "Everything has left and was accepted.", "shipped"),
        order("order-error", "Walmart refused a parcel: what to do, in place.", "refused"),
        order("order-waits", "A product that the shop does not know.", "unknown"),
        order("order-carrier", "A carrier that is not mapped.", "carrier"),
        order("order-buyer-asks", "The buyer asked to cancel: what has not left is held.", "buyer_asks"),
        order("order-asks-reason", "Canceled in Commerce without a reason.", "no_reason"),
        order("order-canceled", "Canceled, with the reason that Walmart was told.", "price"),
        order("order-returned", "A return is requested.", "returned"),
        order("order-refunded", "A part came back and was paid back.", "refunded"),
        order("order-wfs", "Fulfilled by Walmart: read-only.", "wfs"),
        order("order-replacement", "A replacement costs nothing.", "replacement"),
        order("order-exchange", "The timeline, with an exchange opened.", "shipped", does=doing.open_timeline),
        order("order-ship", "Shipping, in a drawer over the order.", "late", does=doing.ship, whole=False,
            languages=BOTH),
        order("order-ship-wrong", "A number that cannot be right.", "late", does=doing.ship_wrong, whole=False),
        order("order-cancel", "Canceling lines and units, with what each reason causes.", "late", does=doing.cancel,
            whole=False),
        page("ship", "The drawer’s form as a page of its own.", "/orders/{large}/shipment", "shipment"),
        page("cancel", "Canceling as a page of its own.", "/orders/{large}/cancellation", "cancellation"),
        page("tracking", "Adding the tracking number that was missing.",
            "/orders/{no_track}/shipments/{parcel_no_track}/tracking", "tracking"),
        page("fix-tracking", "Correcting a tracking number that Walmart refused.",
            "/orders/{refused}/shipments/{parcel_refused}/tracking"),
        page("fix-carrier", "Choosing one of Walmart’s carriers.",
            "/orders/{carrier}/shipments/{parcel_carrier}/carrier", "carrier-choice"),
        page("fix-sku", "Linking a SKU to a product of the shop.", "/activity/{operation_unknown}/fix", "fix"),
        page("reason", "Giving the reason that Walmart requires.",
            "/orders/{no_reason}/cancellations/{cancellation_no_reason}/reason", "reason"),
        page("decision", "Saying what a credit memo means.", "/orders/{memo}/refunds/{refund_memo}/decision",
            "decision"),
        page("certificate", "Proof of an order: when each side confirmed what.", "/orders/{shipped}/certificate",
            "certificate"),
    ),
    "Returns": (
        page("returns", "All returns, with the 48 hours that Walmart gives.", "/returns", "returns"),
        page("returns-errors", "Refunds that Walmart refused.", "/returns?card=errors"),
        page("return", "Goods that are back: the credit memo is to be made.", "/returns/{return_returned}", "return"),
        page("return-error", "A refund that Walmart refused.", "/returns/{return_refused_refund}"),
        page("return-refunded", "A return that is paid back on both sides.", "/returns/{return_refunded}"),
        page("credit-memo", "Making the credit memo, to the cent.",
            "/returns/{return_returned}/orders/{returned}/credit-memo", "credit-memo"),
    ),
    "Listings": (
        page("listings", "What exists on both sides, and what Walmart was told.", "/listings", "listings",
            languages=BOTH),
        page("listings-draft", "Products that are no items at Walmart yet.", "/listings?card=draft"),
        page("listings-errors", "Listings with errors.", "/listings?card=errors"),
        page("listing", "One listing: stock, price and its history.", "/listings/{listing}", "listing"),
        page("comparison", "What would change before prices follow.", "/listings/comparison/price", "comparison"),
    ),
    "Activity": (
        page("activity", "Everything that was sent, and what waits.", "/activity", "activity"),
        page("activity-failed", "What failed.", "/activity?state=failed"),
        page("operation", "One operation with its attempts.", "/activity/{operation_refused}", "operation"),
        page("operation-exchange", "What was sent and answered, without secrets.", "/activity/{operation_refused}",
            does=doing.open_all),
        page("settlement", "Settling by hand what was done elsewhere.", "/activity/{operation_refused}/settlement",
            "settlement"),
        page("case-file", "A case file for the support of either side.", "/activity/{operation_refused}/case-file",
            "case-file"),
        page("error-group", "One decision for equal errors.", "/activity/errors/{group}", "error-group"),
        page("checks", "Both platforms compared with our record.", "/checks", "reconciliation"),
        page("checks-run", "An earlier check.", "/checks/{check}", "reconciliation-run"),
        page("dismissal", "Dismissing a finding, with a reason.", "/checks/findings/{finding}/dismissal",
            "dismiss-finding"),
        page("account", "How the seller account stands with Walmart.", "/account", "account"),
    ),
    "Channel settings": (
        page("carriers", "The carrier map.", "/settings/carriers", "carriers"),
        page("carrier-new", "A new rule of it.", "/settings/carriers/new", "new-carrier"),
        page("carrier", "A rule of it.", "/settings/carriers/{rule}", "carrier"),
        page("order-rules", "Rules for orders.", "/settings/order-rules", "order-rules"),
        page("stock-and-price", "How stock and prices follow Commerce.", "/settings/stock-and-price",
            "stock-and-price"),
        page("feed", "A feed and what Walmart said of its rows.", "/settings/stock-and-price/feeds/{feed}", "feed"),
        page("notifications", "Whether platforms tell of news.", "/settings/notifications", "notifications"),
        page("alerts", "Who is told of what.", "/settings/alerts", "alerts"),
        page("alert-new", "A new channel for alerts.", "/settings/alerts/new", "new-alert-channel"),
        page("alert", "A channel for alerts.", "/settings/alerts/{channel}", "alert-channel"),
    ),
    "When something is not there": (
        Picture(name="not-found", says="What does not exist, or may not be seen.", at="/nothing-here"),
        page("no-permission", "What somebody’s role does not allow, and who may change that.",
            "/settings/order-rules", who="carol"),
        Picture(name="csrf", says="A form that was open too long.", at="/", does=doing.send_without_token),
        Picture(
            name="error", says="A page that failed, with the reference that is in the log.", at="/broken-on-purpose",
            who="",
        ),
    ),
    "The parts": (
        Picture(name="design", says="Every part in every state.", at="/design", shows=["design"]),
    ),
}  # fmt: skip
PICTURES: Mapping[str, Picture] = {one.name: one for part in GALLERY.values() for one in part}

ONLY_POST = "a button’s answer: it leads to a page that is pictured"
A_FILE = "a file"
A_PART = "a part of a page that is pictured, loaded by itself"
LEADS_ON = "leads to a page that is pictured"
LEFT_OUT: Mapping[str, Sequence[str]] = {
    ONLY_POST: (
        "sign-out", "preferences", "synchronisation", "order-columns", "order-views", "bulk-retries", "commerce-order",
        "override", "listings-refresh", "listings-selection", "comparison-confirmation", "comparison-end",
        "listing-rules", "listing-price", "listing-stock", "listing-resending", "repair", "apply-finding", "retry",
        "alert-channel-deletion", "alert-channel-test", "carrier-deletion", "walmart-notifications",
        "shop-notifications",
    ),
    A_FILE: ("orders-csv", "bulk-rest", "listings-csv", "comparison-csv", "findings-csv", "compared-csv"),
    A_PART: (
        "arrivals", "order-changes", "order-progress", "bulk-progress", "reconciliation-progress", "alert-messages",
    ),
    LEADS_ON: ("store",),
    "called by the platforms": ("marketplace-hook", "commerce-hook"),
}  # fmt: skip
