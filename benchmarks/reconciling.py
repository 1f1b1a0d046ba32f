"""Orders compared on three sides per second, beside reading the same pages and comparing nothing."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from asgiref.sync import async_to_sync

from benchmarks import samples
from benchmarks.table import Row
from channel_manager import gateways
from channel_manager.orders.intake import purchase_orders
from channel_manager.orders.models import CommerceItem, OrderLine, PurchaseOrder
from channel_manager.ports.documents import CommerceOrder
from channel_manager.ports.messages import Fulfilment
from channel_manager.reconciliation import runs, working
from channel_manager.reconciliation.models import Run
from channel_manager.reconciliation.reading import AT_ONCE, Wire
from channel_manager.stores.models import Store
from channel_manager.sync import sql
from channel_manager.sync.models import SyncOperation
from channel_simulators.walmart.control_client import WalmartControl

ACCOUNT = "compared-client"
DAYS = 2
AT_A_TIME = 4
PRICE = Decimal("19.98")


def measure(store: Store, walmart: WalmartControl, *, orders: int) -> Row:
    """`store` is connected with the account above. All orders agree: what is measured is a day like any other."""
    walmart.set_options(limit_factor=1_000_000)
    walmart.add_account(ACCOUNT, samples.SECRET)
    line = {"sku": "SKU-1", "quantity": 2, "price": "9.99", "tax": None}
    for _ in range(orders):
        walmart.place_order(lines=[line], account=ACCOUNT)
    async_to_sync(_known_on_all_sides)(store)
    bare = async_to_sync(_read)(store)
    run = runs.request(store, days=DAYS)
    began = time.perf_counter()
    async_to_sync(_compare)(run.pk)
    ours = time.perf_counter() - began
    run.refresh_from_db()
    if (run.state, run.compared, run.proposed + run.healed) != ("done", orders, 0):
        raise RuntimeError(f"{run.compared} of {orders} orders compared, {run.proposed} differ: {run.error}")
    note = f"the same {run.calls} reads without comparing, {orders} orders"
    return Row(what="Orders compared on three sides", ours=orders / ours, unit="/s", bare=orders / bare, beside=note)


async def _compare(run_id: int) -> None:
    try:
        while (await Run.objects.aget(pk=run_id)).state == "open":
            await working.work(run_id, gateways.gateways_for, longest=timedelta(minutes=2))
    finally:
        await gateways.close()


async def _read(store: Store) -> float:
    """The calls of a run, in the same order and one at a time. Seconds."""
    try:
        wire = Wire(await gateways.gateways_for(store.pk))
        since = datetime.now(UTC) - timedelta(days=DAYS)
        began = time.perf_counter()
        for fulfilment in wire.fulfilments:
            at: str | None = None
            while True:
                page = await wire.page(fulfilment, since, at)
                numbers = [order.number for order in page.orders]
                for start in range(0, len(numbers), AT_ONCE):
                    await wire.in_commerce(numbers[start : start + AT_ONCE], {})
                at = page.next_cursor
                if not at:
                    break
        found = await wire.created(since, 0)
        while found.more:
            found = await wire.created(since, found.last_id)
        return time.perf_counter() - began
    finally:
        await gateways.close()


# ---- the same orders on all three sides --------------------------------------------------------------------------


async def _known_on_all_sides(store: Store) -> None:
    """Received as always; made in Commerce and linked in the shortest way, since that is not what is measured."""
    try:
        live = await gateways.gateways_for(store.pk)
        since = datetime.now(UTC) - timedelta(days=DAYS)
        at: str | None = None
        while True:
            page = await live.marketplace.changed_orders(
                fulfilment=Fulfilment.SELLER, created_since=since, changed_since=since, cursor=at
            )
            await sql.in_transaction(_receive)(store, page.orders)
            await _make(live.commerce, [order.number for order in page.orders])
            at = page.next_cursor
            if not at:
                break
        after, more = 0, True
        while more:
            found = await live.commerce.orders_created(since=since, after_id=after)
            await sql.in_transaction(_link)(store, found.orders)
            after, more = found.last_id, found.more
    finally:
        await gateways.close()


async def _make(commerce: Any, numbers: list[str]) -> None:
    gate = asyncio.Semaphore(AT_A_TIME)

    async def one(number: str) -> None:
        async with gate:
            await commerce._client.save_order({"entity": _entity(number)})  # noqa: SLF001 - no port makes one so directly

    await asyncio.gather(*(one(number) for number in numbers))


def _entity(number: str) -> dict[str, Any]:
    amount = float(PRICE)
    item = {"sku": "SKU-1", "name": "Mug", "qty_ordered": 2, "product_type": "simple", "price": 9.99}
    item |= {"row_total": amount, "base_row_total": amount}
    sums = dict.fromkeys(("grand_total", "subtotal", "base_grand_total", "base_subtotal"), amount)
    return {
        "store_id": 2,
        "ext_order_id": number,
        "state": "new",
        "status": "pending",
        "customer_email": "walmart@channel.invalid",
        "items": [item],
        "payment": {"method": "checkmo"},
        **sums,
    }


def _receive(store: Store, orders: Any) -> None:
    purchase_orders.receive(store, orders, now=datetime.now(UTC))
    SyncOperation.objects.filter(store=store).delete()


def _link(store: Store, shown: tuple[CommerceOrder, ...]) -> None:
    for order in shown:
        known = PurchaseOrder.objects.filter(store=store, number=order.external_number).first()
        if known is None:
            continue
        facts = {"commerce_order_id": order.order_id, "commerce_number": order.number, "commerce_state": order.state}
        PurchaseOrder.objects.filter(pk=known.pk).update(**facts)
        item = order.items[0]
        row = CommerceItem.objects.create(order=known, item_id=item.item_id, sku=item.sku, ordered=item.ordered)
        OrderLine.objects.filter(order=known).update(item=row, commerce_quantity=item.ordered)
