"""What pages and commands show of alerts."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery

from channel_manager.alerts.models import Alert, Channel, Message, MessageAttempt
from channel_manager.alerts.rules.ladder import Kind

PAGE = 20
REMARKS = (Kind.SILENCE, Kind.OTHER_WRITER)
"""What Home says of a store in so many words; a connection is shown there anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """What Home says beside a store: open alerts of the store itself, and channels that do not get through."""

    alerts: list[Alert]
    failing: list[Channel]


def channels(store_id: int) -> list[Channel]:
    """With `last_state`, `last_problem` and `last_at` of the newest message that has been tried."""
    tried = Message.objects.filter(channel=OuterRef("pk"), attempt__gt=0).order_by("-pk")
    attempts = MessageAttempt.objects.filter(message__channel=OuterRef("pk")).order_by("-pk")
    found = Channel.objects.filter(store=store_id).defer("address")
    return list(
        found.annotate(
            last_state=Subquery(tried.values("state")[:1]),
            last_problem=Subquery(attempts.values("problem")[:1]),
            last_at=Subquery(attempts.values("started_at")[:1]),
        )
    )


def messages(store_id: int, *, most: int = PAGE) -> list[Message]:
    """The latest, newest first, with their attempts. Two queries."""
    found = Message.objects.filter(channel__store=store_id).select_related("channel").defer("channel__address")
    return list(found.order_by("-pk").prefetch_related("attempts")[:most])


def open_counts(store_id: int) -> dict[str, int]:
    """What there is to tell of now, by kind."""
    found = Alert.objects.filter(store=store_id, solved_at=None).values_list("kind")
    return dict(found.annotate(count=Count("subject", distinct=True)).order_by("kind"))


def remarks(store_ids: Collection[int]) -> dict[int, Remarks]:
    """By store. Two queries."""
    alerts = list(Alert.objects.filter(store__in=store_ids, solved_at=None, kind__in=REMARKS).order_by("raised_at"))
    failing = list(_failing(store_ids))
    return {
        pk: Remarks(
            alerts=[alert for alert in alerts if alert.store_id == pk],
            failing=[channel for channel in failing if channel.store_id == pk],
        )
        for pk in store_ids
    }


def _failing(store_ids: Collection[int]) -> QuerySet[Channel]:
    """Channels in use whose latest attempt did not get through."""
    latest = MessageAttempt.objects.filter(message__channel=OuterRef("pk"), finished_at__isnull=False).order_by("-pk")
    found = Channel.objects.filter(store__in=store_ids, is_active=True).defer("address")
    return found.annotate(problem=Subquery(latest.values("problem")[:1])).exclude(problem=None)
