"""The lines of one order with their quantities and their money."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from channel_manager.orders import lifecycle
from channel_manager.orders.models import OrderLine, PurchaseOrder
from channel_manager.orders.plans import charges, live_line
from channel_manager.orders.rules import allocation
from channel_manager.shared.money import ZERO, total


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    line: OrderLine
    ledger: lifecycle.Ledger
    total: Decimal

    @property
    def open(self) -> int:
        return max(self.ledger.open, 0)

    @property
    def unreported_shipped(self) -> int:
        return max(self.ledger.shipped - int(self.line.reported_shipped), 0)

    @property
    def unreported_cancelled(self) -> int:
        return max(self.ledger.cancelled - int(self.line.reported_cancelled), 0)

    @property
    def told_shipped(self) -> int:
        """Units that the marketplace shows as shipped."""
        return self.ledger.shipped - self.unreported_shipped

    @property
    def told_cancelled(self) -> int:
        return self.ledger.cancelled - self.unreported_cancelled

    @property
    def unreported(self) -> int:
        """Units that the marketplace does not know of yet."""
        return self.unreported_shipped + self.unreported_cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """`charged` is the sum of the marketplace's charges, `expected` their part that the Commerce order was made for."""

    products: Decimal
    shipping: Decimal
    tax: Decimal
    fees: Decimal
    discount: Decimal
    charged: Decimal
    stated: Decimal | None
    expected: Decimal | None
    commerce: Decimal | None

    @property
    def agree(self) -> bool:
        return self.commerce in (None, self.expected) and self.stated in (None, self.charged)

    @property
    def difference(self) -> Decimal:
        """How much more Commerce has than it should."""
        if self.commerce is None or self.expected is None:
            return ZERO
        return self.commerce - self.expected


def version(order: PurchaseOrder, lines: Iterable[OrderLine]) -> str:
    """Changes with what a person decides upon: quantities, the buyer's requests, errors, and the order in Commerce.
    What goes on beside that, such as an acknowledgement, makes no page stale.
    """
    facts = [order.commerce_number, order.commerce_state == "holded", order.has_error]
    facts += [(line.number, lifecycle.ledger(line), line.buyer_asked_to_cancel) for line in lines]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def order_lines(order: PurchaseOrder) -> list[LineRow]:
    return [
        LineRow(line=line, ledger=lifecycle.ledger(line), total=charges(line).total)
        for line in order.lines.select_related("item")
    ]


def totals(order: PurchaseOrder, rows: Sequence[LineRow]) -> Totals:
    charged = [charges(row.line) for row in rows]
    return Totals(
        products=total(charge.product for charge in charged),
        shipping=total(charge.shipping for charge in charged),
        tax=total(charge.product_tax + charge.shipping_tax + charge.fee_tax for charge in charged),
        fees=total(charge.fee for charge in charged),
        discount=total(charge.discount + charge.shipping_discount for charge in charged),
        charged=total(charge.total for charge in charged),
        stated=order.stated_total,
        expected=_expected_in_commerce(rows) if order.commerce_order_id else None,
        commerce=order.commerce_total,
    )


def _expected_in_commerce(rows: Sequence[LineRow]) -> Decimal:
    live = [live_line(row.line, row.line.commerce_quantity) for row in rows]
    return allocation.money(dict(enumerate(allocation.bundles(live)))).total
