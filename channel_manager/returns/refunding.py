"""Recording refunds, whoever began them. Every function runs under the order's lock."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.orders.models import OrderLine, PurchaseOrder
from channel_manager.ports.documents import CommerceMemo
from channel_manager.ports.messages import RefundReason
from channel_manager.returns import ledger, state
from channel_manager.returns.models import Effect, Refund, RefundLine, Return, ReturnLine
from channel_manager.shared.money import ZERO, total

PAYING = (Effect.RETURN, Effect.EXCEPTION)
"""Effects by which the marketplace pays back returned units because we ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Units of an order line that go back, by a return's line if there is one."""

    line: OrderLine
    units: int
    return_line: ReturnLine | None = None
    restock: bool = False

    @property
    def to_send(self) -> int:
        """Units that the marketplace has not paid back by itself."""
        if self.return_line is None:
            return 0
        return self.units - min(self.units, state.facts(self.return_line).owed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a credit memo says beside its units."""

    shipping: Decimal = ZERO
    plus: Decimal = ZERO
    minus: Decimal = ZERO
    fit: bool = False
    repair: bool = False
    comment: str = ""


def record_refund(
    order: PurchaseOrder,
    parts: Sequence[Part],
    terms: Terms,
    *,
    origin: Actor,
    effect: Effect,
    at: datetime,
    parent: Return | None = None,
    memo: CommerceMemo | None = None,
    reason: RefundReason | None = None,
    by: User | None = None,
    marker: uuid.UUID | None = None,
) -> Refund:
    """Write a refund down with its units; nothing is requested yet. With `memo` Commerce has it already."""
    refund = Refund.objects.create(
        order=order,
        parent=parent,
        origin=origin,
        effect=effect,
        reason=reason or "",
        comment=terms.comment[:1000],
        shipping=terms.shipping,
        plus=terms.plus,
        minus=terms.minus,
        fit=terms.fit,
        repair=terms.repair,
        expected=expected(parts),
        requested_by=by,
        at=at,
        marker=marker or uuid.uuid4(),
        commerce_memo_id=memo.memo_id if memo else None,
        commerce_number=memo.number if memo else "",
        total=memo.total if memo else None,
    )
    add_parts(refund, parts)
    return refund


def add_parts(refund: Refund, parts: Sequence[Part]) -> None:
    """Count the units on the lines of the returns; the database refuses a unit too much."""
    for part in parts:
        sent = part.to_send if refund.effect in PAYING else 0
        RefundLine.objects.create(
            refund=refund,
            line=part.line,
            return_line=part.return_line,
            quantity=part.units,
            restock=part.restock,
            sent=sent,
        )
        if part.return_line:
            state.add_units(part.return_line.pk, recorded=part.units, sent=sent)


def withdraw(refund: Refund) -> None:
    """A refund that did not happen: its units can be refunded again."""
    for row in refund.lines.all():
        if row.return_line_id:
            state.add_units(row.return_line_id, recorded=-row.quantity, sent=-row.sent)
    if refund.charges:
        ledger.release(refund.order, refund.charges)
    refund.delete()


def by_effect(parts: Iterable[Part]) -> dict[tuple[int, Effect], list[Part]]:
    """Parts that one call of the marketplace can settle, by return and effect: what it has paid back needs none."""
    found: dict[tuple[int, Effect], list[Part]] = {}
    for part in parts:
        if part.return_line:
            found.setdefault((part.return_line.parent_id, _effect(part, part.return_line)), []).append(part)
    return found


def _effect(part: Part, line: ReturnLine) -> Effect:
    if not part.to_send:
        return Effect.MIRROR
    return Effect.EXCEPTION if line.exceptional else Effect.RETURN


def shipping_of(order: PurchaseOrder, parts: Iterable[Part]) -> Decimal:
    """Shipping that the marketplace pays back with these units, as far as Commerce's order has any left."""
    wanted = total(
        ledger.paid_by(part.return_line, before=part.return_line.recorded, units=part.units).shipping
        for part in parts
        if part.return_line
    )
    return min(wanted, ledger.shipping_left(order))


def expected(parts: Sequence[Part]) -> Decimal | None:
    """What the marketplace pays for the units that belong to returns; None without any."""
    of_returns = [part for part in parts if part.return_line]
    if not of_returns:
        return None
    return total(
        ledger.paid_by(part.return_line, before=part.return_line.recorded, units=part.units).total
        for part in of_returns
        if part.return_line
    )
