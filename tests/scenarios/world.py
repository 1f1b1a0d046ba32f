"""A store between the two simulators, over real HTTP, driven by the real engine in the test's own process."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from asgiref.sync import async_to_sync

from channel_manager import gateways
from channel_manager.accounts.models import User
from channel_manager.catalog import actions as catalog_actions
from channel_manager.catalog.models import Listing
from channel_manager.orders import actions, onboarding
from channel_manager.orders.models import PurchaseOrder, Treatment
from channel_manager.ports.documents import StoreView, Track
from channel_manager.ports.messages import Reason
from channel_manager.returns import actions as return_actions
from channel_manager.returns.actions import Units
from channel_manager.returns.models import Return
from channel_manager.returns.queries import memo_draft
from channel_manager.returns.refunding import Terms
from channel_manager.stores.actions import connect
from channel_manager.stores.models import CarrierRule
from channel_manager.sync import delivery, pulls, sql
from channel_manager.sync.models import Level
from channel_manager.worker.kinds import KINDS
from channel_manager.worker.streams import STREAMS
from channel_simulators.commerce import sandbox

CATALOG = {name: stream for name, stream in STREAMS.items() if stream.__module__.startswith("channel_manager.catalog.")}
DUE_LANES = """
    SELECT DISTINCT store_id || ':' || platform || ':' || family AS lane FROM sync_operation
    WHERE state IN ('waiting', 'sending') AND (state = 'sending' AND lease_until < now() OR due_at <= now())
    ORDER BY 1
