"""The campaign: lives go on step by step while their calls meet faults; then it is quiet, and states are compared."""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connections

from channel_manager.accounts.models import User
from channel_manager.notifications import actions as notifications
from channel_manager.notifications import addresses
from channel_manager.orders import onboarding
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder, Treatment
from channel_manager.ports.documents import StoreView
from channel_manager.returns.models import Return
from channel_manager.stores.actions import connect
from channel_manager.stores.models import OrderRules
from channel_manager.sync import pulls, sql
from channel_manager.sync.models import StreamCursor
from channel_simulators.commerce import sandbox
from channel_simulators.commerce.control_client import CommerceControl, ControlError
from channel_simulators.walmart.control_client import ControlError as WalmartRefusal
from channel_simulators.walmart.control_client import WalmartControl
from chaos.judging import record
from chaos.lives.people import People
from chaos.lives.stories import LATE, RACED_SKUS, SKUS, Life, life
from chaos.processes.installation import Installation
from chaos.processes.leases import Journals
from chaos.processes.starting import wait_until
from chaos.schedule import Kind
from chaos.shop import MOST_WAITING, Shop
from chaos.wire.proxy import Books, Proxy

TICK = 0.4
RACE_TICKS = 8
"""After a race it is not known what must come: so long nothing may have happened."""
FAILED_TICKS = 50
"""So long a failed operation has to close by itself, as one does when a later read shows what it wanted."""
PROGRESS = 10.0
STUCK = 90.0
"""Seconds without faults after which a step that has not come to rest is not waited for any longer."""
DRAIN = 300.0
CUT_SECONDS = 3.0
STEP_SECONDS = 5.0
"""Of the first step. Each is shorter than the one before: a list of returns ends at our own clock's now, so that every
return would wait as long as Walmart's clock is ahead in all.
"""
TWO_DAYS = 10.0
"""What is left of them, in seconds."""
AFTER_TWO_DAYS = 120.0
SELDOM = ("buyer_requests", "returns_sweep", "returns_wfs", "notifications", "stocked_by_marketplace")
AT_LAST = ("all_products", "all_stock", "items", "inventories")
"""Read once more when everything is at rest, though their time has not come."""
OPEN = """
    SELECT count(*) AS open FROM sync_operation
    WHERE state IN ('waiting', 'sending') AND due_at < now() + interval '1 minute'
"""
STOCK = 100_000
WORKERS = 2
"""Which race for everything, all the time."""


@dataclass(slots=True)
class Running:
    """A life under way. `done` of its steps were made; `since` the last one, or since it was placed."""

    life: Life
    done: int = 0
    since: float = field(default_factory=time.monotonic)
    idle: int = 0
    stopped: str = ""

    @property
    def is_over(self) -> bool:
        return bool(self.stopped)


