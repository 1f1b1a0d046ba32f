"""What the pages on listings show: one function per screen, each with a fixed number of bounded queries."""

from channel_manager.catalog.queries.cards import MOST, card_counts, cards, waiting
from channel_manager.catalog.queries.comparing import (
    CHANGES,
    Change,
    Comparison,
    all_changes,
    changes_page,
    comparison,
)
from channel_manager.catalog.queries.feeds import Place, feed_rows, feeds
from channel_manager.catalog.queries.freshness import Freshness, freshness
from channel_manager.catalog.queries.listing import (
    Facts,
    ListingsPage,
    Row,
    Wanted,
    all_facts,
    listings_page,
    with_levels,
)
from channel_manager.catalog.queries.naming import Named, named_by
from channel_manager.catalog.queries.screen import ListingScreen, PriceFigures, StockFigures, listing_screen

__all__ = [
    "CHANGES",
    "MOST",
    "Change",
    "Comparison",
    "Facts",
    "Freshness",
    "ListingScreen",
    "ListingsPage",
    "Named",
    "Place",
    "PriceFigures",
    "Row",
    "StockFigures",
    "Wanted",
    "all_changes",
    "all_facts",
    "card_counts",
    "cards",
    "changes_page",
    "comparison",
    "feed_rows",
    "feeds",
    "freshness",
    "listing_screen",
    "listings_page",
    "named_by",
    "waiting",
    "with_levels",
]