"""


class World:
    def __init__(self, walmart, commerce):
        self.walmart, self.commerce = walmart.control, commerce.control
        self.urls = walmart.url, commerce.url
        self.streams = {name: stream for name, stream in STREAMS.items() if name not in CATALOG}
        self.alice = User.objects.create_superuser("alice", "alice@example.com", "a long password of alice")
        self.store = self.connect()
        self.confirm()

    def connect(self):
        return connect(
            name="Kitchen & Home",
            marketplace_url=self.urls[0],
            marketplace={"client_id": "sandbox-client", "client_secret": "sandbox-secret"},
            commerce_url=self.urls[1],
            commerce={
                "consumer_key": sandbox.CONSUMER_KEY,
                "consumer_secret": sandbox.CONSUMER_SECRET,
                "access_token": sandbox.ACCESS_TOKEN,
                "access_token_secret": sandbox.TOKEN_SECRET,
            },
            view=StoreView(id=2, code="walmart", name="Walmart", website_code="walmart", currency="USD"),
        )

    def confirm(self, orders_from=None, open_orders=Treatment.IMPORT):
        now = datetime.now(UTC)
        onboarding.confirm(
            self.store, orders_from=orders_from or now - timedelta(days=30), open_orders=open_orders, by=None, at=now
        )

    # -- the service --

    def settle(self, rounds=8, *, patient=True):
        """Pull and deliver until nothing changes any more; what waits for later is due at once (`patient`)."""
        for _ in range(rounds):
            before = self._fingerprint()
            async_to_sync(self._turn)()
            if patient:
                self.hurry()
            if self._fingerprint() == before and not self.due():
                return
        waiting = sql.rows("SELECT kind, state, error FROM sync_operation WHERE state IN ('waiting', 'sending')")
        assert all(row["kind"] == "acknowledge" or row["error"] for row in waiting), waiting

    def turn(self):
        """One round of pulls and deliveries; nothing that waits for later is hurried."""
        async_to_sync(self._turn)()

    async def _turn(self):
        try:
            for name, stream in self.streams.items():
                await sql.in_transaction(pulls.request)(self.store.pk, name)
                await pulls.run(stream, self.store.pk, gateways.gateways_for, poll_seconds=0)
            for _ in range(20):
                lanes = await sql.in_transaction(self.due)()
                if not lanes:
                    break
                for lane in lanes:
                    await delivery.run(lane, KINDS, gateways.gateways_for)
        finally:
            await gateways.close()

    def due(self):
        return [row["lane"] for row in sql.rows(DUE_LANES)]

    def hurry(self):
        """As if time had passed: retries are due, lanes and platforms are asked again."""
        sql.execute(
            "UPDATE sync_operation SET due_at = now() WHERE state = 'waiting' AND (error IS NOT NULL OR ambiguous)"
        )
        sql.execute("UPDATE sync_operation SET lease_until = now() WHERE state = 'sending'")
        sql.execute("UPDATE sync_lane SET blocked_until = now() WHERE blocked_until IS NOT NULL")
        sql.execute("UPDATE sync_platform_pause SET next_check_at = now()")

    def _fingerprint(self):
        return sql.rows(
            "SELECT (SELECT count(*) FROM sync_operation WHERE state IN ('waiting', 'sending')) AS open,"
            " (SELECT count(*) FROM sync_operation) AS operations, (SELECT count(*) FROM history_event) AS events"
        )

    # -- people --

    def order(self, number):
        return PurchaseOrder.objects.select_related("store").get(store=self.store, number=number)

    def ship(self, number, quantities, tracks=(("ups", "UPS", "1Z999AA10123456784"),), *, override=False):
        return actions.ship(
            self.order(number),
            quantities=quantities,
            tracks=[Track(carrier_code=code, title=title, number=track) for code, title, track in tracks],
            comment="",
            source_code="",
            override=override,
            marker=uuid.uuid4(),
            by=self.alice,
            at=datetime.now(UTC),
        )

    def cancel(self, number, quantities, reason=Reason.STOCK):
        return actions.cancel(
            self.order(number),
            quantities=quantities,
            reason=reason,
            marker=uuid.uuid4(),
            by=self.alice,
            at=datetime.now(UTC),
        )

    def credit_memo(self, rma, number, lines=None, *, shipping=None, restock=False, marker=None, **terms):
        """For a return's units of one order: {line of the return: units}, all that is left unless given."""
        returned, order = self.returned(rma), self.order(number)
        draft = memo_draft(returned, order, lines)
        wanted = lines or {row.line.number: row.facts.room for row in draft.rows}
        return return_actions.create_credit_memo(
            returned,
            order,
            lines={line: Units(units, restock) for line, units in wanted.items()},
            terms=Terms(shipping=draft.shipping if shipping is None else Decimal(shipping), **terms),
            marker=marker or uuid.uuid4(),
            by=self.alice,
            at=datetime.now(UTC),
        )

    def decide(self, refund, effect, reason=""):
        return_actions.decide(refund, effect=effect, reason=reason, by=self.alice, at=datetime.now(UTC))

    # -- stock and price --

    def sell(self, stock, *, prices=False, confirm=True):
        """Products of the shop that are items at Walmart too, by SKU with their units in Commerce; all is read, and
        sent where it is confirmed.
        """
        self.streams = STREAMS
        self.walmart.set_items([{"sku": sku, "name": sku, "price": 10} for sku in stock])
        for sku, units in stock.items():
            self.commerce.set_stock(sku, units)
            self.commerce.set_product(sku, attributes={"connect_to_channel_manager": "1"}, price=10)
        self.settle()
        if confirm:
            self.follow("stock")
        if prices:
            self.follow("price")
        self.settle()

    def follow(self, kind):
        catalog_actions.confirm(self.store, kind, by=self.alice, at=datetime.now(UTC))

    def listing(self, sku):
        return Listing.objects.get(store=self.store, sku=sku)

    def level(self, sku, kind="stock"):
        return Level.objects.get(store=self.store, kind=kind, key=sku)

    def stock_at_walmart(self, sku):
        """(stated, reserved, available)"""
        stock = self.walmart.stock(sku)
        return stock["input"], stock["reserved"], stock["available"]

    # -- looking --

    def returned(self, rma):
        return Return.objects.select_related("store__rules").get(store=self.store, number=rma)

    def told(self, rma):
        """What the Returns page says of a return."""
        return [detail["template"] % detail["values"] for detail in self.returned(rma).details]

    def refunded_at_walmart(self, rma):
        """Each line of a return as (units, refunded units)."""
        lines = self.walmart.return_order(rma)["lines"]
        return {str(line["line"]): (line["quantity"], line["refunded"]) for line in lines}

    def memos(self, number):
        """Credit memos of the Commerce order as (total, units by item)."""
        return [
            (Decimal(str(memo["grand_total"])), sorted(int(float(item["qty"])) for item in memo["items"]))
            for memo in self.in_commerce(number)["creditmemos"]
        ]

    def at_walmart(self, number):
        """Each line as (shipped with numbers, cancelled, still open)."""
        return {
            line["line"]: (
                [(entry["quantity"], entry["carrier"], entry["number"]) for entry in line["shipped"]],
                sum(entry["quantity"] for entry in line["cancelled"]),
                line["created"] + line["acknowledged"],
            )
            for line in self.walmart.order(number)["lines"]
        }

    def in_commerce(self, number):
        return self.commerce.order(number)

    def problems(self, number):
        return [detail["template"] % detail["values"] for detail in self.order(number).details]

    def map_carrier(self, **rule):
        CarrierRule.objects.create(store=self.store, **rule)
        actions.carriers_changed(self.store)

    def send_anyway(self, shipment):
        actions.send_anyway(shipment, by=self.alice, at=datetime.now(UTC))

    def retry(self, operation_id):
        actions.retry(operation_id, by=self.alice, at=datetime.now(UTC))

    def create_in_commerce(self, number):
        actions.create_in_commerce(self.order(number), by=self.alice, at=datetime.now(UTC))

    def settle_by_hand(self, operation_id, reason="done in Seller Center"):
        actions.settle(operation_id, reason=reason, by=self.alice, at=datetime.now(UTC))

    def has_commerce_order(self, number):
        return PurchaseOrder.objects.filter(number=number, commerce_order_id__isnull=False).exists()
