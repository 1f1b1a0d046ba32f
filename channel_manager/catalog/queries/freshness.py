"""How old the page's figures are at most: when each side was last read wholly."""

from dataclasses import dataclass
from datetime import datetime

from channel_manager.sync.models import StreamCursor

STREAMS = ("all_products", "all_stock", "items", "inventories")


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """When the last complete reading ended; None before the first."""

    products: datetime | None
    stock: datetime | None
    items: datetime | None
    inventories: datetime | None


def freshness(store_id: int) -> Freshness:
    found = StreamCursor.objects.filter(store=store_id, stream__in=STREAMS)
    read = dict(found.values_list("stream", "finished_at"))
    return Freshness(
        products=read.get("all_products"),
        stock=read.get("all_stock"),
        items=read.get("items"),
        inventories=read.get("inventories"),
    )
