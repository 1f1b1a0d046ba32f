"""What a Commerce order is made from: the order's live units with their charges, its address and its texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from channel_manager.orders import lifecycle
from channel_manager.orders.models import OrderLine, PurchaseOrder
from channel_manager.orders.rules.addresses import acceptable
from channel_manager.orders.rules.allocation import LiveLine
from channel_manager.ports.documents import CommerceOrder, Correction, OrderMoney
from channel_manager.ports.messages import Address, LineCharges, Reason
from channel_manager.shared.sentences import say
from channel_manager.stores.models import OrderRules

PAYMENT_TITLE = "Offline Channel Payment"
NUMBER_LABEL = "External Order Number"
REASON_LABEL = "Cancellation reason"
REASON_WORDS = {
    Reason.PRICE: say("Price or other listing errors"),
    Reason.STOCK: say("The item is out of stock"),
    Reason.CARRIER: say("Unavailable carrier or shipping method"),
    Reason.CREDIT: say("Additional information is needed by our Credit and Fraud Avoidance department"),
    Reason.BUYER: say("The buyer asked to cancel"),
}


class Adjusted(TypedDict):
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationPlan:
    number: str
    customer_order_number: str
    ship_method: str
    address: Address
    adjusted: tuple[Adjusted, ...]
    cart_email: str
    email: str
    payment_method: str
    lines: tuple[LiveLine, ...]
    adopt_only: bool

    def correction(self, order: CommerceOrder, money: OrderMoney) -> Correction:
        return Correction(
            order_id=order.order_id,
            number=order.number,
            payment_id=order.payment_id,
            money=money,
            external_number=self.number,
            customer_order_number=self.customer_order_number,
            email=self.email,
            shipping_description=f"Channel Shipping - {self.ship_method or 'Standard'}",
            payment_lines=payment_lines(self.number),
        )


def creation_plan(
    order: PurchaseOrder, rules: OrderRules, *, units: Mapping[str, int] | None, adopt_only: bool
) -> CreationPlan:
    """`units`: what an earlier attempt has put into the cart, by line number; else what is open now."""
    corrections = {part: entry["value"] for part, entry in order.corrections.items()}
    address, adjusted = acceptable(
        read_address(order), placeholder_phone=rules.placeholder_phone, corrections=corrections
    )
    linked = {link.sku: link.commerce_sku for link in order.store.sku_links.all()}
    undeliverable = f"walmart-{order.number}@channel.invalid"
    return CreationPlan(
        number=order.number,
        customer_order_number=order.customer_order_number,
        ship_method=order.ship_method,
        address=address,
        adjusted=tuple(Adjusted(**change) for change in adjusted),
        cart_email=undeliverable,
        email=order.email if rules.use_relay_address and order.email else undeliverable,
        payment_method=rules.payment_method,
        lines=tuple(
            live_line(line, units.get(line.number, 0) if units else None, sku=linked.get(line.sku, ""))
            for line in order.lines.all()
        ),
        adopt_only=adopt_only,
    )


def live_line(line: OrderLine, live: int | None = None, *, sku: str = "") -> LiveLine:
    """`live`: units that go into the Commerce order; those that are still open unless given. `sku`: Commerce's own."""
    return LiveLine(
        number=line.number,
        sku=sku or line.sku,
        quantity=line.quantity,
        live=max(lifecycle.ledger(line).open, 0) if live is None else live,
        charges=charges(line),
        charge_names=tuple(line.charge_names),
    )


def charges(line: OrderLine) -> LineCharges:
    return LineCharges(
        product=line.product,
        product_tax=line.product_tax,
        shipping=line.shipping,
        shipping_tax=line.shipping_tax,
        fee=line.fee,
        fee_tax=line.fee_tax,
        discount=line.discount,
        shipping_discount=line.shipping_discount,
    )


def payment_lines(number: str, reason: str = "") -> tuple[str, ...]:
    """The lines of the Admin's payment block (magento-observed §1.1)."""
    first = (PAYMENT_TITLE, f"{NUMBER_LABEL}: {number}")
    return (*first, f"{REASON_LABEL}: {reason}") if reason else first


def read_address(order: PurchaseOrder) -> Address:
    """The address as the marketplace gave it."""
    return Address(**{**order.address, "street": tuple(order.address["street"])})
