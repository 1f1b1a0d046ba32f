"""Invented buyers in real places, and the named shapes of orders that the demo and the tests place."""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Spec = dict[str, Any]
Catalogue = Sequence[tuple[str, str, Decimal]]
"""SKU, name and price."""

CENT = Decimal("0.01")
GIVEN_NAMES = ("Alice", "Benjamin", "Carmen", "Darnell", "Elena", "Frank", "Grace", "Hiro", "Imani", "Jacob", "Keisha")
FAMILY_NAMES = ("Alvarez", "Baker", "Chen", "Dubois", "Edwards", "Foster", "Gupta", "Hughes", "Ivanova", "Johnson")
STREETS = ("Maple Ave", "Oak St", "Washington Blvd", "Lakeview Dr", "2nd St", "Cedar Ln", "Park Rd", "Sunset Ct")
PLACES = (
    ("Bentonville", "AR", "72712", "479", "0.095"),
    ("Springfield", "IL", "62701", "217", "0.0975"),
    ("Austin", "TX", "78701", "512", "0.0825"),
    ("Seattle", "WA", "98101", "206", "0.1035"),
    ("Denver", "CO", "80202", "303", "0.0881"),
    ("Brooklyn", "NY", "11201", "718", "0.08875"),
    ("San Jose", "CA", "95112", "408", "0.09375"),
    ("Miami", "FL", "33130", "305", "0.07"),
    ("Nashville", "TN", "37203", "615", "0.0975"),
    ("Columbus", "OH", "43215", "614", "0.075"),
    ("Phoenix", "AZ", "85004", "602", "0.086"),
    ("Atlanta", "GA", "30303", "404", "0.089"),
    ("Boston", "MA", "02108", "617", "0.0625"),
    ("Minneapolis", "MN", "55401", "612", "0.09025"),
    ("Portland", "OR", "97205", "503", "0"),
)
"""City, state, ZIP code, area code, rate of sales tax."""


def invent_buyer() -> dict[str, Any]:
    """The fields of an address with phone and relay e-mail address."""
    city, state, postal_code, area, _ = random.choice(PLACES)
    return {
        "name": f"{random.choice(GIVEN_NAMES)} {random.choice(FAMILY_NAMES)}",
        "address1": f"{random.randint(11, 4999)} {random.choice(STREETS)}",
        "address2": random.choice((None, None, f"Apt {random.randint(1, 40)}")),
        "city": city,
        "state": state,
        "postal_code": postal_code,
        "country": "USA",
        "phone": f"{area}555{random.randint(100, 199):04d}",
        "email": uuid.uuid4().hex.upper() + "@relay.walmart.com",
    }


def names() -> list[str]:
    return list(SHAPES)


def spec(shape: str, catalogue: Catalogue) -> Spec:
    """The arguments of `place_order` for the shape. Raise ValueError for an unknown shape or an empty catalogue."""
    if shape not in SHAPES:
        raise ValueError(f"Unknown shape {shape!r}: one of {', '.join(SHAPES)}.")
    if not catalogue:
        raise ValueError("A shape needs at least one product.")
    buyer = invent_buyer()
    rate = next(Decimal(rate) for city, _, _, _, rate in PLACES if city == buyer["city"])
    made = SHAPES[shape](catalogue, rate)
    return {**made, "buyer": buyer | made.get("buyer", {})}


def _line(product: tuple[str, str, Decimal], rate: Decimal, quantity: int = 1, **more: Any) -> Spec:
    """One line with the place's tax on the product and on its shipping."""
    sku, name, price = product
    shipping_tax = _tax(more["shipping"], rate) if "shipping" in more else None
    tax = _tax(price * quantity - more.get("discount", Decimal()), rate)
    line = {"sku": sku, "product_name": name, "price": price, "quantity": quantity, "tax": tax}
    return {**line, "shipping_tax": shipping_tax, **more}


def _tax(amount: Decimal, rate: Decimal) -> Decimal | None:
    """None where no tax is due, as the API shows it."""
    return (amount * rate).quantize(CENT, ROUND_HALF_UP) or None


def _single(catalogue: Catalogue, rate: Decimal) -> Spec:
    return {"lines": [_line(random.choice(catalogue), rate)]}


def _several_lines(catalogue: Catalogue, rate: Decimal) -> Spec:
    """Line numbers with gaps, as they occur (walmart-api §0.2)."""
    products = random.sample(list(catalogue), min(3, len(catalogue)))
    quantities = (2, 1, 3)
    numbers = ("1", "2", "4")
    return {
        "lines": [
            _line(product, rate, quantity, line=number)
            for product, quantity, number in zip(products, quantities, numbers, strict=False)
        ]
    }


