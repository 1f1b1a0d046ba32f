"""How long what was told is kept."""

from datetime import datetime, timedelta

from django.db import transaction

from channel_manager.alerts.models import Alert, Message, MessageState

DAYS = 30
BATCH = 1000


@transaction.atomic
def forget_alerts(now: datetime, *, days: int = DAYS) -> int:
    """Delete old messages, and alerts that were solved long ago, a batch of each; how many."""
    before = now - timedelta(days=days)
    messages = Message.objects.filter(created_at__lt=before).exclude(state=MessageState.WAITING)
    alerts = Alert.objects.filter(solved_at__lt=before)
    ids = [list(found.values_list("pk", flat=True)[:BATCH]) for found in (messages, alerts)]
    Message.objects.filter(pk__in=ids[0]).delete()
    Alert.objects.filter(pk__in=ids[1]).delete()
    return sum(map(len, ids))
