"""What pages take from the platforms: addresses of their own pages, and what they can do."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from channel_manager.catalog.models import Listing
from channel_manager.connectors import registry
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.documents import NewShipment
from channel_manager.ports.messages import Capabilities, Parcel
from channel_manager.stores.models import Store
from channel_manager.sync.models import SyncOperation


def capabilities(store: Store) -> Capabilities:
    return registry.capabilities(store.marketplace)


def carriers(store: Store) -> Sequence[str]:
    """The carriers that the store's marketplace knows by name."""
    return capabilities(store).carriers


def parcel_request(store: Store, parcel: Parcel) -> dict[str, Any]:
    """The body that the marketplace is sent for a parcel. Raises Rejected for one that would be refused."""
    return registry.PARCELS[store.marketplace](parcel)


def shipment_request(store: Store, shipment: NewShipment) -> dict[str, Any]:
    """The body that Commerce is sent for a shipment."""
    return registry.SHIPMENTS[store.commerce](shipment)


def shipment_page(order: PurchaseOrder, shipment_id: int, name: str) -> str:
    return reverse(name, args=(order.store_id, order.pk, shipment_id))


def operation_page(operation: SyncOperation) -> str:
    return reverse("operation", args=(operation.store_id, operation.pk))


def marketplace_order(order: PurchaseOrder) -> str:
    """Where the seller sees the order at the marketplace; empty where that is not known."""
    store = order.store
    return registry.ORDER_PAGES[store.marketplace](store.marketplace_url, order.number)


def commerce_order(order: PurchaseOrder) -> str:
    """The order's page in the Commerce Admin; empty when there is no order or the Admin's address is not set."""
    admin = order.store.commerce_admin_url.rstrip("/")
    if not admin.startswith(("https://", "http://")) or order.commerce_order_id is None:
        return ""
    return f"{admin}/sales/order/view/order_id/{order.commerce_order_id}"


def commerce_product(listing: Listing) -> str:
    """The product's page in the Commerce Admin; empty when there is no product or the Admin's address is not set."""
    admin = listing.store.commerce_admin_url.rstrip("/")
    if not admin.startswith(("https://", "http://")) or listing.product_id is None:
        return ""
    return f"{admin}/catalog/product/edit/id/{listing.product_id}"
