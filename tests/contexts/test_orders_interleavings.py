"""Everything that can happen to an order, in any sequence, with answers that get lost: the books always add up."""

import uuid
from collections import defaultdict
from contextlib import suppress
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
from orders_platforms import LINES, Shop, Walmart

from channel_manager.orders import actions, lifecycle, state
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
from channel_manager.ports.documents import Track
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Reason
from channel_manager.shared.errors import Rejected
from channel_manager.sync.kinds import Claim, Sent, Skip
from channel_manager.sync.models import State, SyncOperation
from channel_manager.worker.kinds import KINDS
from tests import factories

SETTINGS = settings(derandomize=True, max_examples=40, stateful_step_count=20, deadline=None)
ROWS = (PurchaseOrder, OrderLine, CommerceItem, Shipment, ShipmentLine, ShipmentTrack, Cancellation, CancellationLine)


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
        purchase_orders.receive(self.store, [self.walmart.shown()], now=timezone.now())

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
