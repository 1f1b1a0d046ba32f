"""What passes between us and a platform, in our words. Frozen values; money is Decimal, times are aware UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

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
    number: str
    sku: str
    name: str
    quantity: int
    charges: LineCharges
    reported: tuple[ReportedQuantity, ...]
    buyer_asked_to_cancel: bool = False
    charge_names: tuple[str, ...] = ()


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
    orders: tuple[IncomingOrder | UnreadableOrder, ...]
    next_cursor: str | None


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


# ---- Commerce ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    id: int
    code: str
    name: str
    website_code: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CartItem:
    """`sku` is the shop's spelling; `item_id` becomes the order item's `cart_item_id`."""

    item_id: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    id: int
    active: bool
    items: tuple[CartItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CartQuote:
    """The shop's own view of a cart after the shipping address is set."""

    payment_methods: tuple[str, ...]
    tax: Decimal
    discount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMoney:
    """Money of one order item, whole row. `row_total` before `discount`; `ext_id` names the marketplace's lines."""

    item_id: int
    sku: str
    quantity: int
    row_total: Decimal
    tax: Decimal
    discount: Decimal
    ext_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney:
    items: tuple[ItemMoney, ...]
    shipping: Decimal
    shipping_tax: Decimal
    shipping_discount: Decimal
    discount_description: str = ""

    @property
    def subtotal(self) -> Decimal:
        return total(item.row_total for item in self.items)

    @property
    def tax(self) -> Decimal:
        return total(item.tax for item in self.items) + self.shipping_tax

    @property
    def discount(self) -> Decimal:
        return total(item.discount for item in self.items) + self.shipping_discount

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.shipping + self.tax - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a placed order is corrected to (magento-observed §1 step 7, §9)."""

    order_id: int
    number: str
    payment_id: int
    money: OrderMoney
    external_number: str
    customer_order_number: str
    email: str
    shipping_description: str
    payment_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceItem:
    """An order item without parent. Quantities are units."""

    item_id: int
    cart_item_id: int | None
    sku: str
    ordered: int
    invoiced: int = 0
    shipped: int = 0
    cancelled: int = 0
    refunded: int = 0
    row_total: Decimal = ZERO
    tax: Decimal = ZERO
    discount: Decimal = ZERO
    base_row_total: Decimal = ZERO
    base_tax: Decimal = ZERO
    base_discount: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceOrder:
    """`money` holds every field of magento-observed §9 by the shop's own column name, base pairs included."""

    order_id: int
    number: str
    external_number: str
    cart_id: int | None
    store_id: int
    state: str
    status: str
    created_at: datetime
    updated_at: datetime
    email: str
    email_sent: bool
    items: tuple[CommerceItem, ...]
    money: dict[str, Decimal]
    payment_id: int
    payment_lines: tuple[str, ...]
    comments: tuple[Comment, ...] = ()
    child_id: int | None = None
    parent_id: int | None = None

    @property
    def held(self) -> bool:
        return self.state == "holded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """`track_id` is Commerce's; None before Commerce knows the track."""

    carrier_code: str
    title: str
    number: str
    track_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceShipment:
    shipment_id: int
    number: str
    order_id: int
    created_at: datetime
    quantities: dict[int, int]
    tracks: tuple[Track, ...]
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShipment:
    """A shipment we ask Commerce to make. `marker` is written into its comment so that it is recognised again."""

    quantities: dict[int, int]
    tracks: tuple[Track, ...]
    comment: str
    marker: str
    source_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMemo:
    """A credit memo without customer: `quantities` by order item, always explicit (magento-observed §9, guards)."""

    quantities: dict[int, int]
    shipping: Decimal
    restock: tuple[int, ...]
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """How far a feed by `updated_at` has been read: everything up to this row (commerce-api §3.4)."""

    updated_at: datetime
    order_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOrders:
    """One page of the orders feed; `cursor` is where the next page starts, `more` whether one is waiting."""

    orders: tuple[CommerceOrder, ...]
    cursor: Keyset
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShipments:
    shipments: tuple[CommerceShipment, ...]
    more: bool


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
    fulfilments: tuple[Fulfilment, ...] = field(default=(Fulfilment.SELLER,))
