"""A real worker that takes a shop from nothing until Walmart shows all of it: its memory, refusals, and urgent SKUs."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F

from benchmarks.installation import Installation
from benchmarks.stock.shops import Shop, close_shop, open_shop, read
from benchmarks.stock.sweeping import Inventories, pass_time
from benchmarks.table import Row
from channel_manager.catalog.intake import streams
from channel_manager.catalog.linking import rules_of
from channel_manager.catalog.models import CatalogRules, Feed, FeedProgress
from channel_manager.sync import levels, pulls, sql
from channel_manager.sync.models import Level, StreamCursor

PROC = Path("/proc")
FEW = 10_000
LONGEST = 1800.0
READS = ("inventories.list", "items.list", "feeds.read", "inventory.wfs")
REFUSED = """
    SELECT (SELECT count(*) FROM sync_lane WHERE store_id = %(store)s AND throttled_at IS NOT NULL)
         + (SELECT count(*) FROM sync_stream_cursor WHERE store_id = %(store)s AND error ->> 'status' = '429')
           AS refused
"""


def measure(installation: Installation, *, skus: int) -> list[Row]:
    """Walmart's limits on stock, prices and feeds are the real ones; its clock is moved from feed to feed."""
    rows: list[Row] = []
    for count in sorted({min(FEW, skus), skus}):
        shop = open_shop(installation, f"carried{count}", count)
        rows += _carried(installation, shop)
        close_shop(installation, shop)
    return rows


def _carried(installation: Installation, shop: Shop) -> list[Row]:
    shop.walmart.set_options(limit_factor=1.0, limits=dict.fromkeys(READS, 1_000_000))
    _confirm(shop)
    read(shop.store, streams.AllProducts())
    read(shop.store, Inventories())  # at Walmart's own pace it takes a minute for 8,000 SKUs
    _put_off(shop, "inventories", "stocked_by_marketplace")
    pulls.request(shop.store.pk, streams.AllProducts.name)
    began = time.perf_counter()
    installation.start("carrier", "channel_manager", "worker")
    urgent = _until_sent(shop)
    took = time.perf_counter() - began
    peak = _peak(installation.processes["carrier"].pid)
    refused = sql.rows(REFUSED, {"store": shop.store.pk})[0]["refused"]
    feeds = Feed.objects.filter(store=shop.store, kind=levels.STOCK).count()
    installation.stop("carrier")
    count = len(shop.skus)
    note = f"from nothing to Walmart in {took:.0f} s, {feeds} feeds, {refused} refusals for too many calls"
    rows = [Row(what=f"Worker's peak memory, {count:,} SKUs", ours=peak, unit="MiB", note=note)]
    if urgent:
        note = f"{len(urgent)} SKUs in doubt while a feed was under way, half of them in it; Walmart takes 200 a minute"
        rows.append(Row(what="Urgent SKU past a feed, slowest", ours=1000 * max(urgent), unit="ms", note=note))
    return rows


def _confirm(shop: Shop) -> None:
    """Before anything is known, so that what is measured is sent at once."""
    rules_of(shop.store)
    CatalogRules.objects.filter(store=shop.store).update(stock_confirmed_at=datetime.now(UTC))


def _put_off(shop: Shop, *names: str) -> None:
    for name in names:
        StreamCursor.objects.update_or_create(
            store=shop.store, stream=name, defaults={"due_at": datetime.now(UTC) + timedelta(days=1)}
        )


def _until_sent(shop: Shop) -> list[float]:
    """How long each SKU took that came into doubt while a feed was under way."""
    stock = Level.objects.filter(store=shop.store, kind=levels.STOCK)
    under_way = Feed.objects.filter(store=shop.store, state=FeedProgress.SUBMITTED)
    urgent: list[float] = []
    ends = time.perf_counter() + LONGEST
    while stock.filter(sent=F("wanted")).count() < len(shop.skus):
        if under_way.exists():
            urgent += _past_the_feed(shop)
            pass_time(shop)
        if time.perf_counter() > ends:
            raise TimeoutError(f"{stock.filter(dirty_since__isnull=False).count()} SKUs are not sent.")
        time.sleep(0.2)
    return urgent


def _past_the_feed(shop: Shop) -> list[float]:
    """One SKU that the feed carries and one that it does not, if there is one."""
    kept = Level.objects.filter(store=shop.store, kind=levels.STOCK)
    carried = kept.filter(carrier__startswith="feed:").first()
    free = kept.filter(carrier="").order_by("-key").first()
    seconds = []
    for level in filter(None, (carried, free)):
        began = time.perf_counter()
        shop.commerce.set_stock(level.key, 777)
        with transaction.atomic():
            levels.doubt(shop.store.pk, [level.key])
        while shop.shown(level.key) != 777:
            if time.perf_counter() > began + 120:
                raise TimeoutError(f"{level.key} did not get past the feed.")
            time.sleep(0.02)
        seconds.append(time.perf_counter() - began)
    return seconds


def _peak(pid: int) -> float:
    """MiB that were resident at most."""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
