"""Websites, store views and the little else the shop says about itself (commerce-api §2)."""

from typing import Any

from channel_simulators.commerce.call import Call
from channel_simulators.commerce.store.regions import REGIONS
from channel_simulators.commerce.wire.errors import ApiError, no_such
from channel_simulators.commerce.wire.query import values

Json = dict[str, Any]

WEBSITES: list[Json] = [
    {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
    {"id": 1, "code": "base", "name": "Main Website", "default_group_id": 1},
    {"id": 2, "code": "walmart", "name": "Walmart", "default_group_id": 2},
]
STORE_GROUPS: list[Json] = [
    {"id": 0, "website_id": 0, "root_category_id": 0, "default_store_id": 0, "name": "Default", "code": "default"},
    {"id": 1, "website_id": 1, "root_category_id": 2, "default_store_id": 1, "name": "Main Store", "code": "main"},
    {"id": 2, "website_id": 2, "root_category_id": 2, "default_store_id": 2, "name": "Walmart", "code": "walmart"},
]
STORE_VIEWS: list[Json] = [
    {"id": 1, "code": "default", "name": "Default", "website_id": 1, "store_group_id": 1, "is_active": 1},
    {"id": 2, "code": "walmart", "name": "Walmart", "website_id": 2, "store_group_id": 2, "is_active": 1},
    {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0, "is_active": 1},
]
TIMEZONE = "America/Chicago"
MODULES = [
    "Magento_Store", "Magento_Directory", "Magento_Catalog", "Magento_Quote", "Magento_Sales", "Magento_Checkout",
    "Magento_Shipping", "Magento_Integration", "Magento_Inventory", "Magento_InventoryApi", "Magento_InventorySales",
    "Magento_InventorySalesApi", "Magento_InventorySourceSelectionApi", "Magento_OfflinePayments", "Magento_Webapi",
]  # fmt: skip


def store_id(code: str | None) -> int:
    """Of a path prefix: none is the default view, `all` the admin scope; an unknown one is refused (observed §5)."""
    if code is None:
        return 1
    if code == "all":
        return 0
    for view in STORE_VIEWS:
        if view["code"] == code:
            return int(view["id"])
    raise ApiError(400, "Specified request cannot be processed.")


def website_id(store: int) -> int:
    return next(int(view["website_id"]) for view in STORE_VIEWS if view["id"] == store)


def store_name(store: int) -> str:
    """As an order keeps it: website, group and view, one a line."""
    view = next(view for view in STORE_VIEWS if view["id"] == store)
    website = next(w for w in WEBSITES if w["id"] == view["website_id"])
    group = next(g for g in STORE_GROUPS if g["id"] == view["store_group_id"])
    return "\n".join((website["name"], group["name"], view["name"]))


def websites(_: Call) -> list[Json]:
    return WEBSITES


def store_groups(_: Call) -> list[Json]:
    return STORE_GROUPS


def store_views(_: Call) -> list[Json]:
    return STORE_VIEWS


def store_configs(call: Call) -> list[Json]:
    """Unknown codes are left out silently."""
    wanted = values(call.query.get("storeCodes"))
    views = [view for view in STORE_VIEWS if view["id"] and (not wanted or view["code"] in wanted)]
    return [_config(view, call.base_url) for view in views]


def _config(view: Json, base_url: str) -> Json:
    urls = {f"{p}base_{kind}url": base_url + path for p in ("", "secure_") for kind, path in _URLS.items()}
    return {
        "id": view["id"],
        "code": view["code"],
        "website_id": view["website_id"],
        "locale": "en_US",
        "base_currency_code": "USD",
        "default_display_currency_code": "USD",
        "timezone": TIMEZONE,
        "weight_unit": "lbs",
        **urls,
    }


_URLS = {"": "/", "link_": "/", "static_": "/static/", "media_": "/media/"}


def countries(_: Call) -> list[Json]:
    return [_united_states()]


def currency(_: Call) -> Json:
    return {
        "base_currency_code": "USD",
        "base_currency_symbol": "$",
        "default_display_currency_code": "USD",
        "default_display_currency_symbol": "$",
        "available_currency_codes": ["USD"],
        "exchange_rates": [{"currency_to": "USD", "rate": 1}],
    }


def country(call: Call) -> Json:
    if call.path["countryId"] != "US":
        raise no_such("countryId", call.path["countryId"])
    return _united_states()


def _united_states() -> Json:
    regions = [{"id": str(region.id), "code": region.code, "name": region.name} for region in REGIONS]
    names = {"full_name_locale": "United States", "full_name_english": "United States"}
    return {
        "id": "US",
        "two_letter_abbreviation": "US",
        "three_letter_abbreviation": "USA",
        **names,
        "available_regions": regions,
    }


def modules(call: Call) -> list[str]:
    return [module for module in MODULES if call.options.msi or not module.startswith("Magento_Inventory")]
