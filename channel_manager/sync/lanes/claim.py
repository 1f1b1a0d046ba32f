"""Taking due operations of a lane, for a while and for one attempt; and giving them back."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from channel_manager.ports.messages import Limit
from channel_manager.sync import failures, sql
from channel_manager.sync.kinds import Claim, Json, OperationKind, Skip
from channel_manager.sync.lanes import limits
from channel_manager.sync.lanes.key import LaneKey

LEASE = timedelta(seconds=120)
log = logging.getLogger(__name__)

HEADS = """
    SELECT operation.id FROM sync_operation operation
    WHERE store_id = %(store)s AND platform = %(platform)s AND family = %(family)s AND state = 'waiting'
      AND due_at <= now() AND kind = ANY(%(kinds)s) AND requested_by_id IS {asked}
      AND (NOT in_order OR NOT EXISTS (
          SELECT 1 FROM sync_operation other
          WHERE other.subject = operation.subject AND other.platform = operation.platform
            AND other.store_id = operation.store_id AND other.in_order AND other.id <> operation.id
            AND other.state IN ('waiting', 'sending')
            AND (other.state = 'sending' OR other.state = 'waiting' AND other.id < operation.id)))
    ORDER BY priority, deadline, id LIMIT {limit}
    FOR UPDATE OF operation SKIP LOCKED
"""
ASKED = HEADS.format(asked="NOT NULL", limit="%(total)s")
ORDINARY = HEADS.format(asked="NULL", limit="least(%(ordinary)s, (SELECT %(total)s - count(*) FROM asked))")
CLAIM = f"""
    WITH asked AS ({ASKED}),
    ordinary AS ({ORDINARY}),
    claimed AS (
        UPDATE sync_operation operation
        SET state = 'sending', attempt = attempt + 1, lease_until = clock_timestamp() + %(lease)s
        WHERE operation.id = ANY(ARRAY(SELECT id FROM asked UNION ALL SELECT id FROM ordinary))
        RETURNING operation.*),
    written AS (
        INSERT INTO sync_attempt (operation_id, number, started_at) SELECT id, attempt, now() FROM claimed)
    SELECT id, store_id, kind, subject, payload, progress, attempt, ambiguous, deadline, failures, result,
           now() AS claimed_at
    FROM claimed ORDER BY requested_by_id IS NULL, priority, deadline, id
"""  # noqa: S608 - composed of constants
EXPIRED = """
    WITH expired AS (
        SELECT id FROM sync_operation
        WHERE state = 'sending' AND lease_until < now() AND (%(family)s::text IS NULL OR
              store_id = %(store)s AND platform = %(platform)s AND family = %(family)s)
        FOR UPDATE SKIP LOCKED),
    freed AS (
        UPDATE sync_operation operation
        SET state = 'waiting', ambiguous = true, lease_until = NULL, due_at = now()
        FROM expired WHERE operation.id = expired.id
        RETURNING operation.id, operation.attempt)
    UPDATE sync_attempt attempt SET outcome = 'lost', finished_at = now()
    FROM freed WHERE attempt.operation_id = freed.id AND attempt.number = freed.attempt AND outcome IS NULL
"""
RELEASE = """
    WITH released AS (
        UPDATE sync_operation operation
        SET state = 'waiting', ambiguous = ambiguous OR begun, lease_until = NULL, due_at = now()
        FROM jsonb_to_recordset(%s::jsonb) AS mine (id bigint, attempt integer, begun boolean)
        WHERE operation.id = mine.id AND operation.attempt = mine.attempt AND operation.state = 'sending'
        RETURNING operation.id, operation.attempt, begun),
    unsent AS (
        DELETE FROM sync_attempt attempt USING released
        WHERE attempt.operation_id = released.id AND attempt.number = released.attempt AND NOT begun)
    UPDATE sync_attempt attempt SET outcome = 'lost', finished_at = now()
    FROM released WHERE attempt.operation_id = released.id AND attempt.number = released.attempt AND begun
