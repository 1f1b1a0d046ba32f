"""Carts: what is put in and what the shop says about it."""

from decimal import Decimal
from typing import Any

from channel_manager.connectors.adobe_commerce.mapping.reading import (
    Json,
    amount,
    each,
    entity,
    flag,
    identifier,
    part,
    quantity,
    rows,
    text,
    within,
)
from channel_manager.ports.documents import Cart, CartItem, CartQuote
from channel_manager.ports.messages import Address

_NO_LAST_NAME = "-"
"""The shop requires a last name; Walmart knows one name."""


def cart(data: Any) -> Cart:
    row = entity(data)
    return Cart(id=identifier(row, "id"), active=flag(row.get("is_active")), items=each(row, "items", cart_item))


def cart_item(data: Any) -> CartItem:
    row = entity(data)
    return CartItem(item_id=identifier(row, "item_id"), sku=text(row, "sku"), quantity=quantity(row, "qty"))


def cart_quote(data: Any) -> CartQuote:
    row = entity(data)
    tax, discount = within("totals", _own_money, part(row, "totals"))
    methods = tuple(text(method, "code") for method in rows(row, "payment_methods"))
    return CartQuote(payment_methods=methods, tax=tax, discount=discount)


def _own_money(totals: Json) -> tuple[Decimal, Decimal]:
    """Tax and discount of the shop's own."""
    return amount(totals, "tax_amount"), abs(amount(totals, "discount_amount"))


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
