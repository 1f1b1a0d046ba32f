"""Paying returned units back at the marketplace, once (walmart-api §3.3).

The call is not idempotent: the return is read immediately before it and only units that are missing to the wanted level
are sent; what it showed is kept, so that a lost answer can be settled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Sum

from channel_manager.orders import state as orders
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.ports.returns import IncomingReturn, ReturnedUnits, ReturnState
from channel_manager.returns import state
from channel_manager.returns.models import Refund, RefundLine
from channel_manager.returns.operations.kind import RefundOperation, finish, of_returns, refunded_units
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import say
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Units of a return's line: this refund's, and the level the marketplace may show after it: what memos cover."""

    number: str
    quantity: int
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPlan:
    number: str
    customer_order_number: str
    lines: tuple[Wanted, ...]


class RefundReturn(RefundOperation):
    """Sends what is missing to the wanted level, so that what Walmart or somebody else has paid is not paid again."""

    name: ClassVar[str] = "refund_return"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    family: ClassVar[str] = "refund_return"
    priority: ClassVar[int] = 1

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        return {claim.id: _return_plan(claim.payload["refund"]) for claim in claims}

    async def find_existing(
        self, claim: Claim, prepared: ReturnPlan, gateways: Gateways, progress: Progress
    ) -> Sent | None:
        levels = claim.progress.get("levels")
        if levels is None:
            return None
        refunded = refunded_units(await gateways.marketplace.return_order(prepared.number))
        if any(refunded.get(number, 0) < level for number, level in levels.items()):
            return None
        return Sent({"sent": sum(part.quantity for part in prepared.lines), "refunded": refunded})

    async def send(self, claim: Claim, prepared: ReturnPlan, gateways: Gateways, progress: Progress) -> Sent:
        shown = await gateways.marketplace.return_order(prepared.number)
        missing = _missing(prepared, shown)
        if missing:
            before = refunded_units(shown)
            await progress.save(levels={part.number: before[part.number] + part.quantity for part in missing})
            await gateways.marketplace.refund_return(
                prepared.number, customer_order_number=prepared.customer_order_number, lines=missing
            )
            shown = await gateways.marketplace.return_order(prepared.number)
        return Sent({"sent": sum(line.quantity for line in missing), "refunded": refunded_units(shown)})

    def apply(self, claim: Claim, result: Json) -> None:
        order = orders.locked(claim.payload["order"])
        refund = Refund.objects.select_related("parent").get(pk=claim.payload["refund"])
        for line in state.locked(refund.parent.pk).lines.all() if refund.parent else ():
            line.reported_refunded = max(line.reported_refunded, result["refunded"].get(line.number, 0))
            line.elsewhere = max(line.elsewhere, line.reported_refunded - line.sent)
            line.save(update_fields=["reported_refunded", "elsewhere"])
        paid = say("Walmart pays the buyer back; units: %(units)s.", units=result["sent"])
        nothing = say("Walmart had paid the buyer back already.")
        finish(refund, order, paid if result["sent"] else nothing)


# ---- inside a transaction ----------------------------------------------------------------------------------------


def _return_plan(refund_id: int) -> ReturnPlan | Skip:
    refund = Refund.objects.select_related("parent").filter(pk=refund_id).first()
    if refund is None or refund.parent is None:
        return Skip(say("The refund was withdrawn."))
    if refund.reported_at:
        return Skip(say("Walmart has this refund."))
    return ReturnPlan(
        number=refund.parent.number,
        customer_order_number=refund.parent.customer_order_number,
        lines=tuple(_wanted(row) for row in of_returns(refund)),
    )


def _wanted(row: RefundLine) -> Wanted:
    assert row.return_line is not None
    return Wanted(number=row.return_line.number, quantity=row.sent, level=level_of(row))


def level_of(row: RefundLine) -> int:
    """Refunds are not sent in the order they were made: what counts is how many units credit memos cover by now."""
    made = RefundLine.objects.filter(return_line=row.return_line_id, refund__commerce_memo_id__isnull=False)
    return int(made.aggregate(units=Sum("quantity"))["units"] or 0)


# ---- on the wire -------------------------------------------------------------------------------------------------


def _missing(plan: ReturnPlan, shown: IncomingReturn) -> tuple[ReturnedUnits, ...]:
    lines = {line.number: line for line in shown.lines}
    found = []
    for part in plan.lines:
        line = lines[part.number]
        missing = min(part.quantity, part.level - line.refunded, line.quantity - line.refunded)
        if missing > 0 and line.state == ReturnState.CANCELLED:
            raise Rejected(
                say(
                    "Return %(number)s was canceled at Walmart, so it cannot be refunded there. Settle this here, or "
                    "refund the order in Seller Center.",
                    number=plan.number,
                ),
                side="Walmart",
            )
        if missing > 0:
            found.append(ReturnedUnits(number=part.number, quantity=missing))
    return tuple(found)
