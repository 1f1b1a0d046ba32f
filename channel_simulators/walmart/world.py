"""One running simulator: its stored state, and what lives only as long as the process."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from channel_simulators.clock import Clock
from channel_simulators.walmart.gateway.faults import Faults
from channel_simulators.walmart.gateway.limits import Limits
from channel_simulators.walmart.gateway.recording import Recording
from channel_simulators.walmart.gateway.tokens import Tokens
from channel_simulators.walmart.orders import lifecycle
from channel_simulators.walmart.orders.cursor import Cursors
from channel_simulators.walmart.state import WALMART_FULFILLED, Account, Order, State, epoch_ms

DEFAULT_ACCOUNT = Account(
    client_id="sandbox-client",
    client_secret="sandbox-secret",  # noqa: S106 - opens nothing but this simulator
    partner_id="10020300000",
    seller_id="101650",
)


Listener = Callable[[str, str, Mapping[str, Any]], None]


class World:
    def __init__(self, state: State | None = None) -> None:
        self.state = state or State(accounts=[DEFAULT_ACCOUNT])
        self.clock = Clock(timedelta(seconds=self.state.clock_offset))
        self.tokens = Tokens()
        self.limits = Limits()
        self.faults = Faults()
        self.recording = Recording()
        self.cursors = Cursors()
        self.changes = 0
        """Counts what is worth storing; the snapshot writer watches it."""
        self.listeners: list[Listener] = []
        """Called with every event a seller can subscribe to (walmart-api §6.2)."""
        self._next_auto_cancel = 0

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
        self._next_auto_cancel = 0
        self.changed()

    def advance_clock(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.state.clock_offset = self.clock.offset.total_seconds()
        self.changed()

    def catch_up(self) -> None:
        """Do what Walmart would have done by now. Cheap when nothing is due."""
        now = self.now()
        if now < self._next_auto_cancel or not self.state.options.auto_cancel:
            return
        cancelled, self._next_auto_cancel = lifecycle.auto_cancel(self.state.orders.values(), now)
        if cancelled:
            self.changed()

    def reserved(self, partner_id: str, sku: str) -> int:
        """Units sold and not yet shipped; Walmart's own stock is another matter (walmart-api §4.1)."""
        return sum(
            line.open
            for order in self.state.orders.values()
            if order.partner_id == partner_id and order.ship_node_type != WALMART_FULFILLED
            for line in order.lines
            if line.sku == sku
        )

    def stock(self, account: Account, sku: str) -> dict[str, Any]:
        given = self.state.stock.get(account.partner_id, {}).get(sku)
        reserved = self.reserved(account.partner_id, sku)
        return {"input": given, "reserved": reserved, "available": max(0, (given or 0) - reserved)}

    def set_stock(self, account: Account, sku: str, amount: int) -> None:
        self.state.stock.setdefault(account.partner_id, {})[sku] = amount
        self.changed()


WORLD = web.AppKey("world", World)
