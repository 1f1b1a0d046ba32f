"""The search of the Orders page finds what people paste: exact hits first, then what begins with it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channel_manager.orders.queries import Wanted, orders_page
from channel_manager.orders.queries.searching import MOST_FOUND, end_of, search, spellings
from tests import factories


@pytest.fixture
def store(db):
    return factories.store()


def found(store, text, **wanted):
    page = orders_page(store.pk, Wanted(search=text, **wanted), timezone.now())
    return [order.number for order in page.orders]


@pytest.mark.parametrize(
    ("column", "kept", "typed"),
    [
        ("number", "108500000001", "108500000001"),
        ("number", "108500000001", " #108500000001 "),
        ("number", "108500000001", "1085 0000 0001"),
        ("number", "108500000001", "10850000"),
        ("customer_order_number", "200010998877665", "200010998877665"),
        ("customer_order_number", "200010998877665", "20001099"),
        ("commerce_number", "W-32000001", "w-32000001"),
        ("commerce_number", "W-32000001", "#W-320"),
        ("buyer_name", "Ada  Lovelace", "Ada Lov"),
        ("buyer_name", "Ada Lovelace", "ada lovelace"),
        ("buyer_name", "王小明", "王小明"),
    ],
)
def test_by_each_number_and_the_buyer(store, column, kept, typed):
    order = factories.order(store, **{column: kept.replace("  ", " ")})
    factories.order(store)

    assert found(store, typed) == [order.number]


@pytest.mark.parametrize("typed", ["ABC 9-X", "abc 9-x", "abc 9"])
def test_by_sku_in_any_letter_case_and_by_its_beginning(store, typed):
    order = factories.order(store, lines=[("Abc 9-x", 1), ("OTHER", 1)])
    factories.order(store)

    assert found(store, typed) == [order.number]


@pytest.mark.parametrize("typed", ["1Z999AA10123456784", "1z 999 aa1 01 2345 6784", "1Z999"])
def test_by_tracking_number_with_the_blanks_that_carriers_print(store, typed):
    order = factories.order(store)
    factories.shipment(order)
    factories.order(store)

    assert found(store, typed) == [order.number]


def test_exact_hits_stand_before_those_that_begin_with_it(store):
    now = timezone.now()
    begins = factories.order(store, lines=[("MUG-10", 1)], ordered_at=now)
    exact = factories.order(store, lines=[("MUG-1", 1)], ordered_at=now - timedelta(days=9))

    assert found(store, "mug-1") == [exact.number, begins.number]
    assert found(store, "mug-1", sort="value") != []


def test_two_letters_find_only_what_is_exactly_they(store):
    exact = factories.order(store, lines=[("AB", 1)])
    factories.order(store, lines=[("ABC", 1)])

    assert found(store, "ab") == [exact.number]


@pytest.mark.parametrize("typed", ["%", "_", "\\", "' OR 1=1 --", "#", "   #  ", "1" * 100, "999"])
def test_signs_that_mean_something_to_a_database_are_only_signs(store, typed):
    factories.order(store, number="108500000001", customer_order_number="2", commerce_number="3")

    factories.order(store, in_commerce=False)

    assert found(store, typed) == []


def test_hits_are_bounded_and_the_page_says_so(store):
    for _ in range(3):
        factories.order(store, lines=[("MUG", 1)])

    assert not search(store.pk, "mug").cut
    assert len(orders_page(store.pk, Wanted(search="mug"), timezone.now()).orders) == 3
    assert MOST_FOUND == 200


def test_other_reasons_for_a_hit_count_as_exact(store):
    order = factories.order(store)

    page = orders_page(store.pk, Wanted(search="RMA-1", also=(order.pk,)), timezone.now())

    assert [one.id for one in page.orders] == [order.pk]


def test_filters_hold_for_hits(store):
    factories.order(store, lines=[("MUG", 1)], has_error=True)
    right = factories.order(store, lines=[("MUG", 1)])

    assert right.number in found(store, "mug", card="open")
    assert len(found(store, "mug", has_error=True)) == 1


@pytest.mark.parametrize(
    ("digits", "end"), [("123", "124"), ("129", "13"), ("1999", "2"), ("999", "a"), ("100", "101")]
)
def test_the_end_of_what_begins_with_digits(digits, end):
    assert end_of(digits) == end


def test_spellings():
    assert spellings("  #AB  12 ") == ("ab 12", "ab12")