def _quantity(catalogue: Catalogue, rate: Decimal) -> Spec:
    return {"lines": [_line(random.choice(catalogue), rate, 5)]}


def _duplicate_sku_lines(catalogue: Catalogue, rate: Decimal) -> Spec:
    product = random.choice(catalogue)
    return {"lines": [_line(product, rate) for _ in range(3)]}


def _expedited(catalogue: Catalogue, rate: Decimal) -> Spec:
    line = _line(random.choice(catalogue), rate, shipping=Decimal("7.99"), shipping_tax=None)
    return {"lines": [line], "method_code": "Express"}


def _wfs(catalogue: Catalogue, rate: Decimal) -> Spec:
    return _single(catalogue, rate) | {"ship_node_type": "WFSFulfilled"}


def _third_party_logistics(catalogue: Catalogue, rate: Decimal) -> Spec:
    return _single(catalogue, rate) | {"ship_node_type": "3PLFulfilled"}


def _replacement(catalogue: Catalogue, rate: Decimal) -> Spec:
    """The buyer pays nothing again (walmart-api §2.19)."""
    line = _line(random.choice(catalogue), rate) | {"price": Decimal("0.00"), "tax": None}
    original = f"2000{random.randrange(10**11):011d}"
    return {"lines": [line], "order_type": "REPLACEMENT", "original_customer_order_id": original}


def _preorder(catalogue: Catalogue, rate: Decimal) -> Spec:
    """Released long before it may ship."""
    return _single(catalogue, rate) | {"order_type": "PREORDER", "ship_within_days": 21}


def _cancel_request(catalogue: Catalogue, rate: Decimal) -> Spec:
    return {"lines": [_line(random.choice(catalogue), rate, 2, intent_to_cancel=True)]}


def _unknown_sku(catalogue: Catalogue, rate: Decimal) -> Spec:
    product = (f"NOT-IN-SHOP-{random.randrange(10**4):04d}", "A product the shop does not know", catalogue[0][2])
    return {"lines": [_line(product, rate)]}


def _out_of_stock_sku(catalogue: Catalogue, rate: Decimal) -> Spec:
    """The first product given: the caller says which one is out of stock."""
    return {"lines": [_line(catalogue[0], rate)]}


def _discounted(catalogue: Catalogue, rate: Decimal) -> Spec:
    product = random.choice(catalogue)
    discount = (product[2] * 2 / 10).quantize(CENT, ROUND_HALF_UP)
    return {"lines": [_line(product, rate, 2, discount=discount)]}


def _with_fee(catalogue: Catalogue, rate: Decimal) -> Spec:
    return {"lines": [_line(random.choice(catalogue), rate, fee=Decimal("1.25"))]}


def _shipping_taxed(catalogue: Catalogue, rate: Decimal) -> Spec:
    """Taxed also where the invented buyer's state takes nothing."""
    line = _line(random.choice(catalogue), rate or Decimal("0.08"), 2, shipping=Decimal("5.99"))
    return {"lines": [line]}


def _puerto_rico(catalogue: Catalogue, _rate: Decimal) -> Spec:
    """A territory that the API writes as a state of the USA."""
    address = {"city": "San Juan", "state": "PR", "postal_code": "00901", "address1": "255 Calle Fortaleza"}
    line = _line(random.choice(catalogue), Decimal("0.115"))
    return {"lines": [line], "buyer": address | {"name": "José Rivera Ortiz", "phone": "7875550142"}}


def _odd_address(catalogue: Catalogue, rate: Decimal) -> Spec:
    odd = {"name": "Cher", "address1": "7 Sunny Side 🌞 Way", "address2": "c/o „Zoë“ #3", "phone": None}
    return _single(catalogue, rate) | {"buyer": odd}


SHAPES: Mapping[str, Callable[[Catalogue, Decimal], Spec]] = {
    "single": _single,
    "several_lines": _several_lines,
    "quantity": _quantity,
    "duplicate_sku_lines": _duplicate_sku_lines,
    "expedited": _expedited,
    "wfs": _wfs,
    "third_party_logistics": _third_party_logistics,
    "replacement": _replacement,
    "preorder": _preorder,
    "cancel_request": _cancel_request,
    "unknown_sku": _unknown_sku,
    "out_of_stock_sku": _out_of_stock_sku,
    "discounted": _discounted,
    "with_fee": _with_fee,
    "shipping_taxed": _shipping_taxed,
    "puerto_rico": _puerto_rico,
    "odd_address": _odd_address,
}
