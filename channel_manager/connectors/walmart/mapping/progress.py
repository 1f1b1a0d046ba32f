"""How far a line of a return has come: its states by quantity, its events, its refunds (walmart-api §3.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from channel_manager.connectors.walmart.mapping.reading import Json, moment, names, parts, text, units
from channel_manager.ports.returns import ReturnState

_STATES = {
    "INITIATED": ReturnState.REQUESTED,
    "DELIVERED": ReturnState.DELIVERED,
    "COMPLETED": ReturnState.COMPLETED,
}
_BY_EVENT = {
    "RETURN_INITIATED": ReturnState.REQUESTED,
    "RETURN_IN_TRANSIT": ReturnState.REQUESTED,
    "DELIVERED_AT_RETURN_CENTER": ReturnState.DELIVERED,
    "REFUND_INITIATED": ReturnState.COMPLETED,
    "REFUND_ISSUED": ReturnState.COMPLETED,
    "RETURN_CANCELLED": ReturnState.COMPLETED,
    "INTRANSIT_AFTER_INVOICE": ReturnState.COMPLETED,
    "DELIVERED_AFTER_INVOICE": ReturnState.COMPLETED,
}
_ADVANCE = (ReturnState.UNKNOWN, ReturnState.REQUESTED, ReturnState.DELIVERED)
_CANCELLED = "RETURN_CANCELLED"
# Of the parcel's two arrivals, that before the refund starts the 48 hours; the other only brings goods.
_ARRIVALS = ("DELIVERED_AT_RETURN_CENTER", "DELIVERED_AFTER_INVOICE")
_PAID_STATES = ("REFUND_INITIATED", "REFUND_COMPLETED")
_PAID_EVENTS = ("REFUND_INITIATED", "REFUND_ISSUED", "INTRANSIT_AFTER_INVOICE", "DELIVERED_AFTER_INVOICE")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    state: ReturnState
    delivered_at: datetime | None
    completed_at: datetime | None
    refunded: int
    refund_channel: str
    refund_state: str


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of a line's units, all in one state."""

    state: ReturnState
    at: datetime | None
    refund_state: str
    quantity: int


@dataclass(frozen=True, slots=True)
class _Event:
    tag: str
    at: datetime | None


def progress(row: Json, quantity: int, path: str) -> Progress:
    """Raises Unreadable."""
    stated, events = _parts(row, quantity, path), _events(row)
    refunded = _refunded(row, stated, quantity, path)
    state = _state(row, stated, events, refunded)
    finished = state in (ReturnState.COMPLETED, ReturnState.CANCELLED)
    channels = (text(channel, "refundChannelName") for channel in parts(row.get("refundChannels")))
    return Progress(
        state=state,
        delivered_at=_delivered_at(stated, events),
        completed_at=_completed_at(stated, events) if finished else None,
        refunded=refunded,
        refund_channel=", ".join(names(channels)) or text(row, "refundChannel"),
        refund_state=", ".join(names(each.refund_state for each in stated)),
    )


def _parts(row: Json, quantity: int, path: str) -> tuple[_Part, ...]:
    """States by quantity; of an older answer the flat members, which speak for the whole line."""
    found = parts(row.get("currentTrackingStatuses"))
    if not found:
        return (_part(row, quantity),)
    if len(found) == 1 and found[0].get("quantity") is None:
        return (_part(found[0], quantity),)
    return tuple(_part(each, units(each.get("quantity"), f"{path}.currentTrackingStatuses")) for each in found)


def _part(data: Json, quantity: int) -> _Part:
    state = _STATES.get(text(data, "status").upper(), ReturnState.UNKNOWN)
    return _Part(state, moment(data.get("statusTime")), text(data, "currentRefundStatus").upper(), quantity)


def _events(row: Json) -> list[_Event]:
    """Oldest first, in whatever order Walmart lists them."""
    rows = [(moment(event.get("eventTime")), event) for event in parts(row.get("returnTrackingDetail"))]
    rows.sort(key=lambda found: (found[0] or _LONG_AGO, text(found[1], "sequenceNo").zfill(9)))
    return [_Event(text(event, "eventTag").upper(), at) for at, event in rows]


def _refunded(row: Json, stated: tuple[_Part, ...], quantity: int, path: str) -> int:
    """Units paid back, or being paid back: what is on its way must not be sent a second time.

    The flat state of an older answer says nothing of how many, so it counts only where no number does.
    """
    counted = units(row.get("refundedQty") or 0, f"{path}.refundedQty")
    under_way = sum(each.quantity for each in stated if each.refund_state in _PAID_STATES)
    by_quantity = bool(parts(row.get("currentTrackingStatuses")))
    return min(quantity, max(counted, under_way) if by_quantity else counted or under_way)


def _state(row: Json, stated: tuple[_Part, ...], events: list[_Event], refunded: int) -> ReturnState:
    """That of the units that are furthest among those not completed; completed only if all are.

    Completed without money and with a cancellation is cancelled (walmart-api §3.2).
    """
    unfinished = [each.state for each in stated if each.state is not ReturnState.COMPLETED and each.quantity]
    state = max(unfinished, key=_ADVANCE.index, default=ReturnState.COMPLETED)
    if state is ReturnState.UNKNOWN and events:
        state = _BY_EVENT.get(events[-1].tag, ReturnState.UNKNOWN)
    if state is ReturnState.COMPLETED and not refunded and _is_cancelled(row, events):
        return ReturnState.CANCELLED
    return state


def _is_cancelled(row: Json, events: list[_Event]) -> bool:
    tags = [event.tag for event in events]
    if any(tag in _PAID_EVENTS for tag in tags):
        return False
    return _CANCELLED in tags or bool(text(row, "returnCancellationReason"))


def _delivered_at(stated: tuple[_Part, ...], events: list[_Event]) -> datetime | None:
    """When the first of the goods arrived: the 48 hours of the earliest unit run out first."""
    for tag in _ARRIVALS:
        if found := next((event.at for event in events if event.tag == tag and event.at), None):
            return found
    return min(_times(stated, ReturnState.DELIVERED), default=None)


def _completed_at(stated: tuple[_Part, ...], events: list[_Event]) -> datetime | None:
    times = list(_times(stated, ReturnState.COMPLETED))
    if not times:
        times = [event.at for event in events if event.at and _BY_EVENT.get(event.tag) is ReturnState.COMPLETED]
    return max(times, default=None)


def _times(stated: tuple[_Part, ...], state: ReturnState) -> Iterator[datetime]:
    return (each.at for each in stated if each.state is state and each.at)
