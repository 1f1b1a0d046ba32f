"""The orders of the pictures, invented: every number, name and date is the same in each run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

TAX = Decimal("0.08")
CENT = Decimal("0.01")
PRODUCTS = {
    "KNIFE-8": ("Chef's Knife, 8 inch", "39.90"),
    "PAN-26": ("Frying Pan, 26 cm", "34.99"),
    "POT-5QT": ("Stock Pot with Lid, 5 qt", "54.95"),
    "CUT-BOARD": ("Bamboo Cutting Board", "19.99"),
    "WHISK-11": ("Balloon Whisk, 11 inch", "9.99"),
    "SPATULA": ("Silicone Spatula", "7.49"),
    "MUG+LID": ("Travel Mug with Lid", "14.95"),
    "TEA_POT.2": ("Cast Iron Teapot, 2 cups", "29.90"),
    "KETTLE-E": ("Electric Kettle, 1.7 l", "44.00"),
    "TOWEL-4": ("Kitchen Towels, set of 4", "16.80"),
    "GLASS-6": ("Drinking Glasses, set of 6", "24.60"),
    "BOWL-L": ("Mixing Bowl, large", "18.25"),
    "SCALE-D": ("Digital Kitchen Scale", "21.99"),
    "LAMP-T1": ("Table Lamp, linen shade", "49.50"),
    "TRIVET-CORK": ("Cork Trivet, set of 2", "11.40"),
}
"""Name and price at Walmart. The last one is unknown to the shop."""
BUYER = ("name", "address1", "city", "state", "postal_code", "phone")
BUYERS = (
    ("Carmen Alvarez", "118 Maple Ave", "Austin", "TX", "78701", "5125550118"),
    ("Frank Dubois", "2207 Oak St", "Seattle", "WA", "98101", "2065550122"),
    ("Imani Edwards", "41 Lakeview Dr", "Denver", "CO", "80202", "3035550141"),
    ("Hiro Chen", "930 2nd St", "San Jose", "CA", "95112", "4085550193"),
    ("Elena Foster", "16 Cedar Ln", "Nashville", "TN", "37203", "6155550116"),
    ("Jacob Gupta", "3505 Park Rd", "Columbus", "OH", "43215", "6145550135"),
    ("Keisha Hughes", "72 Sunset Ct", "Atlanta", "GA", "30303", "4045550172"),
    ("Darnell Baker", "604 Washington Blvd", "Boston", "MA", "02108", "6175550160"),
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One order. `days` from the moment of the pictures to its ship-by date, negative when that has passed."""

    at: str
    lines: Sequence[tuple[str, int]]
    days: float = 2.4
    more: Mapping[str, Any] = field(default_factory=dict)


CAST: dict[str, Part] = {
    "refunded": Part(at="11-12 13:20", lines=[("KETTLE-E", 2)], days=-8.8),
    "kept": Part(at="11-12 17:45", lines=[("GLASS-6", 1)], days=-8.8),
    "returned": Part(at="11-13 15:05", lines=[("POT-5QT", 1), ("TOWEL-4", 3)], days=-7.8),
    "sent_back": Part(at="11-13 19:31", lines=[("SCALE-D", 1)], days=-7.8),
    "refused_refund": Part(at="11-14 08:12", lines=[("MUG+LID", 2)], days=-6.8),
    "shipped": Part(at="11-16 10:40", lines=[("KNIFE-8", 1), ("CUT-BOARD", 1)], days=-4.8),
    "at_walmart": Part(at="11-16 16:02", lines=[("BOWL-L", 2)], days=-4.8),
    "price": Part(at="11-17 09:26", lines=[("LAMP-T1", 1)], days=-3.8),
    "no_reason": Part(at="11-18 12:13", lines=[("SPATULA", 4)], days=0.6),
    "late": Part(at="11-19 11:52", lines=[("TEA_POT.2", 1), ("MUG+LID", 2)], days=-0.25),
    "memo": Part(at="11-19 18:34", lines=[("WHISK-11", 3)], days=0.4),
    "partly": Part(at="11-20 08:47", lines=[("PAN-26", 2), ("SPATULA", 1), ("BOWL-L", 3)], days=0.35),
    "wfs": Part(at="11-20 13:09", lines=[("KETTLE-E", 1)], more={"ship_node_type": "WFSFulfilled"}),
    "replacement": Part(at="11-20 15:58", lines=[("SCALE-D", 1)], days=1.4,
        more={"order_type": "REPLACEMENT", "original_customer_order_id": "200013572468004"}),
    "refused": Part(at="11-21 10:15", lines=[("KNIFE-8", 1)], days=0.5),
    "carrier": Part(at="11-21 12:40", lines=[("CUT-BOARD", 2)], days=1.3),
    "no_track": Part(at="11-21 17:22", lines=[("TOWEL-4", 1)], days=1.3),
    "buyer_asks": Part(at="11-22 09:03", lines=[("LAMP-T1", 1)], days=1.45),
    "unknown": Part(at="11-23 11:36", lines=[("TRIVET-CORK", 2)]),
    "unknown_too": Part(at="11-23 11:58", lines=[("TRIVET-CORK", 1)]),
    "express": Part(at="11-22 19:44", lines=[("POT-5QT", 1)], days=0.12, more={"method_code": "Express"}),
    "first": Part(at="11-23 08:30", lines=[("GLASS-6", 1)]),
    "second": Part(at="11-23 09:12", lines=[("WHISK-11", 1), ("SPATULA", 1)]),
    "third": Part(at="11-23 10:55", lines=[("BOWL-L", 1)]),
    "large": Part(at="11-23 12:08", lines=[("MUG+LID", 5), ("TOWEL-4", 2), ("GLASS-6", 1), ("KNIFE-8", 1)]),
    "newest": Part(at="11-23 14:41", lines=[("PAN-26", 1)]),
}  # fmt: skip


def number(name: str) -> str:
    return str(1_087_426_135_000 + 17 * (1 + list(CAST).index(name)))


def order(name: str) -> dict[str, Any]:
    """The arguments of `WalmartControl.place_order`."""
    part, place = CAST[name], list(CAST).index(name)
    buyer: dict[str, Any] = dict(zip(BUYER, BUYERS[place % len(BUYERS)], strict=True))
    buyer |= {"address2": None, "country": "USA", "email": f"{place + 1:032X}@relay.walmart.com"}
    lines = [_line(sku, quantity, free=name == "replacement") for sku, quantity in part.lines]
    if name == "buyer_asks":
        lines[0]["intent_to_cancel"] = True
    numbers = {"purchase_order_id": number(name), "customer_order_id": str(200_013_572_468_001 + place)}
    return {"lines": lines, "buyer": buyer, **numbers, **part.more}


def _line(sku: str, quantity: int, *, free: bool) -> dict[str, Any]:
    name, price = PRODUCTS[sku]
    if free:
        return {"sku": sku, "product_name": name, "price": "0.00", "quantity": quantity, "tax": None}
    tax = (Decimal(price) * quantity * TAX).quantize(CENT, ROUND_HALF_UP)
    return {"sku": sku, "product_name": name, "price": price, "quantity": quantity, "tax": str(tax)}
