"""What is pulled for returns and refunds, and how often (walmart-api §3.1, commerce-api §7.3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, ClassVar

from channel_manager.orders.intake import unreadable
from channel_manager.ports.documents import NewMemos
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Fulfilment, Platform
from channel_manager.ports.returns import ReturnsPage
from channel_manager.returns.intake import memos, returns
from channel_manager.stores.models import Store
from channel_manager.sync.kinds import Json
from channel_manager.sync.pulls import Fetched, Stream
from channel_manager.sync.sql import in_transaction

REACH = timedelta(days=179)
OVERLAP = timedelta(minutes=15)
RESCANNED_IDS = 100
WEEK = 7 * 24 * 60.0


class Returns(Stream):
    """Returns changed since the last complete run. Dates go in pairs: the end of the window is when the run began.

    Cursor: `watermark` (start of the last complete run), and while a run is under way `began` and `next`.
    """

    name: ClassVar[str] = "returns"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    fulfilment: ClassVar[Fulfilment] = Fulfilment.SELLER

    async def ask(self, gateways: Gateways, watermark: datetime | None, until: datetime, at: str | None) -> ReturnsPage:
        since = watermark - OVERLAP if watermark else until - REACH
        return await gateways.marketplace.returns(
            fulfilment=self.fulfilment, changed_since=since, until=until, cursor=at
        )

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        began = cursor.get("began") or now.isoformat()
        page = await self.ask(gateways, _moment(cursor.get("watermark")), _known(began), cursor.get("next"))
        if page.next_cursor and page.next_cursor != cursor.get("next"):
            after = {"watermark": cursor.get("watermark"), "began": began, "next": page.next_cursor}
            return Fetched(page=page, cursor=after, more=True)
        return Fetched(page=page, cursor={"watermark": began}, more=False)

    def receive(self, store_id: int, page: ReturnsPage, now: datetime) -> None:
        returns.receive(Store.objects.select_related("rules").get(pk=store_id), page.returns, now)

    def restart(self, cursor: Json) -> Json:
        return {"watermark": cursor.get("watermark")}


class MarketplaceReturns(Returns):
    """Returns to Walmart's own warehouses: shown only."""

    name: ClassVar[str] = "returns_wfs"
    fulfilment: ClassVar[Fulfilment] = Fulfilment.MARKETPLACE
    every: ClassVar[float] = 10.0


class AllReturns(Returns):
    """Once a week everything, by when it was requested: whether every change moves a return's date is not known."""

    name: ClassVar[str] = "returns_sweep"
    every: ClassVar[float] = WEEK

    async def ask(self, gateways: Gateways, watermark: datetime | None, until: datetime, at: str | None) -> ReturnsPage:
        return await gateways.marketplace.returns(
            fulfilment=self.fulfilment, requested_since=until - REACH, until=until, cursor=at
        )


class CommerceMemos(Stream):
    """Credit memos by id, with a window that is read again; also those of orders that had them before they were ours.
    Cursor: the greatest id seen.
    """

    name: ClassVar[str] = "commerce_memos"
    platform: ClassVar[Platform] = Platform.COMMERCE

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        last = cursor.get("last", 0)
        after = cursor.get("page", max(last - RESCANNED_IDS, 0))
        found = await gateways.commerce.new_memos(after_id=after)
        if not found.more:
            missed = [await gateways.commerce.memos_of(pk) for pk in await in_transaction(memos.missed)(store_id)]
            found = replace(found, memos=(*found.memos, *chain.from_iterable(missed)))
        seen = {"last": max(last, found.last_id)}
        state = seen | {"page": max(after, found.last_id)} if found.more else seen
        return Fetched(page=found, cursor=state, more=found.more)

    def receive(self, store_id: int, page: NewMemos, now: datetime) -> None:
        store = Store.objects.select_related("rules").get(pk=store_id)
        memos.receive(store, page.memos)
        unreadable.tell(store, page.unreadable)


def _moment(text: Any) -> datetime | None:
    return _known(text) if text else None


def _known(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
