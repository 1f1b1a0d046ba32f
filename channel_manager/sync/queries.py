"""What the pages show of the engine: operations with their attempts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from channel_manager.sync import sql
from channel_manager.sync.models import SyncAttempt, SyncOperation

PAGE = 50
OPEN = ("waiting", "sending", "failed")


@dataclass(frozen=True, slots=True)
class OperationsPage:
    """Newest first. `next_before` continues after it; None at the end."""

    operations: list[SyncOperation]
    next_before: int | None


def operations_page(
    store_ids: Collection[int],
    *,
    states: Collection[str] = (),
    kind: str = "",
    subject: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> OperationsPage:
    """One query. Empty filters let everything pass; `before` is an operation's id."""
    filters: dict[str, Any] = {"store_id__in": store_ids}
    if states:
        filters["state__in"] = states
    if kind:
        filters["kind"] = kind
    if subject:
        filters["subject"] = subject
    if before is not None:
        filters["id__lt"] = before
    found = list(_shown().filter(**filters).order_by("-id")[: limit + 1])
    return OperationsPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def operation_with_attempts(operation_id: int) -> tuple[SyncOperation, list[SyncAttempt]] | None:
    """Attempts oldest first, with their exchanges. Two queries."""
    operation = _shown().filter(id=operation_id).first()
    return None if operation is None else (operation, list(operation.attempts.order_by("number")))


def of_subject(subject: str) -> list[SyncOperation]:
    """Newest first, with the attempts prefetched, newest last. Two queries."""
    return list(_shown().filter(subject=subject).order_by("-id").prefetch_related("attempts"))


def open_of_subjects(subjects: Collection[str]) -> dict[str, list[SyncOperation]]:
    """What waits, is being sent or has failed, by subject, oldest first. One query."""
    found: dict[str, list[SyncOperation]] = {subject: [] for subject in subjects}
    for operation in SyncOperation.objects.filter(subject__in=subjects, state__in=OPEN).order_by("id"):
        found[operation.subject].append(operation)
    return found


def _shown() -> QuerySet[SyncOperation]:
    return SyncOperation.objects.select_related("requested_by")


# ---- equal errors ------------------------------------------------------------------------------------------------

# What tells two errors of one sentence apart: the product they are about, or the part of an address.
IN_TROUBLE = """
    SELECT id, store_id, kind, subject, error,
           CASE error->>'about'
               WHEN 'sku' THEN error->'sentence'->'values'->>'sku'
               WHEN 'stock' THEN error->'sentence'->'values'->>'sku'
               WHEN 'address' THEN error->>'field' END AS value
    FROM sync_operation
    WHERE store_id = {store} AND error IS NOT NULL
      AND (state = 'failed' OR state = 'waiting' AND error->>'class' = 'Postponed')
"""
KEY = "md5(concat_ws('|', kind, error->'sentence'->>'template', value))"
ERROR_GROUPS = f"""
    WITH found AS (
        SELECT troubled.* FROM unnest(%(stores)s::bigint[]) AS one (store)
        CROSS JOIN LATERAL ({IN_TROUBLE.format(store="one.store")} ORDER BY id DESC LIMIT %(rows)s) AS troubled),
    grouped AS (
        SELECT store_id, {KEY} AS key, count(*) AS operations, count(DISTINCT subject) AS subjects, max(id) AS latest,
               row_number() OVER (PARTITION BY store_id ORDER BY count(*) DESC, max(id) DESC) AS place
        FROM found GROUP BY 1, 2)
    SELECT grouped.store_id, key, operations, subjects, latest, kind, subject, error, coalesce(value, '') AS value
    FROM grouped JOIN found ON found.id = latest
    WHERE place <= %(most)s ORDER BY grouped.store_id, place
"""  # noqa: S608 - composed of constants
GROUP_MEMBERS = f"""
    SELECT id FROM ({IN_TROUBLE.format(store="%(store)s")}) AS found
    WHERE {KEY} = %(key)s AND id > %(after)s ORDER BY id LIMIT %(most)s
"""  # noqa: S608 - composed of constants
MOST_COUNTED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroup:
    """Operations that failed, or wait, with the same sentence about the same thing; `error` is the latest one's.

    `key` names the group in its store. Of each store the latest 2,000 are counted.
    """

    store_id: int
    key: str
    kind: str
    value: str
    operations: int
    subjects: int
    latest: int
    subject: str
    error: dict[str, Any]


def error_groups(store_ids: Collection[int], *, most: int) -> dict[int, list[ErrorGroup]]:
    """By store, the largest first. One query."""
    found: dict[int, list[ErrorGroup]] = {store_id: [] for store_id in store_ids}
    for row in sql.rows(ERROR_GROUPS, {"stores": list(store_ids), "rows": MOST_COUNTED, "most": most}):
        found[row["store_id"]].append(ErrorGroup(**row | {"error": sql.decoded(row["error"])}))
    return found


def of_group(store_id: int, key: str, *, after: int, most: int) -> list[SyncOperation]:
    """The operations of a group, oldest first, beyond an id. Two queries."""
    ids = [row["id"] for row in sql.rows(GROUP_MEMBERS, {"store": store_id, "key": key, "after": after, "most": most})]
    return list(SyncOperation.objects.filter(id__in=ids).order_by("id"))
