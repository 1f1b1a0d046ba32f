"""An order of the shop → CommerceOrder."""

from decimal import Decimal
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import (
    NUMBER_LENGTH,
    Json,
    amount,
    each,
    entity,
    flag,
    identifier,
    moment,
    number,
    optional_identifier,
    part,
    plain,
    quantity,
    rows,
    text,
    within,
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
    "total_invoiced",
    "total_refunded",
    "total_canceled",
    "subtotal_refunded",
    "shipping_invoiced",
    "shipping_refunded",
    "shipping_tax_refunded",
    "tax_refunded",
    "discount_refunded",
    "adjustment_positive",
    "adjustment_negative",
)
MONEY_COLUMNS = (
    *_PAIRED,
    *(f"base_{name}" for name in _PAIRED),
    "shipping_discount_tax_compensation_amount",
    "base_shipping_discount_tax_compensation_amnt",
)
"""The last one is spelled so by the shop. A column that the shop leaves out is 0.00."""
_ITEM_MONEY = (
    "row_invoiced",
    "tax_invoiced",
    "discount_invoiced",
    "amount_refunded",
    "tax_refunded",
    "discount_refunded",
)
_STATE_LENGTH = 32


def order(data: Any) -> CommerceOrder:
    row = entity(data)
    return CommerceOrder(
        order_id=identifier(row, "entity_id"),
        number=text(row, "increment_id")[:NUMBER_LENGTH],
        external_number=text(row, "ext_order_id"),
        cart_id=optional_identifier(row, "quote_id"),
        store_id=optional_identifier(row, "store_id") or 0,
        state=text(row, "state")[:_STATE_LENGTH],
        status=text(row, "status")[:_STATE_LENGTH],
        created_at=moment(row, "created_at"),
        updated_at=moment(row, "updated_at"),
        email=text(row, "customer_email"),
        email_sent=flag(row.get("email_sent")),
        items=tuple(item for item in each(row, "items", _item) if item is not None),
        money={name: amount(row, name) for name in MONEY_COLUMNS},
        payment_id=within("payment", _payment_id, part(row, "payment")),
        payment_lines=_payment_lines(row),
        comments=_comments(row),
        child_id=optional_identifier(row, "relation_child_id"),
        parent_id=optional_identifier(row, "relation_parent_id"),
    )


def _item(row: Json) -> CommerceItem | None:
    """None for the child of a configurable: its parent stands for both (observed §6)."""
    if optional_identifier(row, "parent_item_id"):
        return None
    discount, base_discount = amount(row, "discount_amount"), amount(row, "base_discount_amount")
    return CommerceItem(
        item_id=identifier(row, "item_id"),
        cart_item_id=optional_identifier(row, "quote_item_id"),
        sku=text(row, "sku"),
        ordered=quantity(row, "qty_ordered"),
        invoiced=quantity(row, "qty_invoiced"),
        shipped=quantity(row, "qty_shipped"),
        cancelled=quantity(row, "qty_canceled"),
        refunded=quantity(row, "qty_refunded"),
        # The shop shows an item's row total less its discount and stores it before the discount (observed §9).
        row_total=amount(row, "row_total") + discount,
        tax=amount(row, "tax_amount"),
        discount=discount,
        base_row_total=amount(row, "base_row_total") + base_discount,
        base_tax=amount(row, "base_tax_amount"),
        base_discount=base_discount,
        product_id=optional_identifier(row, "product_id"),
        **{name: amount(row, name) for name in _ITEM_MONEY},
    )


def _payment_id(payment: Json) -> int:
    return optional_identifier(payment, "entity_id") or 0


def _payment_lines(data: Json) -> tuple[str, ...]:
    """The lines the Admin shows under the payment's title (observed §1.1)."""
    for pair in rows(part(data, "extension_attributes"), "payment_additional_info"):
        if pair.get("key") == "instructions":
            return _lines(pair.get("value"))
    told = part(data, "payment").get("additional_information")
    if isinstance(told, dict):
        return _lines(told.get("instructions"))
    # As a list it has lost its keys, not its order: the title, then the instructions.
    return _lines(told[1]) if isinstance(told, list) and len(told) > 1 else ()


def _lines(value: Any) -> tuple[str, ...]:
    return tuple(line.strip() for line in plain(value).splitlines() if line.strip())


def _comments(data: Json) -> tuple[Comment, ...]:
    """Comments with words, newest first."""
    found = [(place, comment) for place, comment in each(data, "status_histories", _comment) if comment.text.strip()]
    found.sort(key=lambda one: (one[1].created_at, one[0]), reverse=True)
    return tuple(comment for _, comment in found)


def _comment(row: Json) -> tuple[Decimal, Comment]:
    """With its id, since comments of one second follow each other by it."""
    return number(row, "entity_id"), Comment(text=text(row, "comment"), created_at=moment(row, "created_at"))
