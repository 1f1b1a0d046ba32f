"""What the database refuses by itself, whatever the program asks for."""

import pytest
from django.db import IntegrityError, transaction

from channel_manager.orders import state
from channel_manager.returns import state as return_state
from channel_manager.returns.models import LineMoney
from tests import factories


@pytest.fixture
def order(db):
    return factories.order(factories.store(), lines=(("SKU-1", 2),))


def refused(constraint):
    return pytest.raises(IntegrityError, match=constraint)


def test_no_more_units_are_sent_than_were_ordered(order):
    state.add_units(order.lines.get().pk, recorded_shipped=2, sent_shipped=2)
    with refused("line_sends_at_most_its_quantity"), transaction.atomic():
        state.add_units(order.lines.get().pk, recorded_cancelled=1, sent_cancelled=1)


def test_a_commerce_order_belongs_to_one_order(order):
    with refused("commerce_order_belongs_to_one_order"), transaction.atomic():
        factories.order(order.store, commerce_order_id=order.commerce_order_id)


def test_no_more_units_of_a_return_are_refunded_than_came_back(order):
    line = factories.return_(order, lines=(("1", 1),)).lines.get()
    return_state.add_units(line.pk, recorded=1, sent=1)
    with refused("return_line_refunded_once"), transaction.atomic():
        return_state.add_units(line.pk, recorded=1)


@pytest.mark.parametrize("part", ["product", "product_tax", "shipping", "shipping_tax"])
def test_no_cent_is_paid_back_that_was_not_charged(order, part):
    with refused("never_a_cent_above_what_was_charged"), transaction.atomic():
        LineMoney.objects.create(line=order.lines.get(), **{part: "9.99", f"sent_{part}": "10.00"})
