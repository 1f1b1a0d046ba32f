"""What Walmart pays back for a line of a return: charges per unit, held against its own totals (walmart-api §3.2)."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from channel_manager.connectors.walmart.mapping.reading import Json, Unreadable, amount, flag, part, parts, text
from channel_manager.ports.messages import NO_REFUND, RefundedCharges
from channel_manager.shared.money import ZERO, total

_KINDS = ("product", "product_tax", "shipping", "shipping_tax")
Sums = dict[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repayment:
    """`charges` after `fee`, the restocking fee."""

    charges: RefundedCharges
    fee: Decimal


def repayment(row: Json, quantity: int, path: str) -> Repayment:
    """Charges per unit times the quantity, if they meet `lineTotal` to the cent; else the totals.

    The totals win because they are for the whole quantity: the charges per unit lose cents (a line of 10.00 for three
    units), and Walmart's own example has totals that are those of the refund where its charges per unit are not.
    Raises Unreadable, also for totals that contradict themselves.
    """
    listed, fee = _listed(row, quantity, path)
    totals = _totals(row, path)
    fee = abs(totals.get("linerestockingfee", fee))
    netted = _less(listed, fee)
    stated = totals.get("linetotal")
    if stated is None or stated == total(netted.values()):
        return Repayment(charges=RefundedCharges(**netted), fee=fee)
    return Repayment(charges=_from_totals(totals, listed, stated, path), fee=fee)


def _listed(row: Json, quantity: int, path: str) -> tuple[Sums, Decimal]:
    """Sums by kind for the whole quantity, and the restocking fee if it is among the charges."""
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    fee = ZERO
    for index, charge in enumerate(parts(row.get("charges"))):
        where = f"{path}.charges[{index}]"
        if flag(charge.get("isBillable")) is False:
            continue
        value = _times(charge, "chargePerUnit", "excessCharge", quantity, where)
        if "RESTOCK" in text(charge, "chargeName").upper():
            fee += abs(value)
            continue
        kind = "shipping" if text(charge, "chargeCategory").upper() == "SHIPPING" else "product"
        sign = -1 if flag(charge.get("isDiscount")) else 1
        taxes = total(_times(tax, "taxPerUnit", "excessTax", quantity, where) for tax in parts(charge.get("tax")))
        sums[kind] += -abs(value) if sign < 0 else value
        sums[f"{kind}_tax"] += -abs(taxes) if sign < 0 else taxes
    return {kind: max(sums[kind], ZERO) for kind in _KINDS}, fee


def _times(data: Json, per_unit: str, excess: str, quantity: int, path: str) -> Decimal:
    """`excess` is what the quantity costs beyond so many times the unit: the last cents of a division."""
    unit = amount(part(data, per_unit).get("currencyAmount"), f"{path}.{per_unit}")
    return unit * quantity + amount(part(data, excess).get("currencyAmount"), f"{path}.{excess}")


def _totals(row: Json, path: str) -> Sums:
    """By Walmart's name in lower case."""
    where = f"{path}.chargeTotals"
    found = ((text(each, "name").lower(), part(each, "value").get("currencyAmount")) for each in _entries(row))
    return {name: amount(value, where) for name, value in found if value is not None}


def _entries(row: Json) -> list[Json]:
    return parts(row.get("chargeTotals"))


def _less(sums: Sums, fee: Decimal) -> Sums:
    """A restocking fee is taken from the price, and only then from the rest."""
    left = dict(sums)
    for kind in ("product", "shipping", "product_tax", "shipping_tax"):
        taken = min(left[kind], fee)
        left[kind], fee = left[kind] - taken, fee - taken
    return left


def _from_totals(totals: Sums, listed: Sums, stated: Decimal, path: str) -> RefundedCharges:
    """The named totals; what none of them names is of the price."""
    if not stated:
        return NO_REFUND
    taxes = totals.get("linetotaltaxes", totals.get("lineproducttaxes", listed["product_tax"] + listed["shipping_tax"]))
    product_tax = min(taxes, totals.get("lineproducttaxes", listed["product_tax"] or taxes))
    shipping = totals.get("lineshippingfee", ZERO)
    product = stated - taxes - shipping
    if min(product, product_tax, shipping, taxes - product_tax) < 0:
        raise Unreadable(f"{path}.chargeTotals")
    return RefundedCharges(
        product=product, product_tax=product_tax, shipping=shipping, shipping_tax=taxes - product_tax
    )
