"""`POST /V1/orders`: store a new order as it is sent, or write some columns of an existing one
(commerce-api §3.5 A and C; observed §1, §1.1, §2, §9).
"""

from typing import Any

from channel_simulators.commerce.call import Call, existing, integer
from channel_simulators.commerce.sales import comments, documents, rendering, states
from channel_simulators.commerce.store import columns
from channel_simulators.commerce.store.columns import Row, clean, text
from channel_simulators.commerce.store.entities import Order
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import ApiError

_QUANTITIES = ("qty_ordered", "qty_invoiced", "qty_shipped", "qty_canceled", "qty_refunded")


def save(call: Call) -> dict[str, Any]:
    """The answer echoes what was sent, also where the stored value was cut (observed §2.4)."""
    entity = call.member(bodies.ORDER, "entity", "entity")
    if entity.get("entity_id"):
        order = existing(call.tx.order(integer(entity["entity_id"])))
        _patch(call.tx, order, entity)
    else:
        _check_new(call, entity)
        order = _create(call.tx, entity, call.store_id)
    echo = {name: value for name, value in entity.items() if columns.ORDER.get(name) is columns.Kind.TEXT}
    return rendering.order(order) | {name: value for name, value in echo.items() if value is not None}


def _check_new(call: Call, entity: Row) -> None:
    """Thin orders are taken, save where a newer release checks them (commerce-api §3.5 A)."""
    if not entity.get("payment"):
        raise ApiError(400, "Please provide payment for the order.")
    if call.options.order_validation:
        billing = entity.get("billing_address") or {}
        if not billing.get("firstname") or not billing.get("lastname"):
            raise ApiError(400, "Please provide billing address for the order.")
        if not any(not item.get("parent_item_id") for item in entity.get("items") or []):
            raise ApiError(400, "Please specify order items.")


def _create(tx: Transaction, entity: Row, store_id: int) -> Order:
    """No stock is reserved, no sum is computed, no mail is sent."""
    row = clean(columns.ORDER, entity)
    row["store_id"] = row.get("store_id") or max(store_id, 1)
    row["increment_id"] = row.get("increment_id") or documents.increment_id(tx, "order", row["store_id"])
    _refuse_taken_number(tx, row, None)
    row |= {"entity_id": tx.state.next("order"), "created_at": tx.now, "updated_at": tx.now}
    order = Order(row=row, items=[])
    for given in entity.get("items") or []:
        _add_item(tx, order, given)
    row["total_item_count"] = len(order.items)
    _put_addresses(tx, order, entity)
    _put_payment(tx, order, entity["payment"])
    _add_histories(tx, order, entity)
    tx.add_order(order)
    return order


def _patch(tx: Transaction, order: Order, entity: Row) -> None:
    """Only the columns sent are written; the payment's additional information is replaced whole."""
    values = clean(columns.ORDER, {name: value for name, value in entity.items() if name != "updated_at"})
    flipped = states.flip(clean(columns.ORDER, entity), _partial_items(entity)) if _is_flipping(entity) else None
    if any(values.get(name, order.row[name]) != order.row[name] for name in ("increment_id", "store_id")):
        _refuse_taken_number(tx, {**order.row, **values}, order.id)
    order.row |= values
    for given in entity.get("items") or []:
        _patch_item(tx, order, given)
    _put_addresses(tx, order, entity)
    if entity.get("payment"):
        _put_payment(tx, order, entity["payment"])
    _add_histories(tx, order, entity)
    if flipped is None:
        states.after_save(order)
    elif flipped != order.state:
        states.put(order, flipped)
    tx.touch(order)


def _is_flipping(entity: Row) -> bool:
    return bool(entity.get("state")) and bool(entity.get("items"))


def _partial_items(entity: Row) -> list[Row]:
    return [clean(columns.ITEM, given) for given in entity["items"]]


def _refuse_taken_number(tx: Transaction, row: Row, own_id: int | None) -> None:
    for found in tx.state.by.orders.ids("increment_id", str(row["increment_id"])):
        other = tx.state.orders[found]
        if other.id != own_id and other.row["store_id"] == row["store_id"]:
            raise ApiError(400, "Unique constraint violation found")


