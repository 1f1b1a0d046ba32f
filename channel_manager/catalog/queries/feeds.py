"""Feeds of late, and what became of their rows."""

from collections.abc import Collection
from dataclasses import dataclass

from channel_manager.catalog.models import Feed, FeedRow, Listing

FEEDS = 20
PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Rows of a feed from a place in the file on; `following` is where the next ones begin, None at the end.

    `listings` are the ids of their listings, by SKU.
    """

    rows: list[FeedRow]
    listings: dict[str, int]
    following: int | None


def feeds(store_id: int) -> list[Feed]:
    """The latest, newest first."""
    return list(Feed.objects.filter(store=store_id).order_by("-created_at", "-pk")[:FEEDS])


def feed_rows(feed: Feed, outcomes: Collection[str], *, since: int = 0) -> Place:
    """Rows with these outcomes, in the order of the file. Two queries."""
    found = FeedRow.objects.filter(feed=feed, index__gte=since, outcome__in=outcomes).order_by("index")[: PAGE + 1]
    rows = list(found)
    listings = Listing.objects.filter(store=feed.store_id, sku__in=[row.key for row in rows[:PAGE]])
    return Place(
        rows=rows[:PAGE],
        listings=dict(listings.values_list("sku", "pk")),
        following=rows[PAGE].index if len(rows) > PAGE else None,
    )
