"""From a Commerce track to a carrier the marketplace accepts (walmart-api §2.16, commerce-api §11). Pure rules."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from channel_manager.ports.documents import Track

BUILT_IN = {"ups": "UPS", "usps": "USPS", "fedex": "FedEx", "dhl": "DHL"}
PATTERN_PARTS = {"?": ".", "#": "[0-9]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    carrier_code: str = ""
    title: str = ""
    number_pattern: str = ""
    carrier: str = ""
    other_name: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Exactly one of `carrier` and `other_name` is set; an other carrier has its tracking URL."""

    carrier: str = ""
    other_name: str = ""
    tracking_url: str = ""


def resolve(track: Track, rules: Iterable[Rule], known: Sequence[str]) -> Carrier | None:
    """The merchant's rules first, in order, then a title or code that is a known carrier's; None: a person must map."""
    for rule in rules:
        if _matches(rule, track):
            return _target(rule, track, known)
    by_name = {name.casefold(): name for name in known}
    for word in (track.title, BUILT_IN.get(track.carrier_code.casefold(), ""), track.carrier_code):
        if name := by_name.get(word.strip().casefold()):
            return Carrier(carrier=name)
    return None


def matches_pattern(pattern: str, number: str) -> bool:
    """`*` anything, `?` one character, `#` one digit; the whole number, letter case ignored.

    What lies between two stars is matched where it first occurs and never elsewhere, so no pattern is slow.
    """
    first, *others = map(_expression, re.split(r"\*+", pattern))
    middle = "".join(f"(?>.*?{part})" for part in others[:-1])
    expression = first + middle + "".join(f".*{part}" for part in others[-1:])
    return re.fullmatch(expression, number.strip(), re.IGNORECASE) is not None


def _expression(part: str) -> str:
    return "".join(PATTERN_PARTS.get(character) or re.escape(character) for character in part)


def _matches(rule: Rule, track: Track) -> bool:
    return (
        rule.carrier_code.casefold() in ("", track.carrier_code.casefold())
        and rule.title.strip().casefold() in ("", track.title.strip().casefold())
        and (not rule.number_pattern or matches_pattern(rule.number_pattern, track.number))
    )


def _target(rule: Rule, track: Track, known: Sequence[str]) -> Carrier | None:
    if rule.carrier:
        return Carrier(carrier=rule.carrier) if rule.carrier in known else None
    number = re.sub(r"[^A-Za-z0-9-]", "", track.number)
    return Carrier(other_name=rule.other_name, tracking_url=rule.tracking_url.replace("{number}", number))
