"""Stock answers → units by SKU, in the spelling that was asked for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import Json, entity, flag, text, units

UNLIMITED = 999_999
"""What a product without managed stock is said to have."""
DEFAULT_SOURCE = "default"


def salable(asked: Sequence[str], found: Iterable[Any]) -> dict[str, int]:
    """Rows of export-stock-salable-qty; a SKU that the shop drops is absent."""
    spellings = spelled(asked)
    return {sku: _salable(row) for row in map(entity, found) for sku in spellings.get(key(text(row, "sku")), ())}


def by_source(asked: Sequence[str], found: Iterable[Any]) -> dict[str, dict[str, int]]:
    """Rows of source-items."""
    spellings, stock = spelled(asked), dict[str, dict[str, int]]()
    for row in map(entity, found):
        for sku in spellings.get(key(text(row, "sku")), ()):
            stock.setdefault(sku, {})[text(row, "source_code")] = units(row, "quantity")
    return stock


def legacy_source(data: Any) -> dict[str, int]:
    """The one source that a shop without sources has."""
    return {DEFAULT_SOURCE: units(entity(data), "qty")}


def legacy_salable(data: Any) -> int:
    """A stock item of a shop without sources."""
    item = entity(data)
    if "manage_stock" in item and not flag(item["manage_stock"]):
        return UNLIMITED
    return max(0, units(item, "qty")) if flag(item.get("is_in_stock")) else 0


def spelled(asked: Sequence[str]) -> Mapping[str, list[str]]:
    spellings: dict[str, list[str]] = {}
    for sku in asked:
        spellings.setdefault(key(sku), []).append(sku)
    return spellings


def key(sku: str) -> str:
    """The shop matches SKUs without regard to case and trailing blanks, and answers its own spelling (observed §10)."""
    return sku.rstrip().casefold()


def _salable(row: Json) -> int:
    if row.get("is_salable") is not None and not flag(row["is_salable"]):
        return 0
    return UNLIMITED if row.get("qty") is None else max(0, units(row, "qty"))
