"""Buyers' data is erased once an order has long ended; what the shop needs for its books stays."""

from datetime import UTC, datetime, timedelta

import pytest

from channel_manager.orders.models import PurchaseOrder, Status
from channel_manager.orders.retention import forget_buyers
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
