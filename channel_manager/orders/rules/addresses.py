"""Making a buyer's address acceptable to Commerce, each change noted (magento-observed §1.2). Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict

from channel_manager.ports.messages import Address

LONGEST = 255
NAMELESS = "Walmart buyer"
# Commerce stores emoji as "????", and newer releases refuse control characters and these marks in names.
UNWRITABLE = re.compile(r"[\U00010000-\U0010ffff\u2600-\u27bf\ufe0f\x00-\x1f<>{}\[\]|\\^~]")


class Adjustment(TypedDict):
    field: str
    before: str
    after: str


PARTS = ("name", "street", "city", "state", "postcode", "phone")
"""What a person may correct. A street is its lines, one below the other."""
NAMED_BY_COMMERCE = {
    "firstname": "name",
    "lastname": "name",
    "street": "street",
    "city": "city",
    "region": "state",
    "region_id": "state",
    "regionId": "state",
    "region_code": "state",
    "postcode": "postcode",
    "telephone": "phone",
}
"""The part that a field of a Commerce address belongs to."""


def acceptable(
    address: Address, *, placeholder_phone: str, corrections: Mapping[str, str] | None = None
) -> tuple[Address, list[Adjustment]]:
    """The address as Commerce takes it, and what was changed. The original is kept by the caller.

    `corrections`, by part, are a person's.
    """
    wanted = corrected(address, corrections or {})
    changed = replace(
        wanted,
        name=_name(wanted.name),
        street=_street(wanted.street),
        city=_plain(wanted.city) or "-",
        postcode=_plain(wanted.postcode),
        phone=_phone(wanted.phone, placeholder_phone),
    )
    return changed, _adjustments(address, changed)


def corrected(address: Address, corrections: Mapping[str, str]) -> Address:
    parts: dict[str, str | tuple[str, ...]] = {part: corrections[part] for part in PARTS if part in corrections}
    if "street" in corrections:
        parts["street"] = tuple(corrections["street"].splitlines())
    return replace(address, **parts)  # type: ignore[arg-type] # each part has its own type


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", UNWRITABLE.sub("", text)).strip()[:LONGEST].rstrip()


def _name(name: str) -> str:
    """First and last name: a one-word name gets a dash as its last."""
    plain = _plain(name) or NAMELESS
    return plain if " " in plain else f"{plain} -"


def _street(lines: tuple[str, ...]) -> tuple[str, ...]:
    plain = [line for line in map(_plain, lines) if line]
    return tuple(plain) or ("-",)


def _phone(phone: str, placeholder: str) -> str:
    digits = re.sub(r"[^0-9+() .-]", "", phone).strip()[:LONGEST].rstrip()
    return digits if re.search(r"[1-9]", digits) else placeholder


def _adjustments(before: Address, after: Address) -> list[Adjustment]:
    pairs = [(field, _words(getattr(before, field)), _words(getattr(after, field))) for field in PARTS]
    return [Adjustment(field=field, before=old, after=new) for field, old, new in pairs if old != new]


def _words(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
