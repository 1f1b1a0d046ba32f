"""Status history of an order, hold and unhold (commerce-api §6.3, §6.4; observed §10)."""

import re
from typing import Any

from channel_simulators.commerce.call import Call, existing
from channel_simulators.commerce.sales import states
from channel_simulators.commerce.store.columns import HISTORY, clean
from channel_simulators.commerce.store.entities import Order
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import ApiError

_TAG = re.compile(r"<[^>]*>")
_STATUS_REFUSED = (
    'Unable to add comment: The status "%1" is not part of the order\n                         status history.'
)


def write(tx: Transaction, order: Order, comment: str, **more: Any) -> None:
    """Append to the history; tags are stripped, no author is kept, and the order itself does not change."""
    values = {"entity_name": "order", "status": order.row.get("status"), "is_visible_on_front": 0, **more}
    row = clean(HISTORY, {**values, "comment": _TAG.sub("", comment), "parent_id": order.id, "created_at": tx.now})
    order.history.append(row | {"entity_id": tx.state.next("history")})


def add(call: Call) -> bool:
    given = call.member(bodies.COMMENT, "status_history", "statusHistory")
    order = existing(call.tx.order(call.number("id")))
    status = given.get("status")
    if status and status != order.row.get("status"):
        raise ApiError(400, _STATUS_REFUSED, [status])
    notified = given.get("is_customer_notified")
    visible = given.get("is_visible_on_front", 0)
    write(call.tx, order, str(given.get("comment") or ""), is_customer_notified=notified, is_visible_on_front=visible)
    if notified:
        call.tx.mail(order, "comment", f"Update to your order {order.row['increment_id']}")
    return True


def hold(call: Call) -> bool:
    hold_order(existing(call.tx.order(call.number("id"))))
    return True


def hold_order(order: Order) -> None:
    if order.state in ("canceled", "payment_review", "complete", "closed", "holded"):
        raise ApiError(400, "A hold action is not available.")
    order.row |= {"hold_before_state": order.row.get("state"), "hold_before_status": order.row.get("status")}
    states.put(order, "holded")


def unhold(call: Call) -> bool:
    unhold_order(existing(call.tx.order(call.number("id"))))
    return True


def unhold_order(order: Order) -> None:
    if order.state != "holded":
        raise ApiError(400, "You cannot remove the hold.")
    before = {"state": order.row.pop("hold_before_state"), "status": order.row.pop("hold_before_status")}
    order.row |= before


def status(call: Call) -> str:
    return str(existing(call.state.orders.get(call.number("id"))).row.get("status") or "")
