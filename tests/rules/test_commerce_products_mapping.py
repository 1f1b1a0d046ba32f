"""A product of the shop as one store view shows it (commerce-api §9.1, §9.2)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from channel_manager.connectors.adobe_commerce.mapping import products, topology
from channel_manager.connectors.adobe_commerce.mapping.reading import UnreadableAnswer
from channel_manager.ports.catalog import Product, ShopSettings

CONNECT = "connect_to_channel_manager"


def row(*, custom=(), **changes):
    values = [{"attribute_code": name, "value": value} for name, value in dict(custom).items()]
    whole = {"id": 7, "sku": "HAT", "name": "Hat", "price": 19.99, "status": 1, "type_id": "simple"}
    return {**whole, "updated_at": "2026-11-23 12:00:00", "custom_attributes": values, **changes}


def read(attribute=CONNECT, **changes):
    return products.product(row(**changes), attribute=attribute)


def test_a_product_with_all_that_matters():
    custom = {
        "special_price": "15.500000",
        "special_from_date": "2026-11-20 00:00:00",
        "special_to_date": "2026-11-30 00:00:00",
        "category_ids": ["2"],
        CONNECT: "1",
    }
    assert read(custom=custom) == Product(
        product_id=7,
        sku="HAT",
        name="Hat",
        kind="simple",
        enabled=True,
        connected=True,
        price=Decimal("19.99"),
        special_price=Decimal("15.50"),
        special_from=date(2026, 11, 20),
        special_until=date(2026, 11, 30),
        updated_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    )


def test_what_is_absent_is_empty():
    found = products.product({"id": "7", "sku": 12345, "status": 1}, attribute="")
    assert found == Product(product_id=7, sku="12345", kind="", name="", enabled=True)


@pytest.mark.parametrize(
    ("price", "exact"),
    [
        (9.99, "9.99"),
        (10, "10.00"),
        ("9.990000", "9.99"),
        (9.995, "9.995000"),
        ("1234567.123456", "1234567.123456"),
        (0, "0.00"),
        (0.1 + 0.2, "0.300000"),
        (None, "None"),
        ("", "None"),
    ],
)
def test_prices_are_exact_and_cents_where_they_are_cents(price, exact):
    assert str(read(price=price).price) == exact


@pytest.mark.parametrize("kind", ["configurable", "grouped", "bundle"])
def test_a_product_made_of_others_has_no_price_of_its_own(kind):
    assert read(type_id=kind, price=0).price is None
    assert read(type_id=kind, price=None).price is None
    assert read(type_id=kind, price=30).price == (30 if kind == "bundle" else None)
    assert read(type_id=kind, custom={"special_price": "80.000000"}).special_price is None


def test_a_simple_product_may_cost_nothing():
    assert read(price=0).price == 0
    assert read(custom={"special_price": "0.000000"}).special_price == 0


@pytest.mark.parametrize(("status", "enabled"), [(1, True), ("1", True), (2, False), ("2", False), (None, False)])
def test_status_two_is_disabled(status, enabled):
    assert read(status=status).enabled is enabled


@pytest.mark.parametrize(
    ("value", "connected"),
    [("1", True), (1, True), (True, True), ("0", False), (0, False), (None, False), ("", False), (["1"], False)],
)
def test_only_yes_connects(value, connected):
    assert read(custom={CONNECT: value}).connected is connected


def test_where_no_attribute_is_asked_for_nothing_is_connected():
    assert not read(attribute="", custom={CONNECT: "1", "": "1"}).connected


def test_an_emptied_special_price_is_none():
    custom = {"special_price": "", "special_from_date": "", "special_to_date": "0000-00-00 00:00:00"}
    found = read(custom=custom)
    assert (found.special_price, found.special_from, found.special_until) == (None, None, None)


def test_attributes_may_come_as_an_object_and_for_ever_is_a_day():
    value = {"attribute_code": "special_to_date", "value": "9999-12-31 23:59:59"}
    assert read(custom_attributes={"0": value}).special_until == date(9999, 12, 31)
    assert read(custom_attributes=None).special_until is None


def test_long_names_are_cut_and_long_skus_are_none():
    assert len(read(name="x" * 300).name) == 255
    with pytest.raises(UnreadableAnswer, match="sku"):
        read(sku="x" * 65)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": None}, "id"),
        ({"sku": ""}, "sku"),
        ({"price": "many"}, "price"),
        ({"price": -1}, "price"),
        ({"status": "on"}, "status"),
        ({"updated_at": "yesterday"}, "updated_at"),
        ({"custom_attributes": [None]}, "custom_attributes[0]"),
        ({"custom": {"special_price": "-0.01"}}, "special_price"),
        ({"custom": {"special_from_date": "soon"}}, "special_from_date"),
        ({"custom": {"special_to_date": ["2026-11-30"]}}, "special_to_date"),
    ],
)
def test_what_cannot_be_understood_is_named(changes, path):
    with pytest.raises(UnreadableAnswer) as error:
        read(**changes)
    assert error.value.path == path


def test_what_an_unreadable_product_is_known_by():
    assert [products.name_of(one) for one in (row(), {"id": 7}, {}, None)] == ["HAT", "7", "-", "-"]


CONFIG = {"code": "walmart", "base_currency_code": "USD", "timezone": "America/Chicago"}


def test_settings_of_a_store_view():
    expected = ShopSettings(currency="USD", time_zone="America/Chicago", has_sources=True)
    assert topology.settings(CONFIG, has_sources=True) == expected


@pytest.mark.parametrize(
    ("member", "value"),
    [("base_currency_code", None), ("base_currency_code", "dollars"), ("timezone", ""), ("timezone", "Mars/Olympus"),
     ("timezone", "../../etc/passwd")],
)  # fmt: skip
def test_settings_that_would_mislead_are_refused(member, value):
    with pytest.raises(UnreadableAnswer, match=member):
        topology.settings({**CONFIG, member: value}, has_sources=True)


def test_a_website_is_known_by_its_code():
    websites = [{"id": 0, "code": "admin"}, {"id": "2", "code": "walmart"}]
    assert (topology.website_id(websites, "walmart"), topology.website_id(websites, "gone")) == (2, None)
