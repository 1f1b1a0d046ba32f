"""Writing down what came of attempts: many at once, each still held by its own fencing token."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import (
    Ambiguous,
    Misconfigured,
    Postponed,
    Rejected,
    RemoteError,
    Unavailable,
)
from channel_manager.sync import failures, policy, sql, wakeups
from channel_manager.sync.kinds import Json, Sent
from channel_manager.sync.lanes import limits
from channel_manager.sync.lanes.claim import Claimed
from channel_manager.sync.lanes.key import LaneKey

log = logging.getLogger(__name__)

FINISH = """
    WITH mine AS (
        SELECT * FROM jsonb_to_recordset(%s::jsonb) AS mine (
            id bigint, attempt integer, state text, outcome text, result jsonb, error jsonb, due_at timestamptz,
            failures integer, ambiguous boolean, exchanges jsonb)),
    finished AS (
        UPDATE sync_operation operation
        SET state = mine.state, result = mine.result, error = mine.error, failures = mine.failures,
            ambiguous = mine.ambiguous, due_at = coalesce(mine.due_at, operation.due_at), lease_until = NULL,
            finished_at = CASE WHEN mine.state = 'waiting' THEN NULL ELSE now() END
        FROM mine
        WHERE operation.id = mine.id AND operation.attempt = mine.attempt AND operation.state = 'sending'
        RETURNING operation.id, operation.attempt),
    attempts AS (
        UPDATE sync_attempt attempt
        SET outcome = mine.outcome, error = mine.error, exchanges = mine.exchanges, finished_at = now()
        FROM finished JOIN mine ON mine.id = finished.id
        WHERE attempt.operation_id = finished.id AND attempt.number = finished.attempt)
    SELECT id FROM finished
"""
SUCCESSORS = """
    SELECT DISTINCT store_id, platform, family FROM sync_operation
    WHERE subject = ANY(%s) AND platform = %s AND store_id = %s AND state = 'waiting' AND due_at <= now()
"""
NOW = "SELECT now() AS now"
DEADLOCKS = {"40P01", "40001"}
OUTCOMES: list[tuple[type[RemoteError], str]] = [
    (Unavailable, "unavailable"),
    (Rejected, "rejected"),
    (Postponed, "postponed"),
    (Misconfigured, "misconfigured"),
    (Ambiguous, "ambiguous"),
]
TOO_MANY = 429
ANSWERED = {"sent", "found", "rejected", "postponed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one attempt ended on the wire. `looked`: it was made sure that no earlier attempt had been executed."""

    of: Claimed
    sent: Sent | None = None
    error: Exception | None = None
    found: bool = False
    looked: bool = False
    exchanges: list[Json] = field(default_factory=list)
    unapplied: Json | None = None
    """What the platform answered, when it was our own recording of it that failed."""

    @property
    def outcome(self) -> str:
        if self.error is None:
            return "found" if self.found else "sent"
        return next((name for kind, name in OUTCOMES if isinstance(self.error, kind)), "bug")


def finish(lane: LaneKey, answers: Sequence[Answer]) -> None:
    """Record answers in one transaction, and one by one only if that fails. Not in a transaction.

    Raises OperationalError when the database is gone; the leases then expire and the operations are looked for.
    """
    ordered = sorted(answers, key=lambda answer: (answer.of.claim.subject, answer.of.claim.id))
    try:
        record(lane, ordered)
    except Exception as error:
        _raise_if_lost(error)
        log.warning("answers are recorded one by one", exc_info=error)
        for answer in ordered:
            _record_alone(lane, answer)
    judge(lane, ordered)


@transaction.atomic
def record(lane: LaneKey, answers: Sequence[Answer]) -> None:
    """1. Attempts and operations, as far as they are still ours. 2. What the kinds make of it. 3. Wake successors."""
    now = sql.rows(NOW)[0]["now"]
    mine = sql.rows(FINISH, [sql.json([_row(answer, now) for answer in answers])])
    held = {row["id"] for row in mine}
    for answer in answers:
        if answer.of.claim.id in held:
            _follow_up(answer, now)
    subjects = sorted({answer.of.claim.subject for answer in answers})
    waiting = sql.rows(SUCCESSORS, [subjects, lane.platform, lane.store_id])
    wakeups.wake(sorted(LaneKey(row["store_id"], lane.platform, row["family"]) for row in waiting))


