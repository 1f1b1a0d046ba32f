"""A Correction → the body that turns the shop's money, ids and texts into the marketplace's (observed §1 step 7, §9).

Never `state` or `status`: sent together with partial items they complete or close the order (commerce-api §3.5 C).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from channel_manager.connectors.adobe_commerce.search import ELEMENTS_AT_ONCE, chunks
from channel_manager.ports.documents import CommerceOrder, Correction, ItemMoney, OrderMoney
from channel_manager.shared.money import ZERO, cents

PAYMENT_METHOD = "banktransfer"
PAYMENT_TITLE = "Offline Channel Payment"
EXTERNAL_ID_LENGTH = 32
TEXT_LENGTH = 255
Bodies = tuple[dict[str, Any], ...]
"""To be sent one after the other."""


def correction(wanted: Correction) -> Bodies:
    """Repeatable. More items than a shop with input limits takes at once go ahead in calls of their own; the call with
    the external number comes last, since an order that carries it is taken for a corrected one.

    The e-mail and `email_sent` travel together: either alone would have the shop mail the buyer (observed §10).
    """
    *ahead, last = _in_calls([_item(wanted.order_id, item) for item in wanted.money.items])
    return (
        *(_entity(wanted.order_id, wanted.number, items=items) for items in ahead),
        {
            "entity": {
                "customer_email": wanted.email,
                "email_sent": 1,
                "entity_id": wanted.order_id,
                "increment_id": wanted.number,
                "ext_order_id": wanted.external_number[:EXTERNAL_ID_LENGTH],
                "ext_customer_id": wanted.customer_order_number[:EXTERNAL_ID_LENGTH],
                "applied_rule_ids": "",
                "shipping_description": wanted.shipping_description[:TEXT_LENGTH],
                **_order_money(wanted.money),
                "items": last,
                "payment": _payment(wanted.payment_id, wanted.payment_lines),
            }
        },
    )


def payment(order: CommerceOrder, lines: tuple[str, ...]) -> dict[str, Any]:
    return _entity(order.order_id, order.number, payment=_payment(order.payment_id, lines))


def cancelled_quantities(order: CommerceOrder, cancelled: Mapping[int, int]) -> Bodies:
    """`cancelled` is what each item's cancelled quantity becomes (observed §8, phantom unit)."""
    items = [{"item_id": item_id, "qty_canceled": quantity} for item_id, quantity in cancelled.items()]
    return tuple(_entity(order.order_id, order.number, items=some) for some in _in_calls(items))


def reopened(order: CommerceOrder, money: OrderMoney) -> Bodies:
    """An order that was cancelled after a part had shipped: its money becomes that part's, nothing of it cancelled, and
    only then its state; `state` and items in one call would complete it (observed §8, commerce-api §3.5 C).
    """
    *ahead, last = _in_calls([_item(order.order_id, item) for item in money.items])
    return (
        *(_entity(order.order_id, order.number, items=items) for items in ahead),
        _entity(order.order_id, order.number, **_order_money(money), **_nothing_cancelled(), items=last),
        _entity(order.order_id, order.number, state="processing", status="processing"),
    )


def _nothing_cancelled() -> dict[str, Decimal]:
    names = ("subtotal_canceled", "shipping_canceled", "tax_canceled", "discount_canceled", "total_canceled")
    return _pairs(**dict.fromkeys(names, ZERO))


def _entity(order_id: int, number: str, **members: Any) -> dict[str, Any]:
    """With its number, always: older shops would give it a new one (commerce-api §3.5 C)."""
    return {"entity": {"entity_id": order_id, "increment_id": number, **members}}


def _in_calls(items: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """At least one, of nothing."""
    return [list(some) for some in chunks(items, ELEMENTS_AT_ONCE)] or [[]]


def _order_money(money: OrderMoney) -> dict[str, Any]:
    return {
        **_pairs(
            grand_total=money.total,
            subtotal=money.subtotal,
            shipping_amount=money.shipping,
            shipping_tax_amount=money.shipping_tax,
            tax_amount=money.tax,
            discount_amount=-money.discount if money.discount else ZERO,
            shipping_discount_amount=money.shipping_discount,
            discount_tax_compensation_amount=ZERO,
            subtotal_incl_tax=money.subtotal + money.tax - money.shipping_tax,
            shipping_incl_tax=money.shipping + money.shipping_tax,
            total_due=money.total,
        ),
        "shipping_discount_tax_compensation_amount": ZERO,
        "base_shipping_discount_tax_compensation_amnt": ZERO,
        "discount_description": money.discount_description[:TEXT_LENGTH],
    }


def _item(order_id: int, item: ItemMoney) -> dict[str, Any]:
    """No SKU: the shop would store another spelling, and stock is booked by it."""
    price = _per_unit(item.row_total, item.quantity)
    with_tax = item.row_total + item.tax
    return {
        "item_id": item.item_id,
        "order_id": order_id,
        **_pairs(
            row_total=item.row_total,
            tax_amount=item.tax,
            discount_amount=item.discount,
            discount_tax_compensation_amount=ZERO,
            price=price,
            original_price=price,
            row_total_incl_tax=with_tax,
            price_incl_tax=_per_unit(with_tax, item.quantity),
        ),
        "discount_percent": 0,
        "ext_order_item_id": item.ext_id[:TEXT_LENGTH],
    }


def _per_unit(amount: Decimal, quantity: int) -> Decimal:
    return cents(amount / quantity) if quantity else ZERO


def _pairs(**amounts: Decimal) -> dict[str, Decimal]:
    """Every amount in the order's and in the base currency, which are the same (checked on connecting)."""
    return {f"{prefix}{name}": amount for name, amount in amounts.items() for prefix in ("", "base_")}


def _payment(payment_id: int, lines: tuple[str, ...]) -> dict[str, Any]:
    """The whole object each time: what is left out is lost. Only this form is shown by the Admin (observed §1.1)."""
    return {
        "entity_id": payment_id,
        "method": PAYMENT_METHOD,
        "additional_information": {"method_title": PAYMENT_TITLE, "instructions": "\n".join(lines)},
    }
