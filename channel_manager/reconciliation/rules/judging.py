"""What becomes of a difference that reading did not heal: it is under way, or a person is asked for one action."""

from dataclasses import dataclass
from enum import StrEnum

from channel_manager.ports.messages import Platform
from channel_manager.reconciliation.rules.facts import Difference, Kind, Record, RecordOperation, RecordShipment
from channel_manager.reconciliation.rules.parcels import ACKNOWLEDGE
from channel_manager.shared.sentences import Sentence, say


class Action(StrEnum):
    """What a person can have done with one click. CHECK looks at the order again after it was put right by hand."""

    RETRY = "retry"
    CREATE = "create"
    REPORT = "report"
    CREDIT_MEMO = "credit_memo"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An operation is open for it, or the order itself asks a person: not a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """`target` is the id of the operation, shipment or return that the action is about; `preview` what it would do."""

    action: Action
    preview: tuple[Sentence, ...]
    target: int | None = None


STANDING = (Kind.DOUBLED_IN_COMMERCE, Kind.TOTAL, Kind.CHARGES, Kind.FOREIGN_IN_COMMERCE, Kind.UNREADABLE)
"""No operation that is open makes these right."""
ASKED = (Kind.SHIPPED, Kind.CANCELLED, Kind.REFUNDED)
"""What an order asks a person about by itself, such as a tracking number that is waited for."""


def judge(difference: Difference, record: Record | None) -> UnderWay | Proposal:
    if record is None:
        return _check(difference)
    if difference.kind not in STANDING and (_is_open(difference, record) or _is_asked(difference, record)):
        return UnderWay()
    return _proposal(difference, record)


def _is_open(difference: Difference, record: Record) -> bool:
    """An acknowledgement may wait for hours and changes nothing else."""
    waiting = [operation.kind for operation in record.operations if not operation.failed]
    if difference.kind == Kind.ACKNOWLEDGED:
        return ACKNOWLEDGE in waiting
    return any(kind != ACKNOWLEDGE for kind in waiting)


def _is_asked(difference: Difference, record: Record) -> bool:
    return record.asks and difference.kind in ASKED and not record.failed


def _proposal(difference: Difference, record: Record) -> Proposal:
    if difference.kind in STANDING or difference.kind == Kind.MISSING_AT_MARKETPLACE:
        return _check(difference)
    if operation := _failed_on(difference, record):
        return Proposal(action=Action.RETRY, target=operation.id, preview=(_again(operation),))
    if difference.kind == Kind.MISSING_IN_COMMERCE:
        return _create(difference, record)
    if shipment := _unreported(difference, record):
        return Proposal(action=Action.REPORT, target=shipment.id, preview=(_report(shipment),))
    if difference.kind == Kind.REFUND_MONEY and record.returns:
        return Proposal(action=Action.CREDIT_MEMO, target=record.returns[0], preview=(_memo(record, difference),))
    return _check(difference)


def _failed_on(difference: Difference, record: Record) -> RecordOperation | None:
    """The latest failed step on the side that lacks something; a parcel is lacking at Walmart because of either."""
    sides = {difference.side} if difference.side == Platform.COMMERCE else set(Platform)
    return next((operation for operation in reversed(record.failed) if operation.platform in sides), None)


def _unreported(difference: Difference, record: Record) -> RecordShipment | None:
    if difference.side != Platform.MARKETPLACE or difference.kind not in (Kind.SHIPPED, Kind.UNCONFIRMED):
        return None
    waiting = [one for one in record.shipments if not one.reported and one.sent and not one.held and one.first_number]
    if difference.kind == Kind.UNCONFIRMED:
        return next((one for one in waiting if str(one.id) == difference.line), None)
    return next((one for one in waiting if any(line == difference.line for line, _units in one.units)), None)


def _create(difference: Difference, record: Record) -> Proposal:
    units = sum(line.open for line in record.lines)
    new = say(
        "Commerce: an order of %(units)s units for Walmart order %(number)s, total %(total)s.",
        units=units,
        number=record.number,
        total=record.total,
    )
    link = say("Here: Commerce order %(found)s is linked. Nothing is written to Commerce.", found=difference.found)
    return Proposal(action=Action.CREATE, preview=(new if difference.found == "0" else link,))


def _again(operation: RecordOperation) -> Sentence:
    where = {
        Platform.MARKETPLACE: say("Walmart: the failed step is looked up and, unless it is there, sent again."),
        Platform.COMMERCE: say("Commerce: the failed step is looked up and, unless it is there, sent again."),
    }
    return where[operation.platform]


def _report(shipment: RecordShipment) -> Sentence:
    units = sum(units for _line, units in shipment.units)
    return say(
        "Walmart: a shipment of %(units)s units with tracking number %(number)s, unless it is there.",
        units=units,
        number=shipment.first_number,
    )


def _memo(record: Record, difference: Difference) -> Sentence:
    return say(
        "Commerce: a credit memo for order %(number)s, for what the return still has open of %(given)s.",
        number=record.commerce_number,
        given=difference.expected,
    )


BY_HAND = {
    Kind.DOUBLED_IN_COMMERCE: say(
        "Nothing is written. Cancel the order that is too many in Commerce, then have this one checked again."
    ),
    Kind.FOREIGN_IN_COMMERCE: say(
        "Nothing is written. Correct the external number of the order in Commerce, then have it checked again."
    ),
    Kind.TOTAL: say("Nothing is written. Correct the order in Commerce, then have it checked again."),
    Kind.CHARGES: say("Nothing is written. Compare the order in Seller Center and settle the difference there."),
    Kind.GONE_FROM_COMMERCE: say(
        "Nothing is written. Look for the order in Commerce; if it was deleted, cancel or ship it at Walmart by hand."
    ),
}
OTHERWISE = say("Nothing is written. Compare both sides, put right what is wrong, then have it checked again.")


def _check(difference: Difference) -> Proposal:
    return Proposal(action=Action.CHECK, preview=(BY_HAND.get(difference.kind, OTHERWISE), *difference.details))
