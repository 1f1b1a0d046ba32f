"""What the worker reads of products, items, stock and prices, again and again."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import msgspec

from channel_manager.catalog import dispatch, linking, measuring, pricing
from channel_manager.catalog.intake import feeds, items, products
from channel_manager.catalog.measuring import Measured
from channel_manager.catalog.models import Feed, Listing, Status
from channel_manager.ports.catalog import FeedReport, FeedState, InventoriesPage, ItemsPage, Product, ShopSettings
from channel_manager.ports.commerce import CommercePlatform
from channel_manager.ports.documents import Keyset
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import Misconfigured, Rejected
from channel_manager.stores.models import Store
from channel_manager.sync import levels
from channel_manager.sync.kinds import Json
from channel_manager.sync.pulls import Fetched, Stream
from channel_manager.sync.sql import in_transaction

CHUNK = 100
"""SKUs that Commerce is asked for at once; the connector asks in smaller parts where the shop wants that."""
log = logging.getLogger(__name__)
SAVED_OVERLAP = timedelta(seconds=30)
"""Read again before the last row: what is saved shows its time only once it is committed."""
SETTLED = timedelta(minutes=5)
"""Rows that were so old when they were read are not joined by others any more: an import's rows, which all have the
same moment, are not read again each time. Also what the clocks of both sides may differ by.
"""
BEFORE_FIRST = timedelta(hours=1)


def _attribute(store_id: int) -> str | None:
    """That connects a product; empty where every product is connected, None while the shop is not known to have it."""
    rules = linking.rules_of(Store.objects.get(pk=store_id))
    return None if rules.attribute_missing or rules.shop_read_at is None else rules.attribute


def _is_used(store_id: int) -> bool:
    """Whether any product was ever connected: without one the marketplace's items are of no interest, and its keys need
    no right to them.
    """
    return Listing.objects.filter(store=store_id, connected=True).exists()


def _chosen_attribute(store_id: int) -> str:
    return linking.rules_of(Store.objects.get(pk=store_id)).attribute


async def _has(attribute: str, commerce: CommercePlatform) -> bool:
    """An integration that may not look is one of a shop that does not use it."""
    try:
        return await commerce.has_attribute(attribute)
    except Misconfigured as error:
        log.info("the attribute cannot be looked up: %s", error)
        return False


# ---- Commerce: products and prices -------------------------------------------------------------------------------


class SavedProducts(Stream):
    """Products that were saved in the Admin or by an import. Cursor: the keyset of `updated_at` and id, and when it was
    reached.
    """

    name: ClassVar[str] = "products"
    platform: ClassVar[Platform] = Platform.COMMERCE

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        attribute = await in_transaction(_attribute)(store_id)
        if attribute is None:
            return Fetched(page=(), cursor=cursor, more=False)
        start = self._start(cursor) if cursor else Keyset(updated_at=now - BEFORE_FIRST)
        found, following, more = await gateways.commerce.changed_products(start, attribute=attribute)
        reached = {"keyset": msgspec.to_builtins(following), "paging": more, "read": now.isoformat()}
        return Fetched(page=found, cursor=reached, more=more)

    @staticmethod
    def _start(cursor: Json) -> Keyset:
        reached = msgspec.convert(cursor["keyset"], Keyset)
        read = datetime.fromisoformat(cursor["read"]) if cursor.get("read") else reached.updated_at
        if cursor.get("paging") or reached.updated_at < read - SETTLED:
            return reached
        return Keyset(updated_at=reached.updated_at - SAVED_OVERLAP)

    def receive(self, store_id: int, page: tuple[Product, ...], now: datetime) -> None:
        if products.receive(Store.objects.get(pk=store_id), page):
            dispatch.dispatch(store_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One step of reading all products: the shop's settings, a page, or those that did not show, looked up by name."""

    shop: ShopSettings | None = None
    has_attribute: bool = True
    products: tuple[Product, ...] = ()
    gone: tuple[str, ...] = ()


