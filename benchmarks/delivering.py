"""Operations delivered per second by the real engine, beside the same calls from a bare loop at equal concurrency."""

import asyncio
import base64
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from benchmarks import samples
from benchmarks.table import Row
from channel_manager import gateways
from channel_manager.orders.intake import purchase_orders
from channel_manager.orders.models import PurchaseOrder, Treatment
from channel_manager.orders.operations.acknowledgement import Acknowledge
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.stores.models import Store
from channel_manager.sync import delivery, outbox
from channel_manager.sync.lanes.key import LaneKey
from channel_manager.sync.models import State, SyncOperation
from channel_manager.worker.kinds import KINDS
from channel_simulators.walmart.control_client import WalmartControl

ACCOUNT = "bench-client"
"""One of its own: what is placed for it is nobody else's work."""
CONCURRENCY = 20
NO_LIMIT = 1_000_000
LONGEST = timedelta(seconds=60)


def measure(store: Store, walmart: WalmartControl, *, operations: int) -> Row:
    """`store` is connected with the account above."""
    walmart.set_options(limit_factor=NO_LIMIT)
    walmart.add_account(ACCOUNT, samples.SECRET)
    bare_numbers, numbers = _placed(walmart, operations), _placed(walmart, operations)
    _ask(store, numbers)
    bare = operations / asyncio.run(_bare(store.marketplace_url, bare_numbers))
    ours = operations / asyncio.run(_engine(store))
    done = SyncOperation.objects.filter(store=store, state=State.DONE).count()
    if done != operations:
        raise RuntimeError(f"{done} of {operations} operations were delivered.")
    beside = f"the same calls from a bare aiohttp loop, {CONCURRENCY} at a time"
    return Row(what="Operations delivered", ours=ours, unit="/s", bare=bare, beside=beside)


def _placed(walmart: WalmartControl, count: int) -> list[str]:
    lines = [{"sku": "SKU-1", "quantity": 2, "price": "9.99"}]
    return [walmart.place_order(lines=lines, account=ACCOUNT) for _ in range(count)]


@transaction.atomic
def _ask(store: Store, numbers: Iterable[str]) -> None:
    """Orders as received, with nothing to do but to acknowledge them."""
    old = datetime.now(UTC) - timedelta(days=60)
    orders = [samples.order(number, old, lines=1) for number in numbers]
    purchase_orders.receive(store, orders, now=datetime.now(UTC))
    received = PurchaseOrder.objects.filter(store=store, treatment=Treatment.IGNORE)
    outbox.enqueue_many(
        outbox.NewOperation(
            kind=Acknowledge,
            store_id=store.pk,
            subject=order.subject,
            key=f"bench:{order.pk}",
            payload={"order": order.pk, "number": order.number},
        )
        for order in received
    )


async def _engine(store: Store) -> float:
    lane = LaneKey(store.pk, Platform.MARKETPLACE, Acknowledge.family)
    began = time.perf_counter()
    try:
        await delivery.run(lane, KINDS, _unlimited, concurrency=CONCURRENCY, longest=LONGEST)
        return time.perf_counter() - began
    finally:
        await gateways.close()
        await sync_to_async(connections.close_all)()


async def _unlimited(store_id: int) -> Gateways:
    found = await gateways.gateways_for(store_id)
    found.marketplace.limits = {}
    return found


async def _bare(url: str, numbers: list[str]) -> float:
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "WM_SVC.NAME": "bench",
        "WM_QOS.CORRELATION_ID": "bench",
    }
    async with aiohttp.ClientSession(headers=headers) as session:
        token = {"WM_SEC.ACCESS_TOKEN": await _token(session, url)}
        waiting = iter(numbers)

        async def caller() -> None:
            for number in waiting:
                address = f"{url}/v3/orders/{number}/acknowledge"
                async with session.post(address, headers=token) as answer:
                    answer.raise_for_status()
                    await answer.json()

        began = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(CONCURRENCY)))
        return time.perf_counter() - began


async def _token(session: aiohttp.ClientSession, url: str) -> str:
    name = base64.b64encode(f"{ACCOUNT}:{samples.SECRET}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    headers = {"Authorization": f"Basic {name}", "Content-Type": "application/x-www-form-urlencoded"}
    async with session.post(f"{url}/v3/token", data=form, headers=headers) as answer:
        answer.raise_for_status()
        found: dict[str, Any] = await answer.json()
        return str(found["access_token"])
