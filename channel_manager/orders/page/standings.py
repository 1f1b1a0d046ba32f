"""How something that was asked of many orders at once stands: read from the shipments and operations it led to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from channel_manager.orders.models import Hold, PurchaseOrder, Shipment
from channel_manager.orders.operations.commerce_shipments import CreateCommerceShipment
from channel_manager.orders.operations.shipment_reports import ReportShipment
from channel_manager.orders.page.models import BulkRun
from channel_manager.orders.state import HOLDS
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync.models import State, SyncOperation

INTERRUPTED_AFTER = timedelta(minutes=2)
RECORDING = say("It is being recorded.")
INTERRUPTED = say("It was interrupted before this row was recorded.")
TO_COMMERCE = say("It is on its way to Commerce.")
TO_MARKETPLACE = say("Commerce has it. Walmart is told next.")
NOT_SENT = say("Commerce has it, and Walmart is not told: together with the rest it would be more than was ordered.")


class RowState(StrEnum):
    """Where a row stands: with Walmart, under way, refused by a platform, waiting for a person, ended otherwise, or
    never begun.
    """

    ACCEPTED = "accepted"
    UNDER_WAY = "under_way"
    FAILED = "failed"
    WAITS = "waits"
    ENDED = "ended"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A row of a run. `why` says more than the state; `said` are the platform's words; `operation` is the one that
    failed.
    """

    row: Mapping[str, Any]
    number: str
    state: RowState
    why: Sentence | None = None
    said: str = ""
    operation: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """Of all rows of a run, in their order; `counts` says how many are in each state."""

    run: BulkRun
    rows: Sequence[Standing]
    counts: Mapping[RowState, int]

    @property
    def begun(self) -> int:
        """Rows that something was done for."""
        return len(self.rows) - self.counts[RowState.LEFT_OUT]

    @property
    def runs(self) -> bool:
        return self.counts[RowState.UNDER_WAY] > 0

    @property
    def left_out(self) -> list[Standing]:
        return [standing for standing in self.rows if standing.state == RowState.LEFT_OUT]

    @property
    def failed(self) -> list[int]:
        """Orders of which something was refused."""
        orders = [standing.row["order"] for standing in self.rows if standing.state == RowState.FAILED]
        return list(dict.fromkeys(orders))


def standings(run: BulkRun, now: datetime) -> Standings:
    """Three queries, however many rows."""
    ids = [row["order"] for row in run.rows if row["order"]]
    numbers = dict(PurchaseOrder.objects.filter(pk__in=ids).values_list("pk", "number"))
    rows = _shipped(run, numbers, now) if run.kind == BulkRun.Kind.SHIP else _resent(run, numbers)
    return Standings(run=run, rows=rows, counts=Counter(row.state for row in rows))


def _shipped(run: BulkRun, numbers: Mapping[int, str], now: datetime) -> list[Standing]:
    markers = [row["parcel"] for row in run.rows if row["parcel"]]
    shipments = {str(made.marker): made for made in Shipment.objects.filter(marker__in=markers)}
    operations = _latest(shipments.values())
    rows = []
    for row in run.rows:
        made = shipments.get(row["parcel"])
        number = numbers.get(row["order"], row["typed"])
        if row["refusal"]:
            facts: dict[str, Any] = {"state": RowState.LEFT_OUT, "why": Sentence.from_json(row["refusal"])}
        elif made is None:
            facts = _unrecorded(run, now)
        else:
            facts = _shipment(made, operations.get(made.pk))
        rows.append(Standing(row=row, number=number, **facts))
    return rows


def _latest(shipments: Iterable[Shipment]) -> dict[int, SyncOperation]:
    """What was asked last for each of them."""
    made = list(shipments)
    asked = SyncOperation.objects.filter(
        subject__in={f"order:{shipment.order_id}" for shipment in made},
        kind__in=(CreateCommerceShipment.name, ReportShipment.name),
        payload__shipment__in=[shipment.pk for shipment in made],
    )
    return {operation.payload["shipment"]: operation for operation in asked.order_by("pk")}


def _unrecorded(run: BulkRun, now: datetime) -> dict[str, Any]:
    if run.recorded_at or now - run.begun_at > INTERRUPTED_AFTER:
        return {"state": RowState.LEFT_OUT, "why": INTERRUPTED}
    return {"state": RowState.UNDER_WAY, "why": RECORDING}


def _shipment(made: Shipment, latest: SyncOperation | None) -> dict[str, Any]:
    if made.reported_at:
        return {"state": RowState.ACCEPTED}
    if latest and latest.state == State.FAILED:
        return _refused(latest)
    if made.hold:
        return {"state": RowState.WAITS, "why": HOLDS[Hold(made.hold)]}
    if latest and latest.state in (State.SETTLED, State.SKIPPED):
        return _ended(latest)
    if not made.is_sent:
        return {"state": RowState.WAITS, "why": NOT_SENT}
    return _under_way(latest, TO_MARKETPLACE if made.commerce_shipment_id else TO_COMMERCE)


def _resent(run: BulkRun, numbers: Mapping[int, str]) -> list[Standing]:
    ids = [operation for row in run.rows for operation in row["operations"]]
    found = SyncOperation.objects.in_bulk(ids)
    rows = []
    for row in run.rows:
        sent = [found[pk] for pk in row["operations"] if pk in found]
        facts: dict[str, Any] = _again(sent) if sent else {"state": RowState.LEFT_OUT}
        if row["refusal"] and facts["state"] in (RowState.LEFT_OUT, RowState.UNDER_WAY):
            facts["why"] = Sentence.from_json(row["refusal"])
        rows.append(Standing(row=row, number=numbers.get(row["order"], row["typed"]), **facts))
    return rows


def _again(operations: Sequence[SyncOperation]) -> dict[str, Any]:
    """What went wrong comes before what is under way, and that before what is done."""
    for operation in operations:
        if operation.state == State.FAILED:
            return _refused(operation)
    for operation in operations:
        if operation.state in (State.WAITING, State.SENDING):
            return _under_way(operation)
    done = [operation for operation in operations if operation.state == State.DONE]
    return {"state": RowState.ACCEPTED} if done else _ended(operations[-1])


def _refused(operation: SyncOperation) -> dict[str, Any]:
    error = operation.error or {}
    why = Sentence.from_json(error["sentence"]) if error.get("sentence") else None
    return {"state": RowState.FAILED, "why": why, "said": error.get("said") or "", "operation": operation.pk}


def _ended(operation: SyncOperation) -> dict[str, Any]:
    return {"state": RowState.ENDED, "why": Sentence.from_json(operation.reason) if operation.reason else None}


def _under_way(operation: SyncOperation | None, why: Sentence | None = None) -> dict[str, Any]:
    """One that was not answered is tried again by itself, and says what is in the way."""
    error = operation.error if operation else None
    told = Sentence.from_json(error["sentence"]) if error and error.get("sentence") else why
    return {"state": RowState.UNDER_WAY, "why": told}
