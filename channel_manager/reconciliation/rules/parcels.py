"""Tracking numbers as sent, as Walmart shows them and as Commerce has them; failed steps that have happened."""

from collections.abc import Iterator

from channel_manager.orders.rules.levels import line_levels, same_number, shipped_with
from channel_manager.ports.messages import IncomingLine, IncomingOrder, Platform
from channel_manager.reconciliation.rules.facts import (
    Difference,
    InCommerce,
    Kind,
    Record,
    RecordOperation,
    RecordShipment,
    live,
)
from channel_manager.shared.sentences import say

ACKNOWLEDGE, REPORT, CANCEL = "acknowledge", "report_shipment", "cancel_on_marketplace"
MIRROR, CREATE = "mirror_cancellation", "create_commerce_order"


def at_marketplace(shown: IncomingOrder, record: Record) -> Iterator[Difference]:
    lines = {line.number: line for line in shown.lines}
    open_for = {operation.shipment for operation in record.operations}
    for shipment in record.shipments:
        if shipment.reported:
            yield from _reported(shipment, lines)
        elif shipment.sent and not shipment.held and shipment.id not in open_for and _is_shown(shipment, lines):
            yield _unconfirmed(shipment)


def _reported(shipment: RecordShipment, lines: dict[str, IncomingLine]) -> Iterator[Difference]:
    """Entries of refunded units show no tracking any more."""
    if not shipment.reported_number or shipment.from_marketplace:
        return
    for number, _units in shipment.units:
        line = lines.get(number)
        if line is None or line_levels(line)["refunded"]:
            continue
        numbers = [entry.tracking_number for entry in line.reported if entry.tracking_number]
        if numbers and not any(same_number(found, shipment.reported_number) for found in numbers):
            yield _tracking(
                Platform.MARKETPLACE, f"{shipment.id}/{number}", shipment.reported_number, ", ".join(numbers)
            )


def in_commerce(record: Record, commerce: InCommerce) -> Iterator[Difference]:
    shown = {shipment.shipment_id: shipment for shipment in commerce.shipments or ()}
    for shipment in record.shipments:
        there = shown.get(shipment.commerce_shipment_id or 0)
        if there is None:
            continue
        found = sorted(track.number.strip() for track in there.tracks)
        if found != sorted(shipment.numbers):
            yield _tracking(Platform.COMMERCE, str(shipment.id), ", ".join(shipment.numbers), ", ".join(found))


def failed_though_shown(shown: IncomingOrder | None, record: Record, commerce: InCommerce) -> Iterator[Difference]:
    """A failed step whose effect is there: repeated, it looks first and closes itself."""
    for operation in record.failed:
        if _has_happened(operation, shown, record, commerce):
            yield Difference(
                kind=Kind.FAILED_THOUGH_SHOWN,
                side=operation.platform,
                line=str(operation.id),
                sentence=say("A step failed here, but what it was to bring about is there."),
                operation=operation.id,
            )


def _has_happened(
    operation: RecordOperation, shown: IncomingOrder | None, record: Record, commerce: InCommerce
) -> bool:
    if operation.platform == Platform.COMMERCE:
        return _happened_in_commerce(operation, record, commerce)
    return shown is not None and _happened_at_marketplace(operation, record, shown)


def _happened_in_commerce(operation: RecordOperation, record: Record, commerce: InCommerce) -> bool:
    if operation.kind == CREATE:
        return not operation.placed and bool(live(commerce.orders, None))
    order = commerce.by_id(record.commerce_order_id)
    if operation.kind != MIRROR or order is None:
        return False
    cancelled = {item.item_id: item.cancelled for item in order.items}
    return all(
        cancelled.get(item.item_id, 0) + item.refunded_unshipped >= _cancelled(record, item.item_id)
        for item in record.items
    )


def _happened_at_marketplace(operation: RecordOperation, record: Record, shown: IncomingOrder) -> bool:
    if operation.kind == ACKNOWLEDGE:
        return not any(line_levels(line)["created"] for line in shown.lines)
    if operation.kind == CANCEL:
        wanted = {line.number: line.cancelled for line in record.lines}
        return all(line_levels(line)["cancelled"] >= wanted.get(line.number, 0) for line in shown.lines)
    shipment = next((one for one in record.shipments if one.id == operation.shipment), None)
    lines = {line.number: line for line in shown.lines}
    return operation.kind == REPORT and shipment is not None and _is_shown(shipment, lines)


def _cancelled(record: Record, item_id: int) -> int:
    lines = [line for line in record.lines if line.item_id == item_id]
    return sum(max(line.reported_cancelled - line.cancelled_before, 0) for line in lines)


def _is_shown(shipment: RecordShipment, lines: dict[str, IncomingLine]) -> bool:
    number = shipment.first_number
    return bool(number and shipment.units) and all(
        line in lines and shipped_with(lines[line], number) >= units for line, units in shipment.units
    )


def _unconfirmed(shipment: RecordShipment) -> Difference:
    return Difference(
        kind=Kind.UNCONFIRMED,
        side=Platform.MARKETPLACE,
        line=str(shipment.id),
        sentence=say(
            "Walmart shows the shipment with tracking number %(number)s; our record does not say that it was reported.",
            number=shipment.first_number,
        ),
        found=shipment.first_number,
    )


def _tracking(side: Platform, line: str, expected: str, found: str) -> Difference:
    words = {
        Platform.MARKETPLACE: say(
            "Walmart shows tracking number %(found)s instead of %(expected)s.", found=found, expected=expected
        ),
        Platform.COMMERCE: say(
            "Commerce has tracking number %(found)s instead of %(expected)s.",
            found=found or "-",
            expected=expected or "-",
        ),
    }
    return Difference(kind=Kind.TRACKING, side=side, line=line, sentence=words[side], expected=expected, found=found)
