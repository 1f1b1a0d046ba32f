"""Many parcels at once: checked before anything is written, recorded one by one, and never twice."""

import pytest
from django.utils import timezone

from channel_manager.orders.models import Shipment, ShipmentLine
from channel_manager.orders.page import bulk
from channel_manager.orders.rules.parcels import read
from channel_manager.sync.models import State, SyncOperation
from tests import factories


@pytest.fixture
def store(db):
    return factories.store()


@pytest.fixture
def alice(store):
    return factories.user("alice", store=store)


def send(store, by, text):
    checked = bulk.check(store, read(text))
    bulk.ship(checked, by=by, at=timezone.now())
    return checked


def says(checked):
    return ["done" if one.done else "right" if one.right else str(one.refusal) for one in checked]


def shipped(order):
    lines = ShipmentLine.objects.filter(shipment__order=order)
    return sorted(lines.values_list("shipment__tracks__number", "line__sku", "quantity"))


def test_each_row_says_what_it_would_do_and_nothing_is_written(store):
    order = factories.order(store, lines=[("A", 2), ("B", 1)])
    other = factories.order(store, lines=[("A", 3)])
    asked = factories.order(store)
    asked.lines.update(buyer_asked_to_cancel=True)
    foreign = factories.order(factories.store())
    rows = f"""{order.number},A,1,UPS,T1
{order.number},A,2,UPS,T2
{order.commerce_number},B,,UPS,T1
{order.number},C,1,UPS,T3
{order.number},,1,UPS,T4
{other.customer_order_number},,,FedEx,T5
{other.number},,,FedEx,T6
{asked.number},,,UPS,T7
{foreign.number},,,UPS,T8
{other.number},A,x,UPS,T9
{other.number},,,UPS,{other.number}"""

    result = says(bulk.check(store, read(rows)))

    assert result == [
        "right",
        "Only 1 of it are open.",
        "right",
        "The order has no SKU C.",
        "The order has several SKUs: say which one this quantity is of.",
        "right",
        result[6],
        "The buyer asked to cancel. Cancel it, or ship it with an override.",
        "No order of this store has this number.",
        "“x” is not a quantity: a whole number above zero.",
        result[10],
    ]
    assert result[6] not in ("right", "done")
    assert result[10] not in ("right", "done")
    assert not Shipment.objects.exists()
    assert not SyncOperation.objects.exists()


def test_rows_of_one_parcel_are_one_shipment(store, alice):
    order = factories.order(store, lines=[("A", 2), ("B", 1)])

    checked = send(store, alice, f"{order.number},A,2,UPS,T1\n{order.number},B,,UPS,t1\n")

    assert says(checked) == ["done", "done"]
    assert shipped(order) == [("T1", "A", 2), ("T1", "B", 1)]
    shipment = Shipment.objects.get()
    assert shipment.requested_by == alice
    assert SyncOperation.objects.filter(subject=order.subject, state=State.WAITING).count() == 1


def test_the_right_rows_are_recorded_and_the_others_left_out(store, alice):
    good, late = factories.order(store), factories.order(store)

    checked = send(store, alice, f"{good.number},UPS,T1\nnobody,UPS,T2\n{late.number},,9,UPS,T3\n{late.number},UPS,T4")

    assert [one.done for one in checked] == [True, False, False, True]
    assert shipped(good) == [("T1", "SKU-1", 2)]
    assert shipped(late) == [("T4", "SKU-1", 2)]


def test_the_same_rows_again_add_nothing(store, alice):
    order = factories.order(store, lines=[("A", 5)])
    rows = f"{order.number},A,2,UPS,T1"
    first = bulk.check(store, read(rows))
    twin = bulk.check(store, read(rows))  # another tab, looked at before the first was sent

    bulk.ship(first, by=alice, at=timezone.now())
    bulk.ship(twin, by=alice, at=timezone.now())
    again = send(store, alice, rows)

    assert shipped(order) == [("T1", "A", 2)]
    assert says(again) == [str(bulk.RECORDED)]


def test_a_parcel_that_is_known_from_elsewhere_is_not_shipped_again(store, alice):
    order = factories.order(store, lines=[("A", 5)])
    factories.shipment(order, quantities={"1": 2}, tracks=[("ups", "UPS", "T1")])

    assert says(send(store, alice, f"{order.number},A,2,UPS,T1")) == [str(bulk.RECORDED)]


def test_units_of_a_sku_on_several_lines_are_spread_in_line_order(store, alice):
    order = factories.order(store, lines=[("A", 1), ("A", 2)])

    send(store, alice, f"{order.number},a,2,UPS,T1")

    assert shipped(order) == [("T1", "A", 1), ("T1", "A", 1)]


def test_questions_do_not_grow_with_rows(store, django_assert_max_num_queries):
    rows = "\n".join(f"{factories.order(store).number},UPS,T{n}" for n in range(12))
    with django_assert_max_num_queries(3):
        bulk.check(store, read(rows))
