"""What is pulled and how often. Each page is fetched on the wire and received in the transaction that moves its cursor.

Notifications of a platform only make a pull due earlier.
"""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

import msgspec

from channel_manager.orders.intake import commerce_orders, commerce_shipments, purchase_orders, unreadable
from channel_manager.ports import documents
from channel_manager.ports.documents import CommerceOrder, CommerceShipment, Keyset
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Fulfilment, IncomingOrder, OrdersPage, Platform, UnreadableOrder
from channel_manager.shared.errors import Rejected
from channel_manager.stores.models import Store
from channel_manager.sync.kinds import Json
from channel_manager.sync.pulls import Fetched, Stream
from channel_manager.sync.sql import in_transaction

# The default creation window would hide old orders that change (walmart-api §2.3); 180 days are all there is.
REACH = timedelta(days=179)
OVERLAP = timedelta(minutes=15)
SHORTEST_WINDOW = timedelta(minutes=1)
# Ids are handed out before commit: a shipment may appear after one with a greater id (commerce-api §14.3).
RESCANNED_IDS = 100
COMMERCE_OVERLAP = timedelta(minutes=5)
Answered = TypeVar("Answered")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    orders: tuple[IncomingOrder | UnreadableOrder, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """When the orders of one query were placed."""

    since: datetime
    until: datetime | None = None

    def middle(self, now: datetime) -> datetime | None:
        """Where to halve it; None when it is too short for that."""
        length = (self.until or now) - self.since
        return self.since + length / 2 if length > SHORTEST_WINDOW else None


class PurchaseOrders(Stream):
    """Base of the streams of purchase orders: pages by cursor, a watermark that moves when the last page is in.

    Cursor: `watermark` (start of the last complete run), and while a run is under way `began` and `next`. A query of
    more orders than the marketplace shows is halved by when they were placed: `since` and `until` are the part that is
    being read, and the rest follows.
    """

    platform: ClassVar[Platform] = Platform.MARKETPLACE
    reach: ClassVar[timedelta] = REACH

    async def ask(self, gateways: Gateways, cursor: Json, placed: Window) -> OrdersPage:
        raise NotImplementedError

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        began = _moment(cursor.get("began")) or now
        since, until = _moment(cursor.get("since")), _moment(cursor.get("until"))
        placed = Window(since or began - self.reach, until)
        page = await self.ask(gateways, cursor, placed)
        follows = _following(cursor, page, placed, now, gateways.marketplace.capabilities.most_orders_a_query)
        run = {"watermark": cursor.get("watermark"), "began": began.isoformat()}
        after = {"watermark": began.isoformat()} if follows is None else run | follows
        return Fetched(page=Received(page.orders), cursor=after, more=follows is not None)

    def receive(self, store_id: int, page: Any, now: datetime) -> None:
        store = Store.objects.select_related("rules").get(pk=store_id)
        purchase_orders.receive(store, page.orders, now=now, by=self.name)

    def restart(self, cursor: Json) -> Json:
        return {"watermark": cursor.get("watermark")}


def _following(cursor: Json, page: OrdersPage, placed: Window, now: datetime, most: int) -> Json | None:
    """What to read after this page: a half of its window, its next page, the rest after its window; None at the end."""
    part = {"since": placed.since.isoformat(), "until": placed.until.isoformat() if placed.until else None}
    middle = placed.middle(now)
    if most and middle and "next" not in cursor and (page.total or 0) >= most:
        return part | {"until": middle.isoformat()}
    if page.next_cursor and page.next_cursor != cursor.get("next"):
        return part | {"next": page.next_cursor}
    return {"since": placed.until.isoformat()} if placed.until else None


class ReleasedOrders(PurchaseOrders):
    """New orders, seconds after they are released."""

    name: ClassVar[str] = "released"

    async def ask(self, gateways: Gateways, cursor: Json, placed: Window) -> OrdersPage:
        return await gateways.marketplace.released_orders(
            fulfilment=Fulfilment.SELLER,
            created_since=placed.since,
            created_until=placed.until,
            cursor=cursor.get("next"),
        )


class ChangedOrders(PurchaseOrders):
    """Every change of the orders of one fulfilment type; also those placed before anything was read."""

    fulfilment: ClassVar[Fulfilment]

    async def ask(self, gateways: Gateways, cursor: Json, placed: Window) -> OrdersPage:
        watermark = _moment(cursor.get("watermark"))
        return await gateways.marketplace.changed_orders(
            fulfilment=self.fulfilment,
            created_since=placed.since,
            created_until=placed.until,
            changed_since=watermark - OVERLAP if watermark else placed.since,
            cursor=cursor.get("next"),
        )


class SellerOrders(ChangedOrders):
    name: ClassVar[str] = "changes_seller"
    fulfilment: ClassVar[Fulfilment] = Fulfilment.SELLER


class PartnerOrders(ChangedOrders):
    name: ClassVar[str] = "changes_partner"
    fulfilment: ClassVar[Fulfilment] = Fulfilment.PARTNER


class MarketplaceOrders(ChangedOrders):
    """Orders that Walmart fulfils itself: shown only."""

    name: ClassVar[str] = "changes_wfs"
    fulfilment: ClassVar[Fulfilment] = Fulfilment.MARKETPLACE


class BuyerRequests(PurchaseOrders):
    """Whether a buyer's request moves an order's modification date is not documented: recent orders are read apart
    (walmart-api §10.2).
    """

    name: ClassVar[str] = "buyer_requests"
    every: ClassVar[float] = 30.0
    reach: ClassVar[timedelta] = timedelta(days=14)

    async def ask(self, gateways: Gateways, cursor: Json, placed: Window) -> OrdersPage:
        return await gateways.marketplace.changed_orders(
            fulfilment=Fulfilment.SELLER,
            created_since=placed.since,
            created_until=placed.until,
            changed_since=placed.since,
            cursor=cursor.get("next"),
        )


class CommerceOrders(Stream):
    """Cancellations, holds and edits in Commerce. Cursor: the keyset of `updated_at` and id."""

    name: ClassVar[str] = "commerce_orders"
    platform: ClassVar[Platform] = Platform.COMMERCE

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        start = msgspec.convert(cursor["keyset"], Keyset) if cursor else Keyset(updated_at=now - timedelta(days=1))
        if cursor and not cursor.get("paging"):
            start = Keyset(updated_at=start.updated_at - COMMERCE_OVERLAP)
        page = await gateways.commerce.changed_orders(start)
        after = {"keyset": msgspec.to_builtins(page.cursor), "paging": page.more}
        return Fetched(page=page, cursor=after, more=page.more)

    def receive(self, store_id: int, page: documents.ChangedOrders, now: datetime) -> None:
        store = Store.objects.select_related("rules").get(pk=store_id)
        commerce_orders.receive(store, page.orders)
        unreadable.tell(store, page.unreadable)


class CommerceShipments(Stream):
    """Shipments by id, with a window that is read again. Cursor: the greatest id seen."""

    name: ClassVar[str] = "commerce_shipments"
    platform: ClassVar[Platform] = Platform.COMMERCE

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        last = cursor.get("last", 0)
        after = cursor.get("page", max(last - RESCANNED_IDS, 0))
        found = await gateways.commerce.new_shipments(after_id=after)
        seen = max(last, found.last_id)
        state = {"last": seen, "page": max(after, found.last_id)} if found.more else {"last": seen}
        return Fetched(page=found, cursor=state, more=found.more)

    def receive(self, store_id: int, page: documents.NewShipments, now: datetime) -> None:
        store = Store.objects.get(pk=store_id)
        commerce_shipments.receive(store, page.shipments)
        unreadable.tell(store, page.unreadable)


@dataclass(frozen=True, slots=True)
class Reread:
    shipments: tuple[CommerceShipment, ...]
    orders: tuple[CommerceOrder, ...]


class CommerceWatch(Stream):
    """What no feed of Commerce tells: tracks added or changed later, a reason typed as a comment, and what an adopted
    order went through before it was ours.
    """

    name: ClassVar[str] = "commerce_watch"
    platform: ClassVar[Platform] = Platform.COMMERCE

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        correction = timedelta(hours=gateways.marketplace.capabilities.tracking_correction_hours)
        shipments = await in_transaction(commerce_shipments.watched)(store_id, correction, now)
        asking = await in_transaction(commerce_orders.without_reason)(store_id, now - timedelta(days=7))
        adopted = await in_transaction(commerce_orders.adopted)(store_id)
        commerce = gateways.commerce
        found = list(await _readable(commerce.shipments(shipments)) or ()) if shipments else []
        for order_id in adopted:
            found += await _readable(commerce.shipments_of(order_id)) or ()
        orders = [await _readable(commerce.order(order_id)) for order_id in {*asking, *adopted}]
        return Fetched(page=Reread(tuple(found), tuple(order for order in orders if order)), cursor={}, more=False)

    def receive(self, store_id: int, page: Reread, now: datetime) -> None:
        store = Store.objects.select_related("rules").get(pk=store_id)
        commerce_shipments.receive(store, page.shipments)
        commerce_orders.receive(store, page.orders)
        commerce_orders.forget_adopted(store_id, [order.order_id for order in page.orders])


async def _readable(answer: Awaitable[Answered]) -> Answered | None:
    """None for what is gone or cannot be understood: it must not hide the others."""
    try:
        return await answer
    except Rejected as error:
        log.warning("Passed over: %s", error)
        return None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
