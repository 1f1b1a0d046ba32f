"""Many SKUs read on both sides, compared and sent by feed, beside the same calls without anything being kept."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil

from benchmarks.installation import Installation
from benchmarks.stock.shops import IN_COMMERCE, Cost, Shop, close_shop, measured, open_shop, read
from benchmarks.table import Row
from channel_manager import gateways
from channel_manager.accounts.models import User
from channel_manager.catalog import actions, dispatch
from channel_manager.catalog.intake import streams
from channel_manager.catalog.models import ATTRIBUTE, Feed, Listing, Status
from channel_manager.catalog.operations.feeds import SubmitStockFeed
from channel_manager.ports.catalog import FeedKind, FeedLine
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.sync import delivery, levels, sql
from channel_manager.sync.lanes.key import LaneKey
from channel_manager.sync.models import Level, StreamCursor
from channel_manager.sync.pulls import Stream
from channel_manager.worker.kinds import KINDS

PRODUCTS, ITEMS, INVENTORIES, AT_ONCE, LINES = 100, 200, 50, 100, 10_000
"""The most that one call brings (commerce-api §3.4, §8.2; walmart-api §4.1, §4.4, §5.1)."""
ITEMS_LISTED = 10_000
PASS = 400
"""Seconds that pass from feed to feed: both clocks are moved."""
Work = Callable[[Gateways], Awaitable[None]]


class Inventories(streams.Inventories):
    """As fast as it goes: the simulator has no limit here."""

    pace = 0.0


def measure(installation: Installation, by: User, *, skus: int) -> list[Row]:
    shop, listed = open_shop(installation, "swept", skus), min(skus, ITEMS_LISTED)
    rows = [
        _reading("Products read", shop, streams.AllProducts(), _products, calls=ceil(skus / PRODUCTS) + 4),
        _reading("Items read", shop, streams.Items(), _items, calls=ceil(listed / ITEMS), skus=listed),
        _reading("Inventories read", shop, Inventories(), _inventories, calls=ceil(skus / INVENTORIES)),
        _reading("New listings measured", shop, streams.NewStock(), _salable(shop), calls=ceil(skus / AT_ONCE)),
        _reading("Stock swept", shop, streams.AllStock(), _salable(shop), calls=ceil(skus / AT_ONCE)),
        _reading("Products read again", shop, streams.AllProducts(), _products, calls=ceil(skus / PRODUCTS) + 4),
    ]
    _check(shop)
    rows.append(_sending(shop, by))
    close_shop(installation, shop)
    return rows


def _reading(what: str, shop: Shop, stream: Stream, bare: Work, *, calls: int, skus: int = 0) -> Row:
    least, ours = measured(shop.store, bare), read(shop.store, stream)
    if error := StreamCursor.objects.values_list("error", flat=True).get(store=shop.store, stream=stream.name):
        raise RuntimeError(f"{stream.name}: {error}")
    return _row(what, ours, least, skus=skus or len(shop.skus), calls=calls)


def _row(what: str, ours: Cost, bare: Cost, *, skus: int, calls: int) -> Row:
    made = sum(ours.calls.values())
    beside = (
        f"the calls alone; {skus:,} SKUs in {ours.seconds:.1f} s, {made:,} calls (least: {calls:,}), "
        f"{100 * ours.statements / skus:.1f} statements per 100"
    )
    return Row(what=what, ours=skus / ours.seconds, unit="/s", bare=skus / bare.seconds, beside=beside)


def _check(shop: Shop) -> None:
    matched = Listing.objects.filter(store=shop.store, status=Status.MATCHED).count()
    wanted = Level.objects.filter(store=shop.store, kind=levels.STOCK, wanted=IN_COMMERCE).count()
    priced = Level.objects.filter(store=shop.store, kind=levels.PRICE, wanted__isnull=False).count()
    if not matched == wanted == priced == len(shop.skus):
        raise RuntimeError(f"{matched} of {len(shop.skus)} SKUs are matched, {wanted} measured, {priced} priced.")


# ---- by feed -----------------------------------------------------------------------------------------------------


def _sending(shop: Shop, by: User) -> Row:
    """From the owner's consent until Walmart's answer for the last row; Walmart's own time does not count."""
    files = ceil(len(shop.skus) / LINES)
    bare = measured(shop.store, _files(shop))
    total = Cost()

    async def first(_live: Gateways) -> None:
        await sql.in_thread(actions.confirm)(shop.store, levels.STOCK, by=by, at=datetime.now(UTC))

    async def following(_live: Gateways) -> None:
        await sql.in_transaction(dispatch.dispatch_all)()
        for family in (SubmitStockFeed.family, "set_stock"):
            lane = LaneKey(shop.store.pk, Platform.MARKETPLACE, family)
            await delivery.run(lane, KINDS, gateways.gateways_for, longest=timedelta(minutes=5))

    dirty = Level.objects.filter(store=shop.store, kind=levels.STOCK, dirty_since__isnull=False)
    _add(total, measured(shop.store, first))
    for _ in range(files + 2):
        _add(total, measured(shop.store, following))
        pass_time(shop)
        _add(total, read(shop.store, streams.Feeds()))
        if not dirty.exists():
            break
    else:
        raise RuntimeError(f"{dirty.count()} SKUs were not sent.")
    singles = sum(total.calls.values()) - 2 * Feed.objects.filter(store=shop.store).count()
    row = _row("Sent by feed", total, bare, skus=len(shop.skus), calls=2 * files)
    return Row(
        what=row.what, ours=row.ours, unit=row.unit, bare=row.bare, beside=f"{row.beside}; {singles} sent one by one"
    )


