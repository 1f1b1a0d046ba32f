"""Whose a tracking number is by its form, and whether its check digit fits. Pure rules.

The forms are those that the carriers publish: UPS (1Z numbers and their check digit), USPS Publication 199 (package
barcodes of 22 digits, alone or behind 420 and the ZIP code; service barcodes of 20), UPU standard S10 (international
mail), FedEx (Express 12, Ground 15, Ground "96" 22 digits), DHL Express (waybills of 10 digits), OnTrac (C or D and 14
digits). A form tells whose a number may be, never that the parcel exists.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

from channel_manager.orders.rules.parcels import CUSTOM
from channel_manager.ports.documents import Track
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.carriers import Rule, matches_pattern

LETTERS_OF_UPS = {letter: (place + 2) % 10 for place, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A carrier as Commerce has it: its code, and its title where the code is `custom`."""

    code: str
    title: str


def _weighed(digits: str, weights: Sequence[int]) -> int:
    """From the right; the weights begin anew when they are used up."""
    return sum(int(digit) * weight for digit, weight in zip(reversed(digits), cycle(weights), strict=False))


def _modulo_10(number: str) -> bool:
    return -_weighed(number[:-1], (3, 1)) % 10 == int(number[-1])


def _ups(number: str) -> bool:
    values = [int(sign) if sign.isdecimal() else LETTERS_OF_UPS[sign] for sign in number[2:-1]]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values))
    return number[-1] == str(-total % 10)


def _usps_package(number: str) -> bool:
    return _modulo_10(number[-22:])


def _s10(number: str) -> bool:
    rest = (
        11 - sum(int(digit) * weight for digit, weight in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    )
    return int(number[10]) == {10: 0, 11: 5}.get(rest, rest)


def _fedex_express(number: str) -> bool:
    return _weighed(number[:-1], (1, 3, 7)) % 11 % 10 == int(number[-1])


def _dhl_express(number: str) -> bool:
    return int(number[:-1]) % 7 == int(number[-1])


@dataclass(frozen=True, slots=True)
class Form:
    """`certain`: the signs alone tell whose it is; else only with a check digit that fits."""

    suggestion: Suggestion
    signs: re.Pattern[str]
    fits: Callable[[str], bool] = lambda _number: True
    certain: bool = True


UPS, USPS = Suggestion("ups", "UPS"), Suggestion("usps", "USPS")
FEDEX, DHL = Suggestion("fedex", "FedEx"), Suggestion("dhl", "DHL")
FORMS: Sequence[Form] = (
    Form(UPS, re.compile(r"1Z[0-9A-Z]{15}[0-9]"), _ups),
    # 9261 begins numbers that FedEx hands to USPS for the last mile: they are tracked at both.
    Form(USPS, re.compile(r"(?:420[0-9]{5}(?:[0-9]{4})?)?9(?!261)[1-5][0-9]{20}"), _usps_package),
    Form(USPS, re.compile(r"(?:03|23|7[0-9])[0-9]{18}"), _modulo_10),
    Form(USPS, re.compile(r"[A-Z]{2}[0-9]{9}US"), _s10),
    Form(FEDEX, re.compile(r"[0-9]{12}"), _fedex_express),
    Form(FEDEX, re.compile(r"[0-9]{15}"), _modulo_10),
    Form(FEDEX, re.compile(r"96[0-9]{20}")),
    Form(DHL, re.compile(r"[0-9]{10}"), _dhl_express, certain=False),
    Form(Suggestion(CUSTOM, "OnTrac"), re.compile(r"[CD][0-9]{14}")),
)


def suggested(number: str, rules: Sequence[Rule] = ()) -> Suggestion | None:
    """The carrier by the merchant's own patterns first (`rules`), then by the form; None where neither tells.

    Where a rule means the carrier that the form tells, it is named as Commerce has it, not as a custom one.
    """
    plain = _plain(number)
    form = _form_of(plain)
    for rule in rules:
        if plain and rule.number_pattern and matches_pattern(rule.number_pattern, plain):
            code, name = rule.carrier_code or CUSTOM, rule.title or rule.carrier or rule.other_name
            if code == CUSTOM and form and form.suggestion.title == name:
                return form.suggestion
            return Suggestion(code, name if code == CUSTOM else rule.title)
    return form.suggestion if form else None


def remark(track: Track) -> Sentence | None:
    """What makes a person look again at a number beside its carrier; it never forbids sending it."""
    plain = _plain(track.number)
    form = _form_of(plain)
    if form and form.suggestion.code != track.carrier_code and CUSTOM not in (form.suggestion.code, track.carrier_code):
        return say(
            "This looks like a number of %(other)s, but %(chosen)s is chosen.",
            other=form.suggestion.title,
            chosen=track.title or track.carrier_code,
        )
    if form and not form.fits(plain):
        return say("The last digit does not fit the others: look whether a digit is mistyped.")
    if not form and track.carrier_code in {known.suggestion.code for known in FORMS} - {CUSTOM}:
        return say("Numbers of %(carrier)s usually look otherwise: compare it with the label.", carrier=track.title)
    return None


def _form_of(number: str) -> Form | None:
    found = (form for form in FORMS if form.signs.fullmatch(number))
    return next((form for form in found if form.certain or form.fits(number)), None)


def _plain(number: str) -> str:
    return re.sub(r"[\s-]", "", number).upper() if number.isascii() else ""
