"""Names of cards, operations, actors and streams as people read them, and the colour of their dots."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channel_manager.alerts.rules.account_health import Rate
from channel_manager.alerts.rules.ladder import Kind
from channel_manager.catalog.models import FeedProgress
from channel_manager.history.models import Actor
from channel_manager.orders.page.standings import RowState
from channel_manager.orders.rules.remedies import remedy_for
from channel_manager.ports.catalog import Published, RowOutcome
from channel_manager.ports.notifications import Topic
from channel_manager.ports.returns import ReturnState
from channel_manager.sync.models import Outcome, State, SyncOperation

CARDS = {
    "open": pgettext_lazy("order status", "Open"),
    "partially_shipped": pgettext_lazy("order status", "Partially shipped"),
    "shipped": pgettext_lazy("order status", "Shipped"),
    "canceled": pgettext_lazy("order status", "Canceled"),
    "errors": _("Errors"),
    "needs_action": _("Needs action"),
    "at_risk": _("At risk"),
    "buyer_asked": _("Buyer asked to cancel"),
}

RETURN_CARDS = {
    "received": pgettext_lazy("return status", "Received"),
    "refunded": pgettext_lazy("return status", "Refunded"),
    "errors": _("Errors"),
    "needs_action": _("Needs action"),
    "at_risk": _("At risk"),
}

LISTING_CARDS = {
    "matched": pgettext_lazy("listing status", "Matched"),
    "draft": pgettext_lazy("listing status", "Draft"),
    "processing": _("Processing"),
    "errors": _("Errors"),
    "asks": _("Waiting for you"),
    "disagrees": _("Reservations disagree"),
    "unlinked": _("Only at Walmart"),
    "wfs": _("Stocked by Walmart"),
}

LISTING_RULES = {
    "paused": _("Left alone"),
    "own": _("With rules of their own"),
}

PUBLISHED = {
    Published.LIVE.value: _("Published"),
    Published.PENDING.value: _("Being published"),
    Published.ACTION_NEEDED.value: _("Unpublished"),
    Published.PLATFORM_ERROR.value: _("Problem at Walmart"),
    Published.ENDED.value: _("Retired"),
}
"""What buyers see of an item (walmart-api §5.6)."""

CHANGES = {
    "higher": _("Would rise"),
    "lower": _("Would fall"),
    "unknown": _("Not known at Walmart"),
    "asks": _("Waiting for you"),
    "same": _("Stay the same"),
}

ROW_OUTCOMES = {
    "": _("Not known yet"),
    RowOutcome.PROCESSING.value: _("In progress"),
    RowOutcome.ACCEPTED.value: _("Accepted"),
    RowOutcome.REFUSED.value: pgettext_lazy("row of a feed", "Refused"),
    RowOutcome.AGAIN.value: _("Sent again"),
}

KINDS = {
    "acknowledge": _("Acknowledge at Walmart"),
    "create_commerce_order": _("Create the Commerce order"),
    "create_commerce_shipment": _("Create the shipment in Commerce"),
    "add_commerce_track": _("Add the tracking number in Commerce"),
    "report_shipment": _("Report the shipment to Walmart"),
    "correct_tracking": _("Correct the tracking at Walmart"),
    "cancel_on_marketplace": _("Cancel at Walmart"),
    "mirror_cancellation": _("Cancel in Commerce"),
    "follow_edit": _("Follow the edited Commerce order"),
    "create_credit_memo": _("Create the credit memo in Commerce"),
    "refund_return": _("Refund the return at Walmart"),
    "refund_order": _("Refund the order at Walmart"),
    "send_stock": _("Send stock to Walmart"),
    "send_price": _("Send the price to Walmart"),
    "submit_stock_feed": _("Send a feed of stock to Walmart"),
    "submit_price_feed": _("Send a feed of prices to Walmart"),
}

STREAMS = {
    "released": _("New orders"),
    "changes_seller": _("Changes at Walmart"),
    "changes_partner": _("Changes at Walmart (3PL)"),
    "changes_wfs": _("Orders of WFS"),
    "buyer_requests": _("Buyers' requests"),
    "commerce_orders": _("Commerce orders"),
    "commerce_shipments": _("Commerce shipments"),
    "commerce_watch": _("Shipments without tracking"),
    "returns": _("Returns"),
    "returns_wfs": _("Returns of WFS"),
    "returns_sweep": _("All returns, weekly"),
    "commerce_memos": _("Commerce credit memos"),
    "products": _("Products that were saved"),
    "all_products": _("All products and prices"),
    "stock_touched": _("Stock that orders touched"),
    "new_stock": _("Stock of new listings"),
    "all_stock": _("All stock"),
    "items": _("Items at Walmart"),
    "inventories": _("Walmart's own figures of stock"),
    "stocked_by_marketplace": _("What Walmart stocks itself"),
    "feeds": _("Feeds at Walmart"),
    "notifications": _("Subscriptions at Walmart"),
}

ROW_STATES = {
    RowState.ACCEPTED: pgettext_lazy("what was sent", "Accepted"),
    RowState.UNDER_WAY: _("On its way"),
    RowState.FAILED: _("Failed"),
    RowState.WAITS: _("Waiting for you"),
    RowState.ENDED: _("Not needed"),
    RowState.LEFT_OUT: _("Left out"),
}

ROW_STATES_AGAIN = ROW_STATES | {RowState.ACCEPTED: _("Done"), RowState.LEFT_OUT: _("Nothing was sent")}
"""Of what is sent again, which may be anything."""

ROW_DOTS = {
    RowState.ACCEPTED: "shipped",
    RowState.UNDER_WAY: "open",
    RowState.FAILED: "error",
    RowState.WAITS: "partially_shipped",
    RowState.ENDED: "canceled",
    RowState.LEFT_OUT: "error",
}

TOPICS = {
    Topic.ORDER_RELEASED: _("New orders"),
    Topic.ORDER_CHANGED: _("Changed orders"),
    Topic.BUYER_ASKED_TO_CANCEL: _("Buyers' requests to cancel"),
    Topic.RETURN_OPENED: _("New returns"),
    Topic.RETURN_CHANGED: _("Changed returns"),
}

RETURN_REASONS = {
    "ARRIVED_LATE": _("Arrived late"),
    "AUTO_RETURN": _("Returned automatically"),
    "BOUGHT_ANOTHER_SIZE_OR_COLOR": _("Bought another size or color"),
    "BOUGHT_SOMEWHERE_ELSE": _("Bought somewhere else"),
    "DAMAGED": _("Damaged"),
    "DEFECTIVE": _("Defective"),
    "DUPLICATE_ITEM": _("Duplicate item"),
    "INADEQUATE_QUALITY": _("Inadequate quality"),
    "INCORRECT_ITEM": _("Incorrect item"),
    "LOST_AFTER_DELIVERY": _("Lost after delivery"),
    "LOST_IN_TRANSIT": _("Lost in transit"),
    "LOWER_PRICE": _("Found at a lower price"),
    "MISSING_PARTS": _("Missing parts"),
    "NOT_AS_DESCRIBED": _("Not as described"),
    "NO_LONGER_WANTED": _("No longer wanted"),
    "RETURN_TO_SENDER": _("Returned to sender"),
    "SHIPPING_BOX_DAMAGED": _("Shipping box damaged"),
    "TRIED_TO_CANCEL": _("Tried to cancel"),
    "WRONG_SIZE/POOR_FIT": _("Wrong size or poor fit"),
}
"""Walmart's codes (walmart-api §3.2)."""

