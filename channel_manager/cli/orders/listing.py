"""`channel-manager orders list`."""

import json
from typing import Any

from django.utils import timezone

from channel_manager.cli.endings import Code, Stop
from channel_manager.cli.people import named_store
from channel_manager.cli.terminal import say, show
from channel_manager.orders import queries
from channel_manager.orders.models import PurchaseOrder, Status
from channel_manager.orders.queries import ListedOrder
from channel_manager.shared.sentences import Sentence
from channel_manager.stores.models import Store

HEADS = (
    "Store",
    "Walmart Order #",
    "Commerce Order #",
    "Items",
    ">Order value",
    "Ordered",
    "Ship by",
    "Status",
    "Details",
)


def list_newest(*, store: str, status: str, search: str, limit: int, as_json: bool) -> None:
    """Raises Stop for an unknown store or status."""
    now = timezone.now()
    if status and status not in queries.cards(now):
        raise Stop(f"There is no status “{status}”: choose one of {', '.join(queries.cards(now))}.", Code.USAGE)
    wanted = queries.Wanted(card=status, search=search.strip())
    found = [
        (one.name, order)
        for one in chosen_stores(store)
        for order in queries.orders_page(one.pk, wanted, now, size=limit).orders
    ]
    found.sort(key=lambda pair: pair[1].ordered_at, reverse=True)
    rows = [_row(name, order) for name, order in found[:limit]]
    if as_json:
        say(json.dumps(rows, indent=2))
    elif rows:
        show([list(row.values()) for row in rows], *HEADS)
    else:
        say("No orders.")


def chosen_stores(name: str) -> list[Store]:
    return [named_store(name)] if name else list(Store.objects.order_by("name"))


def status_word(order: PurchaseOrder | ListedOrder) -> str:
    return "Error" if order.has_error else str(Status(order.status).label)


def details(order: PurchaseOrder | ListedOrder) -> str:
    return " ".join(str(Sentence.from_json(detail)) for detail in order.details)


def _row(store: str, order: ListedOrder) -> dict[str, Any]:
    return {
        "store": store,
        "number": order.number,
        "commerce_number": order.commerce_number,
        "items": ", ".join(f"{sku} × {quantity}" for sku, quantity in order.lines),
        "value": f"{order.total} {order.currency}",
        "ordered_at": f"{order.ordered_at:%Y-%m-%d %H:%M} UTC",
        "ship_by": f"{order.ship_by:%Y-%m-%d %H:%M} UTC" if order.ship_by else "",
        "status": status_word(order),
        "details": details(order),
    }
