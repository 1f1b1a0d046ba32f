"""Stores and orders to measure with."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from channel_manager.accounts.models import User
from channel_manager.orders import actions, onboarding
from channel_manager.orders.models import PurchaseOrder, Treatment
from channel_manager.ports.documents import StoreView, Track
from channel_manager.ports.messages import (
    Address,
    Fulfilment,
    IncomingLine,
    IncomingOrder,
    LineCharges,
    LineState,
    ReportedQuantity,
)
from channel_manager.stores.actions import connect
from channel_manager.stores.models import Store
from channel_simulators.commerce import sandbox

NOWHERE = "http://127.0.0.1:1"
ADDRESS = Address(
    name="Robin Doe",
    street=("1 Main Street", "Apt 4"),
    city="Springfield",
    state="IL",
    postcode="62701",
    country="US",
    phone="5550100",
)


SECRET = "sandbox-secret"  # noqa: S105 - of the simulator


def store(name: str, account: str, walmart_url: str = NOWHERE, commerce_url: str = NOWHERE) -> Store:
    """Confirmed: takes the orders of the last thirty days. `account` at Walmart has the sandbox's secret."""
    made = connect(
        name=name,
        marketplace_url=walmart_url,
        marketplace={"client_id": account, "client_secret": SECRET},
        commerce_url=commerce_url,
        commerce={
            "consumer_key": sandbox.CONSUMER_KEY,
            "consumer_secret": sandbox.CONSUMER_SECRET,
            "access_token": sandbox.ACCESS_TOKEN,
            "access_token_secret": sandbox.TOKEN_SECRET,
        },
        view=StoreView(id=2, code="walmart", name="Walmart", website_code="walmart", currency="USD"),
    )
    now = datetime.now(UTC)
    start = now - timedelta(days=30)
    onboarding.confirm(made, orders_from=start, open_orders=Treatment.IMPORT, by=None, at=now)
    return Store.objects.select_related("rules").get(pk=made.pk)


def ship_one(order: PurchaseOrder, by: User, number: int) -> None:
    """One unit of the first line, as from the page; `number` makes the tracking number."""
    actions.ship(
        order,
        quantities={"1": 1},
        tracks=[Track(carrier_code="ups", title="UPS", number=f"1Z999AA1{number:010d}")],
        comment="",
        source_code="",
        override=False,
        marker=uuid.uuid4(),
        by=by,
        at=datetime.now(UTC),
    )


def order(number: str, placed: datetime, *, lines: int = 2) -> IncomingOrder:
    """As it comes from Walmart, with the whole answer kept beside it."""
    made = [_line(position) for position in range(1, lines + 1)]
    return IncomingOrder(
        number=number,
        customer_order_number=f"2{number}",
        ordered_at=placed,
        ship_by=placed + timedelta(days=2),
        deliver_by=placed + timedelta(days=6),
        ship_method="VALUE",
        fulfilment=Fulfilment.SELLER,
        replacement_for=None,
        email="0123456789ABCDEF@relay.walmart.example",
        address=ADDRESS,
        lines=tuple(made),
        currency="USD",
        stated_total=Decimal("21.58") * lines,
        raw=_raw(number, placed, lines),
    )


def _line(position: int) -> IncomingLine:
    return IncomingLine(
        number=str(position),
        sku=f"SKU-{position}",
        name=f"Enamel mug, set of {position}",
        quantity=2,
        charges=LineCharges(product=Decimal("19.98"), product_tax=Decimal("1.60")),
        reported=(ReportedQuantity(state=LineState.CREATED, quantity=2),),
    )


def _raw(number: str, placed: datetime, lines: int) -> dict[str, Any]:
    return {
        "purchaseOrderId": number,
        "customerOrderId": f"2{number}",
        "customerEmailId": "0123456789ABCDEF@relay.walmart.example",
        "orderType": "REGULAR",
        "orderDate": int(placed.timestamp() * 1000),
        "shippingInfo": {
            "phone": "5550100",
            "estimatedDeliveryDate": int(placed.timestamp() * 1000),
            "estimatedShipDate": int(placed.timestamp() * 1000),
            "methodCode": "Value",
            "postalAddress": {"name": ADDRESS.name, "address1": ADDRESS.street[0], "city": ADDRESS.city},
        },
        "orderLines": {"orderLine": [_raw_line(position) for position in range(1, lines + 1)]},
        "shipNode": {"type": "SellerFulfilled", "name": "Kitchen & Home", "id": "10001"},
    }


def _raw_line(position: int) -> dict[str, Any]:
    amount = {"currency": "USD", "amount": 19.98}
    tax = {"taxName": "Tax1", "taxAmount": {"currency": "USD", "amount": 1.6}}
    charge = {"chargeType": "PRODUCT", "chargeName": "ItemPrice", "chargeAmount": amount, "tax": tax}
    status = {"status": "Created", "statusQuantity": {"unitOfMeasurement": "EACH", "amount": "2"}, "trackingInfo": None}
    return {
        "lineNumber": str(position),
        "item": {"productName": f"Enamel mug, set of {position}", "sku": f"SKU-{position}", "condition": "New"},
        "charges": {"charge": [charge]},
        "orderLineQuantity": {"unitOfMeasurement": "EACH", "amount": "2"},
        "statusDate": 1795420800000,
        "orderLineStatuses": {"orderLineStatus": [status]},
        "refund": None,
        "fulfillment": {"fulfillmentOption": "S2H", "shipMethod": "VALUE", "storeId": None},
    }
