"""A shop and a seller account with the same SKUs, and the statements and calls that work on them costs."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
from asgiref.sync import async_to_sync
from django.db import connection

from benchmarks import samples
from benchmarks.installation import Installation
from channel_manager import gateways
from channel_manager.ports.gateways import Gateways
from channel_manager.stores.models import Store
from channel_manager.sync import pulls
from channel_manager.sync.pulls import Stream
from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.walmart.control_client import WalmartControl

NO_LIMIT = 1_000_000
LONG = timedelta(hours=1)
SELDOM = 86_400.0
IN_COMMERCE, AT_WALMART = 10, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """`store` joins both. Each SKU has 10 units in Commerce, and 3 at Walmart."""

    store: Store
    walmart: WalmartControl
    commerce: CommerceControl
    skus: tuple[str, ...]
    account: str

    def place(self, sku: str) -> str:
        """An order of one unit; its number."""
        lines = [{"sku": sku, "quantity": 1, "price": "9.99"}]
        return self.walmart.place_order(lines=lines, account=self.account)

    def shown(self, sku: str) -> int:
        """Units that Walmart was told."""
        return int(self.walmart.stock(sku, account=self.account)["input"] or 0)


@dataclass(slots=True)
class Cost:
    """What a piece of work took: seconds, statements, and calls by method and path."""

    seconds: float = 0.0
    statements: int = 0
    calls: Counter[str] = field(default_factory=Counter)


def open_shop(installation: Installation, name: str, count: int) -> Shop:
    """On simulators of its own. Nothing is read yet."""
    walmart_url = installation.serve(f"walmart {name}", "channel_simulators", "walmart", "--port", "{port}")
    commerce_url = installation.serve(f"commerce {name}", "channel_simulators", "commerce", "--port", "{port}")
    walmart, commerce = WalmartControl(walmart_url), CommerceControl(commerce_url)
    walmart.set_options(limit_factor=NO_LIMIT)
    prefix, width = f"{name.upper()}-", len(str(count))
    skus = tuple(f"{prefix}{number:0{width}d}" for number in range(1, count + 1))
    connected = {"connect_to_channel_manager": "1"}
    commerce.generate_products(count, prefix=prefix, qty=IN_COMMERCE, attributes=connected)
    account = f"{name}-client"
    walmart.add_account(account, samples.SECRET)
    items = ({"sku": sku, "name": sku, "price": 20, "stock": AT_WALMART} for sku in skus)
    walmart.set_items(items, account=account)
    store = samples.store(name, account, walmart_url, commerce_url)
    return Shop(store=store, walmart=walmart, commerce=commerce, skus=skus, account=account)


def close_shop(installation: Installation, shop: Shop) -> None:
    Store.objects.filter(pk=shop.store.pk).update(is_active=False)
    for side in ("walmart", "commerce"):
        installation.stop(f"{side} {shop.store.name}")


def read(store: Store, stream: Stream) -> Cost:
    """One whole run of a stream, in this process."""

    async def run(_live: Gateways) -> None:
        await pulls.run(stream, store.pk, gateways.gateways_for, poll_seconds=SELDOM, longest=LONG)

    return measured(store, run)


def measured(store: Store, work: Callable[[Gateways], Awaitable[Any]]) -> Cost:
    cost = Cost()

    async def run() -> None:
        try:
            gateways.session().trace_configs.append(_counting(cost.calls))
            live = await gateways.gateways_for(store.pk)
            began = time.perf_counter()
            await work(live)
            cost.seconds = time.perf_counter() - began
        finally:
            await gateways.close()

    with counted(cost):
        async_to_sync(run)()
    return cost


@contextmanager
def counted(cost: Cost) -> Iterator[None]:
    """Statements of this thread."""

    def count(execute: Callable[..., Any], *statement: Any) -> Any:
        cost.statements += 1
        return execute(*statement)

    with connection.execute_wrapper(count):
        yield


def _counting(calls: Counter[str]) -> aiohttp.TraceConfig:
    async def count(_session: Any, _context: Any, asked: aiohttp.TraceRequestStartParams) -> None:
        if not asked.url.path.endswith("/token"):
            calls[asked.method] += 1

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(count)
    trace.freeze()
    return trace
