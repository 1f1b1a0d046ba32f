"""Filters, sorts and pages of the list of orders."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from channel_manager.orders.models import Status
from channel_manager.orders.queries import Wanted, orders_page
from channel_manager.orders.queries.listing import SORTS, of_ids, orders_after
from tests import factories


@pytest.fixture
def store(db):
    return factories.store()


def shown(store, size=50, **wanted):
    return orders_page(store.pk, Wanted(**wanted), timezone.now(), size=size)


def numbers(page):
    return [order.number for order in page.orders]


def many(store, count=7):
    """With equal values in every column that is sorted by."""
    now = timezone.now()
    made = []
    for n in range(count):
        at = now - timedelta(hours=n // 2)
        order = factories.order(store, ordered_at=at, ship_by=at, total=Decimal(n // 2), updated_at=at)
        made.append(order)
    return made


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("sort", list(SORTS))
def test_pages_forwards_and_backwards_show_every_order_once(store, sort, turned):
    many(store)
    everything = numbers(shown(store, sort=sort, turned=turned))
    assert len(everything) == 7

    pages, wanted = [], {"sort": sort, "turned": turned}
    page = shown(store, size=3, **wanted)
    assert page.preceding is None
    while True:
        pages.append(page)
        if page.following is None:
            break
        page = shown(store, size=3, after=page.following, **wanted)
    assert [number for page in pages for number in numbers(page)] == everything

    back = shown(store, size=3, before=pages[2].preceding, **wanted)
    assert numbers(back) == numbers(pages[1])
    assert numbers(shown(store, size=3, after=back.following, **wanted)) == numbers(pages[2])
    first = shown(store, size=3, before=back.preceding, **wanted)
    assert numbers(first) == numbers(pages[0])
    assert first.preceding is None


def test_what_came_meanwhile_fills_the_first_page_on_the_way_back(store):
    many(store, 4)
    second = shown(store, size=3, after=shown(store, size=3).following)
    new = factories.order(store, ordered_at=timezone.now() + timedelta(minutes=1))

    back = shown(store, size=3, before=second.preceding)
    first = shown(store, size=3, before=back.preceding)

    assert new.number not in numbers(back)
    assert numbers(first)[0] == new.number
    assert first.preceding is None


def test_each_filter(store):
    now = timezone.now()
    plain = factories.order(store, ordered_at=now)
    cases = {
        "sku": (factories.order(store, lines=[("Other-1", 1)], ordered_at=now), "other-1"),
        "ship_method": (factories.order(store, ship_method="Express", ordered_at=now), "Express"),
        "fulfilment": (factories.order(store, fulfilment="marketplace", ordered_at=now), "marketplace"),
        "has_error": (factories.order(store, has_error=True, ordered_at=now), True),
        "not_in_commerce": (factories.order(store, in_commerce=False, ordered_at=now), True),
        "until": (factories.order(store, ordered_at=now - timedelta(days=3)), now - timedelta(days=1)),
    }
    for name, (order, value) in cases.items():
        assert numbers(shown(store, **{name: value})) == [order.number], name
    assert plain.number in numbers(shown(store, since=now - timedelta(days=1)))
    assert cases["until"][0].number not in numbers(shown(store, since=now - timedelta(days=1)))


def test_filters_and_cards_are_combined(store):
    factories.order(store, has_error=True)
    both = factories.order(store, has_error=True, status=Status.SHIPPED)

    assert numbers(shown(store, card="shipped", has_error=True, sku="SKU-1")) == [both.number]


def test_an_export_walks_through_all_pages_with_equal_values(store):
    many(store, 9)
    now = timezone.now()

    pages = list(orders_after(store.pk, Wanted(sort="value"), now, size=2))

    assert [len(page) for page in pages] == [2, 2, 2, 2, 1]
    assert len({order.id for page in pages for order in page}) == 9


def test_rows_by_their_ids_are_of_the_store_alone(store):
    mine, other = factories.order(store), factories.order(factories.store())

    assert [order.id for order in of_ids(store.pk, [mine.pk, other.pk])] == [mine.pk]
    assert of_ids(store.pk, []) == []
