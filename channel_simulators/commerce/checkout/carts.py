"""Carts and their items (observed §1, §10; commerce-api §3.5 B)."""

from decimal import Decimal
from typing import Any

from channel_simulators.commerce import topology
from channel_simulators.commerce.call import Call
from channel_simulators.commerce.catalog import prices
from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.entities import Cart, CartItem, Product
from channel_simulators.commerce.store.state import State, find_product, plain
from channel_simulators.commerce.wire import bodies, errors
from channel_simulators.commerce.wire.errors import ApiError, no_such

Json = dict[str, Any]


def create(call: Call) -> int:
    cart = Cart(
        id=call.state.next("cart"),
        store_id=max(call.store_id, 1),
        created_at=call.tx.now,
        updated_at=call.tx.now,
    )
    call.tx.add_cart(cart)
    return cart.id


def active(call: Call, name: str = "cartId") -> Cart:
    """A copy to change; a spent cart is as unknown as one that never was (observed §1, call 5)."""
    cart = call.tx.cart(call.number(name))
    if cart is None or not cart.active:
        raise no_such("cartId", call.number(name))
    cart.updated_at = call.tx.now
    return cart


def show(call: Call) -> Json:
    cart = call.state.carts.get(call.number("cartId"))
    if cart is None:
        raise no_such("cartId", call.number("cartId"))
    items = [_shown(call.state, cart, item) for item in cart.items]
    billing = cart.billing or {}
    return {
        "id": cart.id,
        "created_at": cart.created_at,
        "updated_at": cart.updated_at,
        "is_active": cart.active,
        "is_virtual": False,
        "items": items,
        "items_count": len(items),
        "items_qty": plain(sum((item.qty for item in cart.items), Decimal(0))),
        "customer": {name: billing.get(name) for name in ("email", "firstname", "lastname")},
        "billing_address": {"street": [""], "save_in_address_book": 0, **billing},
        "orig_order_id": 0,
        "currency": _CURRENCY,
        "customer_is_guest": True,
        "customer_note_notify": True,
        "customer_tax_class_id": 3,
        "store_id": cart.store_id,
    }


_CURRENCY = {f"{name}_currency_code": "USD" for name in ("global", "base", "store", "quote")} | {
    "store_to_base_rate": 0, "store_to_quote_rate": 0, "base_to_global_rate": 1, "base_to_quote_rate": 1,
}  # fmt: skip


def items(call: Call) -> list[Json]:
    cart = active(call)
    return [_shown(call.state, cart, item) for item in cart.items]


def add_item(call: Call) -> Json:
    """Repeating an SKU adds to its line; quantity 0 adds one (observed §10)."""
    given = call.member(bodies.CART_ITEM, "cart_item", "cartItem")
    cart = active(call, "quoteId")
    product, child = _choose(call, cart, given)
    quantity = number(given.get("qty") or 1)
    item = next((i for i in cart.items if (i.sku, i.child) == (product.sku, child)), None)
    if item is None:
        item = CartItem(item_id=call.state.next("cart_item"), sku=product.sku, qty=Decimal(0), child=child)
        cart.items.append(item)
    item.qty = number(item.qty + quantity)
    check_quantity(call.state, cart, item)
    return _shown(call.state, cart, item)


def _choose(call: Call, cart: Cart, given: Json) -> tuple[Product, str | None]:
    product = find_product(call.state, str(given.get("sku") or ""))
    if product is None:
        raise ApiError(404, errors.PRODUCT_UNKNOWN)
    check_product(call.state, cart, product)
    if product.required_option:
        message = "The product's required option(s) weren't entered. Make sure the options are entered and try again."
        raise ApiError(400, message)
    return product, _child(call.state, product, given) if product.type_id == "configurable" else None


def check_product(state: State, cart: Cart, product: Product) -> None:
    """Disabled, sold out, or not of the cart's website: one refusal for all (observed §10)."""
    here = topology.website_id(cart.store_id) in product.website_ids
    if not (product.enabled and here and stock.in_stock(state, product, stock.of_store(state, cart.store_id))):
        raise ApiError(400, errors.PRODUCT_UNAVAILABLE)


def check_quantity(state: State, cart: Cart, item: CartItem) -> None:
    """Raises the refusals of a quantity (commerce-api §3.5 B)."""
    product = find_product(state, item.child or item.sku)
    if product is None:
        return
    if item.qty < product.min_sale_qty:
        raise ApiError(400, "The fewest you may purchase is %1", [plain(product.min_sale_qty)])
    if item.qty > product.max_sale_qty:
        raise ApiError(400, "The requested qty exceeds the maximum qty allowed in shopping cart")
    if product.qty_increments and item.qty % product.qty_increments:
        message = "You can buy this product only in quantities of %1 at a time."
        raise ApiError(400, message, [plain(product.qty_increments)])
    if not stock.is_salable(state, product, stock.of_store(state, cart.store_id), item.qty):
        raise ApiError(400, errors.QUANTITY_UNAVAILABLE)


def _child(state: State, product: Product, given: Json) -> str:
    extension = (given.get("product_option") or {}).get("extension_attributes") or {}
    chosen = {str(option.get("option_value")) for option in extension.get("configurable_item_options") or []}
    for sku in product.children:
        child = find_product(state, sku)
        if child is not None and str(child.colour) in chosen:
            return child.sku
    raise ApiError(400, "You need to choose options for your item.")


def set_item(call: Call) -> Json:
    given = call.member(bodies.CART_ITEM, "cart_item", "cartItem")
    cart = active(call)
    item = _item(call, cart)
    item.qty = number(given.get("qty") or 0)
    if item.qty <= 0:
        cart.items.remove(item)
    else:
        check_quantity(call.state, cart, item)
    return _shown(call.state, cart, item)


def delete_item(call: Call) -> bool:
    cart = active(call)
    cart.items.remove(_item(call, cart))
    return True


def _item(call: Call, cart: Cart) -> CartItem:
    wanted = call.number("itemId")
    item = next((item for item in cart.items if item.item_id == wanted), None)
    if item is None:
        raise ApiError(404, "The %1 Cart doesn't contain the %2 item.", [cart.id, wanted])
    return item


def _shown(state: State, cart: Cart, item: CartItem) -> Json:
    product = find_product(state, item.child or item.sku)
    return {
        "item_id": item.item_id,
        "sku": item.child or item.sku,
        "qty": plain(item.qty),
        "name": product.name if product else item.sku,
        "price": plain(prices.final(state, product, cart.store_id, cart.updated_at)) if product else 0,
        "product_type": "configurable" if item.child else "simple",
        "quote_id": str(cart.id),
    }
