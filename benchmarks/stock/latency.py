"""From a change of stock to Walmart's new figure, with a real worker and a real web server."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import cycle

import aiohttp
from django.db.models import Q

from benchmarks.installation import Installation, wait_until
from benchmarks.samples import ship_one
from benchmarks.stock.shops import Shop, measured
from benchmarks.table import Row
from channel_manager.accounts.models import User
from channel_manager.catalog import actions as catalog
from channel_manager.catalog.models import Listing
from channel_manager.notifications import addresses
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.ports.notifications import Receiver
from channel_manager.sync import levels, sql
from channel_manager.sync.models import Level, StreamCursor

LOOK = 0.004
PAUSES = (pause / 100 for pause in cycle(range(40, 200, 23)))
"""Seconds between samples, so that they do not go in step with anything."""
LONGEST = 60.0
SELDOM = 60
SWEEP_EVERY = 10
"""In polling intervals: of `all_stock`."""
SWEPT = 900
"""Units; with those that orders hold back it is more."""


def measure(installation: Installation, shop: Shop, by: User, *, samples: int) -> list[Row]:
    """Sweeps and orders with a worker that polls each second, the rest with one at the usual interval."""
    installation.start("follower", "channel_manager", "worker")
    _follow(shop, by)
    swept = _swept(shop)
    counted = [_counted(shop, sku) for _, sku in _turns(shop, samples)]
    orders = _orders(shop, samples)
    installation.stop("follower")
    installation.start("follower", "channel_manager", "worker", CHANNEL_MANAGER_POLL_SECONDS=str(SELDOM))
    wait_until(lambda: _is_quiet(shop), "everything due to be read", LONGEST)
    told = [_told(shop, sku, units) for units, sku in _turns(shop, samples)]
    shipped = [_shipped(shop, order, by, number) for number, order in enumerate(orders)]
    installation.stop("follower")
    bare = _bare(shop, samples)
    calls = "Commerce asked and Walmart told, nothing else"
    return [
        *_rows("Stock at Walmart, shop's call, {}", told, bare=bare, beside=calls),
        *_rows(
            "Stock at Walmart, shipped, {}", shipped, bare=bare, beside=f"{calls}; from our page, before the report"
        ),
        *_rows("Order's units counted, {}", counted, beside="order at Walmart → Commerce → measured; polled every 1 s"),
        *_rows("Stock at Walmart by sweep, {}", swept, beside=f"swept every {SWEEP_EVERY} s here, 10 minutes as usual"),
    ]


def _follow(shop: Shop, by: User) -> None:
    stock = Level.objects.filter(store=shop.store, kind=levels.STOCK)
    wait_until(lambda: stock.filter(wanted__isnull=False).count() == len(shop.skus), "the shop to be measured", LONGEST)
    catalog.confirm(shop.store, levels.STOCK, by=by, at=datetime.now(UTC))
    wait_until(lambda: not stock.filter(dirty_since__isnull=False).exists(), "Walmart to be told", LONGEST)


def _is_quiet(shop: Shop) -> bool:
    return not StreamCursor.objects.filter(
        Q(due_at__lte=datetime.now(UTC)) | Q(lease_until__isnull=False), store=shop.store
    ).exists()


def _turns(shop: Shop, samples: int) -> list[tuple[int, str]]:
    """New units, and the SKU that has them."""
    return [(2000 + 10 * number, shop.skus[number % len(shop.skus)]) for number in range(samples)]


def _told(shop: Shop, sku: str, units: int) -> float:
    """The shop's call arrives the moment that its stock has changed."""
    time.sleep(next(PAUSES))
    hook = addresses.in_use(shop.store.pk, Platform.COMMERCE) or addresses.make(shop.store, Platform.COMMERCE)
    shop.commerce.set_stock(sku, units)
    began = time.perf_counter()
    asyncio.run(_call(addresses.receiver(hook), sku))
    return _until(lambda: shop.shown(sku) == units, f"{sku} to be {units}", began)


