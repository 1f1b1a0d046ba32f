"""The state as plain facts, for comparison in tests and for the page: not the API's shape."""

from typing import Any

from channel_simulators.walmart.orders import charges
from channel_simulators.walmart.state import Line, Order, Parcel, Refund, State, iso


def state(held: State) -> dict[str, Any]:
    return {
        "accounts": [account.client_id for account in held.accounts],
        "orders": [order(placed) for placed in held.orders.values()],
        "stock": {partner_id: seller.stock for partner_id, seller in held.catalog.sellers.items()},
    }


def order(placed: Order) -> dict[str, Any]:
    address = placed.address
    return {
        "purchase_order_id": placed.purchase_order_id,
        "customer_order_id": placed.customer_order_id,
        "order_type": placed.order_type,
        "original_customer_order_id": placed.original_customer_order_id,
        "ship_node_type": placed.ship_node_type,
        "method_code": placed.method_code,
        "placed_at": iso(placed.placed_at),
        "modified_at": iso(placed.modified_at),
        "estimated_ship_date": iso(placed.estimated_ship),
        "estimated_delivery_date": iso(placed.estimated_delivery),
        "buyer": {
            "name": address.name,
            "address1": address.address1,
            "address2": address.address2,
            "city": address.city,
            "state": address.state,
            "postal_code": address.postal_code,
            "country": address.country,
            "phone": placed.phone,
            "email": placed.email,
        },
        "seller_order_id": placed.seller_order_id,
        "lines": [line(held) for held in placed.lines],
        "history": placed.history,
    }


def line(held: Line) -> dict[str, Any]:
    return {
        "line": held.number,
        "sku": held.sku,
        "product_name": held.product_name,
        "ordered": held.ordered,
        "created": held.created,
        "acknowledged": held.acknowledged,
        "shipped": [parcel(shipped) for shipped in held.parcels],
        "delivered": held.delivered,
        "cancelled": [{"quantity": part.quantity, "reason": part.reason} for part in held.cancellations],
        "refunds": [refund(given) for given in held.refunds],
        "intent_to_cancel": held.intent_to_cancel,
        "seller_order_id": held.seller_order_id,
        "charges": [
            {"type": charge.type, "name": charge.name, "amount": str(charge.amount), "tax": _text(charge.tax)}
            for charge in held.charges
        ],
    }


def parcel(shipped: Parcel) -> dict[str, Any]:
    return {
        "quantity": shipped.quantity,
        "carrier": shipped.carrier or shipped.other_carrier,
        "number": shipped.number,
        "url": shipped.url,
        "ship_date": iso(shipped.ship_date),
    }


def refund(given: Refund) -> dict[str, Any]:
    """One refund of a line; its four sums are positive amounts of dollars as texts."""
    money = charges.sums(given.charges)
    return {
        "refund_id": given.id,
        "at": iso(given.at),
        "by": given.by,
        "quantity": given.quantity,
        "product": str(money.product),
        "product_tax": str(money.product_tax),
        "shipping": str(money.shipping),
        "shipping_tax": str(money.shipping_tax),
        "reason": given.charges[0].reason if given.charges else None,
        "comments": given.comments,
    }


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)
