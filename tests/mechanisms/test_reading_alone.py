"""What protects reading: each test fails when its mechanism alone is removed (`mechanisms.py` names it)."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from waiting import PATIENCE

from channel_manager.orders.intake import streams
from channel_manager.orders.models import PurchaseOrder, Shipment
from channel_manager.ports.documents import (
    ChangedOrders,
    CommerceMemo,
    CommerceShipment,
    Keyset,
    NewMemos,
    NewShipments,
)
from channel_manager.ports.messages import Capabilities, OrdersPage, Platform
from channel_manager.returns.intake import streams as returns
from channel_manager.returns.models import Refund
from channel_manager.sync import pulls
from channel_manager.sync.models import StreamCursor
from channel_manager.sync.pulls import Fetched, Stream
from tests import factories
from tests.contexts.orders_platforms import Shop, Walmart


@pytest.fixture
def store(transactional_db):
    return factories.store()


@pytest.fixture
def order(store):
    return factories.order(store, lines=(("SKU-1", 3),))


def read(stream, store, **platforms):
    async_to_sync(_reading(stream, store, **platforms))()


def _reading(stream, store, **platforms):
    async def gateways_for(store_id):
        return SimpleNamespace(**platforms)

    async def run():
        await pulls.run(stream, store.pk, gateways_for, poll_seconds=0)

    return run


class Slow(Stream):
    """A stream whose page is long on its way."""

    name = "slow"
    platform = Platform.MARKETPLACE

    def __init__(self):
        self.fetched = 0

    async def fetch(self, store_id, cursor, gateways, now):
        self.fetched += 1
        await self.gate.wait()
        return Fetched(page=None, cursor={"read": self.fetched}, more=False)

    def receive(self, store_id, page, now):
        pass


def test_a_stream_is_read_by_one_at_a_time(store):
    stream = Slow()

    async def two_workers():
        stream.gate = asyncio.Event()
        runs = [asyncio.create_task(_reading(stream, store)()) for _ in range(2)]
        await asyncio.wait(runs, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        stream.gate.set()
        await asyncio.gather(*runs)

    async_to_sync(two_workers)()
    assert stream.fetched == 1


def test_a_page_read_twice_is_received_once(store):
    class Listing:
        capabilities = Capabilities()

        async def released_orders(self, **_):
            return OrdersPage(orders=(Walmart().shown(),), next_cursor=None)

    for _ in range(2):
        read(streams.ReleasedOrders(), store, marketplace=Listing())
    assert (PurchaseOrder.objects.count(), StreamCursor.objects.get().error) == (1, None)


class Documents:
    """Shipments and credit memos of a shop that hands out ids before it commits."""

    def __init__(self, order):
        item = order.commerce_items.get().item_id
        common = {"order_id": order.commerce_order_id, "created_at": datetime.now(UTC), "quantities": {item: 1}}
        self.shipment = CommerceShipment(shipment_id=0, number="", tracks=(), **common)
        self.memo = CommerceMemo(memo_id=0, number="", total=Decimal("10.80"), **common)
        self.committed = []

    def _after(self, after_id):
        return sorted(one for one in self.committed if one > after_id)

    async def new_shipments(self, *, after_id):
        found = self._after(after_id)
        shown = tuple(replace(self.shipment, shipment_id=one, number=f"S{one}") for one in found)
        return NewShipments(shipments=shown, more=False, last_id=max(found, default=0))

    async def new_memos(self, *, after_id):
        found = self._after(after_id)
        shown = tuple(replace(self.memo, memo_id=one, number=f"M{one}") for one in found)
        return NewMemos(memos=shown, more=False, last_id=max(found, default=0))


def test_a_shipment_that_commits_after_one_with_a_greater_id_is_read(store, order):
    shop = Documents(order)
    for newly in (7, 6):
        shop.committed.append(newly)
        read(streams.CommerceShipments(), store, commerce=shop)
    assert sorted(Shipment.objects.values_list("commerce_shipment_id", flat=True)) == [6, 7]


def test_a_credit_memo_that_commits_after_one_with_a_greater_id_is_read(store):
    shop = Documents(factories.shipped_order(store, lines=(("SKU-1", 3),)))
    for newly in (7, 6):
        shop.committed.append(newly)
        read(returns.CommerceMemos(), store, commerce=shop)
    assert sorted(Refund.objects.values_list("commerce_memo_id", flat=True)) == [6, 7]


def test_an_order_whose_change_shows_late_is_read(store):
    """Its date is a minute before the last run, and the list shows it only now."""

    class Lagging:
        capabilities = Capabilities()
        orders = ()

        async def changed_orders(self, *, changed_since, **_):
            shown = tuple(order for order in self.orders if changed >= changed_since)
            return OrdersPage(orders=shown, next_cursor=None)

    changed, walmart = datetime.now(UTC) - timedelta(minutes=1), Lagging()
    read(streams.SellerOrders(), store, marketplace=walmart)
    walmart.orders = (Walmart().shown(),)
    read(streams.SellerOrders(), store, marketplace=walmart)
    assert PurchaseOrder.objects.count() == 1


def test_a_commerce_order_whose_change_commits_late_is_read(store, order):
    """Its `updated_at` was written when its transaction began, a minute before the feed's last row."""
    last = datetime.now(UTC)
    shop = Shop()
    shop.items, shop.skus = {}, {}
    held = replace(shop.shown(), order_id=order.commerce_order_id, state="holded")
    held = replace(held, updated_at=last - timedelta(minutes=1))

    class Feed:
        orders = ()

        async def changed_orders(self, start):
            shown = tuple(one for one in self.orders if one.updated_at >= start.updated_at)
            return ChangedOrders(orders=shown, cursor=Keyset(updated_at=last), more=False)

    feed = Feed()
    read(streams.CommerceOrders(), store, commerce=feed)
    feed.orders = (held,)
    read(streams.CommerceOrders(), store, commerce=feed)
    order.refresh_from_db()
    assert order.commerce_state == "holded"
