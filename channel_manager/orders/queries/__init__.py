"""What the pages on orders show: one function per screen, each with a fixed number of bounded queries."""

from channel_manager.orders.models import UNFINISHED
from channel_manager.orders.queries.counting import MOST, auto_cancel_at, card_counts, cards
from channel_manager.orders.queries.lines import LineRow, Totals, order_lines, version
from channel_manager.orders.queries.listing import (
    PAGE,
    ListedOrder,
    OrdersPage,
    Position,
    Wanted,
    latest_received,
    newer_orders,
    orders_page,
)
from channel_manager.orders.queries.naming import named_by, undecided
from channel_manager.orders.queries.preview import ShipmentPreview, shipment_preview
from channel_manager.orders.queries.screen import (
    OrderScreen,
    cancelled_with,
    order_screen,
    shipped_with,
)
from channel_manager.orders.queries.timeline import Entry, Part, Timeline, happened_since, latest_event, timeline

__all__ = [
    "MOST",
    "PAGE",
    "UNFINISHED",
    "Entry",
    "LineRow",
    "ListedOrder",
    "OrderScreen",
    "OrdersPage",
    "Part",
    "Position",
    "ShipmentPreview",
    "Timeline",
    "Totals",
    "Wanted",
    "auto_cancel_at",
    "cancelled_with",
    "card_counts",
    "cards",
    "happened_since",
    "latest_event",
    "latest_received",
    "named_by",
    "newer_orders",
    "order_lines",
    "order_screen",
    "orders_page",
    "shipment_preview",
    "shipped_with",
    "timeline",
    "undecided",
    "version",
]
