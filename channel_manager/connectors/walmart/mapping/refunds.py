"""Money paid back without a return → Walmart's `orderRefund`; an order's refunds → ours (walmart-api §2.18)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from channel_manager.connectors.walmart.mapping.reading import Json, amount, flag, part, parts, text
from channel_manager.ports.messages import (
    LineCharges,
    LineState,
    RefundedCharges,
    RefundReason,
    ReportedQuantity,
)
from channel_manager.ports.returns import LineRefund
from channel_manager.shared.money import ZERO, total

REFUND_REASONS = {
    RefundReason.GOODWILL: "Finance -> Goodwill",
    RefundReason.DAMAGED: "DamagedItem",
    RefundReason.DEFECTIVE: "DefectiveItem",
    RefundReason.NOT_RECEIVED: "ItemNotReceivedByCustomer",
    RefundReason.LATE: "CustomerReceivedItemLate",
    RefundReason.WRONG_ITEM: "IncorrectItemReceived",
    RefundReason.NOT_AS_DESCRIBED: "ItemNotAsAdvertised",
    RefundReason.MISSING_PARTS: "Missing Parts / Instructions",
    RefundReason.CHANGED_MIND: "CustomerChangedMind",
    RefundReason.RETURNED: "Customer returned item",
    RefundReason.CANCELLED_YET_SHIPPED: "CancelledYetShipped",
    RefundReason.SHIPPING_PRICE: "IncorrectShippingPrice",
    RefundReason.ADJUSTMENT: "General adjustment",
}
CURRENCY = "USD"


def order_refund(number: str, refunds: tuple[LineRefund, ...]) -> Json:
    """The body of one call; a line refunded for several reasons is one line with several refunds.

    Amounts are sent, never `isFullRefund`: that one gives back everything of a line, whatever was meant. Walmart adds
    shipping and taxes by itself when the amount is a line's entire item price (walmart-api §2.18).
    Raises ValueError for nothing to refund, or less than nothing.
    """
    if not refunds:
        raise ValueError("There is nothing to refund.")
    lines: dict[str, list[Json]] = {}
    for refund in refunds:
        lines.setdefault(refund.number, []).append(_refund(refund))
    rows = [{"lineNumber": line, "isFullRefund": False, "refunds": {"refund": found}} for line, found in lines.items()]
    return {"orderRefund": {"purchaseOrderId": number, "orderLines": {"orderLine": rows}}}


def refunded_charges(
    row: Json, charges: LineCharges, reported: Iterable[ReportedQuantity], path: str
) -> RefundedCharges:
    """What has gone back for an order's line. Signs vary (walmart-api §2.18), so sums are taken as amounts.

    A kind that cannot be refunded by us (a fee) counts as product, so that it lowers what may still be refunded. A full
    refund that names no charges stands for all of the line's. Raises Unreadable.
    """
    found = [charge for refund in parts(row.get("refund")) for charge in _refund_charges(refund)]
    if not found:
        return _everything(charges) if _is_full(row, reported) else RefundedCharges()
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for index, charge in enumerate(found):
        where = f"{path}.refund[{index}]"
        kind = "shipping" if text(charge, "chargeType").upper() == "SHIPPING" else "product"
        sums[kind] += amount(part(charge, "chargeAmount").get("amount"), f"{where}.chargeAmount")
        taxes = parts(charge.get("tax"))
        sums[f"{kind}_tax"] += total(amount(part(tax, "taxAmount").get("amount"), f"{where}.tax") for tax in taxes)
    return RefundedCharges(**{kind: abs(value) for kind, value in sums.items()})


def _refund(refund: LineRefund) -> Json:
    money = refund.charges
    if min(money.product, money.product_tax, money.shipping, money.shipping_tax) < 0 or money.total <= 0:
        raise ValueError(f"Line {refund.number}: refunds are positive amounts.")
    found = [{"refundReason": REFUND_REASONS[refund.reason], "charge": charge} for charge in _charges(money)]
    body: Json = {"refundCharges": {"refundCharge": found}}
    return {"refundComments": refund.comment, **body} if refund.comment else body


def _charges(money: RefundedCharges) -> Iterator[Json]:
    kinds = (
        ("PRODUCT", "Item Price", "Item Price Tax", money.product, money.product_tax),
        ("SHIPPING", "Shipping Price", "Shipping Tax", money.shipping, money.shipping_tax),
    )
    for kind, name, tax_name, value, tax in kinds:
        if not value and not tax:
            continue
        charge = {"chargeType": kind, "chargeName": name, "chargeAmount": _negative(value)}
        if tax:
            charge["tax"] = {"taxName": tax_name, "taxAmount": _negative(tax)}
        yield charge


def _negative(value: Decimal) -> Json:
    return {"currency": CURRENCY, "amount": float(-value)}


def _refund_charges(refund: Json) -> list[Json]:
    wrapped = refund.get("refundCharges")
    inner = wrapped.get("refundCharge") if isinstance(wrapped, dict) else wrapped
    return [charge for entry in parts(inner) for charge in parts(entry.get("charge"))]


def _is_full(row: Json, reported: Iterable[ReportedQuantity]) -> bool:
    flagged = any(flag(refund.get("isFullRefund")) for refund in (row, *parts(row.get("refund"))))
    return flagged or all(entry.state is LineState.REFUNDED for entry in reported)


def _everything(charges: LineCharges) -> RefundedCharges:
    return RefundedCharges(
        product=max(charges.product - charges.discount, ZERO),
        product_tax=max(charges.product_tax, ZERO),
        shipping=max(charges.shipping - charges.shipping_discount, ZERO),
        shipping_tax=max(charges.shipping_tax, ZERO),
    )
