"""What the Listings page lists: by SKU, in pages that stay where they are while listings come and go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from channel_manager.catalog.models import Listing
from channel_manager.catalog.queries.cards import cards
from channel_manager.catalog.queries.searching import matches
from channel_manager.sync import levels
from channel_manager.sync.models import Level

PAGE = 50
CHUNK = 1000
FACTS = (
    "sku",
    "commerce_sku",
    "name",
    "title",
    "status",
    "published",
    "reasons",
    "salable",
    "open_units",
    "measured_at",
    "stated",
    "reserved",
    "available",
    "inventory_seen_at",
    "base_price",
    "item_price",
    "paused",
)
LEVEL_FACTS = ("kind", "key", "wanted", "sent", "sent_at", "error", "held")
RULES = {
    "paused": Q(paused=True),
    "own": Q(buffer__isnull=False)
    | Q(minimum__isnull=False)
    | Q(cap__isnull=False)
    | Q(lowest_price__isnull=False)
    | Q(highest_price__isnull=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address of the Listings page asks for. `rules` is a name of RULES; `after` and `before` are the SKUs
    that the page begins behind or ends before.
    """

    card: str = ""
    search: str = ""
    published: str = ""
    rules: str = ""
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A listing with the levels that are kept of it."""

    listing: Listing
    stock: Level | None
    price: Level | None

    @property
    def levels(self) -> list[Level]:
        return [level for level in (self.stock, self.price) if level]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [level.error for level in self.levels if level.error]

    @property
    def questions(self) -> list[dict[str, Any]]:
        """What a person is to decide, as sentences."""
        return [level.held for level in self.levels if level.held]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A listing and its levels as columns by name, for tables of many. A level that is not kept has none."""

    listing: dict[str, Any]
    stock: dict[str, Any]
    price: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingsPage:
    """`following` and `preceding` are the SKUs to go on from; empty at the ends."""

    rows: list[Row]
    following: str = ""
    preceding: str = ""


def listings_page(store_id: int, wanted: Wanted, *, size: int = PAGE) -> ListingsPage:
    """By SKU; the search finds SKUs of either side and words of the product's name."""
    found = filtered(store_id, wanted)
    if wanted.before:
        earlier = list(found.filter(sku__lt=wanted.before).order_by("-sku")[: size + 1])
        if len(earlier) > size:
            shown = earlier[size - 1 :: -1]
            return ListingsPage(rows=with_levels(store_id, shown), following=shown[-1].sku, preceding=shown[0].sku)
        wanted = replace(wanted, after="")  # it is the first page
    later = list(found.filter(sku__gt=wanted.after).order_by("sku")[: size + 1])
    more, shown = len(later) > size, later[:size]
    return ListingsPage(
        rows=with_levels(store_id, shown),
        following=shown[-1].sku if more else "",
        preceding=shown[0].sku if wanted.after and shown else "",
    )


def all_facts(store_id: int, wanted: Wanted, *, chunk: int = CHUNK) -> Iterator[list[Facts]]:
    """Every listing that the filters leave, a part at a time."""
    found, after = filtered(store_id, wanted).order_by("sku").values(*FACTS), ""
    while part := list(found.filter(sku__gt=after)[:chunk]):
        kept = Level.objects.filter(store=store_id, key__in=[listing["sku"] for listing in part])
        by_key = {(level["kind"], level["key"]): level for level in kept.values(*LEVEL_FACTS)}
        yield [
            Facts(
                listing=one,
                stock=by_key.get((levels.STOCK, one["sku"]), {}),
                price=by_key.get((levels.PRICE, one["sku"]), {}),
            )
            for one in part
        ]
        after = part[-1]["sku"]


def filtered(store_id: int, wanted: Wanted) -> QuerySet[Listing]:
    """All listings that card, search and filters leave; in no order."""
    found = Listing.objects.filter(store=store_id)
    if wanted.card:
        found = found.filter(cards()[wanted.card])
    if wanted.published:
        found = found.filter(published=wanted.published)
    if wanted.rules:
        found = found.filter(RULES[wanted.rules])
    if wanted.search:
        ids = matches(store_id, wanted.search)
        found = found.none() if ids is None else found.filter(pk__in=ids)
    return found


def with_levels(store_id: int, found: Sequence[Listing]) -> list[Row]:
    """In the same order. One query."""
    kept = Level.objects.filter(store=store_id, key__in=[listing.sku for listing in found])
    by_key = {(level.kind, level.key): level for level in kept}
    return [
        Row(listing=one, stock=by_key.get((levels.STOCK, one.sku)), price=by_key.get((levels.PRICE, one.sku)))
        for one in found
    ]
