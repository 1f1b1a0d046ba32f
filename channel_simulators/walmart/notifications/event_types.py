"""What can be subscribed to (walmart-api §6.2), and a sample of each for `POST /v3/webhooks/test`."""

from typing import Any

from channel_simulators.walmart.notifications.state import NotificationOptions

JSON = dict[str, Any]
VERSION = "V1"
RETURNS = "RETURNS"
EVENT_TYPES = {
    "PO_CREATED": ("ORDER", "Notification for new purchase order created"),
    "PO_LINE_AUTOCANCELLED": ("ORDER", "Notification for purchase order line auto-cancelled"),
    "INTENT_TO_CANCEL": ("ORDER", "Notification for customer request to cancel a purchase order line"),
    "ORDER_UPDATES": ("ORDER", "Notification for updates of a purchase order"),
    "DRIVER_STATUS": ("ORDER", "Notification for driver status of local deliveries"),
    "RETURN_CREATED": (RETURNS, "Notification for new return created"),
    "RETURN_DELIVERED": (RETURNS, "Notification for return delivered"),
    "RETURN_INVOICED": (RETURNS, "Notification for return invoiced"),
    "OFFER_PUBLISHED": ("ITEM", "Notification for published offers"),
    "OFFER_UNPUBLISHED": ("ITEM", "Notification for unpublished offers"),
    "BUY_BOX_CHANGED": ("PRICE", "Notification for change in buy box"),
    "INVENTORY_OOS": ("INVENTORY", "Notification for inventory out of stock"),
    "REPORT_STATUS": ("REPORTS", "Notification for report status"),
    "SELLER_PERFORMANCE_ALARMS": ("ITEMS", "Notification for seller performance alarms"),
    "SELLER_PERFORMANCE_REPORT": ("ITEMS", "Notification for seller performance report"),
    "SELLER_PERFORMANCE_NOTIFICATIONS": ("FEEDS", "Notification for seller performance"),
}
"""By event type: resource and description."""


def resource(event_type: str, options: NotificationOptions) -> str | None:
    """The name of today; None for an unknown event type."""
    name = EVENT_TYPES.get(event_type, (None, ""))[0]
    return options.returns_resource if name == RETURNS else name


def listed(options: NotificationOptions) -> list[JSON]:
    return [
        {
            "resourceName": resource(event_type, options),
            "eventType": event_type,
            "eventVersion": VERSION,
            "description": description,
        }
        for event_type, (_, description) in EVENT_TYPES.items()
    ]


def sample(event_type: str, partner_id: str) -> JSON:
    """A payload with invented numbers, for testing an address."""
    name = EVENT_TYPES[event_type][0]
    if name == "ORDER":
        return {"partnerId": partner_id, "purchaseOrderId": "2802123876439", "customerOrderId": "4822046869501"}
    if name == RETURNS:
        row = {
            "returnOrderId": "103738048909818825",
            "purchaseOrderId": "2802123876439",
            "productName": "Sample product",
        }
        return {"partnerId": partner_id, "returnOrders": [row]}
    return {"partnerId": partner_id, "sku": "SKU-1"}
