"""Websites, store views and their settings → StoreView."""

from collections.abc import Iterable

from channel_manager.connectors.adobe_commerce.mapping.reading import Json, flag, identifier, optional_identifier, text
from channel_manager.ports.documents import StoreView


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


def active(view: Json) -> bool:
    return flag(view.get("is_active", 1))
