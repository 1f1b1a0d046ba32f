"""The benchmarks run: a page of orders is received and compared."""

from benchmarks import receiving, samples
from channel_manager.orders.models import PurchaseOrder


def test_the_receipt_of_orders_is_measured_beside_a_bare_insert(db):
    row = receiving.measure(samples.store("Bench", "bench-client"), pages=2, size=10)
    assert PurchaseOrder.objects.filter(has_error=False).count() == 20
    assert row.ours > 0
    assert row.bare > 0
    assert row.ratio == row.ours / row.bare
