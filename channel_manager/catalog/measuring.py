"""From what can be sold in Commerce, and what the marketplace holds back for orders, to the stock that is wanted.

The two are read at different moments. The fewer units are counted as held back of those before and after Commerce was
asked: an order that was made, shipped or canceled meanwhile can only make the figure too low, and it has cast doubt on
its SKUs, so that they are measured again. Of two measurings of a SKU the one that was asked for later counts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from channel_manager.catalog.linking import rules_of
from channel_manager.catalog.models import CatalogRules, Listing, Status
from channel_manager.catalog.rules.stock import StockRule, stated
from channel_manager.orders.reserved import Reserved, open_units, out_of_stock
from channel_manager.ports.commerce import CommercePlatform
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import levels, sql

HELD = say(
    "Units were canceled as out of stock: Walmart is told 0 until the stock is changed at a source in Commerce or "
    "confirmed here."
)
CURRENT = """
    SELECT id FROM catalog_listing
    WHERE id = ANY(%s) AND status = 'matched' AND (measured_at IS NULL OR measured_at <= %s)
    ORDER BY sku COLLATE "C" FOR UPDATE
"""
RECORD = """
    UPDATE catalog_listing listing
    SET salable = mine.salable, open_units = mine.open_units, measured_at = mine.asked_at, physical = mine.physical,
        stock_confirmed_at = CASE WHEN mine.changed THEN mine.asked_at ELSE stock_confirmed_at END
    FROM jsonb_to_recordset(%s::jsonb) AS mine (
        id bigint, salable int, open_units int, physical int, changed boolean, asked_at timestamptz)
    WHERE listing.id = mine.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be measured: listings with the units held back before Commerce is asked, and those that are held.
    `at` is the database's time.
    """

    at: datetime
    listings: tuple[Listing, ...] = ()
    before: Mapping[str, Reserved] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    @property
    def commerce_skus(self) -> list[str]:
        return sorted({listing.commerce_sku for listing in self.listings})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What Commerce answered, by its own SKUs; `physical` units at all sources, of held listings only."""

    asked: Asked
    salable: Mapping[str, int] = field(default_factory=dict)
    physical: Mapping[str, int] = field(default_factory=dict)


def ask(store_id: int, skus: Collection[str], *, of_same_products: bool = False) -> Asked:
    """What to ask Commerce for, of those SKUs that are matched; also of others that sell the same products, if asked
    for. In a transaction.
    """
    matched = Listing.objects.filter(store=store_id, status=Status.MATCHED)
    chosen = Q(sku__in=skus)
    if of_same_products:
        chosen = Q(commerce_sku__in=list(matched.filter(chosen).values_list("commerce_sku", flat=True)))
    found = tuple(matched.filter(chosen).order_by("sku"))
    before = open_units(store_id, [listing.sku for listing in found]) if found else {}
    return Asked(at=_now(), listings=found, before=before, held=_held(store_id, found))


async def read(asked: Asked, commerce: CommercePlatform) -> Measured:
    """Ask Commerce. Raises what reads raise."""
    if not asked.listings:
        return Measured(asked=asked)
    salable = await commerce.salable(asked.commerce_skus)
    held = sorted({listing.commerce_sku for listing in asked.listings if listing.sku in asked.held})
    sources = await commerce.source_stock(held) if held else {}
    return Measured(asked=asked, salable=salable, physical={sku: sum(units.values()) for sku, units in sources.items()})


def record(store: Store, measured: Measured, *, urgent: bool = False) -> list[str]:
    """Want what was measured; the SKUs that are to be sent. In a transaction, after `read`.

    A product without an answer is unknown to the website's stock, or could not be read: it counts as not sellable only
    when the next measuring gets no answer either; at once where it is disabled or gone.
    """
    asked, rules = measured.asked, rules_of(store)
    listings, overtaken = _current(asked)
    levels.doubt(store.pk, overtaken)
    after = open_units(store.pk, [listing.sku for listing in listings])
    on_hold = _held(store.pk, listings)
    wanted, facts, unanswered = [], [], []
    for listing in listings:
        salable = measured.salable.get(listing.commerce_sku)
        if salable is None and listing.salable is not None and listing.enabled:
            unanswered.append(listing.pk)
            continue
        held, changed, physical = _hold(listing, on_hold, measured, has_sources=rules.has_sources)
        units = min(_imported(asked.before, listing.sku), _imported(after, listing.sku))
        sellable = listing.enabled and salable is not None
        value = 0 if held else stated(salable or 0, units, rule_for(listing, rules), sellable=sellable)
        why = HELD if held else None
        wanted.append(levels.Wanted(key=listing.sku, value=Decimal(value), urgent=urgent, held=why, asked_at=asked.at))
        facts.append(
            {
                "id": listing.pk,
                "salable": salable,
                "open_units": units,
                "physical": physical,
                "changed": changed,
                "asked_at": asked.at,
            }
        )
    sql.execute(RECORD, [sql.json(facts)])
    Listing.objects.filter(pk__in=unanswered).update(salable=None)
    return levels.want(store.pk, levels.STOCK, wanted)


def rule_for(listing: Listing, rules: CatalogRules) -> StockRule:
    """The listing's own figures go before the store's."""
    return StockRule(
        buffer=rules.buffer if listing.buffer is None else listing.buffer,
        minimum=rules.minimum if listing.minimum is None else listing.minimum,
        cap=rules.cap if listing.cap is None else listing.cap,
    )


def _now() -> datetime:
    now: datetime = sql.rows("SELECT now() AS now")[0]["now"]
    return now


def _current(asked: Asked) -> tuple[tuple[Listing, ...], list[str]]:
    """Locked as they are by now: those of which nothing later is known, and the SKUs of the others."""
    ids = [row["id"] for row in sql.rows(CURRENT, [[listing.pk for listing in asked.listings], asked.at])]
    found = Listing.objects.in_bulk(ids)
    return tuple(found[pk] for pk in ids), [listing.sku for listing in asked.listings if listing.pk not in found]


def _held(store_id: int, listings: tuple[Listing, ...]) -> frozenset[str]:
    if not listings:
        return frozenset()
    confirmed = {listing.sku: listing.stock_confirmed_at for listing in listings}
    latest = out_of_stock(store_id, list(confirmed), since=min(confirmed.values(), default=timezone.now()))
    return frozenset(sku for sku, at in latest.items() if at > confirmed[sku])


def _hold(
    listing: Listing, on_hold: frozenset[str], measured: Measured, *, has_sources: bool
) -> tuple[bool, bool, int | None]:
    """Whether it is held at 0, whether its stock was changed meanwhile, and the fewest physical units seen since.

    More units at the sources than before are goods that came in; Commerce's cancellation gives back what can be sold,
    but moves no source. Without sources the two cannot be told apart: only a person ends it.
    """
    if listing.sku not in on_hold:
        return False, False, None
    now = measured.physical.get(listing.commerce_sku)
    if not has_sources or now is None:
        return True, False, listing.physical
    if listing.physical is not None and now > listing.physical:
        return False, True, None
    return True, False, now if listing.physical is None else min(now, listing.physical)


def _imported(reserved: Mapping[str, Reserved], sku: str) -> int:
    return reserved[sku].imported if sku in reserved else 0
