"""Every kind of operation, by name."""

from channel_manager.catalog.operations.feeds import SubmitPriceFeed, SubmitStockFeed
from channel_manager.catalog.operations.single import SendPrice, SendStock
from channel_manager.orders.operations.acknowledgement import Acknowledge
from channel_manager.orders.operations.cancellations import CancelOnMarketplace, MirrorCancellation
from channel_manager.orders.operations.commerce_shipments import AddCommerceTrack, CreateCommerceShipment
from channel_manager.orders.operations.creation import CreateCommerceOrder
from channel_manager.orders.operations.edits import FollowEdit
from channel_manager.orders.operations.shipment_reports import CorrectTracking, ReportShipment
from channel_manager.returns.operations.credit_memos import CreateCreditMemo
from channel_manager.returns.operations.order_refunds import RefundOrder
from channel_manager.returns.operations.return_refunds import RefundReturn
from channel_manager.sync.kinds import OperationKind

KINDS: dict[str, OperationKind] = {
    kind.name: kind
    for kind in (
        CreateCommerceOrder(),
        Acknowledge(),
        CreateCommerceShipment(),
        AddCommerceTrack(),
        ReportShipment(),
        CorrectTracking(),
        CancelOnMarketplace(),
        MirrorCancellation(),
        FollowEdit(),
        CreateCreditMemo(),
        RefundReturn(),
        RefundOrder(),
        SendStock(),
        SendPrice(),
        SubmitStockFeed(),
        SubmitPriceFeed(),
    )
}

BEHIND = (SubmitStockFeed.family, SendPrice.family, SubmitPriceFeed.family)
"""Endpoint families that wait for each other, never before an order or the stock of one SKU."""
