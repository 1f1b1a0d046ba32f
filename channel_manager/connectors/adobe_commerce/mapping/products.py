"""A product of the shop → Product. Attributes without a value are absent (commerce-api §9.1)."""

from collections.abc import Container
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import (
    Json,
    UnreadableAnswer,
    entity,
    identifier,
    moment,
    number,
    plain,
    rows,
    text,
)
from channel_manager.connectors.adobe_commerce.mapping.stock import key
from channel_manager.ports.catalog import Product
from channel_manager.shared.money import ZERO, cents

ID = "id"
"""Filters and sort orders call the same column `entity_id`."""
FIELDS = f"items[{ID},sku,name,price,status,type_id,updated_at,custom_attributes[attribute_code,value]],total_count"

_ENABLED = 1
_WITHOUT_PRICE = ("configurable", "grouped")
_BUNDLE = "bundle"
_SKU_LENGTH = 64
_NAME_LENGTH = 255
_KIND_LENGTH = 32
_SIX_PLACES = Decimal("0.000001")
"""As the shop's columns keep prices."""


def product(data: Any, *, attribute: str) -> Product:
    """`attribute` is the yes/no attribute that connects a product; empty for none."""
    row = entity(data)
    values = _values(row)
    kind = text(row, "type_id")[:_KIND_LENGTH]
    return Product(
        product_id=identifier(row, ID),
        sku=_sku(row),
        name=text(row, "name")[:_NAME_LENGTH],
        kind=kind,
        enabled=number(row, "status") == _ENABLED,
        connected=bool(attribute) and _yes(values.get(attribute)),
        price=_price(row, kind),
        # A bundle's special price is a percentage.
        special_price=None if kind in (*_WITHOUT_PRICE, _BUNDLE) else _money(values, "special_price"),
        special_from=_day(values, "special_from_date"),
        special_until=_day(values, "special_to_date"),
        updated_at=moment(row, "updated_at") if row.get("updated_at") else None,
    )


def name_of(data: Any) -> str:
    """What an unreadable product is known by: its SKU, else its id."""
    row: Json = data if isinstance(data, dict) else {}
    return (text(row, "sku") or text(row, ID) or "-")[:_SKU_LENGTH]


def may_be_of(data: Any, skus: Container[str]) -> bool:
    """Of one of these SKUs, written as the shop compares them; what tells no SKU may be of any."""
    row: Json = data if isinstance(data, dict) else {}
    sku = text(row, "sku")
    return not sku or key(sku) in skus


def _sku(row: Json) -> str:
    sku = text(row, "sku")
    if not sku or len(sku) > _SKU_LENGTH:
        raise UnreadableAnswer("sku")
    return sku


def _price(row: Json, kind: str) -> Decimal | None:
    """Whatever a configurable or grouped product carries is not its price (commerce-api §9.1); a bundle whose price
    comes from its parts carries 0.
    """
    price = None if kind in _WITHOUT_PRICE else _money(row, "price")
    return None if kind == _BUNDLE and price == ZERO else price


def _values(row: Json) -> dict[str, Any]:
    return {text(pair, "attribute_code"): pair.get("value") for pair in rows(row, "custom_attributes")}


def _yes(value: Any) -> bool:
    """As the filter of the shop finds it; a missing one means no."""
    return value is True or plain(value) == "1"


def _money(data: Json, name: str) -> Decimal | None:
    """Exact, and in cents where it is a number of them; None for an empty one."""
    if data.get(name) is None or data[name] == "":
        return None
    found = number(data, name)
    if found < 0:
        raise UnreadableAnswer(name)
    whole = cents(found)
    return whole if whole == found else found.quantize(_SIX_PLACES)


def _day(data: Json, name: str) -> date | None:
    """The day of a date that is written with a time of day; MySQL's zero date is none."""
    if data.get(name) is None or data[name] == "":
        return None
    written = text(data, name)[:10]
    if written == "0000-00-00":
        return None
    try:
        return datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007 - a day of the shop has no zone
    except ValueError:
        raise UnreadableAnswer(name) from None