async def _call(receiver: Receiver, sku: str) -> None:
    headers = {"Authorization": aiohttp.encode_basic_auth(receiver.user, receiver.password)}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(receiver.url, json={"sku": sku}) as answer,
    ):
        answer.raise_for_status()


def _orders(shop: Shop, samples: int) -> list[PurchaseOrder]:
    """Acknowledged ones of one unit each."""
    numbers = [shop.place(sku) for _, sku in _turns(shop, samples)]
    ready = PurchaseOrder.objects.filter(store=shop.store, number__in=numbers, acknowledged_at__isnull=False)
    wait_until(lambda: ready.count() == samples, "the orders to be acknowledged", LONGEST)
    doubted = "SELECT 1 FROM sync_doubt WHERE store_id = %s"
    wait_until(lambda: not sql.rows(doubted, [shop.store.pk]), "their SKUs to be measured", LONGEST)
    by_number = {order.number: order for order in ready}
    return [by_number[number] for number in numbers]


def _counted(shop: Shop, sku: str) -> float:
    """An order changes nothing that Walmart is told: what is measured is when its unit counts as held back."""
    time.sleep(next(PAUSES))
    listing = Listing.objects.filter(store=shop.store, sku=sku)
    before = listing.values_list("open_units", flat=True).get()
    began = time.perf_counter()
    shop.place(sku)
    return _until(lambda: listing.values_list("open_units", flat=True).get() > before, f"an order of {sku}", began)


def _shipped(shop: Shop, order: PurchaseOrder, by: User, number: int) -> float:
    sku = order.lines.get().sku
    before = shop.shown(sku)
    began = time.perf_counter()
    ship_one(order, by, number)
    return _until(lambda: shop.shown(sku) < before, f"{sku} to fall below {before}", began)


def _swept(shop: Shop) -> list[float]:
    """Nobody tells; changed one after the other, so that they wait from the sweep's every moment on."""
    began: dict[str, float] = {}
    seconds: list[float] = []
    start = time.perf_counter()
    waiting = {sku: start + place * SWEEP_EVERY / len(shop.skus) for place, sku in enumerate(shop.skus)}
    while waiting or began:
        now = time.perf_counter()
        for sku in [sku for sku, at in waiting.items() if at <= now]:
            shop.commerce.set_stock(sku, SWEPT)
            began[sku] = waiting.pop(sku)
        arrived = [sku for sku in began if shop.shown(sku) >= SWEPT]
        seconds += [now - began.pop(sku) for sku in arrived]
        if now > start + LONGEST:
            raise TimeoutError(f"{len(began)} SKUs were not swept.")
        time.sleep(LOOK)
    return seconds


def _bare(shop: Shop, samples: int) -> list[float]:
    """The two calls that no connection can do without."""
    seconds: list[float] = []

    async def work(live: Gateways) -> None:
        for units, sku in _turns(shop, samples):
            began = time.perf_counter()
            await live.commerce.salable([sku])
            await live.marketplace.set_stock(sku, units)
            seconds.append(time.perf_counter() - began)

    measured(shop.store, work)
    return seconds


def _until(reached: Callable[[], bool], what: str, began: float) -> float:
    while not reached():
        if time.perf_counter() > began + LONGEST:
            raise TimeoutError(f"Waited {LONGEST:.0f} seconds for {what}.")
        time.sleep(LOOK)
    return time.perf_counter() - began


def _rows(what: str, seconds: Sequence[float], *, bare: Sequence[float] = (), beside: str) -> list[Row]:
    return [
        Row(
            what=what.format(name),
            ours=1000 * _quantile(seconds, share),
            unit="ms",
            bare=1000 * _quantile(bare, share) if bare else None,
            beside=f"{beside}; {len(seconds)} samples",
        )
        for name, share in (("p50", 0.50), ("p99", 0.99))
    ]


def _quantile(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
