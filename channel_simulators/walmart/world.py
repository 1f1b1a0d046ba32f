"""One running simulator: its stored state, and what lives only as long as the process."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import timedelta
from typing import Any

from aiohttp import web

from channel_simulators.clock import Clock
from channel_simulators.walmart.catalog import stock
from channel_simulators.walmart.catalog.state import SellerCatalog
from channel_simulators.walmart.catalog.stock import Reservations
from channel_simulators.walmart.gateway.buckets import Buckets
from channel_simulators.walmart.gateway.faults import Faults
from channel_simulators.walmart.gateway.recording import Recording
from channel_simulators.walmart.gateway.tokens import Tokens
from channel_simulators.walmart.orders import events, expiry, lifecycle
from channel_simulators.walmart.orders.listing.cursor import Cursors
from channel_simulators.walmart.state import DEFAULT_SHIP_NODE, Account, Line, Order, State, epoch_ms

DEFAULT_ACCOUNT = Account(
    client_id="sandbox-client",
    client_secret="sandbox-secret",  # noqa: S106 - opens nothing but this simulator
    partner_id="10020300000",
    seller_id="101650",
)

Listener = Callable[[str, str, Mapping[str, Any]], None]
Duty = Callable[["World", int], int]
"""Do what is due at a moment, and say when to be asked again."""
FOREVER = 2**62


class World:
    def __init__(self, state: State | None = None) -> None:
        self.state = state or State(accounts=[deepcopy(DEFAULT_ACCOUNT)])
        self.clock = Clock(timedelta(seconds=self.state.clock_offset))
        self.tokens = Tokens()
        self.limits = Buckets()
        self.faults = Faults()
        self.recording = Recording()
        self.cursors = Cursors()
        self.changes = 0
        """Counts what is worth storing; the snapshot writer watches it."""
        self.listeners: list[Listener] = []
        """Called with every event a seller can subscribe to (walmart-api §6.2)."""
        self.duties: list[Duty] = [expiry.cancel_overdue]
        """What Walmart does by itself as time passes; each part of the simulator adds its own."""
        self._next_due = 0
        self._reservations = Reservations()

    def now(self) -> int:
        return epoch_ms(self.clock.now())

    def changed(self) -> None:
        self.changes += 1

    def tell(self, partner_id: str, event_type: str, payload: Mapping[str, Any]) -> None:
        """Something happened at Walmart that a seller can be notified of."""
        for listener in self.listeners:
            listener(partner_id, event_type, payload)

    def account(self, client_id: str) -> Account | None:
        return next((account for account in self.state.accounts if account.client_id == client_id), None)

    def orders_of(self, account: Account) -> list[Order]:
        return [order for order in self.state.orders.values() if order.partner_id == account.partner_id]

    def order_of(self, account: Account, purchase_order_id: str) -> Order | None:
        order = self.state.orders.get(purchase_order_id)
        return order if order and order.partner_id == account.partner_id else None

    def add_order(self, order: Order) -> None:
        self.state.orders[order.purchase_order_id] = order
        self.look_again()
        self.changed()
        self.tell(order.partner_id, events.PO_CREATED, events.created(order))
        if wanted := [line for line in order.lines if line.intent_to_cancel]:
            self._tell_intent(order, wanted)

    def request_cancel(self, order: Order, lines: Sequence[Line]) -> None:
        """The buyer asks to cancel lines (walmart-api §2.14)."""
        lifecycle.request_cancel(order, lines, self.now())
        self.changed()
        self._tell_intent(order, lines)

    def _tell_intent(self, order: Order, lines: Sequence[Line]) -> None:
        payload = events.payload(order, [(line, line.ordered) for line in lines])
        self.tell(order.partner_id, events.INTENT_TO_CANCEL, payload)

    def advance_clock(self, seconds: float) -> None:
        """What becomes due on the way happens at its own time, in its order."""
        end = self.now() + round(seconds * 1000)
        self.catch_up()
        while self.now() < self._next_due <= end:
            self.clock.advance((self._next_due - self.now() + 1) / 1000)
            self.catch_up()
        self.clock.advance(max(0, end - self.now()) / 1000)
        self.state.clock_offset = self.clock.offset.total_seconds()
        self.changed()

    def look_again(self) -> None:
        """Something new may be due before what was known."""
        self._next_due = 0

    def catch_up(self) -> None:
        """Do what Walmart would have done by now. Cheap when nothing is due."""
        now = self.now()
        if now < self._next_due:
            return
        self._next_due = FOREVER
        following = [duty(self, now) for duty in self.duties]
        self._next_due = min([self._next_due, *following])

    def catalog(self, account: Account) -> SellerCatalog:
        return self.state.catalog.of(account.partner_id)

    def reservations_of(self, account: Account) -> Counter[str]:
        """Units sold and not yet gone by SKU; Walmart's own stock is another matter (walmart-api §4.1)."""
        orders, options = self.state.orders.values(), self.state.catalog.options
        return self._reservations.of(account.partner_id, orders, options, self.changes)

    def set_stock(self, account: Account, sku: str, amount: int) -> None:
        """At the default node."""
        options, seller = self.state.catalog.options, self.catalog(account)
        stock.write(seller, options, self.now(), sku=sku, node=DEFAULT_SHIP_NODE, amount=amount)
        self.changed()


WORLD = web.AppKey("world", World)
