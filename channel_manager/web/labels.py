"""Names of cards, operations, actors and streams as people read them, and the colour of their dots."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channel_manager.history.models import Actor
from channel_manager.sync.models import Outcome, State

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


def stream(name: str) -> str:
    return str(STREAMS.get(name) or name.replace("_", " ").capitalize())


def actor(name: str) -> str:
    return str(ACTORS.get(Actor(name), name))


def state_dot(state: str) -> str:
    return STATE_DOTS[State(state)]


def outcome_dot(outcome: str | None) -> str:
    """Open while it is being sent; what is not listed went wrong for good."""
    return OUTCOME_DOTS.get(Outcome(outcome), "error") if outcome else "open"
