"""What shipments, invoices and credit memos have in common."""

from decimal import Decimal, InvalidOperation
from typing import Any

from channel_simulators.commerce.call import integer
from channel_simulators.commerce.store.columns import Row, text
from channel_simulators.commerce.store.entities import Document, Order
from channel_simulators.commerce.store.transaction import Transaction


def quantities(order: Order, lines: Any) -> dict[int, Decimal]:
    """Wanted quantity by order item id; of a line named twice the last, whole pieces only (observed §2.5, §5)."""
    wanted = {}
    for line in lines or []:
        item = order.item(integer(line.get("order_item_id")))
        if item is not None:
            wanted[item["item_id"]] = _quantity(item, line.get("qty"))
    return wanted


def _quantity(item: Row, value: Any) -> Decimal:
    quantity = asked(value)
    return quantity if item.get("is_qty_decimal") else Decimal(int(quantity))


def asked(value: Any) -> Decimal:
    """A quantity as it is sent; 0 for what is no number."""
    try:
        return Decimal(str(value if value is not None else 0))
    except InvalidOperation:
        return Decimal(0)


def children(order: Order, item: Row) -> list[Row]:
    """The rows that stand in documents beside a configurable's own (commerce-api §7.3)."""
    return [child for child in order.items if child.get("parent_item_id") == item["item_id"]]


def open_document(tx: Transaction, kind: str, order: Order) -> Row:
    """The columns every new document begins with."""
    return {
        "entity_id": tx.state.next(kind),
        "increment_id": increment_id(tx, kind, order.row["store_id"]),
        "order_id": order.id,
        "store_id": order.row["store_id"],
        "created_at": tx.now,
        "updated_at": tx.now,
    }


def increment_id(tx: Transaction, kind: str, store_id: int) -> str:
    """Begins with the store id, of the first store view with zeros (observed §10)."""
    prefix = "" if store_id <= 1 else str(store_id)
    return f"{prefix}{tx.state.next(f'increment:{kind}:{store_id}'):09d}"


def add_comment(tx: Transaction, document: Document, given: Any) -> None:
    """Neither the document's nor the order's `updated_at` moves (observed §3)."""
    if isinstance(given, dict) and given.get("comment"):
        row: Row = {
            "entity_id": tx.state.next("document_comment"),
            "parent_id": document.row["entity_id"],
            "comment": text(given["comment"], "comment"),
            "is_visible_on_front": int(given.get("is_visible_on_front") or 0),
            "is_customer_notified": int(given.get("is_customer_notified") or 0),
            "created_at": tx.now,
        }
        document.comments.append(row)
