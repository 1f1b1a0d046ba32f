"""The figure that is stated, whatever the numbers are: nothing negative, and buyers never see more than there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_manager.catalog.rules.stock import LARGEST, StockRule, shown, stated

SALABLE, OPEN = st.integers(-100, 2 * LARGEST), st.integers(-5, 10_000)
RULES = st.builds(StockRule, buffer=st.integers(0, 2000), minimum=st.integers(0, 2000), cap=st.integers(0, 2 * LARGEST))


@given(salable=SALABLE, units=OPEN, rule=RULES, sellable=st.booleans())
def test_it_is_never_negative_and_holds_back_all_open_units(salable, units, rule, sellable):
    assert stated(salable, units, rule, sellable=sellable) >= max(units, 0)


@given(salable=SALABLE, units=st.integers(0, 10_000), rule=RULES, sellable=st.booleans())
def test_buyers_never_see_more_than_is_left_of_what_can_be_sold(salable, units, rule, sellable):
    """What they see is the figure less the units that Walmart holds back."""
    seen = stated(salable, units, rule, sellable=sellable) - units
    assert 0 <= seen <= max(salable - rule.buffer, 0)
    assert seen <= min(rule.cap, LARGEST)
    assert seen == 0 or seen >= rule.minimum
    assert sellable or seen == 0


@given(salable=SALABLE, more=st.integers(0, 1000), units=st.integers(0, 1000), rule=RULES)
def test_more_stock_never_shows_fewer(salable, more, units, rule):
    assert stated(salable + more, units, rule) >= stated(salable, units, rule)


@given(salable=st.integers(0, LARGEST), units=st.integers(0, 1000), sold=st.integers(0, 1000))
def test_an_order_that_was_made_in_commerce_changes_nothing(salable, units, sold):
    """Commerce takes the units off what can be sold; they are open instead."""
    sold = min(sold, salable)
    assert stated(salable - sold, units + sold, StockRule()) == stated(salable, units, StockRule())


@pytest.mark.parametrize(
    ("salable", "rule", "expected"),
    [
        (10, StockRule(), 10),
        (10, StockRule(buffer=3), 7),
        (3, StockRule(buffer=3), 0),
        (2, StockRule(buffer=3), 0),
        (10, StockRule(minimum=10), 10),
        (9, StockRule(minimum=10), 0),
        (10, StockRule(buffer=1, minimum=10), 0),
        (500, StockRule(cap=99), 99),
        (500, StockRule(cap=99, buffer=450), 50),
        (500, StockRule(cap=0), 0),
        (500, StockRule(cap=5, minimum=10), 0),
        (-4, StockRule(), 0),
        (LARGEST + 1, StockRule(cap=LARGEST + 1), LARGEST),
    ],
)
def test_what_buyers_may_order(salable, rule, expected):
    assert shown(salable, rule) == expected
