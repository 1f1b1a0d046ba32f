"""Stock answers → units by SKU, in the spelling that was asked for."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from channel_manager.connectors.adobe_commerce.mapping.reading import Json, UnreadableAnswer, entity, flag, text, units

Read = TypeVar("Read")

UNLIMITED = 999_999
"""What a product without managed stock is said to have."""
DEFAULT_SOURCE = "default"
log = logging.getLogger(__name__)


def salable(asked: Sequence[str], found: Iterable[Any]) -> dict[str, int]:
    """Rows of export-stock-salable-qty; a SKU that the shop drops is absent, and one that cannot be understood, unless
    all are such.
    """
    spellings = spelled(asked)
    read = _understood(found, _salable)
    return {sku: units for name, units in read for sku in spellings.get(name, ()) if units is not None}


def by_source(asked: Sequence[str], found: Iterable[Any]) -> dict[str, dict[str, int]]:
    """Rows of source-items. Of a SKU that cannot be understood at one source nothing is told, unless all are such."""
    spellings, stock = spelled(asked), dict[str, dict[str, int]]()
    partly: set[str] = set()
    for name, held in _understood(found, _held):
        for sku in spellings.get(name, ()):
            if held is None:
                partly.add(sku)
            else:
                stock.setdefault(sku, {}).update(held)
    return {sku: held for sku, held in stock.items() if sku not in partly}


def legacy_source(data: Any) -> dict[str, int]:
    """The one source that a shop without sources has."""
    return {DEFAULT_SOURCE: units(entity(data), "qty")}


def legacy_salable(data: Any) -> int:
    """A stock item of a shop without sources; its threshold of being out of stock is not for sale."""
    item = entity(data)
    if "manage_stock" in item and not flag(item["manage_stock"]):
        return UNLIMITED
    return max(0, units(item, "qty") - units(item, "min_qty")) if flag(item.get("is_in_stock")) else 0


def spelled(asked: Sequence[str]) -> Mapping[str, list[str]]:
    spellings: dict[str, list[str]] = {}
    for sku in asked:
        spellings.setdefault(key(sku), []).append(sku)
    return spellings


def key(sku: str) -> str:
    """The shop matches SKUs without regard to case and trailing blanks, and answers its own spelling (observed §10)."""
    return sku.rstrip().casefold()


def _understood(found: Iterable[Any], read: Callable[[Json], Read]) -> Iterator[tuple[str, Read | None]]:
    """What each row says by its SKU as the shop compares it, None where it cannot be understood."""
    rows = [(row, _told(row, read)) for row in found]
    wrong = [told for _, told in rows if isinstance(told, UnreadableAnswer)]
    if wrong and len(wrong) == len(rows):
        raise wrong[0]
    for row, told in rows:
        name = text(row, "sku") if isinstance(row, dict) else ""
        if isinstance(told, UnreadableAnswer):
            log.error("stock of %s in Commerce cannot be understood: %s", name or "a product", told.path)
        yield key(name), None if isinstance(told, UnreadableAnswer) else told


def _told(row: Any, read: Callable[[Json], Read]) -> Read | UnreadableAnswer:
    try:
        return read(entity(row))
    except UnreadableAnswer as error:
        return error


def _held(row: Json) -> dict[str, int]:
    return {text(row, "source_code"): units(row, "quantity")}


def _salable(row: Json) -> int:
    if row.get("is_salable") is not None and not flag(row["is_salable"]):
        return 0
    return UNLIMITED if row.get("qty") is None else max(0, units(row, "qty"))
