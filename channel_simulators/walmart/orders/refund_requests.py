"""The seller's refunds on an order (walmart-api §2.18): judged line by line, refused as a whole, not idempotent."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.orders import charges, refunding
from channel_simulators.walmart.orders.charges import CENT, NOTHING, PRODUCT, SHIPPING, Money
from channel_simulators.walmart.orders.entries import JSON, child, missing, objects
from channel_simulators.walmart.state import Line, Order, RefundCharge

REASONS = frozenset(
    (
        "BillingError",
        "TaxExemptCustomer",
        "ItemNotAsAdvertised",
        "IncorrectItemReceived",
        "CancelledYetShipped",
        "ItemNotReceivedByCustomer",
        "IncorrectShippingPrice",
        "DamagedItem",
        "DefectiveItem",
        "CustomerChangedMind",
        "CustomerReceivedItemLate",
        "Missing Parts / Instructions",
        "Finance -> Goodwill",
        "Finance -> Rollback",
        "Buyer canceled",
        "Customer returned item",
        "General adjustment",
        "Merchandise not received",
        "Quality -> Missing Parts / Instructions",
        "Shipping & Delivery -> Damaged",
        "Shipping & Delivery -> Shipping Price Discrepancy",
        "Others",
    )
)
NAMES = {PRODUCT: "Item Price", SHIPPING: "Shipping Price"}
TAX_NAMES = {PRODUCT: "Item Price Tax", SHIPPING: "Shipping Tax"}
FULL_REASON = "Others"


@dataclass(kw_only=True)
class Asked:
    """One refund of one line, as it was sent."""

    line: Line
    charges: list[RefundCharge]
    full: bool
    comments: str | None = None
    refund_id: str | None = None


def refund(order: Order, body: JSON, now: int, by: str) -> None:
    """Raise Refusal 400 with every fault found; then nothing has changed."""
    root = child(body, "orderRefund")
    if root.get("purchaseOrderId") != order.purchase_order_id:
        raise errors.resource(errors.content("purchaseOrderId", "purchaseOrderId differs from that of the request"))
    sent = objects(child(root, "orderLines"), "orderLine")
    _check_modes(sent)
    asked = [part for line in sent for part in _line(order, line)]
    faults = list(_excess(asked))
    if faults:
        raise errors.resource(*faults)
    for part in asked:
        _book(order, part, now, by)


def _check_modes(sent: list[JSON]) -> None:
    modes = [line.get("isFullRefund", False) for line in sent]
    if not all(isinstance(mode, bool) for mode in modes):
        raise missing("isFullRefund")
    if len(set(modes)) > 1:
        text = "All order lines should either be of full refund or of partial refund, but not both"
        raise errors.resource(errors.content("isFullRefund", text))


def _line(order: Order, sent: JSON) -> Iterator[Asked]:
    number = sent.get("lineNumber")
    line = order.line(number) if isinstance(number, str) else None
    if line is None:
        raise _refused("lineNumber", f"Line number {number} is not valid")
    if not line.shipped:
        text = f"The Line: {line.number} of PO: {order.purchase_order_id} is not in SHIPPED or DELIVERED status"
        raise _refused("orderLineStatus", text)
    refunds = objects(child(sent, "refunds"), "refund")
    if sent.get("isFullRefund", False):
        yield _full(line, refunds[0])
        return
    for entry in refunds:
        yield _partial(line, entry)


def _full(line: Line, entry: JSON) -> Asked:
    """Everything that is left, whatever charges are listed; a listed reason is kept."""
    reason = _listed_reason(entry)
    given = refunding.itemized(charges.refundable(line), FULL_REASON if reason is None else _reason(reason, line))
    if not given:
        raise _refused("isFullRefund", f"Line number {line.number} is already refunded")
    return Asked(line=line, charges=given, full=True, **_texts(entry))


def _listed_reason(entry: JSON) -> Any:
    listed = entry.get("refundCharges")
    every = listed.get("refundCharge") if isinstance(listed, dict) else None
    first = every[0] if isinstance(every, list) and every else None
    return first.get("refundReason") if isinstance(first, dict) else None


def _partial(line: Line, entry: JSON) -> Asked:
    sent = objects(child(entry, "refundCharges"), "refundCharge")
    return Asked(line=line, charges=[_charge(line, one) for one in sent], full=False, **_texts(entry))


def _texts(entry: JSON) -> dict[str, str | None]:
    for name in ("refundComments", "refundId"):
        if not isinstance(entry.get(name), str | None):
            raise missing(name)
    return {"comments": entry.get("refundComments"), "refund_id": entry.get("refundId")}


def _charge(line: Line, sent: JSON) -> RefundCharge:
    reason = _reason(sent.get("refundReason"), line)
    charge = child(sent, "charge")
    kind = charge.get("chargeType")
    if not isinstance(kind, str) or kind not in NAMES:
        raise _refused("chargeType", f"Charge type is not supported in line number {line.number}")
    if charge.get("chargeName") != NAMES[kind]:
        raise _refused("chargeName", f"Charge name should be {NAMES[kind]} in line number {line.number}")
    amount = _amount(child(charge, "chargeAmount"), line)
    tax = NOTHING
    if charge.get("tax") is not None:
        sent_tax = child(charge, "tax")
        if sent_tax.get("taxName") != TAX_NAMES[kind]:
            raise _refused("taxName", f"Tax name should be {TAX_NAMES[kind]} in line number {line.number}")
        tax = _amount(child(sent_tax, "taxAmount"), line)
    if not amount and not tax:
        raise _refused("amount", f"Refund amount should be negative in line number {line.number}")
    return RefundCharge(type=kind, reason=reason, amount=amount, tax=tax)


def _reason(reason: Any, line: Line) -> str:
    if not isinstance(reason, str) or reason not in REASONS:
        raise _refused("refundReason", f"Refund reason is not valid in line number {line.number}")
    return reason


def _amount(money: JSON, line: Line) -> Decimal:
    """What is given back, positive here; on the wire it is negative, in whole cents of US dollars."""
    amount = money.get("amount")
    if money.get("currency") != "USD":
        raise _refused("currency", f"Currency should be USD in line number {line.number}")
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not -(10**9) < amount <= 0:
        raise _refused("amount", f"Refund amount should be negative in line number {line.number}")
    given = -Decimal(str(amount))
    if given != given.quantize(CENT):
        raise _refused("amount", f"Refund amount has more than two decimals in line number {line.number}")
    return given.quantize(CENT)


def _excess(asked: list[Asked]) -> Iterator[JSON]:
    """At most what was charged and not yet refunded, of each kind; the entries of a line add up."""
    left: dict[str, Money] = {}
    for part in asked:
        number = part.line.number
        wanted = charges.sums(part.charges)
        left[number] = left.get(number, charges.refundable(part.line)) - wanted
        if left[number].lowest < 0:
            text = f"Refund amount is more than the amount charged and not yet refunded in line number {number}"
            yield errors.content("chargeAmount", text)


def _book(order: Order, part: Asked, now: int, by: str) -> None:
    """Who refunds the whole item price refunds tax and shipping with it, asked or not (walmart-api §2.18)."""
    left = charges.refundable(part.line)
    given = part.charges
    if not part.full and left.product and charges.sums(given).product == charges.charged(part.line).product:
        given = refunding.itemized(left, given[0].reason)
    elif charges.sums(given).at_most(left) != charges.sums(given):
        given = refunding.itemized(charges.sums(given).at_most(left), given[0].reason)
    whole = charges.sums(given) == left
    quantity = refunding.refundable_units(part.line) if whole else 0
    refunding.book(
        order,
        part.line,
        given,
        now=now,
        by=by,
        quantity=quantity,
        comments=part.comments,
        refund_id=part.refund_id,
    )


def _refused(field: str, description: str) -> errors.Refusal:
    return errors.resource(errors.content(field, description))
