"""Everything the shop remembers. Plain rows in dataclasses; only a committed transaction changes them."""

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
class Product:
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
    attributes: dict[str, str] = field(default_factory=dict)
    created_at: str = ""
    updated_at: str = ""


@dataclass(kw_only=True)
class Source:
    source_code: str
    name: str
    enabled: bool = True


@dataclass(kw_only=True)
class SourceItem:
    source_code: str
    sku: str
    quantity: Decimal
    status: int = 1


@dataclass(kw_only=True)
class Reservation:
    sku: str
    quantity: Decimal
    event: str
    order: str  # increment id, or what the event names instead


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


@dataclass(kw_only=True)
class Options:
    """What the merchant (or the shop's hosting) may have set differently."""

    bearer_allowed: bool = False
    maintenance: bool = False
    async_mail: bool = False
    order_mail: bool = True
    cart_rule_percent: float = 0
    tax_percent: float = 0
    input_limits: bool = False
    telephone_required: bool = True
    commit_delay: float = 0  # seconds between a change's timestamps and its visibility
    flat_rate: float = 5
    payment_methods: dict[str, str] = field(default_factory=lambda: {"checkmo": "Check / Money order"})


@dataclass(kw_only=True)
class State:
    orders: dict[int, Order] = field(default_factory=dict)
    shipments: dict[int, Document] = field(default_factory=dict)
    invoices: dict[int, Document] = field(default_factory=dict)
    creditmemos: dict[int, Document] = field(default_factory=dict)
    carts: dict[int, Cart] = field(default_factory=dict)
    products: list[Product] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    stock_sources: list[str] = field(default_factory=lambda: ["default"])  # of stock 1, by priority
    source_items: list[SourceItem] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    reserved: dict[str, Decimal] = field(default_factory=dict)  # their sums, by `key` of the SKU
    mails: list[Mail] = field(default_factory=list)
    integration: Integration = field(default_factory=Integration)
    options: Options = field(default_factory=Options)
    counters: dict[str, int] = field(default_factory=dict)
    clock_offset: float = 0  # seconds

    def __post_init__(self) -> None:
        self.reserved = {}
        for reservation in self.reservations:
            self.count(reservation)

    def count(self, reservation: Reservation) -> None:
        sku = key(reservation.sku)
        self.reserved[sku] = self.reserved.get(sku, Decimal(0)) + reservation.quantity

    def next(self, name: str) -> int:
        """A number never given before under this name; not given back when the request fails, as in MySQL."""
        self.counters[name] = self.counters.get(name, 0) + 1
        return self.counters[name]

    def documents(self, kind: str) -> dict[int, Document]:
        return {"shipment": self.shipments, "invoice": self.invoices, "creditmemo": self.creditmemos}[kind]

    def documents_of(self, kind: str, order_id: int) -> list[Document]:
        return [d for d in self.documents(kind).values() if d.row["order_id"] == order_id]


def key(sku: str) -> str:
    """SKUs compare without case and trailing blanks (observed §10)."""
    return sku.rstrip(" ").casefold()


def find_product(state: State, sku: str) -> Product | None:
    return next((product for product in state.products if key(product.sku) == key(sku)), None)


def plain(value: Any) -> Any:
    """A value as JSON may carry it: Decimals as the shortest number."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
