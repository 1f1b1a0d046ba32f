"""What orders say of stock: units that the marketplace holds back for them, and SKUs that had none."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from channel_manager.sync import sql

OPEN = """
    SELECT line.sku,
        sum(line.quantity - line.reported_shipped - line.reported_cancelled) AS held,
        coalesce(sum(greatest(line.quantity - line.reported_shipped
            - greatest(line.reported_cancelled, line.recorded_cancelled), 0))
            FILTER (WHERE parent.commerce_order_id IS NOT NULL), 0) AS imported
    FROM orders_orderline line JOIN orders_purchaseorder parent ON parent.id = line.order_id
    WHERE parent.store_id = %(store)s AND line.sku = ANY(%(skus)s)
      AND line.quantity > line.reported_shipped + line.reported_cancelled
      AND parent.fulfilment <> 'marketplace'
    GROUP BY line.sku
"""
OUT_OF_STOCK = """
    SELECT line.sku, max(cancellation.reported_at) AS at
    FROM orders_cancellation cancellation
    JOIN orders_cancellationline cancelled ON cancelled.cancellation_id = cancellation.id
    JOIN orders_orderline line ON line.id = cancelled.line_id
    JOIN orders_purchaseorder parent ON parent.id = line.order_id
    WHERE parent.store_id = %(store)s AND line.sku = ANY(%(skus)s)
      AND cancellation.reason = 'stock' AND cancellation.reported_at > %(since)s
    GROUP BY line.sku
"""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Units of one SKU: `held` back by the marketplace for all orders, and those of them that a Commerce order has
    taken off Commerce's stock. What was canceled here counts no more, although the marketplace may not know it yet.
    """

    held: int = 0
    imported: int = 0


def open_units(store_id: int, skus: Collection[str]) -> dict[str, Reserved]:
    """By SKU at the marketplace; SKUs without open units are absent. Orders that it fulfils itself do not count."""
    found = sql.rows(OPEN, {"store": store_id, "skus": list(skus)})
    return {row["sku"]: Reserved(int(row["held"]), int(row["imported"])) for row in found}


def out_of_stock(store_id: int, skus: Collection[str], *, since: datetime) -> dict[str, datetime]:
    """When the marketplace was last told, after `since`, that units of a SKU are canceled because there are none."""
    found = sql.rows(OUT_OF_STOCK, {"store": store_id, "skus": list(skus), "since": since})
    return {row["sku"]: row["at"] for row in found}
