"""Writing and reading events."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet

from channel_manager.history.models import Actor, Event
from channel_manager.shared.sentences import Sentence


def record(
    subject: str,
    kind: str,
    sentence: Sentence,
    *,
    store_id: int,
    actor: Actor,
    user: AbstractUser | None = None,
    at: datetime | None = None,
) -> Event:
    """Note that something happened, in the caller's transaction. `at` is now unless the platform told when."""
    person = user.pk if user else None
    event = Event(
        store_id=store_id, subject=subject, kind=kind, actor=actor, user_id=person, sentence=sentence.as_json()
    )
    if at is not None:
        event.at = at
    event.save()
    return event


def timeline(subject: str) -> QuerySet[Event]:
    """Newest first."""
    return Event.objects.filter(subject=subject).select_related("user").order_by("-at", "-id")
