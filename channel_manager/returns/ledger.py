"""What was charged for an order's lines and what has gone back of it, read from the rows. Under the order's lock."""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import F, Sum

from channel_manager.orders import lifecycle
from channel_manager.orders.models import CommerceItem, OrderLine, PurchaseOrder
from channel_manager.orders.plans import charges, live_line
from channel_manager.orders.rules import allocation
from channel_manager.ports.messages import RefundedCharges
from channel_manager.returns.models import Effect, LineMoney, Refund, RefundLine, ReturnLine
from channel_manager.returns.rules import amounts
from channel_manager.returns.rules.amounts import PARTS, Refundable
from channel_manager.shared.money import ZERO


def return_charges(line: ReturnLine) -> RefundedCharges:
    """What the marketplace pays for all units of a return's line."""
    return RefundedCharges(**{name: getattr(line, name) for name in PARTS})


def paid_by(line: ReturnLine, *, before: int, units: int) -> RefundedCharges:
    """What the marketplace pays for `units` of a return's line after `before` of them."""
    return amounts.part_of(return_charges(line), before=before, units=units, whole=line.quantity)


def refundable(order: PurchaseOrder, refund: Refund) -> list[Refundable]:
    """The order's lines as this refund finds them: what went back by returns and by other refunds is counted."""
    named = dict(refund.lines.values_list("line").annotate(units=Sum("quantity")))
    before = _units_before(refund)
    return [
        Refundable(
            number=line.number,
            quantity=line.quantity,
            charged=amounts.charged(charges(line)),
            refunded=amounts.plus(_sent(line), _by_returns(line)),
            units=named.get(line.pk, 0),
            units_before=before.get(line.pk, 0),
            shipped=lifecycle.ledger(line).shipped,
        )
        for line in order.lines.all()
    ]


def shipping_left(order: PurchaseOrder) -> Decimal:
    """Shipping of the Commerce order that no credit memo has given back, before tax."""
    live = [live_line(line, line.commerce_quantity) for line in order.lines.all()]
    charged = allocation.money(dict(enumerate(allocation.bundles(live))))
    given = order.refunds.aggregate(amount=Sum("shipping"))["amount"] or ZERO
    return max(charged.shipping - charged.shipping_discount - given, ZERO)


def unpaid_by_return(refund: Refund) -> dict[str, RefundedCharges]:
    """What the marketplace pays for those units of a refund that it has not paid back by itself, by order line."""
    found: dict[str, RefundedCharges] = {}
    for row in refund.lines.filter(sent__gt=0, return_line__isnull=False).select_related("return_line", "line"):
        if row.return_line:
            given = paid_by(row.return_line, before=_units_before_row(row) + row.quantity - row.sent, units=row.sent)
            found[row.line.number] = amounts.plus(found.get(row.line.number, RefundedCharges()), given)
    return found


def taken_off(item: CommerceItem) -> int:
    """Units that a credit memo took off before they left: refunded in Commerce, but never shipped."""
    return max(int(item.refunded_unshipped), amounts.closed_after_memo(item))


def reserve(order: PurchaseOrder, refunds: Mapping[str, RefundedCharges]) -> None:
    """Count money that we are about to send back; the database refuses a cent above what was charged."""
    for line in order.lines.filter(number__in=refunds):
        charged = amounts.charged(charges(line))
        LineMoney.objects.get_or_create(line=line, defaults={name: max(getattr(charged, name), ZERO) for name in PARTS})
        given = refunds[line.number]
        LineMoney.objects.filter(line=line).update(
            **{f"sent_{name}": F(f"sent_{name}") + getattr(given, name) for name in PARTS}
        )


def release(order: PurchaseOrder, refunds: Mapping[str, Mapping[str, Decimal]]) -> None:
    """Take back what was counted for a refund that did not happen."""
    for line in order.lines.filter(number__in=refunds):
        LineMoney.objects.filter(line=line).update(
            **{f"sent_{name}": F(f"sent_{name}") - Decimal(amount) for name, amount in refunds[line.number].items()}
        )


def refunded_units(line: OrderLine) -> int:
    """Units of a line in refunds recorded here, without those that were cancelled before they shipped."""
    rows = RefundLine.objects.filter(line=line).exclude(refund__effect=Effect.CANCELLATION)
    return int(rows.aggregate(units=Sum("quantity"))["units"] or 0)


def _units_before(refund: Refund) -> dict[int, int]:
    """Units of each line in earlier refunds that paid money back."""
    earlier = RefundLine.objects.filter(refund__order=refund.order_id, refund__lt=refund.pk)
    earlier = earlier.exclude(refund__effect__in=[Effect.CANCELLATION, Effect.NONE])
    return dict(earlier.values_list("line").annotate(units=Sum("quantity")))


def _units_before_row(row: RefundLine) -> int:
    earlier = RefundLine.objects.filter(return_line=row.return_line_id, refund__lt=row.refund_id)
    return int(earlier.aggregate(units=Sum("quantity"))["units"] or 0)


def _sent(line: OrderLine) -> RefundedCharges:
    known = LineMoney.objects.filter(line=line).first()
    if known is None:
        return RefundedCharges()
    return RefundedCharges(**{name: getattr(known, f"sent_{name}") for name in PARTS})


def _by_returns(line: OrderLine) -> RefundedCharges:
    found = RefundedCharges()
    for returned in ReturnLine.objects.filter(line=line):
        gone = returned.elsewhere if returned.exceptional else max(returned.reported_refunded, returned.recorded)
        units = min(gone, returned.quantity)
        found = amounts.plus(found, paid_by(returned, before=0, units=units))
    return found
