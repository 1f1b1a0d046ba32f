"""The cards of the Listings page: what each one counts and filters by."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from channel_manager.catalog.models import Listing, Status
from channel_manager.sync import sql
from channel_manager.sync.models import Level

MOST = 10_000
"""What cards count of levels stops here: a store may have as many on their way."""

BY_STATUS = "SELECT status, count(*) AS count FROM catalog_listing WHERE store_id = %s GROUP BY status"
OF_LEVELS = """
    SELECT
        (SELECT count(*) FROM (SELECT DISTINCT key FROM sync_level
            WHERE store_id = %(store)s AND error IS NOT NULL LIMIT %(most)s) AS found) AS errors,
        (SELECT count(*) FROM (SELECT DISTINCT key FROM sync_level
            WHERE store_id = %(store)s AND held IS NOT NULL LIMIT %(most)s) AS found) AS asks,
        (SELECT count(*) FROM (SELECT DISTINCT key FROM sync_level
            WHERE store_id = %(store)s AND carrier <> '' LIMIT %(most)s) AS found) AS processing
"""
WAITING = """
    SELECT store_id, count(DISTINCT key) FILTER (WHERE error IS NOT NULL) AS errors,
        count(DISTINCT key) FILTER (WHERE held IS NOT NULL) AS asks
    FROM (
        SELECT level.* FROM unnest(%(stores)s::bigint[]) AS one (store)
        CROSS JOIN LATERAL (
            SELECT store_id, key, error, held FROM sync_level
            WHERE store_id = one.store AND (error IS NOT NULL OR held IS NOT NULL) LIMIT %(most)s) AS level) AS found
    GROUP BY store_id
"""


def cards() -> dict[str, Q]:
    of_listing = Level.objects.filter(store=OuterRef("store"), key=OuterRef("sku"))
    return {
        "matched": Q(status=Status.MATCHED),
        "draft": Q(status=Status.DRAFT),
        "processing": Q(Exists(of_listing.exclude(carrier=""))),
        "errors": Q(Exists(of_listing.filter(error__isnull=False))),
        "asks": Q(Exists(of_listing.filter(held__isnull=False))),
        "disagrees": Q(disagreements__gte=2),
        "unlinked": Q(status=Status.UNLINKED),
        "wfs": Q(status=Status.WFS),
    }


def card_counts(store_id: int) -> dict[str, int]:
    """Listings by card, in three statements."""
    by_status = {row["status"]: row["count"] for row in sql.rows(BY_STATUS, [store_id])}
    of_levels = sql.rows(OF_LEVELS, {"store": store_id, "most": MOST})[0]
    disagreeing = Listing.objects.filter(store=store_id, disagreements__gte=2).count()
    counted = {card: by_status.get(card, 0) for card in ("matched", "draft", "unlinked", "wfs")}
    return {**counted, **of_levels, "disagrees": disagreeing}


def waiting(store_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """By store: listings with errors, and those that ask a person. One query."""
    found = {row.pop("store_id"): row for row in sql.rows(WAITING, {"stores": list(store_ids), "most": MOST})}
    return {store_id: found.get(store_id, {"errors": 0, "asks": 0}) for store_id in store_ids}
