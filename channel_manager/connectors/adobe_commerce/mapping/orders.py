"""An order of the shop → CommerceOrder."""

from decimal import Decimal
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import (
    Json,
    amount,
    flag,
    identifier,
    moment,
    number,
    optional_identifier,
    rows,
    text,
    units,
)
from channel_manager.ports.documents import Comment, CommerceItem, CommerceOrder

_PAIRED = (
    "grand_total",
    "subtotal",
    "shipping_amount",
    "shipping_tax_amount",
    "tax_amount",
    "discount_amount",
    "shipping_discount_amount",
    "discount_tax_compensation_amount",
    "total_due",
    "total_paid",
    "total_refunded",
    "total_canceled",
)
MONEY_COLUMNS = (
    *_PAIRED,
    *(f"base_{name}" for name in _PAIRED),
    "shipping_discount_tax_compensation_amount",
    "base_shipping_discount_tax_compensation_amnt",
)
"""The last one is spelled so by the shop. A column that the shop leaves out is 0.00."""


def order(data: Json) -> CommerceOrder:
    return CommerceOrder(
        order_id=identifier(data, "entity_id"),
        number=text(data, "increment_id"),
        external_number=text(data, "ext_order_id"),
        cart_id=optional_identifier(data, "quote_id"),
        store_id=units(data, "store_id"),
        state=text(data, "state"),
        status=text(data, "status"),
        created_at=moment(data, "created_at"),
        updated_at=moment(data, "updated_at"),
        email=text(data, "customer_email"),
        email_sent=flag(data.get("email_sent")),
        items=tuple(_item(row) for row in rows(data, "items") if not optional_identifier(row, "parent_item_id")),
        money=_money(data),
        payment_id=units(data.get("payment") or {}, "entity_id"),
        payment_lines=_payment_lines(data),
        comments=_comments(data),
        child_id=optional_identifier(data, "relation_child_id"),
        parent_id=optional_identifier(data, "relation_parent_id"),
    )


def _item(row: Json) -> CommerceItem:
    discount, base_discount = amount(row, "discount_amount"), amount(row, "base_discount_amount")
    return CommerceItem(
        item_id=identifier(row, "item_id"),
        cart_item_id=optional_identifier(row, "quote_item_id"),
        sku=text(row, "sku"),
        ordered=units(row, "qty_ordered"),
        invoiced=units(row, "qty_invoiced"),
        shipped=units(row, "qty_shipped"),
        cancelled=units(row, "qty_canceled"),
        refunded=units(row, "qty_refunded"),
        # The shop shows an item's row total less its discount and stores it before the discount (observed §9).
        row_total=amount(row, "row_total") + discount,
        tax=amount(row, "tax_amount"),
        discount=discount,
        base_row_total=amount(row, "base_row_total") + base_discount,
        base_tax=amount(row, "base_tax_amount"),
        base_discount=base_discount,
    )


def _money(data: Json) -> dict[str, Decimal]:
    return {name: amount(data, name) for name in MONEY_COLUMNS}


def _payment_lines(data: Json) -> tuple[str, ...]:
    """The lines the Admin shows under the payment's title (observed §1.1)."""
    for pair in rows(data.get("extension_attributes") or {}, "payment_additional_info"):
        if pair.get("key") == "instructions":
            return _lines(pair.get("value"))
    told = (data.get("payment") or {}).get("additional_information")
    if isinstance(told, dict):
        return _lines(told.get("instructions"))
    # As a list it has lost its keys, not its order: the title, then the instructions.
    return _lines(told[1]) if isinstance(told, list) and len(told) > 1 else ()


def _lines(value: Any) -> tuple[str, ...]:
    return tuple(line.strip() for line in str(value or "").splitlines() if line.strip())


def _comments(data: Json) -> tuple[Comment, ...]:
    """Comments with words, newest first."""
    spoken = [row for row in rows(data, "status_histories") if text(row, "comment").strip()]
    spoken.sort(key=lambda row: (moment(row, "created_at"), number(row, "entity_id")), reverse=True)
    return tuple(Comment(text=text(row, "comment"), created_at=moment(row, "created_at")) for row in spoken)