RETURN_STATES = {
    ReturnState.REQUESTED: _("Not back yet"),
    ReturnState.DELIVERED: _("Back at the return center"),
    ReturnState.COMPLETED: pgettext_lazy("line of a return", "Completed"),
    ReturnState.CANCELLED: pgettext_lazy("line of a return", "Canceled"),
    ReturnState.UNKNOWN: _("Not understood"),
}

ALERT_KINDS = {
    Kind.ORDER_ERROR: _("An order or a return has an error"),
    Kind.NEEDS_ACTION: _("An order or a return needs action"),
    Kind.BUYER_ASKED: _("A buyer asked to cancel"),
    Kind.ALREADY_SHIPPED: _("A buyer asked to cancel what was already shipped"),
    Kind.ACKNOWLEDGE_DUE: _("Acknowledgement is due"),
    Kind.SHIP_DUE: _("Shipping is due"),
    Kind.AUTO_CANCEL_DUE: _("Walmart will cancel by itself"),
    Kind.REFUND_DUE: _("A refund is due"),
    Kind.CONNECTION: _("A platform does not answer or refuses the keys"),
    Kind.LISTINGS: _("Stock or prices cannot be told to Walmart, or wait for a decision"),
    Kind.SILENCE: _("No order has come for unusually long"),
    Kind.OTHER_WRITER: _("Somebody else works on the account"),
    Kind.READ_ONLY: _("The store only reads: its database was copied or moved"),
}

