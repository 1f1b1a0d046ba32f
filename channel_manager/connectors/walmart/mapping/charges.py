"""Walmart's list of charges → what the buyer paid for one line (walmart-api §2.9)."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from channel_manager.connectors.walmart.mapping.reading import Json, amount, names, part, parts, text
from channel_manager.ports.messages import LineCharges
from channel_manager.shared.money import ZERO, total

_BASIC = {"PRODUCT": "product", "SHIPPING": "shipping"}
_REDUCED = {"PRODUCT": "discount", "SHIPPING": "shipping_discount"}


def charges_of(line: Json) -> list[Json]:
    return parts(part(line, "charges").get("charge"))


def line_charges(charges: Iterable[Json], path: str) -> LineCharges:
    """A negative product or shipping charge is a discount; its tax lowers the tax. Any other charge is a fee, so that
    the total stays Walmart's. Raises Unreadable.
    """
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for number, charge in enumerate(charges):
        where = f"{path}.charges[{number}]"
        value = amount(part(charge, "chargeAmount").get("amount"), f"{where}.chargeAmount")
        member = _member(charge, value)
        reduces = member.endswith("discount")
        sums[member] += abs(value) if reduces else value
        taxed = {"discount": "product", "shipping_discount": "shipping"}.get(member, member)
        tax = _tax(charge, where)
        sums[f"{taxed}_tax"] += -abs(tax) if reduces else tax
    return LineCharges(**{"product": ZERO, **sums})


def special_names(charges: Iterable[Json]) -> tuple[str, ...]:
    """What Walmart calls the discounts and fees of the line, for people."""
    special = (charge for charge in charges if not _is_basic(charge))
    return names(text(charge, "chargeName") or text(charge, "chargeType") for charge in special)


def currency_of(charges: Iterable[Json]) -> str:
    found = (text(part(charge, "chargeAmount"), "currency").upper() for charge in charges)
    return next((currency for currency in found if currency), "")


def _member(charge: Json, value: Decimal) -> str:
    kind = text(charge, "chargeType").upper()
    if kind in _BASIC:
        return _REDUCED[kind] if value < 0 else _BASIC[kind]
    return "discount" if "DISCOUNT" in kind or (value < 0 and kind != "FEE") else "fee"


def _is_basic(charge: Json) -> bool:
    value = amount(part(charge, "chargeAmount").get("amount"), "")
    return _member(charge, value) in _BASIC.values()


def _tax(charge: Json, path: str) -> Decimal:
    """`tax` is null when there is none; a list of taxes is added up."""
    taxes = parts(charge.get("tax"))
    return total(amount(part(tax, "taxAmount").get("amount"), f"{path}.tax") for tax in taxes)
