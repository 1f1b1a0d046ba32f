"""From what can be sold in Commerce to the stock that is wanted, whatever happens while Commerce is asked."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from channel_manager.catalog import linking, measuring
from channel_manager.catalog.models import CatalogRules, Listing
from channel_manager.orders.models import OrderLine, PurchaseOrder
from channel_manager.ports.messages import Reason
from channel_manager.sync import levels
from channel_manager.sync.models import Doubt, Level
from tests import factories

SKU = "SKU-1"


class Shop:
    """What can be sold, and what lies at the sources. `meanwhile` happens while it is asked."""

    def __init__(self, salable=10, physical=10):
        self.stock, self.sources, self.meanwhile = salable, physical, lambda: None

    async def salable(self, skus):
        await levels.sql.in_transaction(self.meanwhile)()
        return {} if self.stock is None else dict.fromkeys(skus, self.stock)

    async def source_stock(self, skus):
        return {sku: {"default": self.sources} for sku in skus}


@pytest.fixture
def store(transactional_db):
    made = factories.store()
    linking.rules_of(made)
    listing(made, SKU)
    return made


def listing(store, sku, product=SKU, **facts):
    facts = {
        "product_id": 1,
        "commerce_sku": product,
        "connected": True,
        "enabled": True,
        "at_marketplace": True,
    } | facts
    made = Listing.objects.create(store=store, sku=sku, **facts)
    with transaction.atomic():
        linking.follow(store, [sku])
    return made


def ask(store, *skus, **how):
    with transaction.atomic():
        return measuring.ask(store.pk, skus or [SKU], **how)


def record(store, measured):
    with transaction.atomic():
        return measuring.record(store, measured)


def measure(store, shop, *skus, **how):
    record(store, async_to_sync(measuring.read)(ask(store, *skus, **how), shop))


def wanted(store, sku=SKU):
    value = Level.objects.get(store=store, kind="stock", key=sku).wanted
    return None if value is None else int(value)


def test_open_units_of_imported_orders_are_counted_in(store):
    factories.order(store, lines=((SKU, 3),))
    factories.order(store, lines=((SKU, 5),), in_commerce=False)
    factories.order(store, lines=((SKU, 7),), fulfilment="marketplace")
    measure(store, Shop(salable=7))
    assert wanted(store) == 10


@pytest.mark.parametrize(
    ("event", "salable", "highest"),
    [
        ("imported before it is asked", 7, 10),
        ("imported after it was asked", 10, 10),
        ("shipped", 7, 7),
        ("canceled at Walmart", 7, 7),
        ("canceled in Commerce", 10, 10),
    ],
)
def test_an_order_that_changes_while_commerce_is_asked_never_makes_the_figure_too_high(store, event, salable, highest):
    """`highest`: what buyers may be shown once all is told, and the units that Walmart holds back still."""
    begun = event.startswith("imported")
    order = factories.order(store, lines=((SKU, 3),), in_commerce=not begun)

    def meanwhile():
        line = OrderLine.objects.filter(order=order)
        if begun:
            PurchaseOrder.objects.filter(pk=order.pk).update(commerce_order_id=77)
        elif event == "shipped":
            line.update(reported_shipped=3, recorded_shipped=3, sent_shipped=3, reported_created=0)
        else:
            line.update(recorded_cancelled=3, sent_cancelled=3)

    shop = Shop(salable=salable)
    shop.meanwhile = meanwhile
    measure(store, shop)
    assert wanted(store) <= highest


def test_a_slow_reading_does_not_overwrite_a_later_one_and_is_repeated(store):
    slow = ask(store)
    slow = async_to_sync(measuring.read)(slow, Shop(salable=10))
    measure(store, Shop(salable=8))
    Doubt.objects.all().delete()
    record(store, slow)
    assert (wanted(store), Listing.objects.get().salable, Doubt.objects.get().key) == (8, 8, SKU)


def test_skus_of_the_same_product_are_measured_together_in_the_fast_lane_only(store):
    listing(store, "OTHER")
    asked = ask(store, SKU, of_same_products=True)
    assert [one.sku for one in asked.listings] == ["OTHER", SKU]
    assert [one.sku for one in ask(store, SKU).listings] == [SKU]


def test_a_product_without_an_answer_counts_as_not_sellable_the_second_time(store):
    measure(store, Shop(salable=7))
    shop = Shop(salable=None)
    measure(store, shop)
    assert wanted(store) == 7
    measure(store, shop)
    assert wanted(store) == 0


def test_a_disabled_product_shows_none_but_holds_back_what_is_sold(store):
    factories.order(store, lines=((SKU, 3),))
    Listing.objects.update(enabled=False)
    measure(store, Shop(salable=7))
    assert wanted(store) == 3


def out_of_stock(store):
    order = factories.order(store, lines=((SKU, 3),))
    factories.cancellation(order, quantities={"1": 1}, reason=Reason.STOCK, reported_at=timezone.now())


def test_a_sku_that_ran_out_while_commerce_was_asked_is_held_at_once(store):
    shop = Shop(salable=8)
    shop.meanwhile = lambda: out_of_stock(store)
    measure(store, shop)
    assert (wanted(store), Level.objects.get(kind="stock").held is None) == (0, False)


@pytest.mark.parametrize(("sources", "has_sources", "expected"), [(11, True, 8), (10, True, 0), (11, False, 0)])
def test_more_units_at_the_sources_end_the_hold(store, sources, has_sources, expected):
    Listing.objects.update(stock_confirmed_at=timezone.now() - timedelta(hours=1))
    CatalogRules.objects.update(has_sources=has_sources)
    out_of_stock(store)
    Listing.objects.update(stock_confirmed_at=timezone.now() - timedelta(minutes=5))
    shop = Shop(salable=8, physical=10)
    measure(store, shop)
    assert wanted(store) == 0
    OrderLine.objects.update(reported_shipped=3, reported_created=0, reported_cancelled=0)
    shop.sources = sources
    measure(store, shop)
    assert wanted(store) == expected


def test_goods_that_came_in_before_do_not_end_the_hold_of_what_is_canceled_while_commerce_is_asked(store):
    """Canceled for want of stock once the shop was asked: what came in earlier was no answer to it."""
    out_of_stock(store)
    shop = Shop(salable=8, physical=10)
    measure(store, shop)
    shop.sources, shop.meanwhile = 12, lambda: out_of_stock(store)
    measure(store, shop)
    shop.meanwhile = lambda: None
    measure(store, shop)
    assert wanted(store) == 0
