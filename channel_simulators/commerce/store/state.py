"""Everything the shop remembers, with what finds it again; only a committed transaction changes it."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from channel_simulators.commerce.store.columns import Row
from channel_simulators.commerce.store.entities import (
    Attribute,
    Cart,
    Document,
    Integration,
    Mail,
    Order,
    Product,
    Reservation,
    Source,
    SourceItem,
    Stock,
)
from channel_simulators.commerce.store.index import Index, folded
from channel_simulators.commerce.store.options import Options

KINDS = ("shipment", "invoice", "creditmemo")


class Indexes:
    """What is found without a search; made anew from the state at each start."""

    def __init__(self) -> None:
        self.orders = Index("entity_id", "quote_id", "ext_order_id", "increment_id", "relation_parent_id")
        self.items: dict[int, Row] = {}  # of all orders, by item id
        self.item = Index("item_id", "order_id", "sku", "ext_order_item_id")
        self.documents = {kind: Index("entity_id", "order_id", "increment_id") for kind in KINDS}
        self.products = Index("sku", "entity_id")
        self.product_rows: dict[int, dict[int, Row]] = {}  # by store and product, as search sees them
        self.source_items = Index("sku")
        self.reserved: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)  # by stock and SKU
        self.reservations: defaultdict[str, list[Reservation]] = defaultdict(list)  # by order
        self.unmailed: set[int] = set()  # orders whose confirmation waits for cron


@dataclass(kw_only=True)
class State:
    orders: dict[int, Order] = field(default_factory=dict)
    shipments: dict[int, Document] = field(default_factory=dict)
    invoices: dict[int, Document] = field(default_factory=dict)
    creditmemos: dict[int, Document] = field(default_factory=dict)
    carts: dict[int, Cart] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    stocks: dict[int, Stock] = field(default_factory=dict)
    source_items: dict[int, SourceItem] = field(default_factory=dict)
    reservations: list[Reservation] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    integration: Integration = field(default_factory=Integration)
    admin_tokens: dict[str, float] = field(default_factory=dict)  # with the moment they end
    options: Options = field(default_factory=Options)
    counters: dict[str, int] = field(default_factory=dict)
    clock_offset: float = 0  # seconds

    def __post_init__(self) -> None:
        self.by = Indexes()
        for order in self.orders.values():
            self._enter_order(order)
        for kind in KINDS:
            for document in self.documents(kind).values():
                self.by.documents[kind].put(document.id, document.row)
        for product in self.products.values():
            self.by.products.put(product.id, {"sku": product.sku, "entity_id": product.id})
        for item in self.source_items.values():
            self.by.source_items.put(item.id, {"sku": item.sku})
        for reservation in self.reservations:
            self._count(reservation)

    def put_order(self, order: Order) -> None:
        self.orders[order.id] = order
        self._enter_order(order)

    def _enter_order(self, order: Order) -> None:
        self.by.orders.put(order.id, order.row)
        for item in order.items:
            self.by.items[item["item_id"]] = item
            self.by.item.put(item["item_id"], item)
        if order.row.get("send_email") and not order.row.get("email_sent"):
            self.by.unmailed.add(order.id)
        else:
            self.by.unmailed.discard(order.id)

    def put_document(self, kind: str, document: Document) -> None:
        self.documents(kind)[document.id] = document
        self.by.documents[kind].put(document.id, document.row)

    def put_product(self, product: Product) -> None:
        """Enter a product, or say that it changed."""
        self.products[product.id] = product
        self.forget_rows(product)
        self.by.products.put(product.id, {"sku": product.sku, "entity_id": product.id})

    def drop_product(self, product: Product) -> None:
        del self.products[product.id]
        self.forget_rows(product)
        self.by.products.drop(product.id)

    def forget_rows(self, product: Product) -> None:
        for kept in self.by.product_rows.values():
            kept.pop(product.id, None)

    def put_source_item(self, source_code: str, sku: str, quantity: Decimal, status: int) -> None:
        """Write a source item; an unknown SKU makes an orphan row (observed §5)."""
        item = find_source_item(self, source_code, sku)
        if item is None:
            item = SourceItem(id=self.next("source_item"), source_code=source_code, sku=sku, quantity=quantity)
            self.source_items[item.id] = item
            self.by.source_items.put(item.id, {"sku": sku})
        item.quantity, item.status = quantity, status

    def drop_source_item(self, source_code: str, sku: str) -> None:
        item = find_source_item(self, source_code, sku)
        if item is not None:
            del self.source_items[item.id]
            self.by.source_items.drop(item.id)

    def add_reservation(self, reservation: Reservation) -> None:
        self.reservations.append(reservation)
        self._count(reservation)

    def _count(self, reservation: Reservation) -> None:
        self.by.reserved[reservation.stock_id, folded(reservation.sku)] += reservation.quantity
        self.by.reservations[reservation.order].append(reservation)

    def next(self, name: str) -> int:
        """A number never given before under this name; not given back when the request fails, as in MySQL."""
        self.counters[name] = self.counters.get(name, 0) + 1
        return self.counters[name]

    def documents(self, kind: str) -> dict[int, Document]:
        return {"shipment": self.shipments, "invoice": self.invoices, "creditmemo": self.creditmemos}[kind]

    def documents_of(self, kind: str, order_id: int) -> list[Document]:
        stored = self.documents(kind)
        return [stored[found] for found in self.by.documents[kind].ids("order_id", order_id)]


def key(sku: str) -> str:
    """SKUs compare without case and trailing blanks (observed §10)."""
    return str(folded(sku))


def find_product(state: State, sku: str) -> Product | None:
    return next((state.products[found] for found in state.by.products.ids("sku", sku)), None)


def find_source_item(state: State, source_code: str, sku: str) -> SourceItem | None:
    return next((item for item in source_items_of(state, sku) if item.source_code == source_code), None)


def source_items_of(state: State, sku: str) -> list[SourceItem]:
    return [state.source_items[found] for found in state.by.source_items.ids("sku", sku)]


def plain(value: Any) -> Any:
    """A value as JSON may carry it: Decimals as the shortest number."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
