"""Booking refunds on lines: by units, as a return brings them, or by amount (walmart-api §2.18, §3.3)."""

import uuid

from channel_simulators.walmart.orders import charges, lifecycle
from channel_simulators.walmart.orders.charges import PRODUCT, SHIPPING, Money
from channel_simulators.walmart.state import Line, Order, Refund, RefundCharge

RETURNED = "Customer returned item"


def refund_quantity(
    order: Order,
    line: Line,
    quantity: int,
    *,
    now: int,
    by: str,
    reason: str = RETURNED,
    comments: str | None = None,
) -> Refund:
    """Give back the share of `quantity` shipped units; what was refunded by amount before is not given twice.

    Repeated calls add up to the charges of the shipped units to the cent. `by` is "seller" or "walmart"; the caller
    reports the change (`World.changed`). Raise ValueError for more units than shipped and not yet refunded.
    """
    left = refundable_units(line)
    if not 1 <= quantity <= left:
        raise ValueError(f"Line {line.number} has {left} units to refund, not {quantity}.")
    money = charges.share(line, quantity, after=line.refunded_units).at_most(charges.refundable(line))
    return book(order, line, itemized(money, reason), now=now, by=by, quantity=quantity, comments=comments)


def refundable_units(line: Line) -> int:
    return line.shipped - line.refunded_units


def itemized(money: Money, reason: str) -> list[RefundCharge]:
    """Without the kinds of charge of which nothing is given back."""
    both = [
        RefundCharge(type=PRODUCT, reason=reason, amount=money.product, tax=money.product_tax),
        RefundCharge(type=SHIPPING, reason=reason, amount=money.shipping, tax=money.shipping_tax),
    ]
    return [charge for charge in both if charge.amount or charge.tax]


def book(
    order: Order,
    line: Line,
    given: list[RefundCharge],
    *,
    now: int,
    by: str,
    quantity: int = 0,
    comments: str | None = None,
    refund_id: str | None = None,
) -> Refund:
    """Whether it is allowed is asked before."""
    refund = Refund(
        id=refund_id or uuid.uuid4().hex, at=now, by=by, charges=given, quantity=quantity, comments=comments
    )
    line.refunds.append(refund)
    lifecycle.refund(order, line, refund, now)
    return refund
