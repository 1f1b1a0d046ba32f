"""What all operations for a refund share. Their subject is the order, so that they take turns with its others."""

from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.operations.kind import OrderOperation
from channel_manager.returns import state
from channel_manager.returns.models import Refund
from channel_manager.shared.errors import RemoteError
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
