"""What the pages show of the engine: operations with their attempts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

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
