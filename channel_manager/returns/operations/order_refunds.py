"""Paying money back without a return, or for units whose return the seller arranges (walmart-api §2.18).

The call is not idempotent and knows no units: what the marketplace shows as refunded is read immediately before it and
kept, so that a lost answer can be settled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import state as orders
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.marketplace import Marketplace
from channel_manager.ports.messages import Fulfilment, IncomingOrder, Platform, RefundedCharges, RefundReason
from channel_manager.ports.returns import IncomingReturn, LineRefund
from channel_manager.returns import ledger, state
from channel_manager.returns.models import Effect, Refund, RefundLine, Return
from channel_manager.returns.operations.kind import RefundOperation, finish, of_returns, refunded_units
from channel_manager.returns.rules import amounts
from channel_manager.shared.errors import Postponed, Rejected
from channel_manager.shared.money import ZERO, total
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip
from channel_manager.sync.models import State, StreamCursor, SyncOperation

RETURNS_STREAM = "returns"
OVERLAP = timedelta(minutes=15)
NEVER_READ = timedelta(days=30)
MOST_PAGES = 20
THROUGH_ORDER = (Effect.ORDER, Effect.EXCEPTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """`problem`: why the amounts have no room. `parent` is the return of a refund that goes through the order, `most`
    the units of its lines that may have been paid back before. `known` are the order's returns that were read, those
    that changed after `since` may not have been.
    """

    refunds: tuple[LineRefund, ...] = ()
    problem: Sentence | None = None
    parent: str = ""
    most: Mapping[str, int] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    since: datetime | None = None

    @property
    def total(self) -> Decimal:
        return total(part.charges.total for part in self.refunds)


class RefundOrder(RefundOperation):
    """Money without a return, or for units whose return the seller arranges."""

    name: ClassVar[str] = "refund_order"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    family: ClassVar[str] = "refund"
    priority: ClassVar[int] = 2

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        return {claim.id: _order_plan(claim.payload["refund"]) for claim in claims}

    async def find_existing(
        self, claim: Claim, prepared: OrderPlan, gateways: Gateways, progress: Progress
    ) -> Sent | None:
        before = claim.progress.get("before")
        if before is None or prepared.problem:
            return None
        shown = _refunded(await gateways.marketplace.order(claim.payload["number"]))
        paid = all(_added(shown[part.number], before[part.number]) >= part.charges.total for part in prepared.refunds)
        return Sent({"amount": str(prepared.total)}) if paid else None

    async def send(self, claim: Claim, prepared: OrderPlan, gateways: Gateways, progress: Progress) -> Sent:
        if prepared.problem:
            raise Rejected(prepared.problem, side="Walmart", field="amount")
        number, marketplace = claim.payload["number"], gateways.marketplace
        if prepared.parent:
            _check_unpaid(prepared, await marketplace.return_order(prepared.parent))
        if prepared.since:
            await _check_all_read(prepared, number, marketplace)
        shown = await marketplace.order(number)
        _check_left(prepared.refunds, shown)
        before = {line: asdict(charges) for line, charges in _refunded(shown).items()}
        await progress.save(before=_texts(before))
        after = await marketplace.refund_order(number, prepared.refunds)
        paid = total(_added(charges, _texts(before[line])) for line, charges in _refunded(after).items())
        return Sent({"amount": str(prepared.total), "paid": str(paid)})

    def apply(self, claim: Claim, result: Json) -> None:
        order = orders.locked(claim.payload["order"])
        refund = Refund.objects.select_related("parent").get(pk=claim.payload["refund"])
        paid_through_order(refund)
        finish(refund, order, say("Walmart pays the buyer back: %(amount)s.", amount=result["amount"]))
        if result.get("paid", result["amount"]) != result["amount"]:
            record(order.subject, "difference", _other_amount(result), store_id=order.store_id, actor=Actor.MARKETPLACE)


def _other_amount(result: Json) -> Sentence:
    return say(
        "Asked to pay back %(amount)s, Walmart paid %(paid)s: it adds shipping and tax when the whole price of an item "
        "goes back. Compare the credit memo.",
        amount=result["amount"],
        paid=result["paid"],
    )


def take_back(refund: Refund, order: PurchaseOrder) -> bool:
    """Whether a refund of the order has not begun and is not sent any more. The order is locked."""
    waiting = SyncOperation.objects.filter(kind=RefundOrder.name, subject=order.subject, payload__refund=refund.pk)
    reason = say("The credit memo may settle a return.")
    taken = waiting.filter(state=State.WAITING, ambiguous=False, progress={}).update(
        state=State.SKIPPED, finished_at=timezone.now(), reason=reason.as_json()
    )
    if taken and refund.charges:
        ledger.release(order, refund.charges)
    return taken > 0


def paid_through_order(refund: Refund) -> None:
    """Count the units of a return that were paid back by a refund of the order: the return may never show them."""
    if refund.effect == Effect.EXCEPTION:
        for row in refund.lines.filter(return_line__isnull=False):
            state.add_units(row.return_line_id or 0, paid_by_order=row.sent)


# ---- inside a transaction ----------------------------------------------------------------------------------------


def _order_plan(refund_id: int) -> OrderPlan | Skip:
    """The amounts, counted in the ledger before they are sent; a problem when the ledger has no room for them."""
    refund = Refund.objects.select_related("order", "parent").filter(pk=refund_id).first()
    if refund is None:
        return Skip(say("The refund was withdrawn."))
    if refund.reported_at:
        return Skip(say("Walmart has this refund."))
    try:
        refunds = _amounts(refund)
    except amounts.TooMuch as problem:
        return OrderPlan(problem=problem.sentence)
    return _checked_against(refund, refunds) if refunds else Skip(say("Nothing is to be paid back."))


def _amounts(refund: Refund) -> tuple[LineRefund, ...]:
    """Raises TooMuch."""
    if refund.effect not in THROUGH_ORDER:
        return ()
    if refund.charges is None:
        _reserve(refund)
    reason = RefundReason(refund.reason or RefundReason.RETURNED)
    return tuple(
        LineRefund(number=number, charges=_charges(given), reason=reason, comment=refund.commerce_number)
        for number, given in (refund.charges or {}).items()
    )


def _checked_against(refund: Refund, refunds: tuple[LineRefund, ...]) -> OrderPlan:
    """What a person has decided is not held against returns that may have come since."""
    if refund.parent:
        most = {row.return_line.number: _most_before(row) for row in of_returns(refund) if row.return_line}
        return OrderPlan(refunds=refunds, parent=refund.parent.number, most=most)
    if refund.requested_by_id:
        return OrderPlan(refunds=refunds)
    known = Return.objects.filter(lines__order=refund.order_id).values_list("number", flat=True)
    return OrderPlan(refunds=refunds, known=frozenset(known), since=_returns_read_until(refund))


def _most_before(row: RefundLine) -> int:
    """Units that may show as paid back before this refund. What we paid by the order may show there too, or may not."""
    assert row.return_line is not None
    return int(row.return_line.quantity) - int(row.return_line.paid_by_order) - int(row.sent)


def _returns_read_until(refund: Refund) -> datetime:
    cursor = StreamCursor.objects.filter(store=refund.order.store_id, stream=RETURNS_STREAM).first()
    watermark = cursor and cursor.cursor.get("watermark")
    return datetime.fromisoformat(watermark) if watermark else refund.at - NEVER_READ


def _reserve(refund: Refund) -> None:
    lines = ledger.refundable(refund.order, refund)
    if refund.effect == Effect.EXCEPTION:
        found = amounts.with_room(ledger.unpaid_by_return(refund), lines)
    else:
        found = amounts.refund_of(refund.total or ZERO, refund.shipping, lines)
    ledger.reserve(refund.order, found)
    refund.charges = {number: _texts(asdict(charges)) for number, charges in found.items()}
    refund.save(update_fields=["charges"])


def _charges(given: Mapping[str, str]) -> RefundedCharges:
    return RefundedCharges(**{name: Decimal(amount) for name, amount in given.items()})


# ---- on the wire -------------------------------------------------------------------------------------------------


async def _check_all_read(plan: OrderPlan, number: str, marketplace: Marketplace) -> None:
    """A credit memo may be for a return that came just before it and has not been read: it pays the return then."""
    assert plan.since is not None
    until, cursor = timezone.now(), None
    for _ in range(MOST_PAGES):
        page = await marketplace.returns(
            fulfilment=Fulfilment.SELLER, changed_since=plan.since - OVERLAP, until=until, cursor=cursor
        )
        for shown in page.returns:
            lines = shown.lines if isinstance(shown, IncomingReturn) else ()
            if shown.number not in plan.known and any(line.order_number == number for line in lines):
                raise Postponed(
                    say(
                        "Return %(number)s of this order came in at the same time. The refund waits until it is read.",
                        number=shown.number,
                    ),
                    side="Walmart",
                )
        cursor = page.next_cursor
        if cursor is None:
            return


def _check_unpaid(plan: OrderPlan, shown: IncomingReturn) -> None:
    """The units of an exceptional return may have been paid back by Walmart meanwhile."""
    for number, refunded in refunded_units(shown).items():
        if refunded > plan.most.get(number, refunded):
            raise Rejected(
                say(
                    "Walmart shows units of return %(number)s as refunded meanwhile. Compare the return in Seller "
                    "Center, then settle this here.",
                    number=plan.parent,
                ),
                side="Walmart",
            )


def _check_left(refunds: tuple[LineRefund, ...], shown: IncomingOrder) -> None:
    """Against what the marketplace says this moment: charged, less what has gone back by anybody's doing."""
    lines = {line.number: line for line in shown.lines}
    for part in refunds:
        line = lines[part.number]
        left = amounts.minus(amounts.charged(line.charges), line.refunded).total
        if part.charges.total > left:
            raise Rejected(
                say(
                    "Only %(left)s of line %(line)s has not been refunded at Walmart, not %(amount)s. Compare the "
                    "order in Seller Center, then settle this here.",
                    left=left,
                    line=part.number,
                    amount=part.charges.total,
                ),
                side="Walmart",
                field=f"line {part.number}",
            )


def _refunded(shown: IncomingOrder) -> dict[str, RefundedCharges]:
    return {line.number: line.refunded for line in shown.lines}


def _added(now: RefundedCharges, before: Mapping[str, str]) -> Decimal:
    return now.total - total(Decimal(amount) for amount in before.values())


def _texts(amounts_by_name: Mapping[str, Any]) -> dict[str, Any]:
    """Decimals as text, at any depth: JSON that loses nothing."""
    return {
        name: _texts(value) if isinstance(value, Mapping) else str(value) for name, value in amounts_by_name.items()
    }