def judge(lane: LaneKey, answers: Sequence[Answer]) -> None:
    """What the answers say of the platform itself: out, misconfigured, or back."""
    answered = [answer for answer in answers if answer.outcome in ANSWERED]
    down = [answer for answer in answers if isinstance(answer.error, Unavailable)]
    refused = [answer for answer in answers if isinstance(answer.error, Misconfigured) and _is_of(lane, answer.error)]
    asked_to_wait = [answer for answer in down if _retry_after(answer) is not None]
    with transaction.atomic():
        if any(isinstance(answer.error, Unavailable) and answer.error.status == TOO_MANY for answer in down):
            limits.throttle(lane)
        if refused:
            _pause(lane, refused[0])
        elif asked_to_wait:
            _block(lane, max(asked_to_wait, key=lambda answer: _retry_after(answer) or policy.SECOND))
        elif answered:
            limits.reached(lane, claimed_at=min(answer.of.claimed_at for answer in answered))
        elif down:
            _block(lane, down[0])


def _is_of(lane: LaneKey, error: RemoteError) -> bool:
    """An operation on one platform may look at the other first: whose keys are refused, that side is paused."""
    of_commerce = error.side.lower() == Platform.COMMERCE
    return not error.side or of_commerce == (lane.platform is Platform.COMMERCE)


def _record_alone(lane: LaneKey, answer: Answer) -> None:
    try:
        record(lane, [answer])
    except Exception as bug:
        _raise_if_lost(bug)
        log.exception("operation %s could not be recorded", answer.of.claim.id)
        unapplied = answer.sent.result if answer.sent else None
        record(lane, [replace(answer, error=bug, unapplied=unapplied, sent=None)])


def _raise_if_lost(error: Exception) -> None:
    """A deadlock is worth another try; any other loss of the database is not the operation's fault."""
    if isinstance(error, sql.LOST):
        state = getattr(error.__cause__, "sqlstate", None)
        if state not in DEADLOCKS:
            raise error


def _row(answer: Answer, now: datetime) -> Json:
    claim = answer.of.claim
    row: Json = {
        "id": claim.id,
        "attempt": claim.attempt,
        "outcome": answer.outcome,
        "exchanges": answer.exchanges,
        "result": answer.sent.result if answer.sent else answer.unapplied,
        "error": None if answer.error is None else failures.as_json(answer.error),
        "failures": answer.of.failures,
        "ambiguous": False,
        "state": "done",
        "due_at": None,
    }
    return row if answer.error is None else row | _consequence(answer, answer.error, now)


def _consequence(answer: Answer, error: Exception, now: datetime) -> Json:
    held_against = answer.of.failures + 1
    in_doubt = answer.of.claim.ambiguous and not answer.looked
    match _decide(answer, error, now):
        case policy.Pause(until):
            return {"state": "waiting", "due_at": until, "ambiguous": in_doubt}
        case policy.LookFirst(at):
            return {"state": "waiting", "due_at": at, "failures": held_against, "ambiguous": True}
        case policy.RetryAt(at):
            return {"state": "waiting", "due_at": at, "failures": held_against, "ambiguous": in_doubt}
        case _:
            in_doubt = in_doubt or not isinstance(error, RemoteError)
            return {"state": "failed", "failures": held_against, "ambiguous": in_doubt}


def _decide(answer: Answer, error: Exception, now: datetime) -> policy.Decision:
    claim = answer.of.claim
    return policy.decide(
        error, attempt=answer.of.failures + 1, now=now, deadline=claim.deadline, jitter=spread(claim.id, claim.attempt)
    )


def spread(operation_id: int, attempt: int) -> float:
    """In [0, 1), by the golden ratio: neighbours are far apart, and the same attempt has always the same."""
    return (operation_id * 0.6180339887 + attempt * 0.7548776662) % 1.0


def _follow_up(answer: Answer, now: datetime) -> None:
    one = answer.of
    if answer.error is None:
        assert answer.sent is not None
        one.kind.apply(one.claim, answer.sent.result)
    else:
        remote = answer.error if isinstance(answer.error, RemoteError) else None
        final = isinstance(_decide(answer, answer.error, now), policy.GiveUp)
        failures.tell(one.kind, one.claim, remote, final=final)


def _retry_after(answer: Answer) -> Any:
    return answer.error.retry_after if isinstance(answer.error, Unavailable) else None


def _block(lane: LaneKey, answer: Answer) -> None:
    assert answer.error is not None
    now = sql.rows(NOW)[0]["now"]
    limits.block(lane, failures.as_json(answer.error), retry_after=_retry_after(answer), now=now)


def _pause(lane: LaneKey, answer: Answer) -> None:
    assert isinstance(answer.error, Misconfigured)
    limits.pause(lane, answer.error, until=sql.rows(NOW)[0]["now"] + policy.PAUSE)
