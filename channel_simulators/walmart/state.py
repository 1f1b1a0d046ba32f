"""The facts the simulator keeps. Times are epoch milliseconds, as the API shows them; money is Decimal dollars."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

SELLER_FULFILLED = "SellerFulfilled"
WALMART_FULFILLED = "WFSFulfilled"
SHIP_NODE_TYPES = (SELLER_FULFILLED, WALMART_FULFILLED, "3PLFulfilled")
DEFAULT_SHIP_NODE = "10000003527"


@dataclass(slots=True, kw_only=True)
class Account:
    client_id: str
    client_secret: str
    partner_id: str
    seller_id: str


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
    def created(self) -> int:
        return self.ordered - self.acknowledged - self.shipped - self.cancelled

    @property
    def open(self) -> int:
        return self.created + self.acknowledged


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
class Options:
    """Switches for what the documents leave open or what varies between accounts and days."""

    zero_phones: bool = True
    """Show zeros for the phone once nothing of an order is Created any more (walmart-api §2.7)."""
    token_life: int = 900
    early_token_expiry: int | None = None
    """Seconds after which a token really dies, although `expires_in` says `token_life`."""
    bad_credentials_shape: Literal["gateway", "oauth"] = "gateway"
    replenish_header: Literal["x-next-replenishment-time", "x-next-replenish-time", "alternate"] = "alternate"
    replenish_format: Literal["epoch_ms", "epoch_s", "iso"] = "epoch_ms"
    limit_factor: float = 1.0
    limits: dict[str, int] = field(default_factory=dict)
    """Requests a minute of single operations, for example {"orders.ship": 5}."""
    last_cursor: Literal["absent", "empty", "no_more"] = "absent"
    ship_node_as: Literal["object", "array", "null"] = "object"
    order_summary: bool = True
    placeholder_email_seconds: int = 0
    status_names: dict[str, str] = field(default_factory=dict)
    """Names unknown to the documents for statuses of lines, for example {"Delivered": "OutForDelivery"}."""
    garbage_status_dates: bool = False
    """The year 1, as connectors have seen it (walmart-api §2.8)."""
    require_channel_type: bool = False
    block_default_agents: bool = False
    auto_cancel: bool = True


@dataclass(slots=True, kw_only=True)
class State:
    accounts: list[Account] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    stock: dict[str, dict[str, int]] = field(default_factory=dict)
    """By partner id, then SKU: the gross figure the seller sent (walmart-api §4.1)."""
    options: Options = field(default_factory=Options)
    clock_offset: float = 0.0


def epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def iso(milliseconds: int) -> str:
    """For example 2026-11-23T10:30:15.000Z."""
    text = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
