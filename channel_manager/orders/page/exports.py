"""The list of orders as a table for a spreadsheet, page by page: as long as it may be, it is never held in memory and
no transaction stays open while somebody downloads it.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from channel_manager.orders.queries.listing import ListedOrder, Wanted, orders_after, orders_page
from channel_manager.shared.sentences import Sentence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""
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
    """Lines of CSV, the heads first: what the list shows on all its pages, or the orders with these ids of it."""
    yield _line(HEADS)
    if wanted.search:
        for order in orders_page(store_id, wanted, now).orders:
            yield _line(_cells(order))
        return
    for page in orders_after(store_id, wanted, now, size=AT_ONCE, ids=ids):
        yield "".join([_line(_cells(order)) for order in page])


def safe(cell: object) -> str:
    """A text that begins like a formula is only a text."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(FORMULA) else text


def _line(cells: Iterable[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([safe(cell) for cell in cells])
    return buffer.getvalue()


def _cells(order: ListedOrder) -> tuple[object, ...]:
    return (
        order.number,
        order.commerce_number,
        order.customer_order_number,
        _time(order.ordered_at),
        _time(order.ship_by),
        _time(order.deliver_by),
        order.ship_method,
        order.fulfilment,
        ", ".join(f"{sku} × {quantity}" for sku, quantity in order.lines),
        sum(quantity for _sku, quantity in order.lines),
        order.total,
        order.currency,
        order.status,
        "yes" if order.has_error else "",
        " ".join(str(Sentence.from_json(detail)) for detail in order.details),
        _time(order.updated_at),
    )


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""
