"""Stock of every listing at rest: Walmart's figure, what Commerce can sell, what orders hold back, and our record."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channel_manager.sync import sql
from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.walmart.control_client import WalmartControl

Json = dict[str, Any]

MOST = 9999
"""Shown at most, by the store's rule."""
RECORD = """
    SELECT listing.sku, listing.status, listing.salable, listing.open_units, listing.disagreements,
        level.active, level.wanted::int, level.sent::int, level.carrier, level.dirty_since IS NOT NULL AS dirty,
        level.held IS NOT NULL AS held, level.error
    FROM catalog_listing listing
    LEFT JOIN sync_level level ON level.store_id = listing.store_id AND level.key = listing.sku AND level.kind = 'stock'
    WHERE listing.sku = ANY(%s)
"""
LEFT_OVER = """
    SELECT subject, kind, state, error ->> 'class' AS error FROM sync_operation
    WHERE (subject LIKE 'sku:%%' OR subject LIKE 'feed:%%') AND state IN ('waiting', 'sending', 'failed')
"""
FEEDS = """
    SELECT feed.id, feed.state, feed.lines, feed.refused,
        (SELECT array_agg(key) FROM catalog_feed_row odd WHERE odd.feed_id = feed.id AND outcome <> 'accepted') AS odd
    FROM catalog_feed feed WHERE feed.state <> 'finished' OR feed.refused > 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One product everywhere. `open_units`: ordered at Walmart, neither shipped nor canceled, and in Commerce. `left`:
    what the ledger says, None where nobody can know; `untold`: what it still waits for. `ours`: a row of `RECORD`.
    """

    sku: str
    stated: int | None
    salable: int
    enabled: bool
    open_units: int
    left: int | None
    untold: Sequence[str]
    ours: Json | None


def differences(shelf: Shelf) -> list[str]:
    """What is wrong with a listing once everything is told and what was held is confirmed; nothing, if both sides agree
    with the rule: what can be sold, at most so many, and what is held back for orders that Commerce has.
    """
    if shelf.ours is None or shelf.ours["status"] != "matched":
        return ["is no matched listing any more"]
    right = (min(max(shelf.salable, 0), MOST) if shelf.enabled else 0) + shelf.open_units
    found = []
    if shelf.stated != right:
        found.append(
            f"Walmart states {shelf.stated} instead of {right}: {shelf.salable} salable, {shelf.open_units} open"
        )
    if shelf.left is not None and shelf.left != shelf.salable:
        found.append(f"Commerce can sell {shelf.salable}, but {shelf.left} are left")
    found += [f"Walmart was never told what was {why}" for why in shelf.untold]
    return found + _record(shelf, shelf.ours)


def _record(shelf: Shelf, ours: Json) -> list[str]:
    found = []
    if not ours["active"]:
        found.append("does not follow any more")
    if (ours["wanted"], ours["sent"]) != (shelf.stated, shelf.stated):
        found.append(f"Walmart states {shelf.stated}, we want {ours['wanted']} and sent {ours['sent']}")
    if ours["dirty"] or ours["carrier"]:
        found.append(f"is still to be sent ({ours['carrier'] or 'by nobody'})")
    if ours["held"]:
        found.append("is held although somebody confirmed it")
    if ours["error"]:
        found.append(f"has an error: {ours['error'].get('class')}")
    if (ours["salable"], ours["open_units"]) != (shelf.salable, shelf.open_units):
        found.append(f"was measured as {ours['salable']} salable and {ours['open_units']} open")
    if ours["disagreements"] > 1:
        found.append("its reservations disagree")
    return found


def held(stated: Mapping[str, int]) -> dict[str, list[str]]:
    """Canceled as out of stock, and nothing came in since: Walmart is to show none."""
    return {sku: [f"is out of stock, and Walmart is told {units}"] for sku, units in stated.items() if units}


def left_over(operations: Sequence[Json], feeds: Sequence[Json]) -> dict[str, list[str]]:
    """Operations and feeds that have not come to a good end, by the SKU, or the feed."""
    found: dict[str, list[str]] = {}
    for one in operations:
        about = one["subject"].split(":", 2)[2] if one["subject"].startswith("sku:") else one["subject"]
        found.setdefault(about, []).append(f"{one['kind']} is {one['state']}: {one['error']}")
    for feed in feeds:
        words = f"is {feed['state']}, {feed['refused']} of {feed['lines']} rows refused: {feed['odd']}"
        found.setdefault(f"feed:{feed['id']}", []).append(words)
    return found


def look(
    skus: Sequence[str],
    walmart: WalmartControl,
    commerce: CommerceControl,
    *,
    left: Mapping[str, int],
    untold: Mapping[str, Sequence[str]],
) -> list[Shelf]:
    ours = {row["sku"]: row | {"error": sql.decoded(row["error"])} for row in sql.rows(RECORD, [list(skus)])}
    open_units = _open(walmart.orders(), {str(order.get("ext_order_id")) for order in commerce.orders()})
    shelves = []
    for sku in skus:
        product = commerce.product(sku)
        shelf = Shelf(
            sku=sku,
            stated=walmart.stock(sku)["input"],
            salable=int(product["salable"]),
            enabled=bool(product["enabled"]),
            open_units=open_units[sku],
            left=left.get(sku),
            untold=untold.get(sku, ()),
            ours=ours.get(sku),
        )
        shelves.append(shelf)
    return shelves


def _open(orders: Sequence[Json], in_commerce: set[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for order in orders:
        if order["purchase_order_id"] in in_commerce:
            for line in order["lines"]:
                found[line["sku"]] += line["created"] + line["acknowledged"]
    return found
