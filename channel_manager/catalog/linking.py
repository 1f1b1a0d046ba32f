"""Which listings have levels: those that are matched. Their stock is measured as soon as they are."""

from collections.abc import Collection

from channel_manager.catalog.models import CatalogRules
from channel_manager.stores.models import Store
from channel_manager.sync import levels, sql

# Listings whose levels are not as they should be: most pages that are read show nothing new.
ASTRAY = """
    SELECT sku, paused, status = 'matched' AS matched
    FROM catalog_listing listing
    WHERE store_id = %s AND sku = ANY(%s)
      AND (SELECT count(*) FROM sync_level level
           WHERE level.store_id = listing.store_id AND level.kind IN ('stock', 'price') AND level.key = sku)
          <> CASE status WHEN 'matched' THEN 2 ELSE 0 END
"""
# One statement: who pauses a listing or stops a kind makes its levels inactive in the same transaction.
REVIVE = """
    UPDATE sync_level SET active = true
    WHERE id IN (
        SELECT level.id FROM sync_level level
        JOIN catalog_listing listing ON listing.store_id = level.store_id AND listing.sku = level.key
        JOIN catalog_rules rules ON rules.store_id = level.store_id
        WHERE level.store_id = %(store)s AND level.kind = %(kind)s AND level.key = ANY(%(skus)s) AND NOT level.active
          AND listing.status = 'matched' AND NOT listing.paused
          AND CASE %(kind)s WHEN 'stock' THEN rules.stock_confirmed_at ELSE rules.price_confirmed_at END IS NOT NULL
        ORDER BY level.key COLLATE "C" FOR UPDATE OF level)
"""


def rules_of(store: Store) -> CatalogRules:
    """The store's rules; the cautious ones where nobody has set any."""
    found: CatalogRules = CatalogRules.objects.get_or_create(store=store)[0]
    return found


def follow(store: Store, skus: Collection[str]) -> None:
    """Begin or end keeping levels, as the listings of these SKUs are now. In a transaction."""
    astray = sql.rows(ASTRAY, [store.pk, list(skus)]) if skus else []
    levels.forget(store.pk, [row["sku"] for row in astray if not row["matched"]])
    matched = [(row["sku"], row["paused"]) for row in astray if row["matched"]]
    if not matched:
        return
    rules = rules_of(store)
    for kind, confirmed in ((levels.STOCK, rules.stock_confirmed_at), (levels.PRICE, rules.price_confirmed_at)):
        levels.create(store.pk, kind, [sku for sku, paused in matched if paused], active=False)
        levels.create(store.pk, kind, [sku for sku, paused in matched if not paused], active=bool(confirmed))
    levels.measure_new(store.pk)


def revive(store_id: int, skus: Collection[str]) -> None:
    """Levels of what is matched, not paused and confirmed are sent: one that was created just while the owner confirmed
    may not know it yet.
    """
    for kind in (levels.STOCK, levels.PRICE):
        sql.execute(REVIVE, {"store": store_id, "kind": kind, "skus": list(skus)})
