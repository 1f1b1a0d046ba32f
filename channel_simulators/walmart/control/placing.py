"""Placing an order as a buyer: what is not said is invented."""

import random
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from channel_simulators.walmart import shapes
from channel_simulators.walmart.catalog import lagtime
from channel_simulators.walmart.orders import lifecycle
from channel_simulators.walmart.state import (
    SELLER_FULFILLED,
    SHIP_NODE_TYPES,
    WALMART_FULFILLED,
    Account,
    Address,
    Charge,
    Line,
    Order,
    epoch_ms,
)
from channel_simulators.walmart.world import World

DAY = 24 * 3600 * 1000
SHIP_WITHIN = {"OneDay": 1, "Express": 1}
TRANSIT = {"OneDay": 1, "Express": 2}
ADDRESS_FIELDS = ("name", "address1", "address2", "city", "state", "postal_code", "country", "address_type")


def place(world: World, account: Account, spec: Mapping[str, Any]) -> Order:
    """`spec` holds the arguments of `WalmartControl.place_order`. Raise ValueError for what cannot be."""
    placed_at = moment(spec.get("placed_at"), world.now())
    ship_node_type = spec.get("ship_node_type", SELLER_FULFILLED)
    if ship_node_type not in SHIP_NODE_TYPES:
        raise ValueError(f"Unknown ship node type {ship_node_type!r}: one of {', '.join(SHIP_NODE_TYPES)}.")
    method = spec.get("method_code", "Standard")
    within = spec.get("ship_within_days") or SHIP_WITHIN.get(method, 2) + _lag(world, account, spec)
    estimated_ship = moment(spec.get("estimated_ship_date"), placed_at + within * DAY)
    buyer = shapes.invent_buyer() | (spec.get("buyer") or {})
    lines = spec.get("lines") or [{"sku": "SKU-1"}]
    order = Order(
        purchase_order_id=spec.get("purchase_order_id") or _free_number(world),
        customer_order_id=spec.get("customer_order_id") or "2000" + _digits(11),
        partner_id=account.partner_id,
        placed_at=placed_at,
        modified_at=placed_at,
        estimated_ship=estimated_ship,
        estimated_delivery=moment(spec.get("estimated_delivery_date"), estimated_ship + TRANSIT.get(method, 5) * DAY),
        email=buyer.get("email") or uuid.uuid4().hex.upper() + "@relay.walmart.com",
        phone=buyer["phone"],
        address=Address(**{name: buyer[name] for name in ADDRESS_FIELDS if name in buyer}),
        lines=[_line(given, str(position), placed_at) for position, given in enumerate(lines, 1)],
        ship_node_type=ship_node_type,
        order_type=spec.get("order_type", "REGULAR"),
        method_code=method,
        original_customer_order_id=spec.get("original_customer_order_id"),
    )
    _check(world, order)
    if ship_node_type == WALMART_FULFILLED:
        lifecycle.acknowledge(order, placed_at, "walmart")
    world.add_order(order)
    return order


def moment(given: Any, otherwise: int) -> int:
    """Epoch milliseconds of an ISO text or a number of milliseconds."""
    if given is None:
        return otherwise
    if isinstance(given, int):
        return given
    parsed = datetime.fromisoformat(given)
    return epoch_ms(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))


def _lag(world: World, account: Account, spec: Mapping[str, Any]) -> int:
    """Days by which the lag time of an item moves the order (walmart-api §4.6)."""
    return lagtime.more_days(world.catalog(account), [str(line["sku"]) for line in spec.get("lines") or ()])


def _check(world: World, order: Order) -> None:
    if order.purchase_order_id in world.state.orders:
        raise ValueError(f"The order {order.purchase_order_id} exists already.")
    if len({line.number for line in order.lines}) < len(order.lines):
        raise ValueError("Line numbers must differ.")


def _line(given: Mapping[str, Any], number: str, placed_at: int) -> Line:
    quantity = int(given.get("quantity", 1))
    if quantity < 1:
        raise ValueError("A line holds at least one unit.")
    sku = str(given["sku"])
    return Line(
        number=str(given.get("line", number)),
        sku=sku,
        product_name=given.get("product_name") or f"Product {sku}",
        ordered=quantity,
        charges=_charges(given, quantity),
        status_date=placed_at,
        intent_to_cancel=bool(given.get("intent_to_cancel")),
    )


def _charges(given: Mapping[str, Any], quantity: int) -> list[Charge]:
    """The product charge covers the whole line (walmart-api §2.9); discounts are negative PRODUCT charges."""
    price = Decimal(str(given.get("price", "10.00")))
    charges = [Charge(type="PRODUCT", name="ItemPrice", amount=price * quantity, tax=_money(given.get("tax", "0.80")))]
    if given.get("discount") is not None:
        name = given.get("discount_name", "SubscriptionDiscount")
        charges.append(Charge(type="PRODUCT", name=name, amount=-abs(Decimal(str(given["discount"])))))
    if given.get("shipping") is not None:
        tax = _money(given.get("shipping_tax"))
        amount = Decimal(str(given["shipping"]))
        charges.append(Charge(type="SHIPPING", name="Shipping", amount=amount, tax=tax, tax_name="Shipping Tax"))
    if given.get("fee") is not None:
        name = given.get("fee_name", "RecyclingFee")
        charges.append(Charge(type="FEE", name=name, amount=Decimal(str(given["fee"]))))
    return charges


def _money(given: Any) -> Decimal | None:
    return None if given is None else Decimal(str(given))


def _free_number(world: World) -> str:
    while (number := "1" + _digits(12)) in world.state.orders:
        pass
    return number


def _digits(count: int) -> str:
    return "".join(random.choices("0123456789", k=count))
