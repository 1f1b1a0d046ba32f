"""The list of orders as a table for a spreadsheet, page by page: as long as it may be, it is never held in memory and
no transaction stays open while somebody downloads it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from channel_manager.orders.queries.listing import ListedOrder, Wanted, orders_after, orders_page
from channel_manager.shared import spreadsheets
from channel_manager.shared.sentences import Sentence

AT_ONCE = 1000
HEADS = (
    "Walmart order",
    "Commerce order",
    "Customer order",
    "Ordered (UTC)",
    "Ship by (UTC)",
    "Deliver by (UTC)",
    "Ship method",
    "Fulfilment",
    "Items",
    "Units",
    "Value",
    "Currency",
    "Status",
    "Error",
    "Details",
    "Last update (UTC)",
)


def orders_csv(store_id: int, wanted: Wanted, now: datetime, ids: Sequence[int] | None = None) -> Iterator[str]:
    """CSV: what the list shows on all its pages, or the orders with these ids of it."""
    if wanted.search:
        pages = iter([orders_page(store_id, wanted, now).orders])
    else:
        pages = orders_after(store_id, wanted, now, size=AT_ONCE, ids=ids)
    return spreadsheets.table(HEADS, (_cells(order) for page in pages for order in page))


def _cells(order: ListedOrder) -> tuple[object, ...]:
    return (
        order.number,
        order.commerce_number,
        order.customer_order_number,
        order.ordered_at,
        order.ship_by,
        order.deliver_by,
        order.ship_method,
        order.fulfilment,
        ", ".join(f"{sku} × {quantity}" for sku, quantity in order.lines),
        sum(quantity for _sku, quantity in order.lines),
        order.total,
        order.currency,
        order.status,
        "yes" if order.has_error else "",
        " ".join(str(Sentence.from_json(detail)) for detail in order.details),
        order.updated_at,
    )
