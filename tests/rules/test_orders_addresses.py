"""Addresses made acceptable to Commerce, and every change noted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.orders.rules.addresses import UNWRITABLE, acceptable
from channel_manager.ports.messages import Address

PROPERTY = settings(derandomize=True, max_examples=100, deadline=None)
PHONE = "0000000000"
FIELDS = ("name", "street", "city", "postcode", "phone")
SHORT = st.text(max_size=12) | st.text(alphabet=" \t\xa0\u200b<>{}[]|\\^~😀☃abÄ1", max_size=8)
LONG = st.builds(lambda head, tail: "x" * head + tail, st.integers(248, 300), st.text(alphabet=" xy😀", max_size=12))
TEXTS = SHORT | LONG
ADDRESSES = st.builds(
    Address,
    name=TEXTS,
    street=st.lists(TEXTS, max_size=4).map(tuple),
    city=TEXTS,
    state=st.just("IL"),
    postcode=TEXTS,
    country=st.just("US"),
    phone=TEXTS | st.text(alphabet="0123456789 +-()x", max_size=300),
)
GOOD = Address(
    name="Robin Doe",
    street=("1 Main Street", "Apt 4"),
    city="Springfield",
    state="IL",
    postcode="62701",
    country="US",
    phone="+1 (555) 010-0100",
)


def words(value):
    return value if isinstance(value, str) else ", ".join(value)


@PROPERTY
@given(ADDRESSES)
def test_whatever_comes_is_made_acceptable(address):
    made, _ = acceptable(address, placeholder_phone=PHONE)
    first, _, last = made.name.partition(" ")
    assert first.strip()
    assert last.strip(), "Commerce wants a last name"
    assert any(digit in made.phone for digit in "123456789") or made.phone == PHONE
    assert made.street
    assert all(line.strip() for line in made.street)
    assert made.city.strip()
    for text in (first, last, *made.street, made.city, made.postcode, made.phone):
        assert len(text) <= 255
        assert not UNWRITABLE.search(text)
    assert (made.state, made.country) == (address.state, address.country)


@PROPERTY
@given(ADDRESSES)
def test_what_is_acceptable_is_left_alone(address):
    made, _ = acceptable(address, placeholder_phone=PHONE)
    assert acceptable(made, placeholder_phone=PHONE) == (made, [])
    assert acceptable(GOOD, placeholder_phone=PHONE) == (GOOD, [])


@PROPERTY
@given(ADDRESSES)
def test_exactly_the_changes_are_listed(address):
    made, adjusted = acceptable(address, placeholder_phone=PHONE)
    pairs = {field: (words(getattr(address, field)), words(getattr(made, field))) for field in FIELDS}
    assert {change["field"]: (change["before"], change["after"]) for change in adjusted} == {
        field: pair for field, pair in pairs.items() if pair[0] != pair[1]
    }


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("Cher", "Cher -"),
        ("", "Walmart buyer"),
        ("😀", "Walmart buyer"),
        ("  Robin\t Doe ", "Robin Doe"),
        ("Robin <b>Doe</b>", "Robin bDoe/b"),
        ("Müller, Jürgen", "Müller, Jürgen"),
        ("x" * 300, "x" * 255 + " -"),
        ("x" * 254 + " Doe", "x" * 254 + " -"),
    ],
)
def test_names(given_name, name):
    made, _ = acceptable(Address(**{**_parts(GOOD), "name": given_name}), placeholder_phone=PHONE)
    assert made.name == name


@pytest.mark.parametrize(
    ("given_phone", "phone"),
    [
        ("0000000000", PHONE),
        ("", PHONE),
        ("call me", PHONE),
        ("555 010-0100 ext. 7", "555 010-0100 . 7"),
        ("7" * 300, "7" * 255),
    ],
)
def test_telephones(given_phone, phone):
    made, _ = acceptable(Address(**{**_parts(GOOD), "phone": given_phone}), placeholder_phone=PHONE)
    assert made.phone == phone


def _parts(address):
    return {field: getattr(address, field) for field in (*FIELDS, "state", "country")}
