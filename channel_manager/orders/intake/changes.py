"""What changed on an order at the marketplace: recorded as it is, mirrored into Commerce, shown when it contradicts."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import closing, lifecycle, shipping, state
from channel_manager.orders.cancelling import record_cancellation
from channel_manager.orders.intake.parity import problem_of
from channel_manager.orders.models import OrderLine, PurchaseOrder, Shipment
from channel_manager.orders.operations import acknowledgement, commerce_shipments, creation
from channel_manager.orders.rules.levels import levels, same_number
from channel_manager.ports.documents import Track
from channel_manager.ports.messages import IncomingLine, IncomingOrder, LineState, ReportedQuantity
from channel_manager.shared.money import total
from channel_manager.shared.sentences import Sentence, say

LEFT = (LineState.SHIPPED, LineState.DELIVERED, LineState.REFUNDED)


def take_over(order: PurchaseOrder, incoming: IncomingOrder, now: datetime) -> bool:
    """Bring a known order to what the marketplace shows. The order is locked. Whether its problem has gone."""
    before = {line.number: line for line in order.lines.all()}
    known = _facts(order)
    healed = order.problem is not None and _take_charges(order, incoming)
    state.write_levels(order, levels(incoming))
    _acknowledged_elsewhere(order, incoming, now)
    _buyer_requests(order, before, incoming, now)
    after = {line.number: line for line in order.lines.all()}
    _outside_shipments(order, after, incoming, now)
    _outside_cancellations(order, after, incoming, now)
    _delivered(order, before, after)
    closing.by_marketplace(order, incoming, now)
    if not any(lifecycle.ledger(line).open > 0 for line in order.lines.all()):
        creation.supersede(order)
    state.refresh(order, changed=_facts(order) != known)
    return healed


def became_unreadable(order: PurchaseOrder, problem: Sentence) -> None:
    """What is known of the order stays; what has changed cannot be told, and a person is."""
    if order.problem != problem.as_json():
        order.problem = problem.as_json()
        _note(order, "unreadable", problem)
        state.refresh(order)


def _take_charges(order: PurchaseOrder, incoming: IncomingOrder) -> bool:
    """An order with a problem is judged anew; before it exists in Commerce its charges are those shown now."""
    problem = problem_of(order.store, incoming)
    order.problem = problem and problem.as_json()
    if order.commerce_order_id is None and not any(line.reported_cancelled for line in order.lines.all()):
        order.stated_total = incoming.stated_total
        order.total = total(line.charges.total for line in incoming.lines)
        for line in incoming.lines:
            order.lines.filter(number=line.number).update(**_charges(line))
    return problem is None


def _charges(line: IncomingLine) -> dict[str, object]:
    columns = {field.name: getattr(line.charges, field.name) for field in fields(line.charges)}
    return columns | {"charge_names": list(line.charge_names)}


def _facts(order: PurchaseOrder) -> list[tuple[object, ...]]:
    """What makes a change worth telling; a message may differ in less."""
    columns = ("reported_shipped", "reported_delivered", "reported_cancelled", "buyer_asked_to_cancel")
    return [(order.acknowledged_at is None, order.problem is None), *order.lines.values_list("number", *columns)]


def _acknowledged_elsewhere(order: PurchaseOrder, incoming: IncomingOrder, now: datetime) -> None:
    if order.acknowledged_at or any(level["created"] for level in levels(incoming).values()):
        return
    if not acknowledgement.begun(order):
        order.acknowledged_at = now
        _note(order, "acknowledged", say("Acknowledged outside this service."))


def _buyer_requests(order: PurchaseOrder, before: dict[str, OrderLine], incoming: IncomingOrder, now: datetime) -> None:
    """A request holds what has not left; what has left raises an alert (glossary, rule 6)."""
    asked = {line.number for line in incoming.lines if line.buyer_asked_to_cancel}
    known = {number for number, line in before.items() if line.buyer_asked_to_cancel}
    if asked == known:
        return
    order.lines.update(buyer_asked_to_cancel=False)
    order.lines.filter(number__in=asked).update(buyer_asked_to_cancel=True)
    order.buyer_asked_at = (order.buyer_asked_at or now) if asked else None
    sentence = say("The buyer asked to cancel.") if asked - known else say("The buyer withdrew the request to cancel.")
    _note(order, "buyer_request", sentence)
    for shipment in order.shipments.filter(reported_at__isnull=True):
        shipment.order = order
        shipping.dispatch(shipment)


def _outside_shipments(
    order: PurchaseOrder, lines: dict[str, OrderLine], incoming: IncomingOrder, now: datetime
) -> None:
    """Units that the marketplace shows as shipped and nobody recorded: Seller Center or another tool."""
    for shown in incoming.lines:
        line = lines[shown.number]
        surplus = line.reported_shipped - line.recorded_shipped
        for entry in _unknown(order, shown):
            units = min(entry.quantity, surplus)
            if units > 0:
                surplus -= units
                _record_outside(order, line, units, entry, now)


def _unknown(order: PurchaseOrder, shown: IncomingLine) -> Iterable[ReportedQuantity]:
    """Entries whose tracking number is none of our shipments', before those that are."""
    numbers = list(order.shipments.filter(lines__line__number=shown.number).values_list("tracks__number", flat=True))
    entries = [entry for entry in shown.reported if entry.state in LEFT]
    return sorted(
        entries, key=lambda entry: any(same_number(entry.tracking_number, number or "") for number in numbers)
    )


def _record_outside(
    order: PurchaseOrder, line: OrderLine, units: int, entry: ReportedQuantity, now: datetime
) -> Shipment:
    track = Track(carrier_code="custom", title=entry.carrier or "Walmart", number=entry.tracking_number)
    shipment = shipping.record_shipment(
        order,
        {line: units},
        [track] if entry.tracking_number else [],
        origin=Actor.MARKETPLACE,
        shipped_at=entry.shipped_at or now,
        reported_at=now,
        reported_number=entry.tracking_number[:100],
    )
    _note(
        order,
        "shipped_outside",
        say("Units of line %(line)s shipped outside: %(units)s.", units=units, line=line.number),
    )
    if order.commerce_order_id and line.item_id:
        commerce_shipments.request(shipment)
    return shipment


def _outside_cancellations(
    order: PurchaseOrder, lines: dict[str, OrderLine], incoming: IncomingOrder, now: datetime
) -> None:
    """Units cancelled by the buyer, by the deadline or in Seller Center."""
    found = {line: units for line in lines.values() if (units := line.reported_cancelled - line.recorded_cancelled) > 0}
    if not found:
        return
    words = next((words for shown in incoming.lines for words in _cancel_words(shown)), "")
    _note(
        order,
        "canceled_outside",
        say("Units canceled by Walmart: %(units)s. %(words)s", units=sum(found.values()), words=words),
    )
    record_cancellation(order, found, origin=Actor.MARKETPLACE, reason=None, said=words, at=now)


def _cancel_words(shown: IncomingLine) -> Iterable[str]:
    return (entry.reason for entry in shown.reported if entry.state == LineState.CANCELLED and entry.reason)


def _delivered(order: PurchaseOrder, before: dict[str, OrderLine], after: dict[str, OrderLine]) -> None:
    units = sum(
        line.reported_delivered - (before[number].reported_delivered if number in before else 0)
        for number, line in after.items()
    )
    if units > 0:
        _note(order, "delivered", say("Units delivered: %(units)s.", units=units))


def _note(order: PurchaseOrder, kind: str, sentence: Sentence) -> None:
    record(order.subject, kind, sentence, store_id=order.store_id, actor=Actor.MARKETPLACE)
