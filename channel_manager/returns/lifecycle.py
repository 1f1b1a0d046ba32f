"""The rules of a return's life: what is left to refund, what a credit memo means, what is possible. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from channel_manager.orders.lifecycle import NotPossible
from channel_manager.ports.returns import ReturnKind, ReturnState
from channel_manager.shared.sentences import Sentence, say


class NotRefundable(NotPossible):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What the rules read of a return's line. `recorded` units are in credit memos here, `reported` were paid back by
    the marketplace as it says.
    """

    quantity: int
    state: str
    recorded: int
    reported: int
    keep_it: bool = False
    delivered_at: datetime | None = None

    @property
    def cancelled(self) -> bool:
        return self.state == ReturnState.CANCELLED and not self.recorded and not self.reported

    @property
    def room(self) -> int:
        """Units that no credit memo covers."""
        return 0 if self.cancelled else max(self.quantity - self.recorded, 0)

    @property
    def owed(self) -> int:
        """Units that the marketplace paid back by itself and Commerce has no credit memo for."""
        return max(self.reported - self.recorded, 0)

    @property
    def unpaid(self) -> int:
        """Units that the marketplace does not show as paid back: its clock runs for them, whatever we have begun."""
        return 0 if self.cancelled else max(self.quantity - self.reported, 0)


def status(lines: Iterable[LineFacts], kind: str) -> str:
    """One of `returns.models.Status`, from quantities alone.

    Refunded means that both sides agree: every unit is in a credit memo and the marketplace shows it as paid back.
    """
    facts = list(lines)
    if kind == ReturnKind.REPLACEMENT:
        finished = facts and all(line.state in (ReturnState.COMPLETED, ReturnState.CANCELLED) for line in facts)
        return "closed" if finished else "received"
    live = [line for line in facts if not line.cancelled]
    if facts and not live:
        return "closed"
    if live and all(not line.room and line.reported >= line.quantity for line in live):
        return "refunded"
    return "received"


def refund_by(lines: Iterable[LineFacts], hours: int) -> datetime | None:
    """When the marketplace refunds by itself (walmart-api §3.4): the earliest of the lines that nobody has refunded."""
    due = [line.delivered_at for line in lines if line.delivered_at and line.unpaid]
    return min(due) + timedelta(hours=hours) if due and hours else None


def why_not_refundable(
    *, known: bool, read_only: bool, may_write: bool, in_commerce: bool, kind: str, room: int
) -> Sentence | None:
    """Why no credit memo can be made for a return's line of one order; None when it can."""
    if read_only:
        return say("Returned to Walmart's own warehouse: shown only, Walmart refunds it.")
    if kind == ReturnKind.REPLACEMENT:
        return say("The buyer gets a replacement, not money.")
    if not known:
        return say("The order is not known here. Refund it in Seller Center, or have its order taken over first.")
    if not may_write:
        return say("Nothing is sent before the store is confirmed.")
    if not in_commerce:
        return say("The order does not exist in Commerce, so there is nothing to make a credit memo of.")
    return None if room else say("Every unit of this return is refunded or canceled.")


def why_not_shipped(shipped: int, refunded: int, wanted: int) -> Sentence | None:
    """Only what has left can come back: `shipped` and `refunded` units of the order's line in Commerce."""
    if wanted <= shipped - refunded:
        return None
    return say(
        "Commerce shows %(shipped)s shipped and %(refunded)s refunded. Only shipped units can be refunded: ship it in "
        "Commerce first, or cancel what has not left.",
        shipped=shipped,
        refunded=refunded,
    )


def meaning(*, shipped: int, still_open: int) -> str:
    """What a credit memo without a return means, one of `returns.models.Effect`: a wrong guess would cancel goods that
    will ship, or refund twice.
    """
    if not shipped:
        return "cancellation"
    return "ask" if still_open else "order"
