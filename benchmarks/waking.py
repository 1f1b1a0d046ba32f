"""From a shipment on our page to Walmart having it, with a real worker: our row, Commerce's shipment, the report."""

import time

from benchmarks.installation import wait_until
from benchmarks.samples import ship_one
from benchmarks.table import Row
from channel_manager.accounts.models import User
from channel_manager.orders.models import PurchaseOrder
from channel_manager.stores.models import Store
from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.walmart.control_client import WalmartControl

LOOK = 0.004


def measure(
    store: Store, walmart: WalmartControl, commerce: CommerceControl, by: User, *, samples: int
) -> tuple[Row, Row]:
    sku = commerce.products()[0]["sku"]
    commerce.set_stock(sku, 10_000)
    placed = {walmart.place_order(lines=[{"sku": sku, "quantity": 1, "price": "9.99"}]) for _ in range(samples)}
    ready = PurchaseOrder.objects.filter(store=store, number__in=placed, acknowledged_at__isnull=False)
    wait_until(lambda: ready.count() == samples, "the orders to be created and acknowledged", 60)
    seconds = sorted(_ship(order, walmart, by, number) for number, order in enumerate(ready))
    note = f"page → Commerce → Walmart, {samples} shipments, a real worker"
    return (
        Row(what="Shipment at Walmart after, p50", ours=1000 * _quantile(seconds, 0.50), unit="ms", note=note),
        Row(what="Shipment at Walmart after, p99", ours=1000 * _quantile(seconds, 0.99), unit="ms", note=note),
    )


def _ship(order: PurchaseOrder, walmart: WalmartControl, by: User, number: int) -> float:
    began = time.perf_counter()
    ship_one(order, by, number)
    ends = began + 20
    while not walmart.order(order.number)["lines"][0]["shipped"]:
        if time.perf_counter() > ends:
            raise TimeoutError(f"The shipment of order {order.number} did not arrive.")
        time.sleep(LOOK)
    return time.perf_counter() - began


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
