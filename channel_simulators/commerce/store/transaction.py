"""One request's changes, made on copies and committed whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.entities import Cart, Document, Mail, Order, Reservation
from channel_simulators.commerce.store.state import State, find_source_item


def stamp(moment: datetime) -> str:
    """UTC in one-second steps, as every column of the shop has it (observed §3)."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, kw_only=True)
class _Move:
    source_code: str
    sku: str
    by: Decimal


class Transaction:
    def __init__(self, state: State, at: datetime) -> None:
        self.state = state
        self.now = stamp(at)
        self._orders: dict[int, Order] = {}
        self._forced: set[int] = set()
        self._documents: dict[tuple[str, int], Document] = {}
        self._carts: dict[int, Cart] = {}
        self._moves: list[_Move] = []
        self._reservations: list[Reservation] = []
        self._mails: list[Mail] = []
        self._late: list[Callable[[], None]] = []

    def order(self, entity_id: int) -> Order | None:
        """A copy to change, or None if there is no such order."""
        if entity_id not in self._orders and entity_id in self.state.orders:
            self._orders[entity_id] = self.state.orders[entity_id].copy()
        return self._orders.get(entity_id)

    def cart(self, cart_id: int) -> Cart | None:
        if cart_id not in self._carts and cart_id in self.state.carts:
            self._carts[cart_id] = self.state.carts[cart_id].copy()
        return self._carts.get(cart_id)

    def document(self, kind: str, entity_id: int) -> Document | None:
        stored = self.state.documents(kind).get(entity_id)
        if stored is not None:
            self._documents.setdefault((kind, entity_id), stored.copy())
        return self._documents.get((kind, entity_id))

    def add_order(self, order: Order) -> None:
        self._orders[order.id] = order

    def add_cart(self, cart: Cart) -> None:
        self._carts[cart.id] = cart

    def add_document(self, kind: str, document: Document) -> None:
        self._documents[kind, document.row["entity_id"]] = document

    def touch(self, order: Order) -> None:
        """The order's `updated_at` moves even if no column changes."""
        self._forced.add(order.id)

    def reserve(self, sku: str, quantity: Decimal, event: str, order: Order, stock_id: int) -> None:
        if quantity:
            name = order.row["increment_id"]
            made = Reservation(sku=sku, quantity=number(quantity), event=event, order=name, stock_id=stock_id)
            self._reservations.append(made)

    def move(self, source_code: str, sku: str, by: Decimal) -> None:
        """Change a source's quantity; a missing source item makes no trace."""
        self._moves.append(_Move(source_code=source_code, sku=sku, by=by))

    def mail(self, order: Order, kind: str, subject: str, to: str | None = None) -> None:
        address = to if to is not None else str(order.row.get("customer_email") or "")
        mail = Mail(
            to=address, kind=kind, subject=subject, store_id=order.row["store_id"], order_id=order.id, sent_at=self.now
        )
        self._mails.append(mail)

    def afterwards(self, change: Callable[[], None]) -> None:
        """A change of anything without a copy (settings, catalogue), made at the commit."""
        self._late.append(change)

    def commit(self) -> bool:
        """Make everything visible; says whether anything was changed."""
        for order in self._orders.values():
            self._commit_order(order)
        for (kind, _), document in self._documents.items():
            self.state.put_document(kind, document)
        self.state.carts.update(self._carts)
        for reservation in self._reservations:
            self.state.add_reservation(reservation)
        self.state.mails.extend(self._mails)
        for move in self._moves:
            self._apply(move)
        for change in self._late:
            change()
        parts = (self._orders, self._documents, self._carts, self._reservations, self._mails, self._moves, self._late)
        return any(parts)

    def _commit_order(self, order: Order) -> None:
        stored = self.state.orders.get(order.id)
        if stored is not None:
            if order.id in self._forced or order.row != stored.row:
                order.row["updated_at"] = self.now
            before = {item["item_id"]: item for item in stored.items}
            for item in order.items:
                if item != before.get(item["item_id"]):
                    item["updated_at"] = self.now
        self.state.put_order(order)

    def _apply(self, move: _Move) -> None:
        item = find_source_item(self.state, move.source_code, move.sku)
        if item is not None:
            item.quantity += move.by
            item.status = int(item.quantity > 0)  # MSI's deduction sets the status with the quantity
