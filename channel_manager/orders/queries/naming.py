"""Orders by what names them, and how many a confirmation would decide."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from channel_manager.orders.models import UNFINISHED, PurchaseOrder, Treatment
from channel_manager.orders.queries.counting import MOST


def named_by(store_id: int, subjects: Iterable[str]) -> dict[str, PurchaseOrder]:
    """The orders that operations are about, by subject; only their numbers are read."""
    ids = {int(tail) for subject in subjects if (tail := subject.removeprefix("order:")).isdecimal()}
    found = PurchaseOrder.objects.filter(store=store_id, pk__in=ids).only("number", "store_id")
    return {order.subject: order for order in found}


def undecided(store_id: int, orders_from: datetime) -> Mapping[str, int]:
    """What confirming a store would decide: orders found so far, before and since the moment."""
    waiting = PurchaseOrder.objects.filter(store=store_id, treatment=Treatment.UNDECIDED)
    return {
        "before": waiting.filter(ordered_at__lt=orders_from, status__in=UNFINISHED)[:MOST].count(),
        "since": waiting.filter(ordered_at__gte=orders_from)[:MOST].count(),
    }
