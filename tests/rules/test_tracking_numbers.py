"""Whose a tracking number is by its form. Numbers are examples that the carriers or the postal union publish."""

import pytest

from channel_manager.orders.rules.tracking_numbers import FORMS, remark, suggested
from channel_manager.ports.documents import Track
from channel_manager.stores.carriers import Rule

RIGHT = {
    "1Z999AA10123456784": "ups",
    "1Z12345E6605272234": "ups",
    "03071790000523483741": "usps",
    "420221539101026837331000039521": "usps",
    "RB123456785US": "usps",
    "986578788855": "fedex",
    "477179081230": "fedex",
    "149331877648230": "fedex",
    "9611020987654312345672": "fedex",
    "3318810025": "dhl",
    "C10999911320231": "custom",
}


@pytest.mark.parametrize(("number", "code"), RIGHT.items())
def test_the_carrier_is_told_by_the_form(number, code):
    found = suggested(number)
    assert found is not None
    assert found.code == code
    assert remark(Track(carrier_code=found.code, title=found.title, number=number)) is None


@pytest.mark.parametrize("number", ["1z 999 aa1 0123 4567 84", "1Z-999-AA1-0123456784", " 1Z999AA10123456784 "])
def test_blanks_hyphens_and_letter_case_do_not_matter(number):
    assert suggested(number).code == "ups"


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1Z999AA1012345678",
        "3318810026",  # ten digits whose last does not fit DHL's rule
        "9261292700768711948021",  # handed to USPS by FedEx: tracked at both
        "RB123456785GB",
        "17154286785",
        "１２３４５６７８９０１２",
        "９" * 12,
        "x" * 100,
    ],
)
def test_nothing_is_suggested_for_what_may_be_anybodys(number):
    assert suggested(number) is None


@pytest.mark.parametrize("number", [number for number, code in RIGHT.items() if code != "custom"])
def test_one_wrong_digit_is_noticed_where_the_form_has_a_check_digit(number):
    form = next(one for one in FORMS if one.signs.fullmatch(number))
    place = 10 if number.endswith("US") else len(number) - 1
    wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    if number.startswith("96"):
        assert form.fits(wrong)  # no public rule
    else:
        assert not form.fits(wrong)


@pytest.mark.parametrize(
    ("track", "words"),
    [
        (("usps", "USPS", "1Z999AA10123456784"), "This looks like a number of UPS, but USPS is chosen."),
        (("ups", "UPS", "1Z999AA10123456785"), "The last digit does not fit the others"),
        (("fedex", "FedEx", "123"), "Numbers of FedEx usually look otherwise"),
        (("custom", "Spee-Dee", "1Z999AA10123456784"), None),
        (("custom", "OnTrac", "C10999911320231"), None),
        (("custom", "Pigeon", "123"), None),
    ],
)
def test_what_is_odd_is_said_and_forbids_nothing(track, words):
    code, title, number = track
    found = remark(Track(carrier_code=code, title=title, number=number))
    assert found is None if words is None else str(found).startswith(words)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(number_pattern="SD########", carrier_code="custom", title="Spee-Dee"), ("custom", "Spee-Dee")),
        (Rule(number_pattern="SD*", carrier="OnTrac"), ("custom", "OnTrac")),
        (Rule(number_pattern="SD*", other_name="Spee-Dee", tracking_url="https://x"), ("custom", "Spee-Dee")),
        (Rule(number_pattern="SD*", carrier_code="ups", carrier="UPS"), ("ups", "")),
        (Rule(carrier_code="custom", title="Spee-Dee"), None),
    ],
)
def test_the_merchants_own_patterns_come_first(rule, expected):
    found = suggested("SD12345678", [rule])
    assert (found and (found.code, found.title)) == expected
    assert suggested("1Z999AA10123456784", [Rule(number_pattern="1Z*", carrier="UPSMI")]).title == "UPSMI"


@pytest.mark.parametrize("code", ["", "custom"])
def test_a_rule_that_means_the_same_carrier_leaves_it_the_one_that_commerce_knows(code):
    rule = Rule(carrier_code=code, number_pattern="1Z*", carrier="UPS")
    assert suggested("1Z999AA10123456785", [rule]).code == "ups"
