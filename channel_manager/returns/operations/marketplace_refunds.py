"""Which call tells the marketplace of a refund: by the return it belongs to, or by the order."""

from django.utils import timezone

from channel_manager.orders.models import PurchaseOrder
from channel_manager.returns.models import Effect, Refund
from channel_manager.returns.operations.kind import enqueue
from channel_manager.returns.operations.order_refunds import THROUGH_ORDER, RefundOrder
from channel_manager.returns.operations.return_refunds import RefundReturn


def request(refund: Refund, order: PurchaseOrder) -> None:
    """Send a refund that Commerce has a credit memo for, the way its effect asks; a mirrored one is there already."""
    if refund.effect == Effect.RETURN:
        enqueue(RefundReturn, refund, order)
    elif refund.effect in THROUGH_ORDER:
        enqueue(RefundOrder, refund, order)
    elif refund.effect == Effect.MIRROR:
        Refund.objects.filter(pk=refund.pk).update(reported_at=timezone.now())
