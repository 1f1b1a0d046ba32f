"""Prices at Walmart follow Commerce: what may go out by itself, what is asked first, and what is never sent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from test_stock_follows import SKU, price, reading

from channel_manager.catalog import actions
from channel_manager.catalog.models import CatalogRules
from channel_manager.sync.models import Level, SyncOperation

READINGS = ("all_products", "items")


@pytest.fixture
def selling(world):
    world.sell({SKU: 10}, prices=True)
    reading(world, *READINGS)
    return world


def rules(world, **changes):
    CatalogRules.objects.filter(store=world.store).update(**changes)


def test_a_price_follows_to_the_cent_although_the_product_was_not_saved(selling):
    world = selling
    world.commerce.set_price(SKU, "11.9949")
    world.settle()
    assert (price(world), world.level(SKU, "price").sent) == (Decimal("11.99"), Decimal("11.99"))
    world.walmart.clear_requests()
    world.settle()
    assert [call for call in world.walmart.requests() if call["method"] == "PUT"] == []


def test_a_price_that_a_guard_asks_about_waits_for_a_person(selling):
    world = selling
    world.commerce.set_price(SKU, "1.00")
    world.settle()
    assert (price(world), world.level(SKU, "price").held is None) == (10, False)
    actions.approve_price(world.listing(SKU), Decimal("1.00"), by=world.alice, at=datetime.now(UTC))
    world.settle()
    assert price(world) == 1
    world.commerce.set_price(SKU, "0")
    world.settle()
    assert price(world) == 1
    rules(world, lowest_price=Decimal(5))
    world.commerce.set_price(SKU, "1.10")
    world.settle()
    assert price(world) == 1
    world.commerce.set_price(SKU, "1.00")
    world.settle()
    assert (price(world), world.level(SKU, "price").dirty_since) == (1, None), "what was let through is not asked again"


def test_the_special_price_counts_in_its_days_by_rule(selling):
    world = selling
    today = datetime.now(UTC).date()
    begins, ends = (str(today + timedelta(days=days)) for days in (-2, 2))
    world.commerce.set_price(SKU, special="9", begins=begins, ends=ends)
    world.settle()
    assert price(world) == 10
    rules(world, use_special_price=True)
    world.settle()
    assert price(world) == 9
    world.commerce.set_price(SKU, special="9", begins=begins, ends=str(today - timedelta(days=2)))
    world.settle()
    assert price(world) == 10


def test_a_refused_price_says_why_and_waits_for_another_one(selling):
    world = selling
    world.walmart.faults_add(
        "status_before", method="PUT", path="/v3/price", status=400, code="INVALID_REQUEST_CONTENT"
    )
    world.commerce.set_price(SKU, 11)
    world.settle()
    assert (price(world), world.level(SKU, "price").error["class"]) == (10, "Rejected")
    assert SyncOperation.objects.filter(kind="send_price", state="failed").count() == 1
    world.settle()
    world.commerce.set_price(SKU, 12)
    world.settle()
    assert (price(world), world.level(SKU, "price").error) == (12, None)
    assert not SyncOperation.objects.filter(kind="send_price", state="failed").exists(), "a later value was sent"


def test_no_price_is_sent_in_another_currency(world):
    world.sell({SKU: 10}, confirm=False)
    world.store.currency = "EUR"
    world.store.save(update_fields=["currency"])
    world.commerce.set_price(SKU, 11)
    reading(world, *READINGS)
    world.settle()
    world.follow("price")
    world.settle()
    level = Level.objects.get(key=SKU, kind="price")
    assert (price(world), level.held is None, level.carrier) == (10, False, "")
