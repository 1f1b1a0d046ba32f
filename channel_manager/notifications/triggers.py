"""What is read when a platform tells of something. A stream that does not exist is passed over."""

from collections.abc import Mapping
from datetime import timedelta

from channel_manager.ports.notifications import Topic

CHANGES = ("changes_seller", "changes_partner", "changes_wfs")

STREAMS: Mapping[Topic, tuple[str, ...]] = {
    Topic.ORDER_RELEASED: ("released", "changes_partner", "changes_wfs"),
    Topic.ORDER_CHANGED: CHANGES,
    Topic.BUYER_ASKED_TO_CANCEL: ("buyer_requests", *CHANGES),
    Topic.RETURN_OPENED: ("returns",),
    Topic.RETURN_CHANGED: ("returns",),
}

COMMERCE = ("commerce_orders", "commerce_shipments", "commerce_memos", "products")
COMMERCE_LATER = ("commerce_watch",)
"""A shipment's event may come before its tracks are saved (commerce-api §10.1)."""
LATER = timedelta(seconds=15)
