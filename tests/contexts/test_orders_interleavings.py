"""Everything that can happen to an order, in any sequence, with answers that get lost: the books always add up."""

import uuid
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import Sum
from django.forms.models import model_to_dict
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from channel_manager.orders import actions, allocation, lifecycle, state
from channel_manager.orders.intake import changes, commerce_orders, commerce_shipments, purchase_orders
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import (
    Cancellation,
    CancellationLine,
    CommerceItem,
    OrderLine,
    PurchaseOrder,
    Shipment,
    ShipmentLine,
    ShipmentTrack,
)
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import (
    Address,
    Capabilities,
    Comment,
    CommerceOrder,
    CommerceShipment,
    Fulfilment,
    IncomingLine,
    IncomingOrder,
    LineCharges,
    LineState,
    Reason,
    ReportedQuantity,
    Track,
)
from channel_manager.ports.messages import CommerceItem as ShownItem
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import say
from channel_manager.sync.kinds import Claim, Sent, Skip
from channel_manager.sync.models import State, SyncOperation
from channel_manager.worker.kinds import KINDS
from tests import factories

SETTINGS = settings(derandomize=True, max_examples=40, stateful_step_count=20, deadline=None)
NUMBER = "1872846217683"
LINES = {"1": ("CAP", 3), "2": ("CAP", 1), "3": ("MUG", 2)}
PLACED = datetime.now(UTC) - timedelta(hours=1)
ROWS = (PurchaseOrder, OrderLine, CommerceItem, Shipment, ShipmentLine, ShipmentTrack, Cancellation, CancellationLine)


@dataclass
class WalmartLine:
    left: int
    shipped: list = field(default_factory=list)
    cancelled: int = 0
    acknowledged: bool = False
    asked: bool = False


class Walmart:
    """What the marketplace holds of one order. It refuses what is not open, as the real one does."""

    capabilities = Capabilities(carriers=("UPS",), ship_methods=("VALUE",), tracking_correction_hours=4)

    def __init__(self):
        self.lines = {number: WalmartLine(quantity) for number, (_, quantity) in LINES.items()}

    async def order(self, number):
        return self.shown()

    async def acknowledge(self, number):
        for line in self.lines.values():
            line.acknowledged = True
        return self.shown()

    async def ship(self, number, parcel):
        self._check({part.number: part.quantity for part in parcel.lines})
        for part in parcel.lines:
            self.take(part.number, part.quantity, parcel.tracking_number)
        return self.shown()

    async def cancel(self, number, lines):
        self._check({part.number: part.quantity for part in lines})
        for part in lines:
            self.lines[part.number].left -= part.quantity
            self.lines[part.number].cancelled += part.quantity
        return self.shown()

    def _check(self, wanted):
        if any(units > self.lines[number].left for number, units in wanted.items()):
            raise Rejected(say("Not open."), side="Walmart")

    def take(self, number, units, tracking_number):
        self.lines[number].left -= units
        self.lines[number].shipped.append((units, tracking_number))

    def shown(self):
        return IncomingOrder(
            number=NUMBER,
            customer_order_number="2000",
            ordered_at=PLACED,
            ship_by=None,
            deliver_by=None,
            ship_method="VALUE",
            fulfilment=Fulfilment.SELLER,
            replacement_for=None,
            email="buyer@relay.walmart.example",
            address=Address(
                name="Robin Doe", street=("1 Main",), city="X", state="IL", postcode="62701", country="US", phone="5"
            ),
            lines=tuple(self._line(number, line) for number, line in self.lines.items()),
            currency="USD",
            stated_total=None,
            raw={"as": repr(self.lines)},
        )

    def _line(self, number, line):
        sku, quantity = LINES[number]
        still = LineState.ACKNOWLEDGED if line.acknowledged else LineState.CREATED
        parts = [ReportedQuantity(state=still, quantity=line.left)]
        parts += [ReportedQuantity(state=LineState.CANCELLED, quantity=line.cancelled, reason="auto")]
        parts += [
            ReportedQuantity(state=LineState.SHIPPED, quantity=units, carrier="UPS", tracking_number=track)
            for units, track in line.shipped
        ]
        return IncomingLine(
            number=number,
            sku=sku,
            name=sku,
            quantity=quantity,
            charges=LineCharges(product=Decimal("10.00") * quantity),
            reported=tuple(part for part in parts if part.quantity),
            buyer_asked_to_cancel=line.asked and bool(line.left),
        )


