"""The rows of the Orders page, each cell written once: what a template is slow at is done here."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from channel_manager.orders.models import UNFINISHED, Status
from channel_manager.orders.queries import ListedOrder
from channel_manager.web import formats
from channel_manager.web.formats import Deadline
from channel_manager.web.moments import Moments

COLUMNS: Mapping[str, Any] = {
    "commerce_order": gettext_lazy("Commerce Order #"),
    "items": gettext_lazy("Items"),
    "value": gettext_lazy("Order value"),
    "ordered": gettext_lazy("Ordered"),
    "ship_by": gettext_lazy("Ship by"),
    "deliver_by": gettext_lazy("Deliver by"),
    "ship_method": gettext_lazy("Ship method"),
    "updated": gettext_lazy("Last update"),
}
"""Those that may be left out, in the page's order."""
ITEMS = 2
"""Lines that are named; the others are counted."""
ITEM = '<span class="item"><span class="sku">%s</span> × %s</span>'


@dataclass(slots=True, kw_only=True)
class Row:
    """Every text is escaped already: a template writes them as they are. `version` changes with anything that the row
    shows but the clock. `more` counts lines that are not named, `others` details.
    """

    id: int
    version: str
    address: str
    number: str
    wfs: bool
    ships: bool
    commerce_number: str
    items: str
    more: str
    value: str
    ordered: str
    ship_by: str
    left: Deadline | None
    deliver_by: str
    ship_method: str
    updated: str
    dot: str
    state: str
    status: str
    details: str
    others: str
    return_address: str


def heads() -> dict[str, str]:
    """In the reader's language."""
    return {name: str(head) for name, head in COLUMNS.items()}


def order_rows(orders: Sequence[ListedOrder], returns: Mapping[int, int], store_id: int, now: datetime) -> list[Row]:
    """`returns`: the open return of an order, by the order's id."""
    moments = Moments(now)
    page = reverse("orders", args=[store_id])
    states = {str(status.value): escape(str(status.label)) for status in Status} | {"error": escape(gettext("Error"))}
    return [_row(order, returns.get(order.id), page, states, moments) for order in orders]


def version(facts: Iterable[object]) -> str:
    """Of what is shown."""
    return f"{zlib.crc32(repr(tuple(facts)).encode()):x}"


def _row(order: ListedOrder, open_return: int | None, page: str, states: Mapping[str, str], moments: Moments) -> Row:
    state, wrong, details = states[order.status], order.has_error, order.details
    unfinished = order.ship_by if order.status in UNFINISHED else None
    return Row(
        id=order.id,
        version=version((order.updated_at, state, wrong, order.commerce_number, details, open_return)),
        address=f"{page}/{order.id}",
        number=escape(order.number),
        wfs=order.read_only,
        ships=order.status in UNFINISHED and not order.read_only,
        commerce_number=escape(order.commerce_number) or "–",
        items="".join([ITEM % (escape(sku), quantity) for sku, quantity in order.lines[:ITEMS]]),
        more=_more_lines(len(order.lines) - ITEMS) if len(order.lines) > ITEMS else "",
        value=price(order.total, order.currency, moments.language),
        ordered=moments.written(order.ordered_at),
        ship_by=moments.written(order.ship_by),
        left=moments.left(unfinished) if unfinished else None,
        deliver_by=moments.written(order.deliver_by),
        ship_method=escape(order.ship_method) or "–",
        updated=moments.written(order.updated_at),
        dot="error" if wrong else order.status,
        state=states["error"] if wrong else state,
        status=state if wrong else "",
        details=escape(formats.words(details[0])) if details else "",
        others=_more_details(len(details) - 1) if len(details) > 1 else "",
        return_address=f"{page.removesuffix('orders')}returns/{open_return}" if open_return else "",
    )


@lru_cache(maxsize=20_000)
def price(amount: Decimal, currency: str, _language: str | None) -> str:
    return escape(formats.money(amount, currency))


def _more_lines(count: int) -> str:
    return escape(ngettext("and %(num)s more line", "and %(num)s more lines", count) % {"num": count})


def _more_details(count: int) -> str:
    return escape(gettext("+%(count)s more") % {"count": count})
