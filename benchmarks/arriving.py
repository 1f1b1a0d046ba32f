"""From an order at Walmart to the order in Commerce, with a real worker: by polling alone, and by notification."""

import asyncio
import os
import random
import time
from datetime import UTC, datetime

import aiohttp

from benchmarks.installation import Installation, wait_until
from benchmarks.table import Row
from channel_manager.notifications import actions, addresses
from channel_manager.notifications.models import Wanted
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.messages import Platform
from channel_manager.ports.notifications import Receiver
from channel_manager.stores.models import Store
from channel_manager.sync.models import StreamCursor
from channel_manager.sync.pulls import SPACING
from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.walmart.control_client import WalmartControl

LOOK = 0.004
SELDOM = 60
"""Seconds between polls while notifications are measured: the default."""
LONGEST = 30.0
AT_A_TIME = 20


def by_polling(store: Store, walmart: WalmartControl, commerce: CommerceControl, *, samples: int) -> tuple[Row, Row]:
    """With the worker that runs. At the default interval the same would take some thirty seconds."""
    every = os.environ["CHANNEL_MANAGER_POLL_SECONDS"]
    seconds = _measured(store, walmart, commerce, samples)
    return _rows("by polling", seconds, f"polled every {every} s, {samples} orders")


def by_notification(
    installation: Installation, store: Store, walmart: WalmartControl, commerce: CommerceControl, *, samples: int
) -> tuple[Row, Row]:
    """With a worker that polls so seldom that only notifications bring orders."""
    installation.stop("worker")
    actions.turn_on(store, by=None, at=datetime.now(UTC))
    installation.start("worker", "channel_manager", "worker", CHANNEL_MANAGER_POLL_SECONDS=str(SELDOM))
    wait_until(lambda: _is_quiet(store), "the subscriptions at Walmart", LONGEST)
    seconds = _measured(store, walmart, commerce, samples)
    return _rows("by notification", seconds, f"PO_CREATED → Commerce, polled every {SELDOM} s, {samples} orders")


def answered(store: Store, *, calls: int) -> Row:
    """A burst of notifications to the real web server. Walmart gives up waiting after some seconds."""
    hook = addresses.in_use(store.pk, Platform.MARKETPLACE)
    assert hook is not None
    seconds = sorted(asyncio.run(_burst(addresses.receiver(hook), calls)))
    note = f"{calls} notifications, {AT_A_TIME} at a time"
    slow = seconds[min(int(0.99 * len(seconds)), len(seconds) - 1)]
    return Row(what="Notification answered after, p99", ours=1000 * slow, unit="ms", note=note)


async def _burst(receiver: Receiver, calls: int) -> list[float]:
    headers = {"Authorization": aiohttp.encode_basic_auth(receiver.user, receiver.password)}
    waiting = iter(range(calls))
    seconds: list[float] = []

    async def caller(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            event = {"eventType": "PO_CREATED", "eventId": f"burst-{number}"}
            began = time.perf_counter()
            async with session.post(receiver.url, json={"source": event, "payload": {}}) as answer:
                answer.raise_for_status()
            seconds.append(time.perf_counter() - began)

    async with aiohttp.ClientSession(headers=headers) as session:
        await asyncio.gather(*(caller(session) for _ in range(AT_A_TIME)))
    return seconds


def _measured(store: Store, walmart: WalmartControl, commerce: CommerceControl, samples: int) -> list[float]:
    """Sorted. Orders come at moments of their own, not in step with the polls."""
    sku = commerce.products()[0]["sku"]
    commerce.set_stock(sku, 10_000)
    chance = random.Random(17)  # noqa: S311 - the same moments each time
    seconds = []
    for _ in range(samples):
        time.sleep(SPACING.total_seconds() * chance.uniform(0.5, 1.5))
        seconds.append(_arrival(store, walmart, sku))
    return sorted(seconds)


def _arrival(store: Store, walmart: WalmartControl, sku: str) -> float:
    began = time.perf_counter()
    number = walmart.place_order(lines=[{"sku": sku, "quantity": 1, "price": "9.99"}])
    arrived = PurchaseOrder.objects.filter(store=store, number=number, commerce_order_id__isnull=False)
    while not arrived.exists():
        if time.perf_counter() > began + LONGEST:
            raise TimeoutError(f"Order {number} did not arrive.")
        time.sleep(LOOK)
    return time.perf_counter() - began


def _is_quiet(store: Store) -> bool:
    """Subscribed, and everything read that was due when the worker started."""
    due = StreamCursor.objects.filter(store=store, due_at__lte=datetime.now(UTC))
    return Wanted.objects.filter(store=store, compared_at__isnull=False).exists() and not due.exists()


def _rows(how: str, ordered: list[float], note: str) -> tuple[Row, Row]:
    middle, slow = (ordered[min(int(share * len(ordered)), len(ordered) - 1)] for share in (0.50, 0.99))
    return (
        Row(what=f"Order in Commerce {how}, p50", ours=1000 * middle, unit="ms", note=note),
        Row(what=f"Order in Commerce {how}, p99", ours=1000 * slow, unit="ms", note=note),
    )
