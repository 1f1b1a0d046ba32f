"""Products of Commerce → listings. A product becomes a listing of its own SKU, or of those that were linked to it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from channel_manager.catalog import linking, pricing
from channel_manager.catalog.models import Listing, Status
from channel_manager.ports.catalog import Product, ShopSettings
from channel_manager.stores.models import Store
from channel_manager.sync import levels, pulls, sql

# A product that nobody connected is kept only where the marketplace has its SKU: the page can say what is missing.
# A SKU that was linked means the linked product only; a product that others are linked to keeps its own SKU, too, where
# the marketplace has it.
RECEIVE = """
    WITH product AS (
        SELECT * FROM jsonb_to_recordset(%(products)s::jsonb) AS product (
            product_id bigint, commerce_sku text, name text, product_kind text, enabled boolean, connected boolean,
            base_price numeric, special_price numeric, special_from date, special_until date)),
    link AS (SELECT sku, lower(commerce_sku) AS means FROM stores_skulink WHERE store_id = %(store)s),
    found AS (
        SELECT product.*, link.sku FROM product JOIN link ON link.means = lower(product.commerce_sku)
        UNION ALL
        SELECT product.*, product.commerce_sku FROM product
        WHERE NOT EXISTS (SELECT 1 FROM link WHERE link.sku = product.commerce_sku)
          AND (NOT EXISTS (SELECT 1 FROM link WHERE link.means = lower(product.commerce_sku)) OR EXISTS (
              SELECT 1 FROM catalog_listing
              WHERE store_id = %(store)s AND sku = product.commerce_sku AND at_marketplace))),
    known AS (
        SELECT listing.sku FROM catalog_listing listing JOIN found ON found.sku = listing.sku
        WHERE listing.store_id = %(store)s
        ORDER BY listing.sku COLLATE "C" FOR UPDATE OF listing)
    INSERT INTO catalog_listing (
        store_id, sku, product_id, commerce_sku, name, product_kind, enabled, connected, base_price, special_price,
        special_from, special_until, product_seen_at)
    SELECT %(store)s, sku, product_id, commerce_sku, name, product_kind, enabled, connected, base_price, special_price,
        special_from, special_until, now()
    FROM found WHERE connected OR sku IN (SELECT sku FROM known)
    ORDER BY sku COLLATE "C"
    ON CONFLICT (store_id, sku) DO UPDATE SET
        product_id = excluded.product_id, commerce_sku = excluded.commerce_sku, name = excluded.name,
        product_kind = excluded.product_kind, enabled = excluded.enabled, connected = excluded.connected,
        base_price = excluded.base_price, special_price = excluded.special_price,
        special_from = excluded.special_from, special_until = excluded.special_until, product_seen_at = now()
    RETURNING sku, enabled <> (
        SELECT was.enabled FROM catalog_listing was
        WHERE was.store_id = %(store)s AND was.sku = catalog_listing.sku) AS turned
"""
MISSING = """
    SELECT sku, commerce_sku FROM catalog_listing
    WHERE store_id = %s AND product_id IS NOT NULL AND product_seen_at < %s AND sku > %s ORDER BY sku LIMIT %s
"""
# What Walmart still offers goes on being followed, as a product that is disabled: none can be sold.
GONE = """
    UPDATE catalog_listing
    SET enabled = false, connected = connected AND at_marketplace,
        product_id = CASE WHEN at_marketplace THEN product_id END
    WHERE store_id = %s AND sku = ANY(%s) AND (enabled OR NOT at_marketplace)
    RETURNING sku
"""
SHOP = """
    UPDATE catalog_rules SET currency = %s, time_zone = %s, has_sources = %s, attribute_missing = %s,
        shop_read_at = now()
    WHERE store_id = %s
"""


def receive(store: Store, products: Sequence[Product]) -> list[str]:
    """Write down what the shop says, link what is on both sides, and measure the prices; the SKUs that are to be
    sent.
    """
    if not products:
        return []
    every = not linking.rules_of(store).attribute
    known = _has_connected(store.pk)
    rows = sql.rows(RECEIVE, {"store": store.pk, "products": sql.json([_row(one, every=every) for one in products])})
    skus = [row["sku"] for row in rows]
    if not known and _has_connected(store.pk):
        # Afterwards: one that is being received may wait for the listings of this transaction.
        transaction.on_commit(partial(_request_all, store.pk), robust=True)
    linking.follow(store, skus)
    levels.doubt(store.pk, [row["sku"] for row in rows if row["turned"]])
    return pricing.measure(store, skus)


def receive_shop(store: Store, shop: ShopSettings, *, has_attribute: bool) -> None:
    """What the shop's numbers mean."""
    sql.execute(SHOP, [shop.currency, shop.time_zone, shop.has_sources, not has_attribute, store.pk])


def missing(store_id: int, *, since: datetime, after: str, most: int) -> list[tuple[str, str]]:
    """SKU here and in Commerce of products that a whole reading since that moment did not show."""
    return [(row["sku"], row["commerce_sku"]) for row in sql.rows(MISSING, [store_id, since, after, most])]


def gone(store: Store, skus: Sequence[str]) -> None:
    """These products are not in the shop any more, or not in its website: Walmart is to show none of them."""
    if skus:
        changed = [row["sku"] for row in sql.rows(GONE, [store.pk, list(skus)])]
        linking.follow(store, changed)
        levels.doubt(store.pk, changed)


def _has_connected(store_id: int) -> bool:
    return Listing.objects.filter(store=store_id, status__in=(Status.MATCHED, Status.DRAFT)).exists()


def _request_all(store_id: int) -> None:
    """With the first connected product the marketplace's items become of interest."""
    for stream in ("items", "inventories", "stocked_by_marketplace"):
        with transaction.atomic():
            pulls.request(store_id, stream)


def _row(product: Product, *, every: bool) -> dict[str, Any]:
    """`every`: no attribute decides, so that each product is connected."""
    return {
        "product_id": product.product_id,
        "commerce_sku": product.sku,
        "name": product.name[:255],
        "product_kind": product.kind[:32],
        "enabled": product.enabled,
        "connected": product.connected or every,
        "base_price": product.price,
        "special_price": product.special_price,
        "special_from": product.special_from,
        "special_until": product.special_until,
    }