"""
END = """
    WITH ended AS (
        UPDATE sync_operation operation
        SET state = mine.state, lease_until = NULL, finished_at = now(), reason = mine.reason, error = mine.error
        FROM jsonb_to_recordset(%s::jsonb) AS mine (id bigint, state text, outcome text, reason jsonb, error jsonb)
        WHERE operation.id = mine.id
        RETURNING operation.id, operation.attempt, mine.outcome, mine.error)
    UPDATE sync_attempt attempt SET outcome = ended.outcome, finished_at = now(), error = ended.error
    FROM ended WHERE attempt.operation_id = ended.id AND attempt.number = ended.attempt
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim with what its kind prepared for it, and what the engine keeps to itself."""

    claim: Claim
    kind: OperationKind
    prepared: Any
    failures: int
    result: Json | None
    """Brought back by an earlier attempt and not yet applied: nothing is sent again."""
    claimed_at: datetime


def claim(lane: LaneKey, kinds: Mapping[str, OperationKind], limit: Limit | None, wanted: int) -> list[Claimed]:
    """Lease what is due, in order, as far as the lane's limits allow. In a transaction.

    1. Free what a killed worker left behind. 2. Measure the lane. 3. Claim, and write the attempts. 4. Let each kind
    prepare its claims; end those that have nothing to send. 5. Spend a token for each of the others.
    """
    free_expired(lane)
    allowance = limits.allow(lane, limit, wanted)
    if not allowance.total:
        return []
    found = sql.rows(
        CLAIM,
        {
            "store": lane.store_id,
            "platform": lane.platform,
            "family": lane.family,
            "kinds": list(kinds),
            "total": allowance.total,
            "ordinary": allowance.ordinary,
            "lease": LEASE,
        },
    )
    claimed = _prepare([_claimed(row, kinds) for row in found]) if found else []
    limits.spend(allowance, len(claimed))
    return claimed


def free_expired(lane: LaneKey | None = None) -> int:
    """Take back what no worker has finished in time, of one lane or of all; how many."""
    where = {
        "store": lane and lane.store_id,
        "platform": lane and lane.platform,
        "family": lane and lane.family,
    }
    return sql.execute(EXPIRED, where)


def release(claims: Sequence[tuple[Claim, bool]]) -> None:
    """Give back what was claimed and not answered. What was begun (True) may have been executed; the rest was not."""
    mine = [{"id": claim.id, "attempt": claim.attempt, "begun": begun} for claim, begun in claims]
    sql.execute(RELEASE, [sql.json(mine)])


def _claimed(row: sql.Row, kinds: Mapping[str, OperationKind]) -> Claimed:
    claim = Claim(
        id=row["id"],
        store_id=row["store_id"],
        kind=row["kind"],
        subject=row["subject"],
        payload=sql.decoded(row["payload"]),
        progress=sql.decoded(row["progress"]),
        attempt=row["attempt"],
        ambiguous=row["ambiguous"],
        deadline=row["deadline"],
    )
    return Claimed(
        claim=claim,
        kind=kinds[claim.kind],
        prepared=None,
        failures=row["failures"],
        result=sql.decoded(row["result"]),
        claimed_at=row["claimed_at"],
    )


def _prepare(claimed: Sequence[Claimed]) -> list[Claimed]:
    """The claims that have something to send, with what they need; the others have ended."""
    by_kind: dict[str, list[Claimed]] = defaultdict(list)
    for one in claimed:
        by_kind[one.claim.kind].append(one)
    prepared: dict[int, Any] = {}
    for group in by_kind.values():
        prepared |= _prepare_kind([one for one in group if one.result is None])
    _end(claimed, prepared)
    ended = {id_ for id_, facts in prepared.items() if isinstance(facts, Skip | Exception)}
    return [replace(one, prepared=prepared.get(one.claim.id)) for one in claimed if one.claim.id not in ended]


def _prepare_kind(group: Sequence[Claimed]) -> dict[int, Any]:
    """What the kind says by id; an exception in the place of what it raised for a claim alone."""
    if not group:
        return {}
    try:
        with transaction.atomic():
            return dict(group[0].kind.prepare([one.claim for one in group]))
    except sql.LOST:
        raise
    except Exception as bug:
        log.exception("prepare of %s failed", group[0].claim.kind)
        if len(group) == 1:
            return {group[0].claim.id: bug}
        return {id_: facts for one in group for id_, facts in _prepare_kind([one]).items()}


def _end(claimed: Sequence[Claimed], prepared: Mapping[int, Any]) -> None:
    endings = []
    for one in claimed:
        facts = prepared.get(one.claim.id)
        ending: Json = {"id": one.claim.id, "reason": None, "error": None}
        if isinstance(facts, Skip):
            endings.append(ending | {"state": "skipped", "outcome": "skipped", "reason": facts.reason.as_json()})
        elif isinstance(facts, Exception):
            endings.append(ending | {"state": "failed", "outcome": "bug", "error": failures.as_json(facts)})
            failures.tell(one.kind, one.claim, None, final=True)
    if endings:
        sql.execute(END, [sql.json(endings)])
