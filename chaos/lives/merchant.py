"""The merchant, who changes what is on the shelves, and buyers in the shop. Each act keeps the ledger right.

They take nothing that somebody was promised already: an order that Commerce must refuse for want of stock is for a
person, and proves nothing here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from channel_manager.catalog import actions
from channel_manager.catalog.models import Listing
from channel_manager.stores.models import Store
from channel_manager.sync import levels
from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.walmart.control_client import WalmartControl
from chaos.lives.ledger import Ledger
from chaos.lives.people import People
from chaos.lives.shelves import BULK, Act
from chaos.schedule import chance

HELPED = 10
"""Units at least that come in where a buyer waits for some."""


@dataclass(slots=True)
class Merchant:
    """`still`: held while stock is read and set, so that no parcel leaves in between. `on_their_way`: units of a SKU
    that are ordered and not in Commerce yet.
    """

    people: People
    ledger: Ledger
    still: Lock
    on_their_way: Callable[[str], int]
    seed: int
    off: set[str] = field(default_factory=set)
    """Products that are disabled."""
    acted: int = 0
    _helped: dict[str, int] = field(default_factory=dict)

    def act(self, act: Act) -> None:
        """As far as it is possible now."""
        made = {
            "sell": self.sell,
            "sell_out": self.sell_out,
            "come_in": self.come_in,
            "count": self.count,
            "disable": self.disable,
            "enable": self.enable,
        }[act.act](act)
        if not made:
            return
        self.acted += 1
        for sku in act.skus:
            self.ledger.changed(sku)
        if act.calls:
            levels.doubt(self._store.pk, act.skus)

    def sell(self, act: Act) -> bool:
        return self._take(act.skus[0], act.units)

    def sell_out(self, act: Act) -> bool:
        return self._take(act.skus[0], None)

    def come_in(self, act: Act) -> bool:
        self._bring(act.skus[0], act.units)
        return True

    def count(self, act: Act) -> bool:
        """An import: every product has so many from now on."""
        for sku in act.skus:
            with self.still:
                more = act.units - int(self._commerce.product(sku)["source_quantity"])
            if more > 0:
                self._bring(sku, more)
            else:
                self._take(sku, -more)
        return True

    def disable(self, act: Act) -> bool:
        """Not while Commerce has still to make an order of it."""
        sku = act.skus[0]
        if sku in self.off or self.on_their_way(sku):
            return False
        self.off.add(sku)
        self._commerce.set_product(sku, enabled=False)
        return True

    def enable(self, act: Act) -> bool:
        """The one that was drawn, or any other."""
        sku = next((sku for sku in (act.skus[0], *sorted(self.off)) if sku in self.off), None)
        if sku is None:
            return False
        self._enable(sku)
        return True

    def can_sell(self, sku: str, units: int) -> bool:
        """Whether Walmart shows so many, and Commerce has them."""
        if sku in self.off:
            return False
        shown = int(self._walmart.stock(sku)["available"]) - self.ledger.waits(sku)
        return units <= min(shown, self._free(sku))

    def help(self, sku: str, units: int) -> None:
        """A buyer waits: it is enabled, comes in, or is found after all; most times the shop calls. Where there is
        enough, it may be held since goods came in before anybody was told of the cancellation.
        """
        turn = self._helped[sku] = self._helped.get(sku, 0) + 1
        drawn = chance(self.seed, "help", sku, turn)
        if sku in self.off:
            self._enable(sku)
        lost, lacks = self.ledger.lost(sku), self._free(sku) < units
        if lacks or (lost and drawn < 0.6):
            self._bring(sku, units + HELPED)
        else:
            self.confirm(sku)
        if drawn < 0.8:
            levels.doubt(self._store.pk, [sku])
        self.ledger.changed(sku)

    def has(self, sku: str, units: int) -> None:
        """Commerce can sell so many from now on."""
        if sku in self.off:
            self._enable(sku)
        if self._free(sku) < units:
            self._bring(sku, units)

    def confirm(self, sku: str) -> None:
        """What Commerce says is there."""
        listing = Listing.objects.get(store=self._store, sku=sku)
        self.ledger.found(sku)
        actions.confirm_stock(listing, by=self.people.alice, at=datetime.now(UTC))

    def confirm_all(self) -> None:
        for sku in Listing.objects.filter(store=self._store, status="matched").values_list("sku", flat=True):
            self.confirm(sku)

    def _enable(self, sku: str) -> None:
        self._commerce.set_product(sku, enabled=True)
        self.off.discard(sku)

    def _take(self, sku: str, units: int | None) -> bool:
        """So many of what is free, or all of it."""
        with self.still:
            free = self._free(sku)
            taken = free if units is None else min(units, free)
            if taken <= 0:
                return False
            held = int(self._commerce.product(sku)["source_quantity"])
            self._commerce.set_stock(sku, held - taken)
            self.ledger.goes_out(sku, taken)
            return True

    def _bring(self, sku: str, units: int) -> None:
        with self.still:
            held = int(self._commerce.product(sku)["source_quantity"])
            self.ledger.comes_in(sku, units)
            self._commerce.set_stock(sku, held + units)

    def _free(self, sku: str) -> int:
        """What Commerce can sell, less what Walmart sold that Commerce does not know."""
        return int(self._commerce.salable(sku)) - self.on_their_way(sku)

    @property
    def _store(self) -> Store:
        return self.people.store

    @property
    def _commerce(self) -> CommerceControl:
        return self.people.commerce

    @property
    def _walmart(self) -> WalmartControl:
        return self.people.walmart


def open_shelves(people: People, stock: dict[str, int]) -> None:
    """Every product that is sold by listing, on both sides."""
    commerce = people.commerce
    commerce.set_products(
        [{"sku": sku, "name": sku, "attributes": {"connect_to_channel_manager": "1"}} for sku in BULK]
    )
    for sku, units in stock.items():
        commerce.set_stock(sku, units)
    people.walmart.set_items([{"sku": sku, "name": sku, "price": 10} for sku in stock])
