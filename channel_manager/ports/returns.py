"""Returns and refunds as a marketplace has them, in our words. Frozen; money is Decimal, times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from channel_manager.ports.messages import NO_REFUND, Fulfilment, RefundedCharges, RefundReason
from channel_manager.shared.money import ZERO
from channel_manager.shared.sentences import Sentence


class ReturnKind(StrEnum):
    """A replacement return brings the buyer another item and no money."""

    REFUND = "refund"
    REPLACEMENT = "replacement"


class ReturnState(StrEnum):
    """Where a line of a return stands. `COMPLETED` alone says nothing of money (walmart-api §3.2)."""

    REQUESTED = "requested"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingReturnLine:
    """One line of a return, joined to one line of one order.

    `quantity` units come back or are kept; `refunded` of them have been paid back by whoever did. `charges` is what the
    marketplace refunds for the whole quantity, after `fee`, its restocking fee. `goods_expected` is false for what the
    buyer keeps. `exceptional` lines (freight, hazardous) are arranged by the seller and refunded through the order.
    """

    number: str
    order_number: str
    order_line_number: str
    sku: str
    name: str
    quantity: int
    state: ReturnState
    reason: str = ""
    delivered_at: datetime | None = None
    completed_at: datetime | None = None
    refunded: int = 0
    refund_channel: str = ""
    refund_state: str = ""
    keep_it: bool = False
    goods_expected: bool = True
    exceptional: bool = False
    charges: RefundedCharges = NO_REFUND
    fee: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingReturn:
    """A return as the marketplace shows it. It may span several purchase orders of one customer order."""

    number: str
    customer_order_number: str
    requested_at: datetime
    return_by: datetime | None
    kind: ReturnKind
    replacement_order_number: str
    fulfilment: Fulfilment
    currency: str
    stated_total: Decimal | None
    lines: tuple[IncomingReturnLine, ...]
    tracking_numbers: tuple[str, ...]
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableReturn:
    """A return that could not be understood: kept raw so that it is shown and not lost."""

    number: str
    problem: Sentence
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnsPage:
    returns: tuple[IncomingReturn | UnreadableReturn, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedUnits:
    """Units of a return's line to be paid back; the marketplace computes the money."""

    number: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRefund:
    """Money to be paid back for a line of an order without a return. `charges` are positive and sum to more than 0."""

    number: str
    charges: RefundedCharges
    reason: RefundReason
    comment: str = ""
