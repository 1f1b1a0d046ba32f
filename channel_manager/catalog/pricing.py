"""From the prices of listings to the prices that are wanted at the marketplace, and those that a person must see."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from channel_manager.catalog.linking import rules_of
from channel_manager.catalog.models import CatalogRules, Listing, Status
from channel_manager.catalog.rules.prices import PriceRule, ShopPrice, effective, question
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync import levels
from channel_manager.sync.models import Level

COLUMNS = (
    "sku",
    "base_price",
    "special_price",
    "special_from",
    "special_until",
    "lowest_price",
    "highest_price",
    "approved_price",
    "item_price",
    "item_currency",
)


def measure(store: Store, skus: Collection[str]) -> list[str]:
    """Want the price of this day of these listings, as far as they are matched; the SKUs that are to be sent."""
    if not skus:
        return []
    rules = rules_of(store)
    listings = Listing.objects.filter(store=store, sku__in=skus, status=Status.MATCHED).only(*COLUMNS)
    shown = dict(
        Level.objects.filter(store=store, kind=levels.PRICE, key__in=skus, sent__isnull=False).values_list(
            "key", "sent"
        )
    )
    today = shop_day(rules, timezone.now())
    wanted = []
    for listing in listings:
        price = price_of(listing, rules, today)
        before = shown.get(listing.sku, listing.item_price)
        held = why_held(listing, rules, store.currency, price, before) if price is not None else None
        wanted.append(levels.Wanted(key=listing.sku, value=price, held=held))
    return levels.want(store.pk, levels.PRICE, wanted)


def price_of(listing: Listing, rules: CatalogRules, today: date) -> Decimal | None:
    """The price of a day, by the store's rule for special prices."""
    shop = ShopPrice(
        base=listing.base_price,
        special=listing.special_price,
        special_from=listing.special_from,
        special_until=listing.special_until,
    )
    return effective(shop, today, use_special=rules.use_special_price)


def shop_day(rules: CatalogRules, now: datetime) -> date:
    """The shop's own date: special prices begin and end with it."""
    return now.astimezone(ZoneInfo(rules.time_zone or "UTC")).date()


def why_held(
    listing: Listing, rules: CatalogRules, currency: str, price: "Decimal", before: Decimal | None
) -> Sentence | None:
    """Why a person must let the price through. One that was let through is not asked about again."""
    if rules.currency != currency:
        return say(
            "Commerce keeps prices in %(found)s, Walmart in %(wanted)s: no price is sent.",
            found=rules.currency or "?",
            wanted=currency,
        )
    if listing.item_currency not in ("", currency):
        return say(
            "Walmart shows this item in %(found)s, the store sells in %(wanted)s: no price is sent.",
            found=listing.item_currency,
            wanted=currency,
        )
    if price == listing.approved_price:
        return None
    return question(
        price,
        before,
        PriceRule(
            lowest=rules.lowest_price if listing.lowest_price is None else listing.lowest_price,
            highest=rules.highest_price if listing.highest_price is None else listing.highest_price,
            most_change=rules.most_change,
        ),
    )
