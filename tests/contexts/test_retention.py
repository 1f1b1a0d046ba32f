"""Buyers' data is erased once an order has long ended; what the shop needs for its books stays."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from channel_manager.catalog.retention import forget_sent
from channel_manager.orders.models import PurchaseOrder, Status
from channel_manager.orders.retention import forget_buyers
from channel_manager.sync.models import SyncAttempt, SyncOperation
from tests import factories

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "days", "forgotten"),
    [
        (Status.SHIPPED, 191, True),
        (Status.CANCELED, 191, True),
        (Status.SHIPPED, 189, False),
        (Status.OPEN, 400, False),
    ],
)
def test_buyers_of_orders_that_ended_long_ago_are_forgotten(status, days, forgotten):
    order = factories.order(factories.store())
    PurchaseOrder.objects.filter(pk=order.pk).update(
        status=status, updated_at=NOW - timedelta(days=days), buyer_name="Alice Doe", raw_latest={"name": "Alice Doe"}
    )
    forget_buyers(days=190, now=NOW)
    found = PurchaseOrder.objects.get(pk=order.pk)
    assert (found.buyer_name == "", found.raw_latest == {}, found.forgotten_at is not None) == (forgotten,) * 3
    assert found.number == order.number


@pytest.mark.django_db
def test_single_sendings_of_long_ago_are_forgotten_with_their_attempts_unless_they_failed():
    store = factories.store()
    long_ago = NOW - timedelta(days=30)
    for kind, state in (("send_stock", "done"), ("send_price", "skipped"), ("send_stock", "failed"), ("ship", "done")):
        operation = SyncOperation.objects.create(
            store=store, platform="marketplace", family="any", kind=kind, key=f"{kind} {state}", subject="sku:1:A",
            state=state, finished_at=long_ago, reason={}, error={},
        )  # fmt: skip
        SyncAttempt.objects.create(operation=operation, number=1)
    SyncOperation.objects.create(
        store=store, platform="marketplace", family="any", kind="send_stock", key="lately", subject="sku:1:A",
        state="done", finished_at=timezone.now(),
    )  # fmt: skip
    assert (forget_sent(), forget_sent()) == (2, 0)
    kept = {"send_stock failed", "ship done", "lately"}
    assert set(SyncOperation.objects.values_list("key", flat=True)) == kept
    assert SyncAttempt.objects.count() == 2
