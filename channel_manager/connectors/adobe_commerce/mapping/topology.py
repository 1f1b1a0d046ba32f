"""Websites, store views and their settings → StoreView."""

from collections.abc import Iterable

from channel_manager.connectors.adobe_commerce.mapping.reading import Json, flag, identifier, text, units
from channel_manager.ports.documents import StoreView


def store_views(views: Iterable[Json], websites: Iterable[Json], configs: Iterable[Json]) -> tuple[StoreView, ...]:
    """Active store views in order of id; the technical Admin row (id 0) is none of them."""
    codes = {units(row, "id"): text(row, "code") for row in websites}
    currencies = {text(row, "code"): text(row, "base_currency_code") for row in configs}
    return tuple(
        StoreView(
            id=identifier(row, "id"),
            code=text(row, "code"),
            name=text(row, "name"),
            website_code=codes.get(units(row, "website_id"), ""),
            currency=currencies.get(text(row, "code"), ""),
        )
        for row in sorted(views, key=lambda row: units(row, "id"))
        if units(row, "id") and active(row)
    )


def active(view: Json) -> bool:
    return flag(view.get("is_active", 1))
