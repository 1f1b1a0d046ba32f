"""What the page of one listing shows: figures of both sides beside each other."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from channel_manager.catalog.approving import why_not_approvable
from channel_manager.catalog.measuring import rule_for
from channel_manager.catalog.models import CatalogRules, Listing
from channel_manager.catalog.pricing import shop_day
from channel_manager.catalog.queries.listing import Row, with_levels
from channel_manager.catalog.rules.prices import ShopPrice, is_special
from channel_manager.catalog.rules.stock import StockRule, shown
from channel_manager.history import records
from channel_manager.history.models import Event
from channel_manager.orders.reserved import Reserved, open_units
from channel_manager.shared.sentences import Sentence
from channel_manager.sync.models import Level, SyncOperation

OPERATIONS = 20
EVENTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFigures:
    """Units. `for_buyers` is what they may order by the rules, `held` what our own orders say that the marketplace
    holds back; `agrees` says whether it held back as many when it was last asked, None before that.
    """

    rule: StockRule
    for_buyers: int
    held: int
    shown: int | None
    agrees: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFigures:
    """`special_today`: the special price counts today, whether the rules use it or not. `refusal` says why nobody can
    approve the price that is asked about.
    """

    special_today: bool
    shown: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    refusal: Sentence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingScreen:
    row: Row
    rules: CatalogRules
    stock: StockFigures
    price: PriceFigures
    operations: list[SyncOperation]
    events: list[Event]


def listing_screen(listing: Listing, rules: CatalogRules) -> ListingScreen:
    """Four queries."""
    operations = SyncOperation.objects.filter(subject=listing.subject, store=listing.store_id).order_by("-pk")
    row = with_levels(listing.store_id, [listing])[0]
    reserved = open_units(listing.store_id, [listing.sku]).get(listing.sku, Reserved())
    return ListingScreen(
        row=row,
        rules=rules,
        stock=_stock(listing, rules, row.stock, reserved),
        price=_price(listing, rules, row.price),
        operations=list(operations[:OPERATIONS]),
        events=list(records.timeline(listing.subject)[:EVENTS]),
    )


def _stock(listing: Listing, rules: CatalogRules, level: Level | None, reserved: Reserved) -> StockFigures:
    rule = rule_for(listing, rules)
    sellable = listing.enabled and listing.salable is not None and not (level and level.held)
    return StockFigures(
        rule=rule,
        for_buyers=shown(listing.salable or 0, rule) if sellable else 0,
        held=reserved.held,
        shown=None if level is None or level.sent is None else max(int(level.sent) - reserved.held, 0),
        agrees=None if listing.inventory_seen_at is None else listing.disagreements == 0,
    )


def _price(listing: Listing, rules: CatalogRules, level: Level | None) -> PriceFigures:
    shop = ShopPrice(
        base=listing.base_price,
        special=listing.special_price,
        special_from=listing.special_from,
        special_until=listing.special_until,
    )
    asked = level.wanted if level and level.held else None
    return PriceFigures(
        special_today=is_special(shop, shop_day(rules, timezone.now())),
        shown=level.sent if level and level.sent is not None else listing.item_price,
        lowest=rules.lowest_price if listing.lowest_price is None else listing.lowest_price,
        highest=rules.highest_price if listing.highest_price is None else listing.highest_price,
        refusal=why_not_approvable(listing, rules, listing.store.currency, asked) if asked is not None else None,
    )
