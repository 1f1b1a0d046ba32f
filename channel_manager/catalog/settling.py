"""What a person decides about one operation on a listing or a feed: to try it again, or to end it."""

from datetime import datetime

from django.db import transaction

from channel_manager.accounts.models import User
from channel_manager.catalog.models import Feed, FeedProgress
from channel_manager.catalog.operations.feeds import give_up
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import failures, levels, outbox
from channel_manager.sync.models import SyncOperation

NEITHER = say("This operation is neither failed nor waiting.")


@transaction.atomic
def retry(operation_id: int, *, by: User, at: datetime) -> None:
    """Send a failed operation again, or one that waits for later now. Raises NotPossible."""
    operation = SyncOperation.objects.get(pk=operation_id)
    if not outbox.retry(operation_id, by.pk):
        raise NotPossible(NEITHER)
    _note(operation, "retry", say("Sent again."), by, at)


@transaction.atomic
def settle(operation_id: int, *, reason: str, by: User, at: datetime) -> None:
    """Close an operation by hand, with a reason that stays on record: only another value is sent.

    Raises NotPossible.
    """
    operation = SyncOperation.objects.get(pk=operation_id)
    if not reason.strip():
        raise NotPossible(say("Say how it was settled."), field="reason")
    words = say("Settled by hand: %(reason)s", reason=reason.strip()[:500])
    if not outbox.settle(operation_id, by=by.pk, reason=words):
        raise NotPossible(NEITHER)
    if feed := Feed.objects.filter(pk=operation.payload.get("feed"), state=FeedProgress.WAITING).first():
        give_up(feed, failures.stated(words, side=failures.OURS), at)
    elif carrier := operation.payload.get("carrier"):
        levels.dropped(carrier, again_at=levels.NEVER)
    _note(operation, "settle", words, by, at)


def _note(operation: SyncOperation, kind: str, words: Sentence, by: User, at: datetime) -> None:
    record(operation.subject, kind, words, store_id=operation.store_id, actor=Actor.PERSON, user=by, at=at)