def _add_item(tx: Transaction, order: Order, given: Row) -> None:
    row: Row = {name: columns.number(0) for name in _QUANTITIES}
    row |= clean(columns.ITEM, given)
    row |= {
        "item_id": tx.state.next("order_item"),
        "order_id": order.id,
        "store_id": row.get("store_id") or order.row["store_id"],
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    order.items.append(row)


def _patch_item(tx: Transaction, order: Order, given: Row) -> None:
    item = order.item(integer(given.get("item_id")))
    if item is None:
        _add_item(tx, order, given)
    else:
        sent = {name: value for name, value in given.items() if name not in ("item_id", "order_id", "updated_at")}
        item |= clean(columns.ITEM, sent)


def _put_addresses(tx: Transaction, order: Order, entity: Row) -> None:
    if entity.get("billing_address"):
        email = _email_so_far(order, entity)
        order.billing_address = _address(tx, order, entity["billing_address"], "billing", email)
    assignments = (entity.get("extension_attributes") or {}).get("shipping_assignments") or []
    shipping = (assignments[0].get("shipping") or {}) if assignments else {}
    if shipping.get("address"):
        email = order.row.get("customer_email")
        order.shipping_address = _address(tx, order, shipping["address"], "shipping", email)
    if shipping.get("method"):
        order.row["shipping_method"] = text(shipping["method"], "shipping_method")


def _email_so_far(order: Order, entity: Row) -> str | None:
    """The setters run in the order of the JSON's keys: an e-mail that comes after the address is too late for it
    (commerce-api §3.5 A).
    """
    names = list(entity)
    late = "customer_email" in names and names.index("customer_email") > names.index("billing_address")
    return None if late else order.row.get("customer_email")


def _address(tx: Transaction, order: Order, given: Row, kind: str, email: str | None) -> Row:
    before = order.billing_address if kind == "billing" else order.shipping_address
    row = (before or {"entity_id": tx.state.next("address"), "parent_id": order.id}) | clean(columns.ADDRESS, given)
    street = given.get("street")
    if street is not None:
        row["street"] = [text(line) for line in (street if isinstance(street, list) else [street])]
    return row | {"address_type": kind, "email": email or row.get("email")}


def save_address(call: Call) -> dict[str, Any]:
    """`PUT /V1/orders/{parent_id}`; the order's `updated_at` stays (commerce-api §3.4)."""
    given = call.member(bodies.ORDER_ADDRESS, "entity", "entity")
    order = existing(call.tx.order(call.number("parent_id")))
    return rendering.address(change_address(call.tx, order, given))


def change_address(tx: Transaction, order: Order, given: Row) -> Row:
    kind = "billing" if given.get("address_type") == "billing" else "shipping"
    row = _address(tx, order, given, kind, order.row.get("customer_email"))
    if kind == "billing":
        order.billing_address = row
    else:
        order.shipping_address = row
    return row


def _put_payment(tx: Transaction, order: Order, given: Row) -> None:
    information = given.get("additional_information")
    if not order.payment:
        order.payment = {"entity_id": tx.state.next("payment")}
    order.payment |= clean(columns.PAYMENT, {k: v for k, v in given.items() if k != "entity_id"})
    order.payment |= {"parent_id": order.id, "additional_information": _plain_text(information)}


def _plain_text(information: Any) -> Any:
    """What the serialised column gives back: keys kept, four-byte characters lost."""
    if isinstance(information, dict):
        return {str(name): _plain_text(value) for name, value in information.items()}
    if isinstance(information, list):
        return [_plain_text(value) for value in information]
    return text(information, "additional_data") if isinstance(information, str) else information


def _add_histories(tx: Transaction, order: Order, entity: Row) -> None:
    for given in entity.get("status_histories") or []:
        if not given.get("entity_id"):
            more = {name: given[name] for name in ("status", "is_customer_notified") if given.get(name) is not None}
            comments.write(tx, order, str(given.get("comment") or ""), **more)
