"""The price of a day, and the questions that are asked before it goes out."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_manager.catalog.pricing import shop_day
from channel_manager.catalog.rules.prices import CENT, HIGHEST, PriceRule, ShopPrice, effective, question

MAY = date(2026, 5, 10)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
PRICES = st.decimals(0, 10**6, places=6)
MONEY = st.decimals("0.01", 10**5, places=2)
BASE, SPECIAL = Decimal("10.00"), Decimal("8.00")


def price(since=None, until=None, special=SPECIAL):
    return ShopPrice(base=BASE, special=special, special_from=since, special_until=until)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, SPECIAL),
        (MAY, MAY, SPECIAL),
        (MAY, None, SPECIAL),
        (None, MAY, SPECIAL),
        (MAY + timedelta(days=1), None, BASE),
        (None, MAY - timedelta(days=1), BASE),
        (MAY + timedelta(days=1), MAY - timedelta(days=1), BASE),
    ],
)
def test_the_special_price_has_its_first_and_its_last_day(since, until, expected):
    assert effective(price(since, until), MAY, use_special=True) == expected
    assert effective(price(since, until), MAY, use_special=False) == BASE


@given(base=st.none() | PRICES, special=st.none() | PRICES, today=DAYS, begins=st.none() | DAYS, ends=st.none() | DAYS)
def test_it_is_one_of_both_to_the_cent(base, special, today, begins, ends):
    shop = ShopPrice(base=base, special=special, special_from=begins, special_until=ends)
    found = effective(shop, today, use_special=True)
    if found is None:
        assert base is None
        return
    assert found == found.quantize(CENT)
    assert min(abs(found - one) for one in (base, special) if one is not None) <= CENT / 2
    if special is None or (begins and today < begins) or (ends and ends < today):
        assert base is not None
        assert abs(found - base) <= CENT / 2


@pytest.mark.parametrize(
    ("exact", "cents"), [("9.994999", "9.99"), ("9.995", "10.00"), ("10.005", "10.01"), ("0", "0")]
)
def test_half_a_cent_is_rounded_up(exact, cents):
    assert effective(ShopPrice(base=Decimal(exact)), MAY, use_special=True) == Decimal(cents)


def test_a_product_without_a_price_has_none():
    assert effective(ShopPrice(base=None, special=None), MAY, use_special=True) is None


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("America/Los_Angeles", datetime(2026, 5, 11, 6, 59, tzinfo=UTC), date(2026, 5, 10)),
        ("America/Los_Angeles", datetime(2026, 5, 11, 7, 0, tzinfo=UTC), date(2026, 5, 11)),
        ("Asia/Taipei", datetime(2026, 5, 10, 16, 0, tzinfo=UTC), date(2026, 5, 11)),
        ("", datetime(2026, 5, 10, 23, 59, tzinfo=UTC), date(2026, 5, 10)),
    ],
)
def test_days_are_those_of_the_shop(zone, at, day):
    assert shop_day(SimpleNamespace(time_zone=zone), at) == day


def asked(new, before="10.00", **rule):
    return question(Decimal(new), before and Decimal(before), PriceRule(**rule)) is not None


@pytest.mark.parametrize(
    ("new", "before", "rule", "asks"),
    [
        ("10.00", "10.00", {}, False),
        ("13.00", "10.00", {}, False),
        ("13.01", "10.00", {}, True),
        ("7.00", "10.00", {}, False),
        ("6.99", "10.00", {}, True),
        ("1.00", None, {}, False),
        ("0.00", None, {}, True),
        ("-1.00", "10.00", {}, True),
        (str(HIGHEST), None, {}, False),
        (str(HIGHEST + CENT), None, {}, True),
        ("9.99", "10.00", {"lowest": BASE}, True),
        ("10.00", "10.00", {"lowest": BASE, "highest": BASE}, False),
        ("10.01", "10.00", {"highest": BASE}, True),
        ("20.00", "10.00", {"most_change": 100}, False),
        ("20.01", "10.00", {"most_change": 100}, True),
    ],
)
def test_when_a_person_is_asked(new, before, rule, asks):
    assert asked(new, before, **rule) is asks


@given(
    new=MONEY, before=st.none() | MONEY, lowest=st.none() | MONEY, highest=st.none() | MONEY, most=st.integers(1, 300)
)
def test_what_nobody_is_asked_about_is_within_all_bounds(new, before, lowest, highest, most):
    if question(new, before, PriceRule(lowest=lowest, highest=highest, most_change=most)) is None:
        assert lowest is None or new >= lowest
        assert highest is None or new <= highest
        assert before is None or abs(new - before) <= before * most / 100
