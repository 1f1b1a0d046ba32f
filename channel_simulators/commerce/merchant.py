"""What a merchant does inside the Admin. Same rules as over REST; only Edit and Reorder exist here alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channel_simulators.commerce.checkout import placing, shipping
from channel_simulators.commerce.checkout.totals import compute
from channel_simulators.commerce.inventory import booking
from channel_simulators.commerce.sales import cancel as cancelling
from channel_simulators.commerce.sales import comments, creditmemos, invoices
from channel_simulators.commerce.sales.quantities import real_items, to_ship
from channel_simulators.commerce.sales.shipments import Parcel, ship_order
from channel_simulators.commerce.store.columns import Row, num, number
from channel_simulators.commerce.store.entities import Cart, CartItem, Order
from channel_simulators.commerce.store.state import State, find_product, key
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire.errors import ApiError

Track = tuple[str, str, str]  # carrier code, title, number


def find_order(state: State, named: str | int) -> Order | None:
    """By entity id or, newest first, by `ext_order_id` or increment id."""
    by_id = state.by.orders.ids("entity_id", named)
    if by_id and str(by_id[0]) == str(named):
        return state.orders[by_id[0]]
    for column in ("ext_order_id", "increment_id"):
        for found in reversed(state.by.orders.ids(column, str(named))):
            if state.orders[found].row.get(column) == str(named):
                return state.orders[found]
    return None


def writable(tx: Transaction, named: str | int) -> Order:
    found = find_order(tx.state, named)
    order = tx.order(found.id) if found is not None else None
    if order is None:
        raise ApiError(404, f"There is no order {named}.")
    return order


def by_item(order: Order, named: Mapping[str, Any] | None) -> dict[int, Decimal] | None:
    """Quantities by order item id from quantities by SKU or item id."""
    if named is None:
        return None
    wanted = {}
    for name, quantity in named.items():
        items = [i for i in real_items(order) if str(i["item_id"]) == str(name) or key(i["sku"]) == key(str(name))]
        if not items:
            raise ApiError(404, f"Order {order.row['increment_id']} has no item {name}.")
        wanted[items[0]["item_id"]] = Decimal(str(quantity))
    return wanted


def ship(
    tx: Transaction, order: Order, items: Mapping[str, Any] | None, tracks: Sequence[Track], source_code: str | None
) -> int:
    given = [{"carrier_code": code, "title": title, "track_number": number} for code, title, number in tracks]
    parcel = Parcel(quantities=by_item(order, items), tracks=given, source_code=source_code)
    return int(ship_order(tx, order, parcel).row["entity_id"])


def invoice(tx: Transaction, order: Order, items: Mapping[str, Any] | None) -> int:
    return int(invoices.invoice_order(tx, order, by_item(order, items)).row["entity_id"])


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """What the form of a credit memo asks for besides the items; `shipping` None: what it is preset to, all left."""

    shipping: Decimal | None = None
    positive: Decimal = Decimal(0)
    negative: Decimal = Decimal(0)


def refund(
    tx: Transaction,
    order: Order,
    items: Mapping[str, Any] | None,
    amounts: Amounts,
    *,
    restock: bool | Sequence[str | int],
    comment: str | None,
    notify: bool,
) -> int:
    """Refund Offline. Unlike the REST interface the Admin's form takes no memo of nothing or less. `restock` names
    items, or all of the memo's.
    """
    quantities = by_item(order, items)
    returned = creditmemos.refundable(order) if quantities is None else frozenset(quantities)
    if not isinstance(restock, bool):
        returned = frozenset(by_item(order, dict.fromkeys(map(str, restock), 0)) or {})
    asked = creditmemos.Refund(
        quantities=quantities,
        shipping=amounts.shipping,
        positive=amounts.positive,
        negative=amounts.negative,
        restock=returned if restock else frozenset(),
        comment={"comment": comment} if comment else None,
        notify=notify,
    )
    memo = creditmemos.refund_order(tx, order, asked)
    if memo.row["grand_total"] <= 0:
        raise ApiError(400, "The credit memo's total must be positive.")
    return memo.id


def cancel(tx: Transaction, order: Order) -> bool:
    return cancelling.cancel_order(tx, order)


def comment(tx: Transaction, order: Order, text: str) -> None:
    comments.write(tx, order, text, is_customer_notified=0)


def edit(
    tx: Transaction, order: Order, quantities: Mapping[str, Any], add: Mapping[str, Any] | None, *, confirm: bool
) -> int:
    """The Admin's Edit: a child order at shop prices with the open quantities; the old one is cancelled in the same
    second (observed §10). `quantities` by SKU overrides what is open.
    """
    changed = {key(sku): number(quantity) for sku, quantity in quantities.items()}
    wanted = {item["sku"]: changed.get(key(item["sku"]), to_ship(item)) for item in real_items(order)}
    wanted |= {sku: number(quantity) for sku, quantity in (add or {}).items()}
    child = _successor(tx, order, wanted, confirm=confirm)
    if not cancelling.cancel_order(tx, order):
        raise ApiError(400, "The order can't be edited.")
    return child.id


def reorder(tx: Transaction, order: Order, *, confirm: bool) -> int:
    """The same fields, but the old order stays open."""
    wanted = {item["sku"]: num(item, "qty_ordered") for item in real_items(order)}
    return _successor(tx, order, wanted, confirm=confirm).id


def _successor(tx: Transaction, order: Order, wanted: Mapping[str, Decimal], *, confirm: bool) -> Order:
    cart = _cart(tx, order, wanted)
    title = "Check / Money order"
    child = placing.build(tx, cart, compute(tx.state, cart), {"method": "checkmo", "title": title})
    _relate(order, child)
    for item in real_items(child):
        booking.placed(tx, child, item["sku"], num(item, "qty_ordered"))
    if confirm:
        placing.confirm(tx, child)
    return child


def _relate(order: Order, child: Order) -> None:
    original = order.row.get("original_increment_id") or order.row["increment_id"]
    count = int(order.row.get("edit_increment") or 0) + 1
    child.row |= {
        "original_increment_id": original,
        "relation_parent_id": str(order.id),
        "relation_parent_real_id": order.row["increment_id"],
        "edit_increment": count,
        "increment_id": f"{original}-{count}",
        "customer_email": order.row.get("customer_email"),
    }
    order.row |= {"relation_child_id": str(child.id), "relation_child_real_id": child.row["increment_id"]}


def _cart(tx: Transaction, order: Order, wanted: Mapping[str, Decimal]) -> Cart:
    address: Row = dict(order.billing_address or {})
    cart = Cart(
        id=tx.state.next("cart"),
        store_id=order.row["store_id"],
        created_at=tx.now,
        updated_at=tx.now,
        billing=address | {"email": order.row.get("customer_email")},
        shipping=dict(order.shipping_address or address),
        shipping_method=f"{shipping.CARRIER}_{shipping.METHOD}",
        active=False,
    )
    for sku, quantity in wanted.items():
        product = find_product(tx.state, sku)
        if product is None:
            raise ApiError(404, f"There is no product {sku}.")
        if quantity > 0:
            cart.items.append(CartItem(item_id=tx.state.next("cart_item"), sku=product.sku, qty=number(quantity)))
    tx.add_cart(cart)
    return cart
