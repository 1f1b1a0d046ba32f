"""The facts the simulator keeps. Times are epoch milliseconds, as the API shows them; money is Decimal dollars."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.catalog.state import Catalog
from channel_simulators.walmart.feeds.state import Feeds
from channel_simulators.walmart.notifications.state import Notifications
from channel_simulators.walmart.options import Options
from channel_simulators.walmart.returns.state import Returns

SELLER_FULFILLED = "SellerFulfilled"
WALMART_FULFILLED = "WFSFulfilled"
SHIP_NODE_TYPES = (SELLER_FULFILLED, WALMART_FULFILLED, "3PLFulfilled")
DEFAULT_SHIP_NODE = "10000003527"
SCOPES = {
    "reports": "view_only",
    "item": "full_access",
    "price": "full_access",
    "lagtime": "view_only",
    "feeds": "full_access",
    "returns": "full_access",
    "orders": "full_access",
    "rules": "view_only",
    "inventory": "full_access",
    "content": "view_only",
    "shipping": "no_access",
}
"""What the keys of a new account may do (walmart-api §1.4)."""


@dataclass(slots=True, kw_only=True)
class Account:
    client_id: str
    client_secret: str
    partner_id: str
    seller_id: str
    scopes: dict[str, str] = field(default_factory=SCOPES.copy)


@dataclass(slots=True, kw_only=True)
class Charge:
    type: str
    name: str
    amount: Decimal
    tax: Decimal | None = None
    tax_name: str = "Tax1"


@dataclass(slots=True, kw_only=True)
class Parcel:
    """One quantity of one line that left under one tracking number."""

    quantity: int
    number: str
    method_code: str
    ship_date: int
    reported_at: int
    carrier: str | None = None
    other_carrier: str | None = None
    url: str | None = None
    return_center: dict[str, Any] | None = None
    delivered: bool = False


@dataclass(slots=True, kw_only=True)
class Cancellation:
    quantity: int
    reason: str


@dataclass(slots=True, kw_only=True)
class RefundCharge:
    """Money given back of one kind of charge; the amounts are positive here, negative on the wire."""

    type: str
    reason: str
    amount: Decimal = Decimal()
    tax: Decimal = Decimal()


@dataclass(slots=True, kw_only=True)
class Refund:
    id: str
    at: int
    by: str
    charges: list[RefundCharge]
    quantity: int = 0
    """Units the money stands for; 0 for a refund by amount (walmart-api §2.18)."""
    comments: str | None = None


@dataclass(slots=True, kw_only=True)
class Line:
    number: str
    sku: str
    product_name: str
    ordered: int
    charges: list[Charge]
    status_date: int
    acknowledged: int = 0
    parcels: list[Parcel] = field(default_factory=list)
    cancellations: list[Cancellation] = field(default_factory=list)
    intent_to_cancel: bool = False
    seller_order_id: str | None = None
    refunds: list[Refund] = field(default_factory=list)
    return_order_id: str | None = None

    @property
    def shipped(self) -> int:
        """Units that left, delivered ones included."""
        return sum(parcel.quantity for parcel in self.parcels)

    @property
    def delivered(self) -> int:
        return sum(parcel.quantity for parcel in self.parcels if parcel.delivered)

    @property
    def cancelled(self) -> int:
        return sum(cancellation.quantity for cancellation in self.cancellations)

    @property
    def refunded_units(self) -> int:
        """Units refunded as such; a refund by amount counts none."""
        return sum(refund.quantity for refund in self.refunds)

    @property
    def created(self) -> int:
        return self.ordered - self.acknowledged - self.shipped - self.cancelled

    @property
    def open(self) -> int:
        return self.created + self.acknowledged

    @property
    def status(self) -> str:
        """The one word where the API has room for one: the earliest state that some unit is in."""
        held = {
            "Created": self.created,
            "Acknowledged": self.acknowledged,
            "Shipped": self.shipped - self.delivered,
            "Delivered": self.delivered,
        }
        return next((name for name, quantity in held.items() if quantity), "Cancelled")


@dataclass(slots=True, kw_only=True)
class Address:
    name: str
    address1: str
    city: str
    state: str
    postal_code: str
    address2: str | None = None
    country: str = "USA"
    address_type: str | None = "RESIDENTIAL"


@dataclass(slots=True, kw_only=True)
class Order:
    purchase_order_id: str
    customer_order_id: str
    partner_id: str
    placed_at: int
    modified_at: int
    estimated_ship: int
    estimated_delivery: int
    email: str
    phone: str | None
    address: Address
    lines: list[Line]
    ship_node_type: str = SELLER_FULFILLED
    order_type: str = "REGULAR"
    method_code: str = "Standard"
    original_customer_order_id: str | None = None
    seller_order_id: str | None = None
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def open(self) -> int:
        return sum(line.open for line in self.lines)

    def line(self, number: str) -> Line | None:
        return next((line for line in self.lines if line.number == number), None)


@dataclass(slots=True, kw_only=True)
class State:
    accounts: list[Account] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=Catalog)
    feeds: Feeds = field(default_factory=Feeds)
    options: Options = field(default_factory=Options)
    api_statuses: dict[str, str] = field(default_factory=dict)
    """By group of the API, where it is not OPERATIONAL."""
    returns: Returns = field(default_factory=Returns)
    notifications: Notifications = field(default_factory=Notifications)
    clock_offset: float = 0.0


def epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def iso(milliseconds: int) -> str:
    """For example 2026-11-23T10:30:15.000Z."""
    text = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
