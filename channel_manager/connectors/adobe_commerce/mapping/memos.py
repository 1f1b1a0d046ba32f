"""Credit memos: what is asked for, guarded where the shop is not, and what the shop has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import (
    NUMBER_LENGTH,
    Json,
    amount,
    each,
    entity,
    identifier,
    moment,
    optional_identifier,
    quantity,
    rows,
    text,
)
from channel_manager.connectors.adobe_commerce.mapping.shipments import items, note
from channel_manager.ports.documents import CommerceMemo, MemoItem, NewMemo
from channel_manager.shared.money import cents, total

_CANCELLED = 3


def memo(data: Any) -> CommerceMemo:
    """Rows of nothing and rows of a configurable's child are left out (commerce-api §7.3)."""
    row = entity(data)
    found = tuple(_added_up(_without_children(each(row, "items", _line))))
    return CommerceMemo(
        memo_id=identifier(row, "entity_id"),
        number=text(row, "increment_id")[:NUMBER_LENGTH],
        order_id=identifier(row, "order_id"),
        created_at=moment(row, "created_at"),
        quantities={item.item_id: item.quantity for item in found},
        total=amount(row, "grand_total"),
        subtotal=amount(row, "subtotal"),
        tax=amount(row, "tax_amount"),
        shipping=amount(row, "shipping_amount"),
        shipping_tax=amount(row, "shipping_tax_amount"),
        discount=abs(amount(row, "discount_amount")),
        plus=amount(row, "adjustment_positive"),
        minus=amount(row, "adjustment_negative"),
        items=found,
        cancelled=optional_identifier(row, "state") == _CANCELLED,
        comments=tuple(text(comment, "comment") for comment in rows(row, "comments")),
    )


def new_memo(wanted: NewMemo) -> dict[str, Any]:
    """Items and shipping are always explicit: the shop reads what is missing as “everything” (observed §9).

    Raises ValueError for what the shop would misread.
    """
    check(wanted)
    body: dict[str, Any] = {
        "items": items(wanted.quantities),
        "notify": False,
        "appendComment": False,
        "arguments": {
            "shipping_amount": wanted.shipping,
            "adjustment_positive": wanted.plus,
            "adjustment_negative": wanted.minus,
            "extension_attributes": {"return_to_stock_items": list(wanted.restock)},
        },
    }
    comment = note(wanted.comment, wanted.marker)
    return {**body, "comment": comment} if comment else body


def check(wanted: NewMemo) -> None:
    """The guards that the shop lacks (observed §9). Raises ValueError.

    Whether a memo with units comes out above zero depends on the order: the shop itself refuses a total below it.
    """
    if not wanted.quantities:
        raise ValueError("A credit memo must name its items: without any the shop refunds everything.")
    if any(units < 0 for units in wanted.quantities.values()):
        raise ValueError("A credit memo cannot take back a negative quantity.")
    if not all(_is_money(money) for money in (wanted.shipping, wanted.plus, wanted.minus)):
        raise ValueError("Shipping and adjustments of a credit memo are whole cents, never negative.")
    if not any(wanted.quantities.values()) and wanted.shipping + wanted.plus - wanted.minus <= 0:
        raise ValueError("A credit memo without units must refund more than nothing.")
    if not {item for item, units in wanted.quantities.items() if units}.issuperset(wanted.restock):
        raise ValueError("Only items that the credit memo takes back can return to stock.")


def _is_money(value: Decimal) -> bool:
    return value.is_finite() and value >= 0 and value == cents(value)


@dataclass(frozen=True, slots=True)
class _Line:
    item: MemoItem
    sku: str
    product: int | None


def _line(row: Json) -> _Line:
    item = MemoItem(
        item_id=identifier(row, "order_item_id"),
        quantity=quantity(row, "qty"),
        row_total=amount(row, "row_total"),
        tax=amount(row, "tax_amount"),
        discount=abs(amount(row, "discount_amount")),
    )
    return _Line(item, text(row, "sku"), optional_identifier(row, "product_id"))


def _without_children(lines: Iterable[_Line]) -> Iterator[MemoItem]:
    """A memo names no parents. The row of a configurable's child has the SKU and the quantity of its parent's, another
    product, no money and the greater id.
    """
    parents: dict[tuple[str, int], int | None] = {}
    for line in sorted(lines, key=lambda line: line.item.item_id):
        parent = parents.setdefault((line.sku, line.item.quantity), line.product)
        if line.item.row_total or parent is None or line.product in {None, parent}:
            yield line.item


def _added_up(found: Iterable[MemoItem]) -> Iterator[MemoItem]:
    """One of each order item, should it come in several rows; none of nothing."""
    by_item: dict[int, list[MemoItem]] = {}
    for item in found:
        if item.quantity:
            by_item.setdefault(item.item_id, []).append(item)
    for item_id, parts in by_item.items():
        yield MemoItem(
            item_id=item_id,
            quantity=sum(part.quantity for part in parts),
            row_total=total(part.row_total for part in parts),
            tax=total(part.tax for part in parts),
            discount=total(part.discount for part in parts),
        )