class Campaign:
    def __init__(
        self, installation: Installation, books: Books, *, at_once: int, tell: Callable[[str], None] | None = None
    ) -> None:
        self._at = installation
        self._books = books
        self._at_once = at_once
        self._tell, self._told_at = tell, 0.0
        self._placing = threading.Lock()
        self._journals = Journals()
        self._buried: set[str] = set()
        self.running: dict[str, Running] = {}
        self.resting: dict[str, Running] = {}
        """Those that go on once all others have ended."""
        self._is_late = False
        self._steps = 0
        self.ended: dict[str, Running] = {}
        self.placed = self._acted = 0
        self.most = 0
        self.shop: Shop | None = None
        self._quiet_since: datetime | None = None
        self._quiet_from = 0.0
        self.held: dict[str, int] = {}
        """What Walmart was told at last of products that are held as out of stock, before they were confirmed."""

    def connect(self, walmart_url: str, commerce_url: str) -> None:
        """A confirmed store by way of the proxies; the control clients go straight to the simulators."""
        walmart, commerce = WalmartControl(self._at.walmart_url), CommerceControl(self._at.commerce_url)
        walmart.set_options(limit_factor=10)
        for sku in (*SKUS, *RACED_SKUS):
            commerce.set_stock(sku, STOCK)
        self.before = {sku: commerce.salable(sku) for sku in SKUS}
        alice = User.objects.create_superuser("alice", "alice@example.com", "a long password of alice")
        store = connect(
            name="Kitchen & Home",
            marketplace_url=walmart_url,
            marketplace={"client_id": "sandbox-client", "client_secret": "sandbox-secret"},
            commerce_url=commerce_url,
            commerce={
                "consumer_key": sandbox.CONSUMER_KEY,
                "consumer_secret": sandbox.CONSUMER_SECRET,
                "access_token": sandbox.ACCESS_TOKEN,
                "access_token_secret": sandbox.TOKEN_SECRET,
            },
            view=StoreView(id=2, code="walmart", name="Walmart", website_code="walmart", currency="USD"),
        )
        OrderRules.objects.filter(store=store).update(mirror_refunds=True)
        now = datetime.now(UTC)
        onboarding.confirm(store, orders_from=now - timedelta(days=1), open_orders=Treatment.IMPORT, by=None, at=now)
        if addresses.base():
            notifications.turn_on(store, by=None, at=now)
        self.people = People(store, alice, walmart, commerce, set(), {})

    def follow_stock(self, walmart: Proxy, commerce: Proxy) -> None:
        """A shop with few of everything, whose stock Walmart follows from now on. No call meets a fault so far."""
        self.shop = Shop(self.people, self._books.seed, commerce.still)
        self.shop.open()
        for stream in AT_LAST:
            pulls.request(self.people.store.pk, stream)
        self._books.is_on = False
        wait_until(self._follows, "all products to be measured")
        walmart.watch = self.shop.watch
        self._books.is_on = True

    def _follows(self) -> bool:
        self._tick(places=False)
        return self.shop is not None and self.shop.follow()

    def run(self, *, faults: int, orders: int, minutes: float) -> None:
        """Until so many faults were met, or so many orders have lived; at most so long."""
        self.most = orders
        ends = time.monotonic() + 60 * minutes
        while time.monotonic() < ends and not self._is_enough(faults):
            self._tick(places=True)
        self.most = self.placed
        self._drain()
        if self.resting:
            self._let_two_days_pass()
            self._drain()
        self._rest()
        if self.shop:
            self.held = self.shop.stated_though_lost()
            self.shop.merchant.confirm_all()
            self._rest()

    def _rest(self) -> None:
        self._quiet_since = None
        with contextlib.suppress(TimeoutError):
            wait_until(self._is_quiet, "everything to be at rest", 60.0)

    def disaster(self, kind: Kind, worker: str) -> None:
        """Called by the proxies, from threads of theirs."""
        if kind is Kind.KILL:
            self._at.kill_worker(worker)
        elif kind is Kind.POSTGRES:
            self._at.kill_postgres()
        elif kind is Kind.CUT:
            self._at.cut_off(CUT_SECONDS)
        elif kind is Kind.CLOCK:
            self._steps += 1
            self.people.walmart.advance_clock(STEP_SECONDS / self._steps)
            self.people.commerce.advance_clock(STEP_SECONDS / self._steps)
        elif kind is Kind.MOVED:
            self._place()

    def _is_enough(self, faults: int) -> bool:
        if faults:
            return self._books.total >= faults
        return self.placed >= self.most and not self._is_living

    @property
    def _is_living(self) -> bool:
        return bool(self.running or (self.shop and self.shop.waiting))

    def _tick(self, *, places: bool) -> None:
        """1. Workers and database live. 2. Orders come. 3. Lives go on."""
        began = time.monotonic()
        try:
            self.look_after()
            self._look_after_shop()
            if places and len(self.running) < self._at_once:
                self._place()
            self._act()
            self._go_on()
        except sql.LOST:
            connections.close_all()
        if self._tell and began > self._told_at + PROGRESS:
            self._told_at = began
            self._tell(f"{self.placed} orders, {len(self.running)} of them living; {self._books.total} faults")
        time.sleep(max(0.0, TICK - (time.monotonic() - began)))

    def look_after(self) -> None:
        """Workers and database live; what the dead held is let go."""
        self._at.keep_workers(WORKERS)
        self._at.revive_postgres()
        self._let_go()

    def _place(self) -> None:
        with self._placing:
            if self._has_enough_orders():
                return
            drawn = life(self._books.seed, self.placed)
            self.placed += 1
            if not self.shop:
                self.people.place(drawn)
            elif not self.shop.sell(drawn):
                return
            self.running[drawn.number] = Running(drawn)

    def _has_enough_orders(self) -> bool:
        waits = self.shop is not None and len(self.shop.waiting) >= MOST_WAITING
        return waits or bool(self.most and self.placed >= self.most)

    def _look_after_shop(self) -> None:
        """Buyers who waited buy."""
        if self.shop:
            self.shop.look()
            with self._placing:
                for served in self.shop.serve():
                    self.running[served.number] = Running(served)

    def _act(self) -> None:
        """What happens in the shop beside the orders that were placed meanwhile."""
        while self.shop and self._acted < self.placed:
            with self._placing:
                self._acted += 1
                self.shop.act(self._acted - 1)

    def _go_on(self) -> None:
        found = record.read(list(self.running))
        if self.shop:
            self.shop.arrived([number for number, ours in found.items() if ours.row["commerce_order_id"]])
        for number, running in list(self.running.items()):
            if record.is_settled(running.life, running.done, found.get(number)):
                running.idle += 1
                if running.idle > (RACE_TICKS if running.life.raced else 0):
                    self._step(running)
            elif record.has_failed(found.get(number)):
                running.idle += 1
                if running.idle > FAILED_TICKS:
                    self._end(running, f"failed after step {running.done} of {len(running.life.steps)}")
            elif self._is_stuck(running):
                self._end(running, f"stuck after step {running.done} of {len(running.life.steps)}")

    def _step(self, running: Running) -> None:
        if self.shop:
            self.shop.ledger.read(running.life.number)
        if running.done == len(running.life.steps):
            self._end(running, "finished")
            return
        if running.life.steps[running.done].act == LATE and not self._is_late:
            self.resting[running.life.number] = self.running.pop(running.life.number)
            return
        try:
            if self.shop and running.life.steps[running.done].act == "edit_admin":
                self.shop.prepare(running.life)
            self.people.act(running.life, running.done)
        except (NotPossible, PurchaseOrder.DoesNotExist, Return.DoesNotExist, ControlError, WalmartRefusal) as refusal:
            if self._is_stuck(running):
                self._end(running, f"step {running.done} refused: {refusal}")
            return
        running.done, running.since, running.idle = running.done + 1, time.monotonic(), 0

    def _is_stuck(self, running: Running) -> bool:
        """Only once the faults are off: until then there is no telling how long a step takes."""
        return not self._books.is_on and time.monotonic() - max(running.since, self._quiet_from) > STUCK

    def _end(self, running: Running, why: str) -> None:
        running.stopped = why
        self.ended[running.life.number] = self.running.pop(running.life.number)

    def _let_go(self) -> None:
        """A journal of the dead is read once more to its end."""
        dead = set(self._at.dead)
        self._journals.look({name: self._at.journal(name) for name in {*self._at.workers, *dead} - self._buried})
        self._buried |= dead
        self._journals.let_go(dead)

    def _drain(self) -> None:
        """Faults are off: lives come to their end."""
        self._books.is_on, self._quiet_from = False, time.monotonic()
        ends = time.monotonic() + DRAIN
        while self._is_living and time.monotonic() < ends:
            self._tick(places=False)
        for running in list(self.running.values()):
            self._end(running, f"not at rest after step {running.done} of {len(running.life.steps)}")

    def _let_two_days_pass(self) -> None:
        """Returns that nobody pays for fall to Walmart, after seconds now. What follows meets faults again."""
        self.people.walmart.set_return_options(walmart_refunds_after_hours=TWO_DAYS / 3600)
        self._books.is_on = self._is_late = True
        self.running, self.resting = self.resting, {}
        ends = time.monotonic() + AFTER_TWO_DAYS
        while self.running and time.monotonic() < ends:
            self._tick(places=False)

    def _is_quiet(self) -> bool:
        """Nothing is due, and every stream has been read to its end since then."""
        self._tick(places=False)
        if sql.rows(OPEN)[0]["open"] or not (self.shop is None or self.shop.is_told()):
            self._quiet_since = None
            return False
        if self._quiet_since is None:
            self._quiet_since = datetime.now(UTC)
            for stream in AT_LAST:
                pulls.request(self.people.store.pk, stream)
        often = StreamCursor.objects.exclude(stream__in=SELDOM)
        return not often.filter(started_at__lt=self._quiet_since).exists()
