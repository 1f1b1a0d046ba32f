"""Listings and feeds by what operations and events name them."""

from collections.abc import Iterable
from dataclasses import dataclass

from channel_manager.catalog.models import Feed, Listing
from channel_manager.sync import levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """`feed` or `listing` is its id. `name` is the SKU; of a feed, its number here."""

    name: str
    listing: int = 0
    feed: int = 0


def named_by(store_id: int, subjects: Iterable[str]) -> dict[str, Named]:
    """What operations are about, by subject, where it is a listing or a feed. At most two queries."""
    beginning = levels.subject(store_id, "")
    skus = {subject.removeprefix(beginning) for subject in subjects if subject.startswith(beginning)}
    feeds = {int(tail) for subject in subjects if (tail := subject.removeprefix("feed:")).isdecimal()}
    named = {}
    if skus:
        found = Listing.objects.filter(store=store_id, sku__in=skus)
        for pk, sku in found.values_list("pk", "sku"):
            named[levels.subject(store_id, sku)] = Named(name=sku, listing=pk)
    if feeds:
        for pk in Feed.objects.filter(store=store_id, pk__in=feeds).values_list("pk", flat=True):
            named[f"feed:{pk}"] = Named(name=str(pk), feed=pk)
    return named
