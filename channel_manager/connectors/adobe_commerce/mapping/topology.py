"""Websites, store views and their settings → StoreView, ShopSettings."""

import re
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from channel_manager.connectors.adobe_commerce.mapping.reading import (
    Json,
    UnreadableAnswer,
    flag,
    identifier,
    optional_identifier,
    text,
)
from channel_manager.ports.catalog import ShopSettings
from channel_manager.ports.documents import StoreView

_CURRENCY = re.compile("[A-Z]{3}")


def store_views(views: Iterable[Json], websites: Iterable[Json], configs: Iterable[Json]) -> tuple[StoreView, ...]:
    """Active store views in order of id; the technical Admin row (id 0) is none of them."""
    codes = {optional_identifier(row, "id"): text(row, "code") for row in websites}
    currencies = {text(row, "code"): text(row, "base_currency_code") for row in configs}
    found = (
        StoreView(
            id=identifier(row, "id"),
            code=text(row, "code"),
            name=text(row, "name"),
            website_code=codes.get(optional_identifier(row, "website_id"), ""),
            currency=currencies.get(text(row, "code"), ""),
        )
        for row in views
        if optional_identifier(row, "id") and active(row)
    )
    return tuple(sorted(found, key=lambda view: view.id))


def website_id(websites: Iterable[Json], code: str) -> int | None:
    return next((optional_identifier(row, "id") for row in websites if text(row, "code") == code), None)


def settings(config: Json, *, has_sources: bool) -> ShopSettings:
    """One row of storeConfigs."""
    currency, zone = text(config, "base_currency_code"), text(config, "timezone")
    if not _CURRENCY.fullmatch(currency):
        raise UnreadableAnswer("base_currency_code")
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise UnreadableAnswer("timezone") from None
    return ShopSettings(currency=currency, time_zone=zone, has_sources=has_sources)


def active(view: Json) -> bool:
    return flag(view.get("is_active", 1))
