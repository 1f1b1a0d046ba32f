"""Items of the marketplace, and its own figures of their stock, → listings."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from channel_manager.catalog import linking, pricing
from channel_manager.orders.reserved import Reserved, open_units
from channel_manager.ports.catalog import Inventory, Item
from channel_manager.stores.models import Store
from channel_manager.sync import levels, sql

PRICE_SETTLES = timedelta(hours=24)
"""A new price shows within minutes to an hour, of a new item after a day (walmart-api §4.3)."""
STOCK_SETTLES = timedelta(minutes=15)

ITEMS = """
    INSERT INTO catalog_listing (
        store_id, sku, at_marketplace, item_id, title, published, reasons, item_price, item_currency, item_seen_at)
    SELECT %(store)s, sku, published <> 'ended', item_id, title, published, reasons, item_price, item_currency, now()
    FROM jsonb_to_recordset(%(items)s::jsonb) AS item (
        sku text, item_id text, title text, published text, reasons jsonb, item_price numeric, item_currency text)
    ORDER BY sku COLLATE "C"
    ON CONFLICT (store_id, sku) DO UPDATE SET
        at_marketplace = excluded.at_marketplace, item_id = excluded.item_id, title = excluded.title,
        published = excluded.published, reasons = excluded.reasons, item_price = excluded.item_price,
        item_currency = excluded.item_currency, item_seen_at = now()
    RETURNING sku, status
"""
# An item that has ended keeps its inventory record: it does not come back to life by it.
INVENTORIES = """
    INSERT INTO catalog_listing (
        store_id, sku, at_marketplace, stated, reserved, available, inventory_seen_at, disagreements)
    SELECT %(store)s, sku, true, stated, reserved, available, now(), CASE WHEN reserved = expected THEN 0 ELSE 1 END
    FROM jsonb_to_recordset(%(inventories)s::jsonb) AS inventory (
        sku text, stated int, reserved int, available int, expected int)
    ORDER BY sku COLLATE "C"
    ON CONFLICT (store_id, sku) DO UPDATE SET
        at_marketplace = catalog_listing.published <> 'ended',
        stated = excluded.stated, reserved = excluded.reserved, available = excluded.available,
        inventory_seen_at = now(),
        disagreements = CASE WHEN excluded.disagreements = 0 THEN 0 ELSE catalog_listing.disagreements + 1 END
    RETURNING sku
"""
UNSEEN = """
    UPDATE catalog_listing SET at_marketplace = false
    WHERE store_id = %(store)s AND at_marketplace AND greatest(item_seen_at, inventory_seen_at) < %(since)s
    RETURNING sku
"""
# Also those whose item was not read yet: it must not count as matched until it is known to be stocked there.
STOCKED = """
    WITH unread AS (
        INSERT INTO catalog_listing (store_id, sku, at_marketplace, marketplace_stocked, inventory_seen_at)
        SELECT %(store)s, sku, true, true, now() FROM unnest(%(skus)s::text[]) AS asked (sku)
        WHERE sku <> '' AND length(sku) <= 64 ORDER BY sku COLLATE "C"
        ON CONFLICT (store_id, sku) DO NOTHING)
    UPDATE catalog_listing SET marketplace_stocked = sku = ANY(%(skus)s)
    WHERE store_id = %(store)s AND marketplace_stocked <> (sku = ANY(%(skus)s))
    RETURNING sku
"""
COMPARED = """
    UPDATE catalog_rules SET compared_at = now(), compared = counted.compared, disagreeing = counted.disagreeing
    FROM (
        SELECT count(*) AS compared, count(*) FILTER (WHERE disagreements > 0) AS disagreeing
        FROM catalog_listing WHERE store_id = %(store)s AND inventory_seen_at >= %(since)s
    ) AS counted
    WHERE store_id = %(store)s
"""


def receive(store: Store, items: Sequence[Item]) -> list[str]:
    """Write down what the marketplace shows, and link what is on both sides; the SKUs that are to be sent."""
    if not items:
        return []
    rows = sql.rows(ITEMS, {"store": store.pk, "items": sql.json([_row(item) for item in _once(items)])})
    skus = [row["sku"] for row in rows]
    linking.follow(store, skus)
    prices = {item.sku: item.price for item in items if item.price is not None}
    news = levels.seen(store.pk, levels.PRICE, prices, settled=PRICE_SETTLES)
    return news + pricing.measure(store, skus)


def receive_inventories(store: Store, inventories: Sequence[Inventory]) -> list[str]:
    """Compare what the marketplace holds back with our own orders; what it states counts as what was sent. The SKUs
    where that was news.
    """
    if not inventories:
        return []
    expected = open_units(store.pk, [one.sku for one in inventories])
    rows = [
        {
            "sku": one.sku,
            "stated": one.stated,
            "reserved": one.reserved,
            "available": one.available,
            "expected": expected.get(one.sku, Reserved()).held,
        }
        for one in {one.sku: one for one in inventories}.values()
    ]
    found = sql.rows(INVENTORIES, {"store": store.pk, "inventories": sql.json(rows)})
    linking.follow(store, [row["sku"] for row in found])
    stated = {one.sku: Decimal(one.stated) for one in inventories}
    return levels.seen(store.pk, levels.STOCK, stated, settled=STOCK_SETTLES)


def whole(store: Store, *, since: datetime) -> None:
    """Everything was read since that moment: what did not show is not there any more."""
    rows = sql.rows(UNSEEN, {"store": store.pk, "since": since})
    linking.follow(store, [row["sku"] for row in rows])


def compared(store_id: int, *, since: datetime) -> None:
    """All reservations were compared since that moment: keep how many agree."""
    sql.execute(COMPARED, {"store": store_id, "since": since})


def receive_stocked(store: Store, skus: Collection[str]) -> None:
    """These and no other SKUs are stocked by the marketplace itself: they are left alone."""
    rows = sql.rows(STOCKED, {"store": store.pk, "skus": list(skus)})
    linking.follow(store, [row["sku"] for row in rows])


def _once(items: Sequence[Item]) -> list[Item]:
    """A page may show an item twice while it moves; the later one counts."""
    return list({item.sku: item for item in items}.values())


def _row(item: Item) -> dict[str, Any]:
    return {
        "sku": item.sku,
        "item_id": item.product_id,
        "title": item.title[:500],
        "published": item.published,
        "reasons": list(item.reasons),
        "item_price": item.price,
        "item_currency": item.currency,
    }
