"""How much goes back: exact to the cent, never above what was charged."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_manager.ports.messages import LineCharges, RefundedCharges
from channel_manager.returns.rules import amounts
from channel_manager.returns.rules.amounts import PARTS, Refundable, TooMuch
from channel_manager.shared.money import ZERO, total

D = Decimal
CENTS = st.integers(0, 50_000).map(lambda cents: D(cents) / 100)
CHARGES = st.builds(RefundedCharges, product=CENTS, product_tax=CENTS, shipping=CENTS, shipping_tax=CENTS)


def charges(product="0", product_tax="0", shipping="0", shipping_tax="0"):
    return RefundedCharges(
        product=D(product), product_tax=D(product_tax), shipping=D(shipping), shipping_tax=D(shipping_tax)
    )


def refundable(number="1", *, quantity=1, charged, refunded=None, units=0, before=0):
    return Refundable(
        number=number,
        quantity=quantity,
        charged=charged,
        refunded=refunded or charges(),
        units=units,
        units_before=before,
    )


@given(charged=CHARGES, parts=st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_consecutive_parts_add_up_to_the_cent(charged, parts):
    whole, before, found = sum(parts), 0, RefundedCharges()
    for units in parts:
        found = amounts.plus(found, amounts.part_of(charged, before=before, units=units, whole=whole))
        before += units
    assert found == charged


def test_what_can_go_back_holds_the_fee_and_not_the_discount():
    line = LineCharges(
        product=D("29.97"),
        product_tax=D("2.11"),
        shipping=D("4.57"),
        shipping_tax=D("0.37"),
        fee=D("1.00"),
        fee_tax=D("0.08"),
        discount=D("3.00"),
        shipping_discount=D("0.57"),
    )
    assert amounts.charged(line) == charges("27.97", "2.19", "4.00", "0.37")
    assert amounts.charged(line).total == line.total


def test_a_memo_of_units_goes_on_their_lines():
    line = refundable(quantity=3, charged=charges("29.97", "2.11", "4.57", "0.37"), units=1)
    assert amounts.refund_of(D("10.69"), ZERO, [line]) == {"1": charges("9.99", "0.70")}


def test_a_memo_with_shipping_brings_its_tax():
    charged, gone = charges("29.97", "2.11", "4.57", "0.37"), charges("19.98", "1.40")
    line = refundable(quantity=3, charged=charged, refunded=gone, units=1, before=2)
    assert amounts.refund_of(D("15.64"), D("4.57"), [line]) == {"1": charges("9.99", "0.71", "4.57", "0.37")}


def test_money_alone_is_laid_on_the_products():
    lines = [refundable("1", charged=charges("3.00", "0.24")), refundable("2", charged=charges("9.00"))]
    assert amounts.refund_of(D("5.00"), ZERO, lines) == {"1": charges("3.00"), "2": charges("2.00")}


def test_a_deduction_makes_the_product_smaller():
    line = refundable(charged=charges("9.99", "0.70"), units=1)
    assert amounts.refund_of(D("8.69"), ZERO, [line]) == {"1": charges("7.99", "0.70")}


def test_more_than_is_left_is_refused():
    line = refundable(charged=charges("9.99", "0.70"), refunded=charges("9.00", "0.70"))
    with pytest.raises(TooMuch, match=r"5.00.*0.99"):
        amounts.refund_of(D("5.00"), ZERO, [line])


@st.composite
def situations(draw):
    lines = []
    for number in range(draw(st.integers(1, 4))):
        charged = draw(CHARGES)
        part = D(draw(st.integers(0, 4))) / 4
        gone = RefundedCharges(**{name: (getattr(charged, name) * part).quantize(D("0.01")) for name in PARTS})
        quantity = draw(st.integers(1, 4))
        units = draw(st.integers(0, quantity))
        before = draw(st.integers(0, quantity - units))
        lines.append(
            refundable(str(number), quantity=quantity, charged=charged, refunded=gone, units=units, before=before)
        )
    return lines, draw(CENTS), draw(CENTS)


@given(situations())
def test_a_memo_is_laid_out_to_the_cent_and_never_above_what_is_left(situation):
    lines, memo, shipping = situation
    left = total(line.left.total for line in lines)
    try:
        found = amounts.refund_of(memo, shipping, lines)
    except TooMuch:
        assert memo > left
        return
    by_number = {line.number: line for line in lines}
    assert total(given.total for given in found.values()) == memo
    for number, given_back in found.items():
        for name in PARTS:
            assert ZERO <= getattr(given_back, name) <= getattr(by_number[number].left, name)


@pytest.mark.parametrize(
    ("memo", "expected", "plus", "minus"),
    [("10.69", "10.70", "0.01", "0"), ("10.70", "10.69", "0", "0.01"), ("5.00", "5.00", "0", "0")],
)
def test_an_adjustment_makes_the_memo_say_what_walmart_pays(memo, expected, plus, minus):
    assert amounts.adjustment(D(memo), D(expected)) == (D(plus), D(minus))
