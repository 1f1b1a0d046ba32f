"""The facts of returns. Times are epoch milliseconds."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal


@dataclass(slots=True, kw_only=True)
class Event:
    """One block of `returnTrackingDetail`."""

    tag: str
    at: int


@dataclass(slots=True, kw_only=True)
class Arrival:
    quantity: int
    at: int


@dataclass(slots=True, kw_only=True)
class UnitRefund:
    """Units whose money was given back, and through which channel (walmart-api §3.2)."""

    quantity: int
    channel: str
    at: int
    completed_at: int | None = None
    amount: Decimal = Decimal()


@dataclass(slots=True, kw_only=True)
class ReturnLine:
    number: int
    purchase_order_id: str
    line: str
    """Number of the line of that purchase order."""
    sales_order_line: int
    reason: str
    units: list[int]
    """Which of the ordered units come back, counted from 0: each has its own share of the line's money."""
    group: int
    expected: bool = True
    """Whether the goods come back."""
    keep_it: bool = False
    exception_item_type: str | None = None
    shipped: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    cancelled: int = 0
    refunds: list[UnitRefund] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def quantity(self) -> int:
        return len(self.units)

    @property
    def delivered(self) -> int:
        return sum(arrival.quantity for arrival in self.arrivals)

    @property
    def refunded(self) -> int:
        """Units whose refund is initiated, completed or not."""
        return sum(refund.quantity for refund in self.refunds)

    @property
    def open(self) -> int:
        """Units neither refunded nor cancelled."""
        return self.quantity - self.refunded - self.cancelled

    @property
    def active_units(self) -> list[int]:
        return self.units[: self.quantity - self.cancelled]


@dataclass(slots=True, kw_only=True)
class Label:
    """One group of lines that travel together. Without a number there is nothing to print."""

    group: int
    carrier_id: str | None = None
    carrier: str | None = None
    service: str | None = None
    number: str | None = None


@dataclass(slots=True, kw_only=True)
class ReturnOrder:
    return_order_id: str
    customer_order_id: str
    partner_id: str
    kind: str
    channel: str
    created_at: int
    modified_at: int
    return_by: int
    walmart_fulfilled: bool
    lines: list[ReturnLine]
    labels: list[Label]
    replacement_customer_order_id: str | None = None
    cancellation_reason: str | None = None

    def line(self, number: int) -> ReturnLine | None:
        return next((line for line in self.lines if line.number == number), None)


@dataclass(slots=True, kw_only=True)
class ReturnOptions:
    """Switches for what the documents leave open or what varies between accounts and days."""

    refund_seconds: float = 30
    """From `REFUND_INITIATED` to `REFUND_COMPLETED` (walmart-api §3.3)."""
    walmart_refunds: bool = True
    walmart_refunds_after_hours: float = 48
    last_cursor: Literal["absent", "empty", "repeated"] = "absent"
    wfs_listing: Literal["only", "also"] = "only"
    """Whether `isWFSEnabled=Y` shows WFS returns alone or beside the others."""
    without_value: Literal["null", "absent"] = "absent"
    """How an optional member without a value is shown."""
    extra_members: bool = False
    flat_fields: bool = True
    """The deprecated `currentRefundStatus`, `currentDeliveryStatus`, `refundChannel`."""
    channel_unit: Literal["with", "without", "alternate"] = "alternate"
    """Whether the quantities of `refundChannels` name their unit."""
    unit_of_measure: Literal["EACH", "EA"] = "EACH"
    tracking_order: Literal["newest_first", "oldest_first", "shuffled"] = "newest_first"
    line_status: Literal["least", "latest"] = "least"
    """A line of which some units went further: the status of the least advanced ones, or of its latest event."""
    names: dict[str, str] = field(default_factory=dict)
    """Names unknown to the documents for statuses, tags, reasons and channels: {"DELIVERED": "RECEIVED"}."""


@dataclass(slots=True, kw_only=True)
class Returns:
    orders: dict[str, ReturnOrder] = field(default_factory=dict)
    options: ReturnOptions = field(default_factory=ReturnOptions)
