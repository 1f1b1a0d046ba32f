"""Orders received per second, beside a bare insert of the same raw rows."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from django.db import connection, transaction

from benchmarks import samples
from benchmarks.table import Row
from channel_manager.orders.intake import purchase_orders
from channel_manager.ports.messages import IncomingOrder
from channel_manager.stores.models import Store


def measure(store: Store, *, pages: int, size: int) -> Row:
    """Each page is one transaction on both sides."""
    now = datetime.now(UTC)
    made = [
        [samples.order(f"1{page:05d}{place:04d}", now - timedelta(minutes=page)) for place in range(size)]
        for page in range(pages)
    ]
    bare = _rate(made, _insert_bare)
    ours = _rate(made, lambda page: _receive(store, page))
    return Row(
        what="Orders received", ours=ours, unit="/s", bare=bare, beside=f"executemany of raw rows, {size} a page"
    )


def _rate(pages: Sequence[Sequence[IncomingOrder]], take: Callable[[Sequence[IncomingOrder]], None]) -> float:
    began = time.perf_counter()
    for page in pages:
        with transaction.atomic():
            take(page)
    return sum(map(len, pages)) / (time.perf_counter() - began)


def _receive(store: Store, page: Sequence[IncomingOrder]) -> None:
    purchase_orders.receive(store, page, now=datetime.now(UTC))


def _insert_bare(page: Sequence[IncomingOrder]) -> None:
    rows = [(order.number, msgspec.json.encode(order.raw).decode()) for order in page]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_bare (number text PRIMARY KEY, raw jsonb)")
        cursor.executemany("INSERT INTO bench_bare VALUES (%s, %s)", rows)
