"""Asking for something to be done on a platform: the intention commits with the fact that calls for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channel_manager.ports.messages import Platform
from channel_manager.shared.sentences import Sentence
from channel_manager.sync import sql, wakeups
from channel_manager.sync.kinds import Json, OperationKind
from channel_manager.sync.lanes.key import LaneKey

Kind = OperationKind | type[OperationKind]

INSERT = """
    INSERT INTO sync_operation
        (store_id, platform, family, kind, priority, in_order, key, subject, payload, due_at, deadline, requested_by_id)
    SELECT store_id, platform, family, kind, priority, in_order, key, subject, payload,
           coalesce(due_at, now()), deadline, requested_by_id
    FROM jsonb_to_recordset(%s::jsonb) AS new (
        store_id bigint, platform text, family text, kind text, priority smallint, in_order boolean, key text,
        subject text, payload jsonb, due_at timestamptz, deadline timestamptz, requested_by_id bigint)
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key, store_id, platform, family, due_at <= now() AS due
"""

SUPERSEDE = """
    UPDATE sync_operation SET state = 'skipped', finished_at = now(), reason = %(reason)s::jsonb
    WHERE id IN (
        SELECT id FROM sync_operation
        WHERE subject = %(subject)s AND kind = %(kind)s AND state = 'waiting' AND NOT ambiguous AND result IS NULL
          AND CASE WHEN %(begun)s::text[] IS NULL THEN progress = '{}' ELSE NOT progress ?| %(begun)s::text[] END
        FOR UPDATE SKIP LOCKED)
"""

RETRY = """
    UPDATE sync_operation
    SET state = 'waiting', finished_at = NULL, due_at = now(), failures = 0,
        requested_by_id = coalesce(%s, requested_by_id)
    WHERE id = %s AND state IN ('failed', 'waiting')
    RETURNING store_id, platform, family
"""

RETRY_SUBJECT = """
    UPDATE sync_operation SET due_at = now()
    WHERE subject = %(subject)s AND state = 'waiting' AND due_at > now()
      AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
    RETURNING store_id, platform, family
"""

SETTLE = """
    UPDATE sync_operation SET state = 'settled', finished_at = now(), reason = %s::jsonb
    WHERE id = %s AND state IN ('failed', 'waiting')
"""

CLOSE = """
    UPDATE sync_operation SET state = 'skipped', finished_at = now(), ambiguous = false, reason = %s::jsonb
    WHERE id = %s AND state IN ('failed', 'waiting') AND result IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperation:
    """`key` makes it once for ever. `by` is the id of the person who asked: such operations may use the rate limit's
    reserve. Without `due_at` it is due at once.
    """

    kind: Kind
    store_id: int
    subject: str
    key: str
    payload: Json = field(default_factory=dict)
    due_at: datetime | None = None
    deadline: datetime | None = None
    by: int | None = None


def enqueue(
    kind: Kind,
    *,
    store_id: int,
    subject: str,
    key: str,
    payload: Json | None = None,
    due_at: datetime | None = None,
    deadline: datetime | None = None,
    by: int | None = None,
) -> int:
    """Write the intention in the caller's transaction; its id, or that of the operation which has the key already.

    Hold the lock of the subject's row: operations of a subject go out in the order of their ids.
    """
    new = NewOperation(
        kind=kind,
        store_id=store_id,
        subject=subject,
        key=key,
        payload=payload or {},
        due_at=due_at,
        deadline=deadline,
        by=by,
    )
    inserted = enqueue_many([new])
    if key in inserted:
        return inserted[key]
    return int(sql.rows("SELECT id FROM sync_operation WHERE key = %s", [key])[0]["id"])


def enqueue_many(operations: Iterable[NewOperation]) -> dict[str, int]:
    """Write many intentions in one statement. Ids by key, of those that were not there before."""
    records = [_record(operation) for operation in operations]
    if not records:
        return {}
    inserted = sql.rows(INSERT, [sql.json(records)])
    wakeups.wake(_lanes(row for row in inserted if row["due"]))
    return {row["key"]: row["id"] for row in inserted}


def supersede(*, kind: Kind, subject: str, reason: Sentence, begun: Sequence[str] | None = None) -> int:
    """End what waits and cannot have had an effect; how many. Never one that is being sent or in doubt.

    An operation has begun when its progress holds one of the facts named in `begun`, or any fact when none is named.
    """
    return sql.execute(
        SUPERSEDE,
        {
            "subject": subject,
            "kind": kind.name,
            "reason": sql.json(reason.as_json()),
            "begun": None if begun is None else list(begun),
        },
    )


def retry(operation_id: int, by: int | None = None) -> bool:
    """Send a failed operation, or one that waits for later, now. False when it is neither."""
    return _wake_updated(sql.rows(RETRY, [by, operation_id])) > 0


def retry_subject(subject: str, kinds: Iterable[Kind] | None = None) -> int:
    """Bring forward what waits for later, since what it waits for may have come. How many."""
    names = None if kinds is None else [kind.name for kind in kinds]
    return _wake_updated(sql.rows(RETRY_SUBJECT, {"subject": subject, "kinds": names}))


def settle(operation_id: int, *, by: int | None, reason: Sentence) -> bool:
    """End a failed or waiting operation because a person says so. False when it is neither."""
    return sql.execute(SETTLE, [sql.json({**reason.as_json(), "by": by}), operation_id]) > 0


def close(operation_id: int, *, reason: Sentence) -> bool:
    """End a failed or waiting operation because its platform shows what it was to bring about.

    False when it is neither: what is being sent is recorded when it is answered.
    """
    return sql.execute(CLOSE, [sql.json(reason.as_json()), operation_id]) > 0


def _record(operation: NewOperation) -> Json:
    kind = operation.kind
    return {
        "store_id": operation.store_id,
        "platform": kind.platform,
        "family": kind.family,
        "kind": kind.name,
        "priority": kind.priority,
        "in_order": kind.in_order,
        "key": operation.key,
        "subject": operation.subject,
        "payload": operation.payload,
        "due_at": operation.due_at,
        "deadline": operation.deadline,
        "requested_by_id": operation.by,
    }


def _wake_updated(updated: Sequence[sql.Row]) -> int:
    wakeups.wake(_lanes(updated))
    return len(updated)


def _lanes(found: Iterable[sql.Row]) -> list[LaneKey]:
    """Sorted: two transactions that wake the same lanes must not meet head-on."""
    return sorted({LaneKey(row["store_id"], Platform(row["platform"]), row["family"]) for row in found})
