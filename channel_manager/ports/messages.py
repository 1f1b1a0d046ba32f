"""What passes between us and a platform, in our words. Frozen values; money is Decimal, times are aware UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from channel_manager.ports.notifications import Topic
from channel_manager.shared.money import ZERO, total
from channel_manager.shared.sentences import Sentence


class Platform(StrEnum):
    MARKETPLACE = "marketplace"
    COMMERCE = "commerce"


class Fulfilment(StrEnum):
    SELLER = "seller"
    PARTNER = "partner"
    MARKETPLACE = "marketplace"


class LineState(StrEnum):
    CREATED = "created"
    ACKNOWLEDGED = "acknowledged"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why something is cancelled (glossary, orders)."""

    PRICE = "price"
    STOCK = "stock"
    CARRIER = "carrier"
    CREDIT = "credit"
    BUYER = "buyer"


class RefundReason(StrEnum):
    """Why money goes back without a return."""

    GOODWILL = "goodwill"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    NOT_RECEIVED = "not_received"
    LATE = "late"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    MISSING_PARTS = "missing_parts"
    CHANGED_MIND = "changed_mind"
    RETURNED = "returned"
    CANCELLED_YET_SHIPPED = "cancelled_yet_shipped"
    SHIPPING_PRICE = "shipping_price"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`state` and `country` are codes; the country is alpha-2. Absent parts are empty strings."""

    name: str
    street: tuple[str, ...]
    city: str
    state: str
    postcode: str
    country: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCharges:
    """What the buyer was charged for one line, whole line, never per unit. `discount` ≥ 0 lowers `product`."""

    product: Decimal
    product_tax: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    fee: Decimal = ZERO
    fee_tax: Decimal = ZERO
    discount: Decimal = ZERO
    shipping_discount: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        plus = (self.product, self.product_tax, self.shipping, self.shipping_tax, self.fee, self.fee_tax)
        return total(plus) - self.discount - self.shipping_discount


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundedCharges:
    """Money that went or goes back to the buyer for one line, by kind of charge; never negative."""

    product: Decimal = ZERO
    product_tax: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_tax: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.product + self.product_tax + self.shipping + self.shipping_tax


NO_REFUND = RefundedCharges()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedQuantity:
    """One entry of a line's statuses at the marketplace. Entries of a line add up to its quantity."""

    state: LineState
    quantity: int
    reason: str = ""
    carrier: str = ""
    tracking_number: str = ""
    shipped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingLine:
    """`refunded` is what has gone back to the buyer for this line by anybody's doing, returns included."""

    number: str
    sku: str
    name: str
    quantity: int
    charges: LineCharges
    reported: tuple[ReportedQuantity, ...]
    buyer_asked_to_cancel: bool = False
    charge_names: tuple[str, ...] = ()
    refunded: RefundedCharges = NO_REFUND


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingOrder:
    """A purchase order as the marketplace shows it. `ship_by` and `deliver_by` vanish from shipped orders."""

    number: str
    customer_order_number: str
    ordered_at: datetime
    ship_by: datetime | None
    deliver_by: datetime | None
    ship_method: str
    fulfilment: Fulfilment
    replacement_for: str | None
    email: str
    address: Address
    lines: tuple[IncomingLine, ...]
    currency: str
    stated_total: Decimal | None
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableOrder:
    """An order that could not be understood: kept raw so that it is shown and not lost."""

    number: str
    problem: Sentence
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPage:
    """`total`: how many orders the whole query has, if the marketplace says so."""

    orders: tuple[IncomingOrder | UnreadableOrder, ...]
    next_cursor: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelLine:
    """`override` ships although the buyer asked to cancel this line: a named person's choice."""

    number: str
    quantity: int
    override: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One parcel with one tracking number. `carrier` is one of the marketplace's own, else `other_carrier` with URL."""

    lines: tuple[ParcelLine, ...]
    tracking_number: str
    carrier: str = ""
    other_carrier: str = ""
    tracking_url: str = ""
    shipped_at: datetime
    method: str
    seller_order_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCancellation:
    number: str
    quantity: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of a connection test."""

    name: str
    passed: bool
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a server told of its rate limit after a call."""

    family: str
    remaining: int | None = None
    replenished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` calls in `seconds`."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a platform can do; a thing it cannot do is said here and never silently skipped."""

    carriers: tuple[str, ...] = ()
    ship_methods: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    tracking_correction_hours: int = 0
    acknowledge_hours: int = 0
    automatic_cancellation_days: int = 0
    most_orders_a_query: int = 0
    most_items_listed: int = 0
    feed_lines: int = 0
    refund_hours: int = 0
    refund_reasons: tuple[RefundReason, ...] = ()
    topics: tuple[Topic, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = field(default=(Fulfilment.SELLER,))
