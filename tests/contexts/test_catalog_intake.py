"""Products and items → listings: which SKU means which product, and what that begins and ends."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from channel_manager.catalog import linking
from channel_manager.catalog.intake import items, products
from channel_manager.catalog.models import CatalogRules, Listing
from channel_manager.ports.catalog import Inventory, Item, Product, Published
from channel_manager.stores.models import SkuLink
from channel_manager.sync import levels
from channel_manager.sync.models import Doubt, Level
from tests import factories


@pytest.fixture
def store(db):
    made = factories.store()
    linking.rules_of(made)
    CatalogRules.objects.update(currency="USD", time_zone="UTC", shop_read_at=datetime.now(UTC))
    return made


def product(sku, number=1, **facts):
    return Product(product_id=number, sku=sku, **{"connected": True, "price": Decimal(10)} | facts)


def item(sku, **facts):
    return Item(sku=sku, **{"published": Published.LIVE, "price": Decimal(10), "currency": "USD"} | facts)


def receive(store, *found):
    with transaction.atomic():
        if isinstance(found[0], Product):
            products.receive(store, found)
        else:
            items.receive(store, found)


def statuses(store):
    return dict(Listing.objects.filter(store=store).order_by("sku").values_list("sku", "status"))


def meanings(store):
    return dict(Listing.objects.filter(store=store).order_by("sku").values_list("sku", "commerce_sku"))


def kept(store):
    return sorted(Level.objects.filter(store=store).values_list("key", "kind", "active"))


def link(store, sku, commerce_sku):
    SkuLink.objects.create(store=store, sku=sku, commerce_sku=commerce_sku)


@pytest.mark.parametrize("order", [1, -1])
def test_a_listing_is_matched_when_both_sides_have_it_whichever_is_read_first(store, order):
    for found in [item("A"), product("A")][::order]:
        assert kept(store) == []
        receive(store, found)
    assert statuses(store) == {"A": "matched"}
    assert kept(store) == [("A", "price", False), ("A", "stock", False)]


def test_what_is_on_one_side_only_has_no_levels(store):
    receive(store, item("AT-WALMART"), item("NOT-CONNECTED"))
    receive(store, product("DRAFT"), product("NOT-CONNECTED", connected=False), product("NOBODY", connected=False))
    assert statuses(store) == {"AT-WALMART": "unlinked", "DRAFT": "draft", "NOT-CONNECTED": "unlinked"}
    assert kept(store) == []


def test_a_linked_sku_means_the_linked_product_only(store):
    """X at Walmart is the product Y, although the shop has a product X as well."""
    link(store, "X", "Y")
    receive(store, item("X"))
    for found in ((product("X", 1), product("Y", 2)), (product("Y", 2), product("X", 1))):
        receive(store, *found)
        assert meanings(store) == {"X": "Y"}


def test_several_skus_may_be_one_product_and_one_of_them_may_bear_its_name(store):
    link(store, "A-2", "a")
    receive(store, item("A"), item("A-2"))
    receive(store, product("A"))
    assert statuses(store) == {"A": "matched", "A-2": "matched"}


def test_a_product_that_was_linked_makes_no_draft_of_its_own_name(store):
    link(store, "W-A", "A")
    receive(store, item("W-A"))
    receive(store, product("A"))
    assert statuses(store) == {"W-A": "matched"}


def test_a_product_that_is_enabled_or_disabled_is_measured_at_once(store):
    receive(store, item("A"), item("B"))
    receive(store, product("A"), product("B", 2))
    Doubt.objects.all().delete()
    receive(store, product("A", enabled=False), product("B", 2))
    assert list(Doubt.objects.values_list("key", flat=True)) == ["A"]


def test_what_ends_ends_its_levels(store):
    receive(store, item("A"), item("B"), item("C"), item("D"))
    receive(store, *(product(sku, number) for number, sku in enumerate("ABCD", 1)))
    with transaction.atomic():
        items.receive_stocked(store, ["B"])
    receive(store, item("C", published=Published.ENDED))
    assert {key for key, _, _ in kept(store)} == {"A", "D"}
    with transaction.atomic():
        items.receive_inventories(store, [Inventory(sku="C", stated=9, reserved=0, available=9)])
    assert statuses(store)["C"] == "draft", "an item that has ended keeps its inventory record"


def test_a_product_that_is_gone_counts_as_disabled_as_long_as_walmart_offers_it(store):
    receive(store, item("A"), item("B"))
    receive(store, product("A"), product("B", 2), product("DRAFT", 3))
    Doubt.objects.all().delete()
    for _ in range(2):
        with transaction.atomic():
            products.gone(store, ["A", "DRAFT"])
    assert statuses(store) == {"A": "matched", "B": "matched", "DRAFT": "gone"}
    assert list(Listing.objects.filter(enabled=True).values_list("sku", flat=True)) == ["B"]
    assert list(Doubt.objects.values_list("key", flat=True)) == ["A"]
    receive(store, product("A"))
    assert Listing.objects.get(sku="A").enabled


def test_new_matches_follow_as_far_as_their_kind_was_confirmed(store):
    CatalogRules.objects.update(stock_confirmed_at=datetime.now(UTC))
    receive(store, item("A"))
    receive(store, product("A"))
    assert kept(store) == [("A", "price", False), ("A", "stock", True)]


def test_reservations_are_compared_with_our_orders(store):
    receive(store, item("A"), item("B"))
    receive(store, product("A"), product("B", 2))
    order = factories.order(store, lines=(("A", 3),))
    factories.order(store, lines=(("A", 2),), in_commerce=False)
    factories.order(store, lines=(("A", 9),), fulfilment="marketplace")
    shown = [
        Inventory(sku="A", stated=10, reserved=5, available=5),
        Inventory(sku="B", stated=4, reserved=1, available=3),
    ]
    began = datetime.now(UTC) - timedelta(hours=1)
    with transaction.atomic():
        items.receive_inventories(store, shown)
        items.compared(store.pk, since=began)
    assert dict(Listing.objects.values_list("sku", "disagreements")) == {"A": 0, "B": 1}
    assert order.store.catalog.__class__.objects.values_list("compared", "disagreeing").get() == (2, 1)
    assert Level.objects.get(key="A", kind=levels.STOCK).sent == 10


def test_what_the_marketplace_stocks_is_left_alone_even_before_its_item_is_read(store):
    with transaction.atomic():
        items.receive_stocked(store, ["A"])
    receive(store, product("A"))
    receive(store, item("A"))
    assert (Listing.objects.get(sku="A").status, Level.objects.count()) == ("wfs", 0)
    with transaction.atomic():
        items.receive_stocked(store, [])
    assert Listing.objects.get(sku="A").status == "matched"


def test_a_level_created_while_the_owner_confirmed_is_sent_after_all(store):
    receive(store, product("A"), product("B", 2))
    receive(store, item("A"), item("B"))
    Listing.objects.filter(sku="B").update(paused=True)
    linking.revive(store.pk, ["A", "B"])
    assert Level.objects.filter(active=True).count() == 0
    CatalogRules.objects.filter(store=store).update(stock_confirmed_at=datetime.now(UTC))
    linking.revive(store.pk, ["A", "B"])
    assert list(Level.objects.filter(active=True).values_list("kind", "key")) == [("stock", "A")]