class AllProducts(Stream):
    """Every connected product, since prices written past the product, and deletions, show nowhere else (commerce-api
    §9.3). Cursor: the moment it began, the attribute, and the greatest id seen; at last the SKU looked up last.
    """

    name: ClassVar[str] = "all_products"
    platform: ClassVar[Platform] = Platform.COMMERCE
    every: ClassVar[float] = 60.0

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        if not cursor:
            return await self._begin(store_id, gateways, now)
        if "lookup" in cursor:
            return await self._look_up(store_id, cursor, gateways)
        page = await gateways.commerce.products(attribute=cursor["attribute"], after_id=cursor["after"], limit=CHUNK)
        following = {"after": page.last_id} if page.more else {"lookup": ""}
        begun = {name: cursor[name] for name in ("began", "attribute")}
        return Fetched(page=Shelf(products=page.products), cursor=begun | following, more=True)

    async def _begin(self, store_id: int, gateways: Gateways, now: datetime) -> Fetched:
        """Without the attribute nothing is connected, and nothing that was connected is gone."""
        attribute = await in_transaction(_chosen_attribute)(store_id)
        shop = await gateways.commerce.shop_settings()
        has = not attribute or await _has(attribute, gateways.commerce)
        cursor = {"began": now.isoformat(), "attribute": attribute, "after": 0} if has else {}
        return Fetched(page=Shelf(shop=shop, has_attribute=has), cursor=cursor, more=has)

    async def _look_up(self, store_id: int, cursor: Json, gateways: Gateways) -> Fetched:
        """What a whole reading did not show is asked for by its SKU before it counts as gone or unconnected."""
        since = datetime.fromisoformat(cursor["began"])
        absent = await in_transaction(products.missing)(store_id, since=since, after=cursor["lookup"], most=CHUNK)
        if not absent:
            return Fetched(page=Shelf(), cursor={}, more=False)
        found = await gateways.commerce.products_by_sku([sku for _, sku in absent], attribute=cursor["attribute"])
        there = {product.sku for product in found}
        gone = tuple(sku for sku, commerce_sku in absent if commerce_sku not in there)
        return Fetched(page=Shelf(products=found, gone=gone), cursor=cursor | {"lookup": absent[-1][0]}, more=True)

    def receive(self, store_id: int, page: Shelf, now: datetime) -> None:
        store = Store.objects.get(pk=store_id)
        if page.shop:
            linking.rules_of(store)
            products.receive_shop(store, page.shop, has_attribute=page.has_attribute)
        dirty = products.receive(store, page.products)
        products.gone(store, page.gone)
        if dirty:
            dispatch.dispatch(store_id)


# ---- Commerce: stock ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    measured: Measured
    doubts: tuple[int, ...]


class StockTouched(Stream):
    """The fast lane: SKUs that an order, a parcel, a cancellation, a credit memo or the shop itself cast doubt on."""

    name: ClassVar[str] = levels.TOUCHED
    platform: ClassVar[Platform] = Platform.COMMERCE
    every: ClassVar[float] = 0.25

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        doubted, asked = await in_transaction(self._asked)(store_id)
        if not doubted:
            return Fetched(page=None, cursor={}, more=False)
        measured = await measuring.read(asked, gateways.commerce)
        doubts = tuple(id_ for ids in doubted.values() for id_ in ids)
        return Fetched(page=Touched(measured=measured, doubts=doubts), cursor={}, more=len(doubted) == CHUNK)

    def receive(self, store_id: int, page: Touched | None, now: datetime) -> None:
        if page is None:
            return
        measuring.record(Store.objects.get(pk=store_id), page.measured, urgent=True)
        levels.settle(page.doubts)
        dispatch.dispatch(store_id)

    @staticmethod
    def _asked(store_id: int) -> tuple[dict[str, list[int]], measuring.Asked]:
        doubted = levels.doubted(store_id, CHUNK)
        return doubted, measuring.ask(store_id, list(doubted), of_same_products=True)


