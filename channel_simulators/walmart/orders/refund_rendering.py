"""`refund` of an order line and the status `Refund`, as the API shows them (walmart-api §2.8, §2.10, §2.18)."""

import re
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.options import Options
from channel_simulators.walmart.orders.charges import PRODUCT, SHIPPING
from channel_simulators.walmart.state import Line, RefundCharge

NAMES = {PRODUCT: ("Item Price", "Item Price Tax"), SHIPPING: ("Shipping Price", "Shipping Tax")}
WORD = re.compile(r"[A-Z][a-z]+|[A-Z]+(?![a-z])")


def refund(line: Line, options: Options) -> dict[str, Any] | None:
    """One object however often was refunded: the charges accumulate, id and comments are the latest ones."""
    if not line.refunds:
        return None
    latest = line.refunds[-1]
    charges = [_charge(charge, options) for given in line.refunds for charge in given.charges]
    return {
        "refundId": latest.id,
        "refundComments": latest.comments,
        "refundCharges": {"refundCharge": charges},
    }


def refunded_first(parcels: list[dict[str, Any]], units: int) -> list[dict[str, Any]]:
    """The status entries of the parcels with the first `units` of them as `Refund`."""
    shown: list[dict[str, Any]] = []
    for parcel in parcels:
        amount = int(parcel["statusQuantity"]["amount"])
        back = min(units, amount)
        units -= back
        parts = (("Refund", back), (parcel["status"], amount - back))
        for status, part in parts:
            quantity = {**parcel["statusQuantity"], "amount": str(part)}
            shown += [{**parcel, "status": status, "statusQuantity": quantity}] if part else []
    return shown


def _charge(given: RefundCharge, options: Options) -> dict[str, Any]:
    name, tax_name = NAMES[given.type]
    tax = {"taxName": tax_name, "taxAmount": _money(given.tax)} if given.tax else None
    reason = "_".join(WORD.findall(given.reason)).upper() if options.refund_reason_codes else given.reason
    charge = {"chargeType": given.type, "chargeName": name, "chargeAmount": _money(given.amount), "tax": tax}
    return {"refundReason": reason, "charge": charge}


def _money(amount: Decimal) -> dict[str, Any]:
    return {"currency": "USD", "amount": -float(amount) if amount else 0.0}
