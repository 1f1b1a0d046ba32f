"""Product attributes: those every shop has, and what defines one (commerce-api §9.4, §9.5)."""

from typing import Any

from channel_simulators.commerce.store.columns import Row
from channel_simulators.commerce.store.entities import Attribute

ENTITY_TYPE = "4"
YES_NO = {"1": "Yes", "0": "No"}
CONNECT = "connect_to_channel_manager"

_BACKENDS = {"price": "decimal", "boolean": "int", "select": "int", "date": "datetime", "textarea": "text"}
_VISIBILITY = {"1": "Not Visible Individually", "2": "Catalog", "3": "Search", "4": "Catalog, Search"}
# Id, code, label, input, scope
_SYSTEM = (
    (73, "name", "Product Name", "text", "store"),
    (74, "sku", "SKU", "text", "global"),
    (75, "description", "Description", "textarea", "store"),
    (77, "price", "Price", "price", "global"),
    (78, "special_price", "Special Price", "price", "global"),
    (79, "special_from_date", "Special Price From Date", "date", "website"),
    (80, "special_to_date", "Special Price To Date", "date", "website"),
    (81, "cost", "Cost", "price", "global"),
    (82, "weight", "Weight", "weight", "global"),
    (83, "manufacturer", "Manufacturer", "select", "global"),
    (93, "color", "Color", "select", "global"),
    (97, "status", "Enable Product", "select", "website"),
    (99, "visibility", "Visibility", "select", "store"),
    (117, "msrp", "Manufacturer's Suggested Retail Price", "price", "website"),
    (121, "url_key", "URL Key", "text", "store"),
)
# What a merchant of this shop added: a switch for this channel and a number to match products by.
_OWN = (
    (150, CONNECT, "Connect to Channel Manager", "boolean", "global"),
    (151, "upc", "UPC", "text", "global"),
    (152, "gtin", "GTIN", "text", "global"),
)
_OPTIONS = {
    "color": {"21": "Red", "22": "Blue"}, "status": {"1": "Enabled", "2": "Disabled"}, "visibility": _VISIBILITY,
}  # fmt: skip


def standard() -> dict[str, Attribute]:
    made = [defined(*known) for known in _SYSTEM] + [defined(*known, user_defined=True) for known in _OWN]
    for attribute in made:
        attribute.options |= _OPTIONS.get(attribute.row["attribute_code"], {})
    return {attribute.row["attribute_code"]: attribute for attribute in made}


def defined(
    attribute_id: int, code: str, label: str, frontend_input: str, scope: str, *, user_defined: bool = False
) -> Attribute:
    row: Row = {
        "attribute_id": attribute_id,
        "attribute_code": code,
        "frontend_input": frontend_input,
        "entity_type_id": ENTITY_TYPE,
        "is_required": False,
        "is_user_defined": user_defined,
        "default_frontend_label": label,
        "frontend_labels": [],
        "backend_type": _BACKENDS.get(frontend_input, "varchar"),
        "is_unique": "0",
        "is_visible": True,
        "scope": scope,
        "apply_to": [],
    }
    return Attribute(row=row, options=_yes_no(frontend_input))


def _yes_no(frontend_input: str) -> dict[str, Any]:
    return dict(YES_NO) if frontend_input == "boolean" else {}
