"""The facts of subscriptions and deliveries. Times are epoch milliseconds."""

from dataclasses import dataclass, field
from typing import Literal

WAITING = "waiting"
DELIVERED = "delivered"
DROPPED = "dropped"


@dataclass(slots=True, kw_only=True)
class Subscription:
    subscription_id: str
    partner_id: str
    event_type: str
    event_version: str
    resource_name: str
    event_url: str
    status: str
    headers: dict[str, str] = field(default_factory=dict)
    auth: dict[str, str] | None = None
    """`authDetails` as they were sent, secrets included: the list shows them in clear (walmart-api §6.1)."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    at: int
    status: int | None = None
    """None when no answer came."""
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class Delivery:
    delivery_id: str
    event_id: str
    event_type: str
    subscription_id: str
    partner_id: str
    body: str
    due_at: int
    outcome: str = WAITING
    failures: int = 0
    """Since the event, or since it was asked to be sent again."""
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class NotificationOptions:
    """Switches for what the documents leave open, and for what a receiver must bear (walmart-api §6.4)."""

    timeout_seconds: float = 3
    retry_minutes: list[float] = field(default_factory=lambda: [5.0, 15.0, 45.0])
    """On the simulated clock, after each failure; after the last one the delivery is dropped."""
    copies: int = 1
    """2 sends everything twice, with the same eventId."""
    delay_seconds: float = 0
    """On the simulated clock, from the event to its first delivery."""
    order: Literal["as_told", "reversed"] = "as_told"
    """Reversed: of what is due at the same moment the latest goes first."""
    hmac_encoding: Literal["hex", "base64"] = "hex"
    returns_resource: Literal["RETURNS", "ReturnsAndRefunds"] = "RETURNS"
    """The documents disagree on the resource's name (walmart-api §6.2)."""


@dataclass(slots=True, kw_only=True)
class Notifications:
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    options: NotificationOptions = field(default_factory=NotificationOptions)
