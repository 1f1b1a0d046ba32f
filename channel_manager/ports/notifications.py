"""Notifications of a marketplace: hints that something is to be read, never the facts themselves."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Topic(StrEnum):
    """What a marketplace can tell of, in our words."""

    ORDER_RELEASED = "order_released"
    ORDER_CHANGED = "order_changed"
    BUYER_ASKED_TO_CANCEL = "buyer_asked_to_cancel"
    RETURN_OPENED = "return_opened"
    RETURN_CHANGED = "return_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A standing request for deliveries at a marketplace. `event` is the marketplace's own name; `topic` ours."""

    subscription_id: str
    event: str
    topic: Topic | None
    url: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where deliveries go, and the name and password they prove themselves with."""

    url: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One delivery. `event_id` is the same for every repetition; `topic` is None for what we do not use; `skus` are
    those whose stock it says has changed, as the shop spells them.
    """

    event_id: str
    event: str
    topic: Topic | None
    occurred_at: datetime | None
    order_number: str = ""
    return_number: str = ""
    skus: tuple[str, ...] = ()
