"""Addresses of a cart: what the shop fills in and what it refuses (observed §1.2)."""

from typing import Any

from channel_simulators.commerce.call import integer
from channel_simulators.commerce.store import regions
from channel_simulators.commerce.store.columns import Row, text
from channel_simulators.commerce.store.options import Options
from channel_simulators.commerce.wire.errors import ApiError

_TEXTS = ("firstname", "lastname", "middlename", "prefix", "suffix", "company", "city", "postcode", "telephone", "fax")
_REQUIRED = ("firstname", "lastname", "street", "city", "telephone", "postcode", "country_id")
_SHOWN = {"country_id": "countryId", "region_id": "regionId"}


def read(given: dict[str, Any]) -> Row:
    """The address as the cart keeps it: texts cut, the region completed from its code, id or name."""
    row: Row = {name: text(given[name], name) for name in (*_TEXTS, "email") if given.get(name) is not None}
    street = given.get("street")
    row["street"] = [text(line) for line in (street if isinstance(street, list) else [street]) if line]
    row["country_id"] = str(given.get("country_id") or "")
    region = regions.find(
        region_id=integer(given.get("region_id")) or None,
        code=given.get("region_code"),
        name=_name(given.get("region")),
    )
    if region is not None and row["country_id"] == "US":
        row |= {"region": region.name, "region_code": region.code, "region_id": region.id}
    return row


def _name(region: Any) -> str | None:
    return region if isinstance(region, str) else None


def check(row: Row, options: Options, kind: str) -> None:
    """`kind`: shipping or billing. Raises the shop's 400 naming every missing part."""
    needed = [name for name in _REQUIRED if name != "telephone" or options.telephone_required]
    if row["country_id"] == "US":
        needed.append("region_id")
    missing = [name for name in needed if not _filled(row.get(name))]
    if missing:
        sentences = " ".join(f'"{_SHOWN.get(name, name)}" is required. Enter and try again.' for name in missing)
        raise ApiError(400, f"Please check the {kind} address information. %1", [sentences])


def _filled(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)
