"""What sending would change: counted, a page at a time, and all of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channel_manager.sync import sql

PAGE = 50
CHUNK = 1000

CHANGES = {
    "higher": "wanted > sent",
    "lower": "wanted < sent",
    "unknown": "wanted IS NOT NULL AND sent IS NULL",
    "asks": "held IS NOT NULL",
    "same": "wanted = sent",
    "": "dirty_since IS NOT NULL",
}
"""What would become of a listing, by the name of its card; without a name, everything that would be sent or asks."""

LEFT_ALONE = """
    EXISTS (SELECT 1 FROM catalog_listing listing
        WHERE listing.store_id = level.store_id AND listing.sku = level.key AND listing.paused)
"""
ROWS = """
    SELECT listing.id AS listing, listing.sku, coalesce(nullif(listing.name, ''), listing.title) AS name,
        level.sent AS shown, level.wanted, level.held, listing.salable, listing.open_units, listing.reserved
    FROM sync_level level JOIN catalog_listing listing ON listing.store_id = level.store_id AND listing.sku = level.key
    WHERE level.store_id = %(store)s AND level.kind = %(kind)s AND NOT listing.paused AND {change} AND {bound}
    ORDER BY level.key {order} LIMIT %(most)s
"""
COUNTED = f"""
    SELECT count(*) AS listings,
        count(*) FILTER (WHERE measured_at IS NULL) AS unmeasured,
        count(*) FILTER (WHERE measured_at IS NOT NULL AND wanted IS NULL) AS without,
        count(*) FILTER (WHERE {CHANGES["unknown"]}) AS unknown,
        count(*) FILTER (WHERE {CHANGES["same"]}) AS same,
        count(*) FILTER (WHERE {CHANGES["higher"]}) AS higher,
        count(*) FILTER (WHERE {CHANGES["lower"]}) AS lower,
        count(*) FILTER (WHERE {CHANGES["asks"]}) AS asks
    FROM sync_level level
    WHERE store_id = %s AND kind = %s AND NOT {LEFT_ALONE}
"""  # noqa: S608 - composed of constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would be sent of a listing: `shown` is what the marketplace has now, None when that is not known yet."""

    listing: int
    sku: str
    name: str
    shown: Decimal | None
    wanted: Decimal | None
    held: dict[str, Any] | None
    salable: int | None
    open_units: int
    reserved: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPage:
    """`following` and `preceding` are the SKUs to go on from; empty at the ends."""

    changes: list[Change]
    following: str = ""
    preceding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many listings would change and how. `unmeasured` are not measured yet, of those `without` Commerce has
    nothing to send, of the `unknown` the marketplace's figure is not read yet. Those that ask are counted twice.
    """

    listings: int
    unmeasured: int
    without: int
    unknown: int
    same: int
    higher: int
    lower: int
    asks: int

    @property
    def complete(self) -> bool:
        return not self.unmeasured


def comparison(store_id: int, kind: str) -> Comparison:
    """Without listings that are left alone."""
    return Comparison(**sql.rows(COUNTED, [store_id, kind])[0])


def changes_page(
    store_id: int, kind: str, change: str = "", *, after: str = "", before: str = "", size: int = PAGE
) -> ChangesPage:
    """By SKU; `change` is a name of CHANGES."""
    if before:
        earlier = _changes(store_id, kind, change, before=before, most=size + 1)
        if len(earlier) > size:
            shown = earlier[size - 1 :: -1]
            return ChangesPage(changes=shown, following=shown[-1].sku, preceding=shown[0].sku)
        after = ""
    later = _changes(store_id, kind, change, after=after, most=size + 1)
    more, shown = len(later) > size, later[:size]
    return ChangesPage(
        changes=shown,
        following=shown[-1].sku if more else "",
        preceding=shown[0].sku if after and shown else "",
    )


def all_changes(store_id: int, kind: str, change: str = "", *, chunk: int = CHUNK) -> Iterator[Change]:
    """Every change, a part at a time."""
    after = ""
    while part := _changes(store_id, kind, change, after=after, most=chunk):
        yield from part
        after = part[-1].sku


def _changes(store_id: int, kind: str, change: str, *, most: int, after: str = "", before: str = "") -> list[Change]:
    """Backwards from `before`, where it is given."""
    bound, order = ("level.key < %(place)s", "DESC") if before else ("level.key > %(place)s", "")
    statement = ROWS.format(change=CHANGES[change], bound=bound, order=order)
    rows = sql.rows(statement, {"store": store_id, "kind": kind, "place": before or after, "most": most})
    return [Change(**{**row, "held": sql.decoded(row["held"])}) for row in rows]