class NewStock(Stream):
    """What has just been matched, which may be a whole shop: it is measured soon, and keeps nobody waiting in the fast
    lane. Cursor: the SKU measured last.
    """

    name: ClassVar[str] = levels.NEW
    platform: ClassVar[Platform] = Platform.COMMERCE

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        skus, asked = await in_transaction(self._asked)(store_id, cursor.get("after", ""))
        if not skus:
            return Fetched(page=None, cursor={}, more=False)
        measured = await measuring.read(asked, gateways.commerce)
        return Fetched(page=measured, cursor={"after": skus[-1]}, more=True)

    def receive(self, store_id: int, page: Measured | None, now: datetime) -> None:
        if page is None:
            return
        store = Store.objects.get(pk=store_id)
        dirty = measuring.record(store, page)
        dirty += pricing.measure(store, [listing.sku for listing in page.asked.listings])
        if dirty:
            dispatch.dispatch(store_id)

    @staticmethod
    def _asked(store_id: int, after: str) -> tuple[list[str], measuring.Asked]:
        skus = levels.unmeasured(store_id, after, CHUNK)
        return skus, measuring.ask(store_id, skus)


class AllStock(Stream):
    """The sweep over every matched listing, since Commerce tells nobody that its stock has changed (commerce-api §8.3).
    Cursor: the SKU measured last.
    """

    name: ClassVar[str] = "all_stock"
    platform: ClassVar[Platform] = Platform.COMMERCE
    every: ClassVar[float] = 10.0

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        asked = await in_transaction(self._asked)(store_id, cursor.get("after", ""))
        measured = await measuring.read(asked, gateways.commerce)
        more = len(asked.listings) == CHUNK
        return Fetched(page=measured, cursor={"after": asked.listings[-1].sku} if more else {}, more=more)

    def receive(self, store_id: int, page: Measured, now: datetime) -> None:
        store = Store.objects.get(pk=store_id)
        linking.revive(store_id, [listing.sku for listing in page.asked.listings])
        dirty = measuring.record(store, page)
        # Days pass without a word from the shop: a special price begins or ends.
        dirty += pricing.measure(store, [listing.sku for listing in page.asked.listings])
        if dirty:
            dispatch.dispatch(store_id)

    @staticmethod
    def _asked(store_id: int, after: str) -> measuring.Asked:
        matched = Listing.objects.filter(store=store_id, status=Status.MATCHED, sku__gt=after).order_by("sku")
        return measuring.ask(store_id, list(matched.values_list("sku", flat=True)[:CHUNK]))


# ---- the marketplace ---------------------------------------------------------------------------------------------


class Items(Stream):
    """All items of the account that can be listed. Cursor: when it began, how many were read, and the next page."""

    name: ClassVar[str] = "items"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    every: ClassVar[float] = 60.0

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        if not cursor and not await in_transaction(_is_used)(store_id):
            return Fetched(page=(ItemsPage(items=()), None), cursor={}, more=False)
        page = await gateways.marketplace.items(cursor=cursor.get("next"))
        began = cursor.get("began", now.isoformat())
        read = cursor.get("read", 0) + len(page.items) + len(page.unreadable)
        if page.cursor:
            return Fetched(page=(page, None), cursor={"began": began, "read": read, "next": page.cursor}, more=True)
        whole = began if page.total and read >= page.total and not page.unreadable else None
        return Fetched(page=(page, whole), cursor={}, more=False)

    def receive(self, store_id: int, page: tuple[ItemsPage, str | None], now: datetime) -> None:
        store, (found, whole) = Store.objects.get(pk=store_id), page
        dirty = items.receive(store, found.items)
        if whole:
            items.whole(store, since=datetime.fromisoformat(whole))
        if dirty:
            dispatch.dispatch(store_id)

    def restart(self, cursor: Json) -> Json:
        return {}


