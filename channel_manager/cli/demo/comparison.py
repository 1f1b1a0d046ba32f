"""What the three sides say of an order, line by line: Walmart, Commerce, and our own record."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from channel_manager.orders import lifecycle
from channel_manager.orders.models import PurchaseOrder
from channel_manager.returns.queries import Gone, of_order

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Units:
    ordered: int = 0
    shipped: int = 0
    cancelled: int = 0
    refunded: int = 0
    """Of the shipped ones."""

    @property
    def open(self) -> int:
        return self.ordered - self.shipped - self.cancelled

    def __add__(self, other: Self) -> "Units":
        return Units(
            self.ordered + other.ordered,
            self.shipped + other.shipped,
            self.cancelled + other.cancelled,
            self.refunded + other.refunded,
        )


@dataclass(frozen=True)
class Side:
    """`lines` by what the sides share: Walmart's line number with us, the SKU with Commerce. `total` in dollars."""

    lines: Mapping[str, Units]
    total: Decimal

    @property
    def all(self) -> Units:
        return sum(self.lines.values(), Units())


@dataclass(frozen=True)
class Compared:
    number: str
    walmart: Side
    by_sku: Mapping[str, Units]
    ours: Side
    status: str
    trouble: bool
    acknowledged: bool
    commerce: Side | None

    def differences(self, *, in_commerce: bool) -> list[str]:
        """Nothing when all sides agree to the unit and to the cent; `in_commerce` says whether it has to be there."""
        found = []
        if self.ours.lines != self.walmart.lines:
            found.append("our lines are not Walmart's")
        if self.ours.total != self.walmart.total:
            found.append("our total is not Walmart's")
        if self.trouble:
            found.append("the order shows an error")
        if self.commerce is None:
            return [*found, "missing in Commerce"] if in_commerce else found
        if not in_commerce:
            return [*found, "should not be in Commerce"]
        if not self.acknowledged:
            found.append("not acknowledged")
        if self.commerce.lines != self.by_sku:
            found.append("Commerce’s items are not Walmart's")
        if self.commerce.total != self.walmart.total:
            found.append("Commerce’s total is not Walmart's")
        return found


def compare(order: PurchaseOrder, at_walmart: Json, returned: Mapping[str, int], in_commerce: Json | None) -> Compared:
    """`returned`: units that Walmart shows as paid back, by its line number."""
    lines = {line["line"]: _of_line(line, returned) for line in at_walmart["lines"]}
    return Compared(
        number=order.number,
        walmart=Side(lines, _charged(at_walmart)),
        by_sku=_by_sku((line["sku"], lines[line["line"]]) for line in at_walmart["lines"]),
        ours=Side(_ours(order), order.total),
        status=str(order.get_status_display()),
        trouble=order.has_error,
        acknowledged=order.acknowledged_at is not None,
        commerce=_commerce(in_commerce) if in_commerce else None,
    )


def _ours(order: PurchaseOrder) -> dict[str, Units]:
    gone = of_order(order).gone
    entries = ((line, lifecycle.ledger(line), gone.get(line.pk, Gone())) for line in order.lines.all())
    return {
        line.number: Units(entry.ordered, entry.shipped, entry.cancelled, back.refunded)
        for line, entry, back in entries
    }


def _of_line(line: Json, returned: Mapping[str, int]) -> Units:
    return Units(
        ordered=line["ordered"],
        shipped=sum(parcel["quantity"] for parcel in line["shipped"]),
        cancelled=sum(part["quantity"] for part in line["cancelled"]),
        refunded=returned.get(line["line"], 0),
    )


def _charged(order: Json) -> Decimal:
    charges = [charge for line in order["lines"] for charge in line["charges"]]
    return sum((Decimal(charge["amount"]) + Decimal(charge["tax"] or 0) for charge in charges), Decimal())


def _commerce(order: Json) -> Side:
    items = ((str(item["sku"]), _of_item(item)) for item in order["items"])
    return Side(_by_sku(items), Decimal(str(order["grand_total"])).quantize(Decimal("0.01")))


def _of_item(item: Json) -> Units:
    """Units that were refunded before they shipped were cancelled after an invoice."""
    count = Counter({name: int(item[f"qty_{name}"] or 0) for name in ("ordered", "shipped", "canceled", "refunded")})
    unshipped = min(count["refunded"], count["ordered"] - count["shipped"] - count["canceled"])
    return Units(
        count["ordered"], count["shipped"], count["canceled"] + unshipped, refunded=count["refunded"] - unshipped
    )


def _by_sku(pairs: Iterable[tuple[str, Units]]) -> dict[str, Units]:
    found: dict[str, Units] = {}
    for sku, units in pairs:
        found[sku] = found.get(sku, Units()) + units
    return found