RATES = {
    Rate.CANCELLATION: _("Cancellation rate"),
    Rate.ON_TIME: _("Shipped on time"),
    Rate.TRACKING: _("Valid tracking"),
}

CAUSES = {
    "stock": _("canceled: out of stock"),
    "price": _("canceled: price or listing error"),
    "automatic": _("canceled by Walmart: not shipped in time"),
    "left_late": _("shipped after the day to ship by"),
    "not_left": _("not shipped though the day has passed"),
    "number": _("parcels with an unusable tracking number"),
    "carrier": _("parcels with a carrier that Walmart does not know"),
}

ACTORS = {
    Actor.MARKETPLACE: _("Walmart"),
    Actor.COMMERCE: _("Commerce"),
    Actor.PERSON: _("Person"),
    Actor.RULE: _("Channel Manager"),
}

STATE_DOTS = {
    State.WAITING: "open",
    State.SENDING: "open",
    State.DONE: "shipped",
    State.FAILED: "error",
    State.SKIPPED: "canceled",
    State.SETTLED: "canceled",
}

FEED_DOTS = {
    FeedProgress.WAITING: "open",
    FeedProgress.SUBMITTED: "open",
    FeedProgress.FINISHED: "shipped",
    FeedProgress.REFUSED: "error",
    FeedProgress.LOST: "partially_shipped",
}

OUTCOME_DOTS = {
    Outcome.SENT: "shipped",
    Outcome.FOUND: "shipped",
    Outcome.SKIPPED: "canceled",
    Outcome.UNAVAILABLE: "partially_shipped",
    Outcome.POSTPONED: "partially_shipped",
    Outcome.AMBIGUOUS: "partially_shipped",
    Outcome.LOST: "partially_shipped",
}


def kind(name: str) -> str:
    """A kind without a name of its own is shown as it is stored."""
    return str(KINDS.get(name) or name.replace("_", " ").capitalize())


def remedy(operation: SyncOperation) -> str:
    """What can be done about an operation that failed or waits."""
    return remedy_for(operation.kind, operation.error or {})


def stream(name: str) -> str:
    return str(STREAMS.get(name) or name.replace("_", " ").capitalize())


def topic(name: str) -> str:
    return str(TOPICS[Topic(name)])


def return_reason(code: str) -> str:
    """A code without words is shown as Walmart wrote it."""
    return str(RETURN_REASONS.get(code, code))


def return_state(state: str) -> str:
    return str(RETURN_STATES[ReturnState(state)])


def alert_kind(kind: str) -> str:
    return str(ALERT_KINDS[Kind(kind)])


def rate(name: str) -> str:
    return str(RATES[Rate(name)])


def cause(name: str) -> str:
    return str(CAUSES.get(name, name))


def actor(name: str) -> str:
    return str(ACTORS.get(Actor(name), name))


def state_dot(state: str) -> str:
    return STATE_DOTS[State(state)]


def outcome_dot(outcome: str | None) -> str:
    """Open while it is being sent; what is not listed went wrong for good."""
    return OUTCOME_DOTS.get(Outcome(outcome), "error") if outcome else "open"
