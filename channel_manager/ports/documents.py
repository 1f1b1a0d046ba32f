"""What a shop holds and what it is asked to make, in our words. Frozen; money is Decimal, times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from channel_manager.shared.money import ZERO, total


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
    """A credit memo that goes to nobody's mailbox: `quantities` by order item, always explicit (observed §9, guards).

    An item of quantity 0 makes a memo of money alone. `marker` is written into its comment so that it is recognised
    again; `comment` is for people.
    """

    quantities: dict[int, int]
    shipping: Decimal
    restock: tuple[int, ...]
    comment: str
    marker: str = ""
    plus: Decimal = ZERO
    minus: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceMemo:
    """A credit memo. `quantities` by order item; `total` is what the buyer gets by it, tax and adjustments included."""

    memo_id: int
    number: str
    order_id: int
    created_at: datetime
    quantities: dict[int, int]
    total: Decimal
    subtotal: Decimal = ZERO
    tax: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    plus: Decimal = ZERO
    minus: Decimal = ZERO
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMemos:
    memos: tuple[CommerceMemo, ...]
    more: bool


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
