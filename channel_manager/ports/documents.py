"""What a shop holds and what it is asked to make, in our words. Frozen; money is Decimal, times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from channel_manager.shared.money import ZERO, total
from channel_manager.shared.sentences import Sentence


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
    """An order item without parent. Quantities are units; `*_invoiced` and `*_refunded` are money, whole row.

    `product_id` is the shop's product, a configurable's own for all its variants: it stays the same in the child of an
    edited order, whose `cart_item_id` is another.
    """

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
    product_id: int | None = None
    row_invoiced: Decimal = ZERO
    tax_invoiced: Decimal = ZERO
    discount_invoiced: Decimal = ZERO
    amount_refunded: Decimal = ZERO
    tax_refunded: Decimal = ZERO
    discount_refunded: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceOrder:
    """`money` holds every field of magento-observed §9 and what was paid, cancelled and refunded, by the shop's own
    column name, base pairs included.
    """

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

    An item of quantity 0 makes a memo of money alone. `shipping` is without its tax, which the shop adds; `plus` is
    given on top, `minus` kept back; all three are whole cents, never negative. `restock` names items of this memo.
    `marker` is written into its comment so that it is recognised again; `comment` is for people.
    """

    quantities: dict[int, int]
    shipping: Decimal
    restock: tuple[int, ...]
    comment: str
    marker: str = ""
    plus: Decimal = ZERO
    minus: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoItem:
    """Units and money that a credit memo takes back of one order item; `row_total` is before `discount` and tax."""

    item_id: int
    quantity: int
    row_total: Decimal = ZERO
    tax: Decimal = ZERO
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceMemo:
    """A credit memo. `quantities` by order item, empty for money alone; `items` the same with their money.

    `total` = `subtotal` − `discount` + `shipping` + `tax` + `plus` − `minus` is what the buyer gets by it; `tax` is all
    tax, that of the shipping (`shipping_tax`) included. A `cancelled` memo refunds nothing.
    """

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
    discount: Decimal = ZERO
    items: tuple[MemoItem, ...] = ()
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableDocument:
    """A document of the shop that could not be understood, with what could be read of it, so that it is not lost.

    `path` is the shop's own name of what is missing or wrong. Ids are None where they cannot be read either.
    """

    document_id: int | None
    order_id: int | None
    number: str
    path: str
    problem: Sentence
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMemos:
    """One page; `last_id` is its greatest id, of an unreadable one too: the next page starts after it."""

    memos: tuple[CommerceMemo, ...]
    more: bool
    unreadable: tuple[UnreadableDocument, ...] = ()
    last_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """How far a feed by `updated_at` has been read: everything up to this row (commerce-api §3.4)."""

    updated_at: datetime
    order_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOrders:
    """One page of the orders feed; `cursor` is where the next page starts, `more` whether one is waiting.

    The cursor has passed the `unreadable` ones too, as far as they have an id and a time.
    """

    orders: tuple[CommerceOrder, ...]
    cursor: Keyset
    more: bool
    unreadable: tuple[UnreadableDocument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrders:
    """Orders that were asked for; what the shop does not know is absent. `last_id` is the greatest id, of an unreadable
    one too, and `more` whether later ones are waiting where the answer is a page.
    """

    orders: tuple[CommerceOrder, ...]
    unreadable: tuple[UnreadableDocument, ...] = ()
    last_id: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShipments:
    """One page; `last_id` is its greatest id, of an unreadable one too: the next page starts after it."""

    shipments: tuple[CommerceShipment, ...]
    more: bool
    unreadable: tuple[UnreadableDocument, ...] = ()
    last_id: int = 0
