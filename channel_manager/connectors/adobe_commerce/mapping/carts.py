"""Carts: what is put in and what the shop says about it."""

from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import (
    Json,
    amount,
    flag,
    identifier,
    rows,
    text,
    units,
)
from channel_manager.ports.documents import Cart, CartItem, CartQuote
from channel_manager.ports.messages import Address

_NO_LAST_NAME = "-"
"""The shop requires a last name; Walmart knows one name."""


def cart(data: Json) -> Cart:
    return Cart(
        id=identifier(data, "id"),
        active=flag(data.get("is_active")),
        items=tuple(cart_item(row) for row in rows(data, "items")),
    )


def cart_item(row: Json) -> CartItem:
    return CartItem(item_id=identifier(row, "item_id"), sku=text(row, "sku"), quantity=units(row, "qty"))


def cart_quote(data: Json) -> CartQuote:
    totals = data.get("totals") or {}
    return CartQuote(
        payment_methods=tuple(text(method, "code") for method in rows(data, "payment_methods")),
        tax=amount(totals, "tax_amount"),
        discount=abs(amount(totals, "discount_amount")),
    )


def shipping_information(address: Address, *, email: str, shipping_method: str) -> dict[str, Any]:
    """The billing address carries the e-mail: the order's is copied from it. `shipping_method` is `carrier_method`."""
    carrier, _, method = shipping_method.partition("_")
    both = {**_address(address), "email": email, "save_in_address_book": 0}
    return {
        "addressInformation": {
            "shipping_address": {**both, "same_as_billing": 1},
            "billing_address": both,
            "shipping_carrier_code": carrier,
            "shipping_method_code": method or carrier,
        }
    }


def _address(address: Address) -> dict[str, Any]:
    first, _, last = address.name.strip().partition(" ")
    body = {
        "firstname": first,
        "lastname": last.strip() or _NO_LAST_NAME,
        "street": [line for line in address.street if line],
        "city": address.city,
        "postcode": address.postcode,
        "country_id": address.country,
        "telephone": address.phone,
    }
    # The code alone is enough: the shop finds the region's name and its own id (observed §1.2).
    return {**body, "region_code": address.state} if address.state else body