def pass_time(shop: Shop) -> None:
    """As long as the next feed has to wait: Walmart is through with the one before by then."""
    shop.walmart.advance_clock(PASS)
    shop.walmart.finish_feeds()
    ago = timedelta(seconds=PASS)
    where = [ago, shop.store.pk]
    sql.execute("UPDATE catalog_feed SET created_at = created_at - %s WHERE store_id = %s", where)
    sql.execute("UPDATE sync_lane SET measured_at = measured_at - %s WHERE store_id = %s", where)
    sql.execute("UPDATE catalog_feed SET due_at = now() WHERE state = 'submitted' AND store_id = %s", [shop.store.pk])


def _add(total: Cost, more: Cost) -> None:
    total.seconds += more.seconds
    total.statements += more.statements
    total.calls += more.calls


# ---- the least: the same calls, and nothing kept -----------------------------------------------------------------


async def _products(live: Gateways) -> None:
    after, more = 0, True
    while more:
        page = await live.commerce.products(attribute=ATTRIBUTE, after_id=after, limit=PRODUCTS)
        after, more = page.last_id, page.more


async def _items(live: Gateways) -> None:
    page = await live.marketplace.items()
    while page.cursor:
        page = await live.marketplace.items(cursor=page.cursor)


async def _inventories(live: Gateways) -> None:
    page = await live.marketplace.inventories()
    while page.cursor:
        page = await live.marketplace.inventories(cursor=page.cursor)


def _salable(shop: Shop) -> Work:
    async def work(live: Gateways) -> None:
        for start in range(0, len(shop.skus), AT_ONCE):
            await live.commerce.salable(shop.skus[start : start + AT_ONCE])

    return work


def _files(shop: Shop) -> Work:
    async def work(live: Gateways) -> None:
        async for feed_id in _submitted(shop, live):
            await live.marketplace.feed(feed_id)

    return work


async def _submitted(shop: Shop, live: Gateways) -> AsyncIterator[str]:
    lines = [FeedLine(sku=sku, value=Decimal(IN_COMMERCE)) for sku in shop.skus]
    for start in range(0, len(lines), LINES):
        name = f"bare-{start}.json"
        yield await live.marketplace.submit_feed(
            FeedKind.STOCK, tuple(lines[start : start + LINES]), currency="USD", name=name
        )
