"""Rows of parcels as people paste them from a carrier's export or a spreadsheet. Pure rules."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from channel_manager.ports.documents import Track
from channel_manager.shared.sentences import Sentence, say

MOST_ROWS = 200
CUSTOM = "custom"
CARRIERS: Mapping[str, str] = {"ups": "UPS", "usps": "USPS", "fedex": "FedEx", "dhl": "DHL"}
"""Carrier codes that every Commerce has (commerce-api §11). Any other name is a custom carrier with that title."""
FIELDS = ("order", "sku", "quantity", "carrier", "number")
SHORT = ("order", "carrier", "number")
NAMES: Mapping[str, Sequence[str]] = {
    "order": ("order", "order number", "walmart order", "walmart order #", "po", "po number", "commerce order #"),
    "sku": ("sku",),
    "quantity": ("quantity", "qty", "units"),
    "carrier": ("carrier",),
    "number": ("number", "tracking", "tracking number", "tracking #", "track", "track number"),
}
"""What a first row of heads may call them, in small letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRow:
    """One row; `place` counts from 1. Without `sku` everything open of the order, without `quantity` all of the SKU.
    `typed` is the quantity as it was typed.
    """

    place: int
    order: str
    sku: str = ""
    quantity: int | None = None
    carrier: str = ""
    number: str = ""
    problem: Sentence | None = None
    typed: str = field(default="", compare=False)

    @property
    def track(self) -> Track:
        code = self.carrier.casefold()
        if code in CARRIERS:
            return Track(carrier_code=code, title=CARRIERS[code], number=self.number)
        return Track(carrier_code=CUSTOM, title=self.carrier, number=self.number)


def read(text: str) -> list[ParcelRow]:
    """Separated by tabs, semicolons or commas; with heads in the first row or without: order, SKU, quantity, carrier,
    number, or only order, carrier, number. One row more than MOST_ROWS at the most, which tells that there are more.
    """
    rows = [cells for cells in _cells(text.lstrip("\ufeff")) if any(cells)]
    names = _heads(rows[0]) if rows else None
    body = rows[1:] if names else rows
    return [_row(place, cells, names) for place, cells in enumerate(body[: MOST_ROWS + 1], 1)]


def _cells(text: str) -> Iterator[list[str]]:
    """Tabs or semicolons separate where there are any: commas stand in names as well."""
    separator = next((one for one in "\t;" if one in text), ",")
    for line in csv.reader(text.splitlines(), delimiter=separator):
        yield [cell.strip() for cell in line]


def _heads(cells: Sequence[str]) -> list[str] | None:
    """The field of each column, where the row is one of heads."""
    known = {name: found for found, names in NAMES.items() for name in names}
    found = [known.get(cell.casefold(), "") for cell in cells]
    return found if "order" in found and "number" in found else None


def _row(place: int, cells: Sequence[str], heads: Sequence[str] | None) -> ParcelRow:
    names = heads or (SHORT if len(cells) == len(SHORT) else FIELDS)
    if len(cells) < len(SHORT):
        return ParcelRow(
            place=place, order=cells[0], problem=say("A row needs an order number, a carrier and a tracking number.")
        )
    typed = dict(zip(names, cells, strict=False))
    quantity = typed.get("quantity", "")
    units = int(quantity) if quantity.isascii() and quantity.isdecimal() and len(quantity) < 7 else None
    row = {
        "order": typed.get("order", "").lstrip("#").strip(),
        "sku": typed.get("sku", ""),
        "carrier": typed.get("carrier", "")[:255],
        "number": "".join(typed.get("number", "").split()),
    }
    return ParcelRow(place=place, quantity=units, problem=_problem(row, quantity, units), typed=quantity, **row)


def _problem(row: Mapping[str, str], quantity: str, units: int | None) -> Sentence | None:
    if not row["order"]:
        return say("The order number is missing.")
    if quantity and not units:
        return say("“%(quantity)s” is not a quantity: a whole number above zero.", quantity=quantity[:20])
    if not row["carrier"]:
        return say("The carrier is missing.")
    if not row["number"]:
        return say("The tracking number is missing: Walmart requires one for every shipment.")
    return None
