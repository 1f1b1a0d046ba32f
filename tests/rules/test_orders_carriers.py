"""From a Commerce track to a carrier that Walmart takes."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.ports.documents import Track
from channel_manager.stores.carriers import Carrier, Rule, matches_pattern, resolve

PROPERTY = settings(derandomize=True, max_examples=100, deadline=None)
KNOWN = ("UPS", "USPS", "FedEx", "DHL", "OnTrac")
URL = "https://colissimo.example/{number}"


def track(code="custom", title="", number="1Z999"):
    return Track(carrier_code=code, title=title, number=number)


@pytest.mark.parametrize(
    ("code", "title", "expected"),
    [
        ("ups", "United Parcel Service", "UPS"),
        ("FEDEX", "", "FedEx"),
        ("custom", " ontrac ", "OnTrac"),
        ("ups", "FedEx", "FedEx"),
        ("OnTrac", "whatever", "OnTrac"),
        ("custom", "Colissimo", None),
        ("", "", None),
    ],
)
def test_without_rules_title_then_code(code, title, expected):
    found = resolve(track(code, title), (), KNOWN)
    assert found == (Carrier(carrier=expected) if expected else None)


def test_the_first_rule_that_matches_counts_before_any_name():
    rules = [
        Rule(number_pattern="6A*", other_name="Colissimo", tracking_url=URL),
        Rule(carrier_code="ups", number_pattern="1Z*", carrier="OnTrac"),
        Rule(carrier_code="ups", carrier="DHL"),
    ]
    assert resolve(track("ups", "UPS", "1z5"), rules, KNOWN) == Carrier(carrier="OnTrac")
    assert resolve(track("UPS", "UPS", "9"), rules, KNOWN) == Carrier(carrier="DHL")
    assert resolve(track("fedex", "", "9"), rules, KNOWN) == Carrier(carrier="FedEx")
    assert resolve(track("ups", "", "6A1"), reversed(rules), KNOWN) == Carrier(carrier="DHL")


def test_every_condition_of_a_rule_must_hold():
    rule = Rule(carrier_code="custom", title="Colissimo", number_pattern="6A*", carrier="DHL")
    assert resolve(track("custom", "colissimo ", "6A1"), [rule], KNOWN) == Carrier(carrier="DHL")
    for other in (track("x", "Colissimo", "6A1"), track("custom", "x", "6A1"), track("custom", "Colissimo", "6B1")):
        assert resolve(other, [rule], KNOWN) is None


def test_another_carrier_goes_out_with_its_tracking_url():
    rule = Rule(title="Colissimo", other_name="Colissimo", tracking_url=URL)
    found = resolve(track(title="Colissimo", number="6A 12/34?x=1"), [rule], KNOWN)
    assert found == Carrier(other_name="Colissimo", tracking_url="https://colissimo.example/6A1234x1")


def test_a_rule_to_a_carrier_that_walmart_dropped_asks_again():
    assert resolve(track("ups", "UPS"), [Rule(carrier_code="ups", carrier="Gone Express")], KNOWN) is None


@pytest.mark.parametrize(
    ("pattern", "number", "expected"),
    [
        ("1Z*", "1Z999AA1", True),
        ("1z*", " 1Z999AA1 ", True),
        ("1Z*", "91Z9", False),
        ("####", "1234", True),
        ("####", "12a4", False),
        ("####", "12345", False),
        ("?-?", "a-b", True),
        ("*US", "CP123US", True),
        ("*US", "CP123USA", False),
        ("**", "", True),
        ("a.c", "abc", False),
        ("(1|2)", "1", False),
        ("[0-9]+", "5", False),
        ("[0-9]+", "[0-9]+", True),
    ],
)
def test_patterns(pattern, number, expected):
    assert matches_pattern(pattern, number) is expected


def simple_match(pattern, text):
    """By definition, slowly: the languages of short patterns over short numbers."""
    if not pattern:
        return not text
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        return any(simple_match(rest, text[cut:]) for cut in range(len(text) + 1))
    if not text:
        return False
    fits = head == "?" or (head == "#" and re.fullmatch("[0-9]", text[0])) or head == text[0]
    return bool(fits) and simple_match(rest, text[1:])


@PROPERTY
@given(st.text(alphabet="*?#1ab", max_size=7), st.text(alphabet="12ab", max_size=7))
def test_a_pattern_matches_what_its_words_promise(pattern, number):
    assert matches_pattern(pattern, number) is simple_match(pattern, number)


@pytest.mark.parametrize("pattern", ["*" * 64, "*1*x", "*1" * 31 + "*x", "?" * 64, "#" * 64, "*" * 31 + "x", "1" * 64])
def test_hostile_input_is_answered_quickly(pattern):
    began = time.perf_counter()
    matches_pattern(pattern, "1" * 100)
    matches_pattern(pattern, "1" * 100 + "\n")
    assert time.perf_counter() - began < 0.5