class Shop:
    """The Commerce order: items by id with their units, and the shipments made of it."""

    def __init__(self):
        self.items = {}
        self.shipments = []
        self.moment = timezone.now()

    def place(self, plan):
        bundles = dict(enumerate(allocation.bundles(plan.lines), 501))
        self.items = {item_id: Counter(ordered=bundle.quantity) for item_id, bundle in bundles.items()}
        self.skus = {item_id: bundle.sku for item_id, bundle in bundles.items()}
        return {
            "order_id": 7,
            "number": "2000000007",
            "state": "new",
            "total": "60.00",
            "adopted": False,
            "adjusted": [],
            "items": [
                {
                    "item_id": item_id,
                    "sku": bundle.sku,
                    "ordered": bundle.quantity,
                    "lines": {line.number: line.live for line in bundle.lines},
                }
                for item_id, bundle in bundles.items()
            ],
        }

    def to_ship(self, item_id):
        item = self.items[item_id]
        return item["ordered"] - item["shipped"] - item["cancelled"]

    def make(self, quantities, tracks, comments=()):
        """Shipping more than there is ships what there is (magento-observed §2.5)."""
        shipped = {item_id: min(units, self.to_ship(item_id)) for item_id, units in quantities.items()}
        shipped = {item_id: units for item_id, units in shipped.items() if units > 0}
        if not shipped:
            raise Rejected(say("You can't create a shipment without products."), side="Commerce")
        for item_id, units in shipped.items():
            self.items[item_id]["shipped"] += units
        shipment_id = 900 + len(self.shipments)
        made = [
            Track(carrier_code=t.carrier_code, title=t.title, number=t.number, track_id=10 * shipment_id + n)
            for n, t in enumerate(tracks)
        ]
        self.shipments.append(
            CommerceShipment(
                shipment_id=shipment_id,
                number=f"S{shipment_id}",
                order_id=7,
                created_at=timezone.now(),
                quantities=shipped,
                tracks=tuple(made),
                comments=tuple(comments),
            )
        )
        return shipment_id

    async def shipments_of(self, order_id):
        return tuple(self.shipments)

    async def ship(self, order_id, new):
        return self.make(new.quantities, new.tracks, [new.marker])

    def read(self, ids):
        return tuple(shipment for shipment in self.shipments if shipment.shipment_id in ids)

    def cancel_rest(self):
        for item_id, item in self.items.items():
            item["cancelled"] += self.to_ship(item_id)

    def keep(self, wanted):
        """Where the planner of `keep` ends: proven apart, in the rules."""
        for item_id, units in wanted.items():
            item = self.items[item_id]
            if item["shipped"] + units > item["ordered"]:
                raise Rejected(say("Shipped already."), side="Commerce")
            item["cancelled"] = max(item["cancelled"], units)
        names = ("invoiced", "shipped", "cancelled", "refunded")
        items = [
            {"item_id": item_id, "refunded_unshipped": 0} | {name: item[name] for name in names}
            for item_id, item in self.items.items()
        ]
        return {"state": "processing", "items": items}

    def shown(self, *comments):
        return CommerceOrder(
            order_id=7,
            number="2000000007",
            external_number=NUMBER,
            cart_id=None,
            store_id=2,
            state="processing",
            status="processing",
            created_at=self.moment,
            updated_at=timezone.now(),
            email="",
            email_sent=True,
            items=tuple(
                ShownItem(
                    item_id=item_id,
                    cart_item_id=None,
                    sku=self.skus[item_id],
                    ordered=item["ordered"],
                    shipped=item["shipped"],
                    cancelled=item["cancelled"],
                )
                for item_id, item in self.items.items()
            ),
            money={},
            payment_id=1,
            payment_lines=(),
            comments=tuple(Comment(text=text, created_at=self.moment) for text in comments),
        )