class Inventories(Stream):
    """The marketplace's own figures, daily: what it holds back is compared with our orders, and what it shows with what
    was sent. It also knows the SKUs beyond the reach of the list of items (walmart-api §5.1).
    """

    name: ClassVar[str] = "inventories"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    every: ClassVar[float] = 1440.0
    pace: ClassVar[float] = 0.375  # 160 calls a minute of the 200 that are allowed (walmart-api §7)

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        if not cursor and not await in_transaction(_is_used)(store_id):
            return Fetched(page=(InventoriesPage(inventories=()), None), cursor={}, more=False)
        page = await gateways.marketplace.inventories(cursor=cursor.get("next"))
        began = cursor.get("began", now.isoformat())
        if page.cursor:
            return Fetched(page=(page, None), cursor={"began": began, "next": page.cursor}, more=True)
        return Fetched(page=(page, began), cursor={}, more=False)

    def receive(self, store_id: int, page: tuple[InventoriesPage, str | None], now: datetime) -> None:
        store, (found, began) = Store.objects.get(pk=store_id), page
        dirty = items.receive_inventories(store, found.inventories)
        if began:
            linking.rules_of(store)
            items.compared(store_id, since=datetime.fromisoformat(began))
        if dirty:
            dispatch.dispatch(store_id)

    def restart(self, cursor: Json) -> Json:
        return {}


class MarketplaceStocked(Stream):
    """SKUs in the marketplace's own warehouses, daily. They are collected until all are known. Cursor: those so far."""

    name: ClassVar[str] = "stocked_by_marketplace"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    every: ClassVar[float] = 1440.0
    pace: ClassVar[float] = 0.75  # 80 calls a minute of the 100 that are allowed (walmart-api §7)

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        if not cursor and not await in_transaction(_is_used)(store_id):
            return Fetched(page=None, cursor={}, more=False)
        try:
            skus, following = await gateways.marketplace.marketplace_stocked(cursor=cursor.get("next"))
        except Rejected as error:  # as of an account that is not in the programme
            log.info("store %s: %s", store_id, error)
            return Fetched(page=None, cursor={}, more=False)
        found = [*cursor.get("found", ()), *skus]
        if following:
            return Fetched(page=None, cursor={"found": found, "next": following}, more=True)
        return Fetched(page=found, cursor={}, more=False)

    def receive(self, store_id: int, page: list[str] | None, now: datetime) -> None:
        if page is not None:
            items.receive_stocked(Store.objects.get(pk=store_id), page)

    def restart(self, cursor: Json) -> Json:
        return {}


class Feeds(Stream):
    """The ends of feeds under way, and their rows page by page."""

    name: ClassVar[str] = "feeds"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    every: ClassVar[float] = 0.25

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        feed = await in_transaction(feeds.due)(store_id, now)
        if feed is None:
            return Fetched(page=None, cursor={}, more=False)
        try:
            report = await self._report(feed, gateways)
        except Rejected as error:  # it keeps no other feed waiting
            log.warning("feed %s cannot be read: %s", feed.feed_id, error)
            report = None
        return Fetched(page=(feed.pk, report), cursor={}, more=True)

    @staticmethod
    async def _report(feed: Feed, gateways: Gateways) -> FeedReport:
        marketplace = gateways.marketplace
        report = await marketplace.feed(feed.feed_id)
        if report.feed.state is not FeedState.FINISHED or feeds.all_accepted(feed, report):
            return report
        return await marketplace.feed(feed.feed_id, rows_from=feed.rows_read)

    def receive(self, store_id: int, page: tuple[int, FeedReport | None] | None, now: datetime) -> None:
        if page is not None:
            feeds.receive(page[0], page[1], now.astimezone(UTC))
            dispatch.dispatch(store_id)
