"""Shipping and payment of a cart: what is offered, what is chosen (observed §1, call 3)."""

from typing import Any

from channel_simulators.commerce.call import Call
from channel_simulators.commerce.checkout import addresses, totals
from channel_simulators.commerce.checkout.carts import active
from channel_simulators.commerce.store.entities import Cart
from channel_simulators.commerce.store.state import plain
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import ApiError, no_such

Json = dict[str, Any]

CARRIER, METHOD = "flatrate", "flatrate"
DESCRIPTION = "Flat Rate - Fixed"


def shipping_information(call: Call) -> Json:
    given = call.member(bodies.ADDRESS_INFORMATION, "address_information", "addressInformation")
    cart = active(call)
    if not cart.items:
        raise ApiError(400, "The shipping method can't be set for an empty cart. Add an item to cart and try again.")
    cart.shipping = addresses.read(given.get("shipping_address") or {})
    addresses.check(cart.shipping, call.options, "shipping")
    if given.get("billing_address"):
        cart.billing = addresses.read(given["billing_address"])
        addresses.check(cart.billing, call.options, "billing")
    carrier, method = given.get("shipping_carrier_code"), given.get("shipping_method_code")
    if (carrier, method) != (CARRIER, METHOD):
        raise ApiError(400, "Carrier with such method not found: %1, %2", [carrier, method])
    cart.shipping_method = f"{carrier}_{method}"
    computed = totals.compute(call.state, cart)
    return {"payment_methods": offered(call, cart), "totals": totals.shown(computed)}


def offered(call: Call, cart: Cart) -> list[Json]:
    """A cart that costs nothing takes only `free`."""
    if totals.compute(call.state, cart).grand_total == 0:
        return [{"code": "free", "title": "No Payment Information Required"}]
    return [{"code": code, "title": title} for code, title in call.options.payment_methods.items()]


def payment_methods(call: Call) -> list[Json]:
    return offered(call, active(call))


def estimate(call: Call) -> list[Json]:
    call.body(bodies.ESTIMATE)
    return _methods(call, active(call))


def shipping_methods(call: Call) -> list[Json]:
    cart = active(call)
    if cart.shipping is None:
        raise ApiError(400, "The shipping address is missing. Set the address and try again.")
    return _methods(call, cart)


def _methods(call: Call, cart: Cart) -> list[Json]:
    price = plain(totals.shipping_price(call.state, cart))
    method = {
        "carrier_code": CARRIER,
        "method_code": METHOD,
        "carrier_title": "Flat Rate",
        "method_title": "Fixed",
        "amount": price,
        "base_amount": price,
        "available": True,
        "error_message": "",
        "price_excl_tax": price,
        "price_incl_tax": price,
    }
    return [method] if cart.items else []


def cart_totals(call: Call) -> Json:
    cart = call.state.carts.get(call.number("cartId"))
    if cart is None:
        raise no_such("cartId", call.number("cartId"))
    return totals.shown(totals.compute(call.state, cart))
