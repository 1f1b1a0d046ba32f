"""The benchmarks run: a page of orders is received, orders are compared, each beside the bare minimum."""

from benchmarks import receiving, reconciling, samples
from channel_manager.orders.models import PurchaseOrder
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer


def test_the_receipt_of_orders_is_measured_beside_a_bare_insert(db):
    row = receiving.measure(samples.store("Bench", "bench-client"), pages=2, size=10)
    assert PurchaseOrder.objects.filter(has_error=False).count() == 20
    assert row.ours > 0
    assert row.bare > 0
    assert row.ratio == row.ours / row.bare


def test_comparing_is_measured_beside_reading(transactional_db):
    with WalmartServer() as walmart, CommerceServer() as commerce:
        store = samples.store("Bench", reconciling.ACCOUNT, walmart.url, commerce.url)
        row = reconciling.measure(store, walmart.control, orders=12)
    assert row.ours > 0
    assert row.bare > 0
