"""What an operation leaves behind when a person settles it: quantities that did not happen are taken back."""

from django.db.models import F
from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.orders import shipping, state
from channel_manager.orders.models import Cancellation, CommerceItem, Hold, PurchaseOrder, Shipment
from channel_manager.orders.operations.cancellations import CancelOnMarketplace
from channel_manager.orders.operations.commerce_shipments import CreateCommerceShipment
from channel_manager.orders.operations.shipment_reports import ReportShipment
from channel_manager.sync.models import SyncOperation


def settle(operation: SyncOperation, order: PurchaseOrder) -> None:
    """The order is locked. Other kinds leave nothing behind."""
    if operation.kind == CreateCommerceShipment.name:
        _withdraw_shipment(order, operation.payload["shipment"])
    elif operation.kind == ReportShipment.name:
        _told_by_hand(order, operation.payload["shipment"])
    elif operation.kind == CancelOnMarketplace.name:
        _withdraw_cancellation(order, operation.payload["cancellation"])


def _withdraw_shipment(order: PurchaseOrder, shipment_id: int) -> None:
    """It was never made in Commerce: its units are open again."""
    shipment = order.shipments.filter(pk=shipment_id, commerce_shipment_id__isnull=True).first()
    if shipment is None or shipment.origin == Actor.MARKETPLACE:
        return
    for row in shipment.lines.all():
        sent = row.quantity if shipment.is_sent else 0
        state.add_units(row.line_id, recorded_shipped=-row.quantity, sent_shipped=-sent)
    shipment.delete()
    shipping.send_what_fits(order)


def _told_by_hand(order: PurchaseOrder, shipment_id: int) -> None:
    """The goods left, and the person says that the marketplace knows or need not know."""
    Shipment.objects.filter(order=order, pk=shipment_id).update(reported_at=timezone.now(), hold=Hold.NONE)


def _withdraw_cancellation(order: PurchaseOrder, cancellation_id: int) -> None:
    """The marketplace did not cancel. What Commerce cancelled stays cancelled there and is written off."""
    cancellation = Cancellation.objects.get(order=order, pk=cancellation_id)
    for row in cancellation.lines.select_related("line"):
        sent = row.quantity if cancellation.is_sent else 0
        state.add_units(row.line_id, recorded_cancelled=-row.quantity, sent_cancelled=-sent)
        if cancellation.origin == Actor.COMMERCE and row.line.item_id:
            CommerceItem.objects.filter(pk=row.line.item_id).update(written_off=F("written_off") + row.quantity)
    cancellation.delete()
    shipping.send_what_fits(order)