class Life(RuleBasedStateMachine):
    """One order from its arrival on. `alice` and `store` are there before; everything else is rolled back."""

    alice = store = None

    def __init__(self):
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.walmart, self.shop = Walmart(), Shop()
        ports = SimpleNamespace(shipments_of=self.shop.shipments_of, ship=self.shop.ship, shipments=self._read)
        self.gateways = Gateways(marketplace=self.walmart, commerce=ports)
        self.tracks = 0

    def teardown(self):
        try:
            self._everything_is_delivered()
        finally:
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)

    async def _read(self, ids):
        return self.shop.read(ids)

    @initialize(created=st.booleans())
    def received(self, created):
        self._receive()
        while created and not self.order.commerce_order_id:
            self._deliver(self._due()[0])

    # -- people and platforms --

    @rule(number=st.sampled_from(sorted(LINES)), units=st.integers(1, 3), tracked=st.booleans(), override=st.booleans())
    def alice_ships(self, number, units, tracked, override):
        self._allowed(
            actions.ship,
            quantities={number: min(units, LINES[number][1])},
            tracks=[self._track()] if tracked else [],
            comment="",
            source_code="",
            override=override,
        )

    @rule(number=st.sampled_from(sorted(LINES)), units=st.integers(1, 3))
    def alice_cancels(self, number, units):
        self._allowed(actions.cancel, quantities={number: min(units, LINES[number][1])}, reason=Reason.STOCK)

    @rule()
    def alice_adds_a_track(self):
        shipment = Shipment.objects.filter(tracks=None).first()
        if shipment:
            with suppress(NotPossible):
                actions.add_tracking(shipment, track=self._track(), by=self.alice, at=timezone.now())

    @precondition(lambda self: self.shop.items)
    @rule(data=st.data(), units=st.integers(1, 3), tracked=st.booleans())
    def the_merchant_ships_in_commerce(self, data, units, tracked):
        item_id = data.draw(st.sampled_from(sorted(self.shop.items)))
        if self.shop.to_ship(item_id):
            self.shop.make({item_id: units}, [self._track()] if tracked else [])

    @precondition(lambda self: self.shop.items)
    @rule()
    def the_merchant_cancels_in_commerce(self):
        self.shop.cancel_rest()

    @rule(number=st.sampled_from(sorted(LINES)))
    def walmart_cancels_a_unit(self, number):
        line = self.walmart.lines[number]
        if line.left:
            line.left, line.cancelled = line.left - 1, line.cancelled + 1

    @rule(number=st.sampled_from(sorted(LINES)))
    def a_unit_is_shipped_in_seller_center(self, number):
        if self.walmart.lines[number].left:
            self.walmart.take(number, 1, self._track().number)

    @rule(number=st.sampled_from(sorted(LINES)), asks=st.booleans())
    def the_buyer_asks_to_cancel(self, number, asks):
        self.walmart.lines[number].asked = asks

    # -- the service --

    @rule()
    def walmart_is_read(self):
        self._receive()
        before = self._rows()
        self._receive()
        changes.take_over(state.locked(self.order.pk), self.walmart.shown(), timezone.now())
        assert self._rows() == before, "the same page again changes nothing"

    @precondition(lambda self: self.shop.items)
    @rule(reason=st.sampled_from(["", "out of stock"]))
    def commerce_is_read(self, reason):
        self._read_commerce(reason)
        before = self._rows()
        self._read_commerce(reason)
        assert self._rows() == before, "the same page again changes nothing"

    @precondition(lambda self: self._due())
    @rule(data=st.data(), lost=st.booleans())
    def an_operation_is_delivered(self, data, lost):
        self._deliver(data.draw(st.sampled_from(self._due())), lost=lost)

    # -- what always holds --

    @invariant()
    def the_books_add_up(self):
        for line in OrderLine.objects.all():
            shipped, cancelled = ShipmentLine.objects.filter(line=line), CancellationLine.objects.filter(line=line)
            assert line.recorded_shipped == units(shipped)
            assert line.sent_shipped == units(shipped.filter(shipment__is_sent=True))
            assert line.recorded_cancelled == units(cancelled)
            assert line.sent_cancelled == units(cancelled.filter(cancellation__is_sent=True))
            assert line.sent_shipped + line.sent_cancelled <= line.quantity

    @invariant()
    def the_status_is_the_lines(self):
        for order in PurchaseOrder.objects.all():
            ledgers = state.ledgers(order)
            assert order.status == lifecycle.status(ledgers.values())
            contradicted = [sentence.as_json() for sentence in lifecycle.contradictions(ledgers)]
            assert [detail for detail in order.details if detail in contradicted] == contradicted

    @invariant()
    def nothing_reaches_walmart_twice(self):
        for number, line in self.walmart.lines.items():
            assert line.left + line.cancelled + sum(part for part, _ in line.shipped) == LINES[number][1]
        told = defaultdict(int)
        for line in self.walmart.lines.values():
            for part, track in line.shipped:
                told[track] += part
        for shipment in Shipment.objects.exclude(origin="marketplace").prefetch_related("lines", "tracks"):
            parcel = sum(row.quantity for row in shipment.lines.all())
            assert all(told[track.number] <= parcel for track in shipment.tracks.all())

    # -- how --

    @property
    def order(self):
        return PurchaseOrder.objects.select_related("store").get()

    def _track(self):
        self.tracks += 1
        return Track(carrier_code="ups", title="UPS", number=f"1Z{self.tracks:06d}")

    def _allowed(self, action, **wanted):
        with suppress(NotPossible):
            action(self.order, **wanted, marker=uuid.uuid4(), by=self.alice, at=timezone.now())

    def _receive(self):
        purchase_orders.receive(self.store, [self.walmart.shown()], acknowledge_hours=4, now=timezone.now())

    def _read_commerce(self, *comments):
        commerce_shipments.receive(self.store, self.shop.shipments)
        commerce_orders.receive(self.store, [self.shop.shown(*filter(None, comments))])

    def _due(self):
        """Ids of what may be sent: in the order of a subject on a platform, the acknowledgement at any time."""
        waiting = SyncOperation.objects.filter(state=State.WAITING, due_at__lte=timezone.now()).order_by("id")
        heads = {}
        for operation in waiting:
            heads.setdefault(operation.platform if operation.in_order else operation.id, operation.id)
        return sorted(heads.values())

    def _deliver(self, operation_id, *, lost=False):
        """One attempt; `lost`: the platform did it, and the worker died before it wrote that down."""
        operation = SyncOperation.objects.get(pk=operation_id)
        kind = KINDS[operation.kind]
        claim = Claim(
            id=operation.id,
            store_id=operation.store_id,
            kind=operation.kind,
            subject=operation.subject,
            payload=operation.payload,
            progress=operation.progress,
            attempt=1,
            ambiguous=operation.ambiguous,
        )
        prepared = kind.prepare([claim]).get(claim.id)
        if isinstance(prepared, Skip):
            self._end(operation, State.SKIPPED, reason=prepared.reason.as_json())
            return
        try:
            sent = self._send(kind, claim, prepared)
        except Rejected as refused:
            self._end(operation, State.FAILED, error={"class": "Rejected", "sentence": refused.sentence.as_json()})
            kind.stopped(claim, refused, final=True)
            return
        if lost and kind.name != "create_commerce_order":
            operation.ambiguous = True
            operation.save()
            return
        self._end(operation, State.DONE)
        kind.apply(claim, sent.result)

    def _send(self, kind, claim, prepared):
        if kind.name == "create_commerce_order":
            return Sent(self.shop.place(prepared))
        if kind.name == "mirror_cancellation":
            return Sent(self.shop.keep(prepared.wanted))
        if kind.name == "add_commerce_track":
            return Sent({"track_id": 5000 + claim.id})
        return async_to_sync(kind.send)(claim, prepared, self.gateways, None)

    def _end(self, operation, state_, **facts):
        ended = {"state": state_, "finished_at": timezone.now(), **facts}
        SyncOperation.objects.filter(pk=operation.pk).update(**ended)

    def _everything_is_delivered(self):
        """Both sides are read and told until nothing is due: it ends, it adds up, and what was not told is shown."""
        for _ in range(5):
            self._receive()
            if self.shop.items:
                self._read_commerce("out of stock")
            for _ in range(60):
                if not self._due():
                    break
                self._deliver(self._due()[0])
        assert not self._due()
        self.the_books_add_up()
        self.the_status_is_the_lines()
        self.nothing_reaches_walmart_twice()
        untold = Shipment.objects.filter(is_sent=True, hold="", reported_at=None).exists()
        untold |= Cancellation.objects.filter(is_sent=True, reported_at=None).exclude(reason="").exists()
        assert not untold or self.order.has_error

    def _rows(self):
        """Everything but the time of the last look."""
        rows = {model.__name__: [model_to_dict(row) for row in model.objects.order_by("pk")] for model in ROWS}
        for order in rows["PurchaseOrder"]:
            del order["updated_at"]
        return rows | {"operations": list(SyncOperation.objects.order_by("pk").values_list("key", "state"))}


def units(rows):
    return rows.aggregate(units=Sum("quantity"))["units"] or 0


@pytest.mark.slow
def test_any_life_adds_up(db):
    Life.alice, Life.store = factories.user(), factories.store()
    run_state_machine_as_test(Life, settings=SETTINGS)
