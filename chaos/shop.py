"""The shop whose stock is sold on both sides: listings that follow, and buyers who wait for goods."""

import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from channel_manager.catalog import actions
from channel_manager.catalog.models import Listing, Status
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.sync import levels, sql
from chaos.lives import shelves
from chaos.lives.ledger import Ledger
from chaos.lives.merchant import Merchant, open_shelves
from chaos.lives.people import People
from chaos.lives.stories import SKUS, Life, life
from chaos.processes.worker import hasten_listings
from chaos.schedule import index_of
from chaos.wire.watch import Watch

FEED_SECONDS = 3.0
"""What Walmart takes for a file."""
HELP_AFTER, HELP_AGAIN = 1.0, 5.0
"""Seconds for which a buyer waits before the merchant does something about it."""
MOST_WAITING = 14
BULK_LOOKS = 3
"""Products nobody orders that are looked at in each tick."""

# One statement, so that a level and the moment its value was asked for are of the same time.
CLEAN = """
    SELECT listing.sku, listing.measured_at, now() AS looked_at FROM catalog_listing listing
    JOIN sync_level level ON level.store_id = listing.store_id AND level.kind = 'stock' AND level.key = listing.sku
    WHERE listing.store_id = %(store)s AND listing.measured_at IS NOT NULL AND level.active
      AND level.dirty_since IS NULL AND level.carrier = '' AND level.sent = level.wanted
      AND NOT EXISTS (
          SELECT 1 FROM catalog_feed_row row JOIN catalog_feed feed ON feed.id = row.feed_id
          WHERE feed.store_id = %(store)s AND feed.state IN ('waiting', 'submitted') AND row.key = listing.sku)
"""
UNTOLD = """
    SELECT (SELECT count(*) FROM sync_level WHERE kind = 'stock' AND (dirty_since IS NOT NULL OR carrier <> ''))
        + (SELECT count(*) FROM sync_doubt)
        + (SELECT count(*) FROM catalog_feed WHERE state IN ('waiting', 'submitted')) AS count
"""


@dataclass(slots=True)
class Waiting:
    """A buyer who wants what is not there yet."""

    life: Life
    since: float = field(default_factory=time.monotonic)
    helped: float = 0.0


class Shop:
    def __init__(self, people: People, seed: int, still: Lock) -> None:
        self._people, self._seed = people, seed
        self._stock = shelves.stock_of(seed)
        people.ledger = self.ledger = Ledger(self._stock)
        self.merchant = Merchant(people, self.ledger, still, self.on_their_way, seed)
        self.watch = Watch(self.ledger, people.walmart.stock, self._lines, frozenset(shelves.ASKED))
        self.waiting: list[Waiting] = []
        self._lock = Lock()
        self._sold: dict[str, Counter[str]] = {}
        self._ticks = 0

    def open(self) -> None:
        """Both sides know the products; nothing follows yet."""
        hasten_listings()
        self._people.walmart.set_feed_options(start_after=FEED_SECONDS / 4, finish_after=FEED_SECONDS)
        open_shelves(self._people, self._stock)

    def follow(self) -> bool:
        """The owner has seen what would change and confirms it; False while not everything was measured."""
        store = self._people.store
        matched = Listing.objects.filter(store=store, status=Status.MATCHED, measured_at__isnull=False)
        if matched.count() < len(shelves.LISTED):
            return False
        try:
            actions.confirm(store, levels.STOCK, by=self._people.alice, at=datetime.now(UTC))
        except NotPossible:
            return False
        return True

    def before(self) -> dict[str, float]:
        """What could be sold before there was any order, and has come in since."""
        return {sku: self._stock[sku] + self.ledger.moved[sku] for sku in SKUS}

    # ---- buyers ----

    def sell(self, drawn: Life) -> bool:
        """Whether the order could be placed; its buyer waits otherwise."""
        for sku, units in shelves.wanted(drawn).items():
            if not self.merchant.can_sell(sku, units):
                self.waiting.append(Waiting(drawn))
                return False
        self._place(drawn)
        return True

    def serve(self) -> Iterator[Life]:
        """Those who can buy by now, each as soon as it has; where goods are missing the merchant helps, whom the
        database may interrupt.
        """
        for buyer in list(self.waiting):
            lacking = {
                sku: units
                for sku, units in shelves.wanted(buyer.life).items()
                if not self.merchant.can_sell(sku, units)
            }
            if not lacking:
                self.waiting.remove(buyer)
                self._place(buyer.life)
                yield buyer.life
            elif time.monotonic() > max(buyer.since + HELP_AFTER, buyer.helped + HELP_AGAIN):
                buyer.helped = time.monotonic()
                for sku, units in lacking.items():
                    self.merchant.help(sku, units)

    def act(self, index: int) -> None:
        """What happens beside the order with this index."""
        for act in shelves.acts(self._seed, index):
            self.merchant.act(act)

    def prepare(self, of: Life) -> None:
        """An order that is edited is placed anew before the old one is canceled."""
        for sku, units in of.by_sku(of.units).items():
            self.merchant.has(sku, units)

    def on_their_way(self, sku: str) -> int:
        with self._lock:
            return sum(units[sku] for units in self._sold.values())

    def arrived(self, numbers: Collection[str]) -> None:
        """These orders are in Commerce."""
        with self._lock:
            for number in numbers:
                self._sold.pop(number, None)

    def _place(self, drawn: Life) -> None:
        with self._lock:
            self._sold[drawn.number] = Counter(drawn.by_sku(drawn.units))
        self._people.place(drawn)

    # ---- looking ----

    def look(self) -> None:
        """What was told, and what Walmart shows: of a feed's rows nobody else tells when they take effect."""
        rows = sql.rows(CLEAN, {"store": self._people.store.pk})
        if rows:
            self.ledger.told({row["sku"]: row["measured_at"] for row in rows}, rows[0]["looked_at"])
        self._ticks += 1
        first = self._ticks * BULK_LOOKS
        turn = [shelves.BULK[(first + place) % len(shelves.BULK)] for place in range(BULK_LOOKS)]
        for sku in (*SKUS, *turn):
            self.watch.look(sku)

    def is_told(self) -> bool:
        return not sql.rows(UNTOLD)[0]["count"]

    def stated_though_lost(self) -> dict[str, int]:
        """What Walmart is told of products that were canceled as out of stock, and of which nothing came in since."""
        lost = [sku for sku in SKUS if self.ledger.lost(sku)]
        return {sku: int(self._people.walmart.stock(sku)["input"] or 0) for sku in lost}

    def _lines(self, number: str) -> dict[str, str]:
        index = index_of(number)
        assert index is not None
        drawn = life(self._seed, index)
        return {line: drawn.sku(line) for line in drawn.units}
