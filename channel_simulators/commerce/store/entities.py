"""What the shop remembers: plain rows in dataclasses."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from channel_simulators.commerce import sandbox
from channel_simulators.commerce.store.columns import Row


@dataclass(kw_only=True)
class Order:
    row: Row
    items: list[Row]
    payment: Row = field(default_factory=dict)
    billing_address: Row | None = None
    shipping_address: Row | None = None
    history: list[Row] = field(default_factory=list)  # oldest first

    def copy(self) -> "Order":
        return Order(
            row=dict(self.row),
            items=[dict(item) for item in self.items],
            payment=dict(self.payment),
            billing_address=self.billing_address and dict(self.billing_address),
            shipping_address=self.shipping_address and dict(self.shipping_address),
            history=[dict(entry) for entry in self.history],
        )

    @property
    def id(self) -> int:
        return int(self.row["entity_id"])

    @property
    def state(self) -> str:
        return str(self.row.get("state") or "")

    def item(self, item_id: int) -> Row | None:
        return next((item for item in self.items if item["item_id"] == item_id), None)


@dataclass(kw_only=True)
class Document:
    """A shipment, invoice or credit memo."""

    row: Row
    items: list[Row]
    tracks: list[Row] = field(default_factory=list)
    comments: list[Row] = field(default_factory=list)

    def copy(self) -> "Document":
        return Document(
            row=dict(self.row),
            items=[dict(item) for item in self.items],
            tracks=[dict(track) for track in self.tracks],
            comments=[dict(comment) for comment in self.comments],
        )

    @property
    def id(self) -> int:
        return int(self.row["entity_id"])


@dataclass(kw_only=True)
class CartItem:
    item_id: int
    sku: str  # in the shop's spelling; of the configurable product where `child` is set
    qty: Decimal
    child: str | None = None


@dataclass(kw_only=True)
class Cart:
    id: int
    store_id: int
    created_at: str
    updated_at: str
    items: list[CartItem] = field(default_factory=list)
    billing: Row | None = None
    shipping: Row | None = None
    shipping_method: str | None = None
    payment: Row | None = None
    active: bool = True

    def copy(self) -> "Cart":
        values = {**self.__dict__, "items": [CartItem(**vars(item)) for item in self.items]}
        return Cart(**values)


@dataclass(kw_only=True)
class TierPrice:
    quantity: Decimal
    price: Decimal
    price_type: str = "fixed"  # or "discount": per cent
    website_id: int = 0  # all
    customer_group: str = "all groups"


@dataclass(kw_only=True)
class Product:
    """`attributes` hold at all store views; `store_values` override them, `name` and `price` at one, by its id."""

    id: int
    sku: str
    name: str
    price: Decimal
    type_id: str = "simple"
    enabled: bool = True
    visibility: int = 4
    weight: Decimal = Decimal("1.0000")
    website_ids: list[int] = field(default_factory=lambda: [1, 2])
    children: list[str] = field(default_factory=list)  # SKUs, of a configurable product
    colour: int | None = None  # option id by which a configurable's child is chosen
    required_option: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)
    store_values: dict[int, dict[str, Any]] = field(default_factory=dict)
    tier_prices: list[TierPrice] = field(default_factory=list)
    manage_stock: bool = True
    min_qty: Decimal = Decimal("0.0000")  # the out-of-stock threshold
    backorders: bool = False
    min_sale_qty: Decimal = Decimal("1.0000")
    max_sale_qty: Decimal = Decimal("10000.0000")
    qty_increments: Decimal = Decimal("0.0000")  # 0: any quantity
    created_at: str = ""
    updated_at: str = ""


@dataclass(kw_only=True)
class Attribute:
    """A product attribute: `row` as the interface shows it, options by value."""

    row: Row
    options: dict[str, str] = field(default_factory=dict)
    sets: list[int] = field(default_factory=lambda: [4])


@dataclass(kw_only=True)
class Source:
    source_code: str
    name: str
    enabled: bool = True


@dataclass(kw_only=True)
class Stock:
    id: int
    name: str
    websites: list[str]  # codes
    sources: list[str]  # codes, by priority


@dataclass(kw_only=True)
class SourceItem:
    source_code: str
    sku: str
    quantity: Decimal
    status: int = 1
    id: int = 0


@dataclass(kw_only=True)
class Reservation:
    sku: str
    quantity: Decimal
    event: str
    order: str  # increment id, or what the event names instead
    stock_id: int = 1


@dataclass(kw_only=True)
class Mail:
    to: str
    kind: str
    subject: str
    store_id: int
    order_id: int
    sent_at: str


@dataclass(kw_only=True)
class Integration:
    consumer_key: str = sandbox.CONSUMER_KEY
    consumer_secret: str = sandbox.CONSUMER_SECRET
    access_token: str = sandbox.ACCESS_TOKEN
    token_secret: str = sandbox.TOKEN_SECRET
    resources: list[str] | None = None  # None: all
    active: bool = True
