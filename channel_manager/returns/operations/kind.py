"""What all operations for a refund share. Their subject is the order, so that they take turns with its others."""

from django.db.models import QuerySet
from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import state as orders
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.operations.kind import OrderOperation
from channel_manager.ports.returns import IncomingReturn
from channel_manager.returns import state
from channel_manager.returns.models import Refund, RefundLine
from channel_manager.shared.errors import RemoteError
from channel_manager.shared.sentences import Sentence
from channel_manager.sync import outbox
from channel_manager.sync.kinds import Claim


class RefundOperation(OrderOperation):
    """Also the refund's return tells what went wrong with it."""

    def stopped(self, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
        super().stopped(claim, error, final=final)
        refresh_return(claim.payload["refund"])


def enqueue(kind: type[RefundOperation], refund: Refund, order: PurchaseOrder) -> None:
    """Once for each refund, and again when a person has decided what it means."""
    outbox.enqueue(
        kind,
        store_id=order.store_id,
        subject=order.subject,
        key=f"{kind.name}:{refund.pk}:{refund.requested_by_id or ''}",
        payload={"refund": refund.pk, "order": order.pk, "number": order.number},
        deadline=refund.parent.refund_by if refund.parent else None,
        by=refund.requested_by_id,
    )


def refresh_return(refund_id: int) -> None:
    """The order is locked. A refund may have been withdrawn meanwhile."""
    parent = Refund.objects.filter(pk=refund_id).values_list("parent_id", flat=True).first()
    if parent:
        state.refresh(state.locked(parent))


def finish(refund: Refund, order: PurchaseOrder, words: Sentence) -> None:
    """The marketplace has the refund. The order is locked."""
    refund.reported_at = timezone.now()
    refund.save(update_fields=["reported_at"])
    record(order.subject, "refunded", words, store_id=order.store_id, actor=Actor.RULE)
    orders.refresh(order)
    refresh_return(refund.pk)


def of_returns(refund: Refund) -> QuerySet[RefundLine]:
    """Its lines that are paid back at the marketplace."""
    return refund.lines.filter(sent__gt=0, return_line__isnull=False).select_related("return_line")


def refunded_units(shown: IncomingReturn) -> dict[str, int]:
    """By the number of the return's line."""
    return {line.number: line.refunded for line in shown.lines}
