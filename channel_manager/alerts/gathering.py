"""From notices to messages: what comes within a channel's quiet time becomes one message, never a flood."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from channel_manager.alerts import texts
from channel_manager.alerts.models import Channel, Message, MessageState, Notice
from channel_manager.alerts.rules import ladder

MOST = 5000
MINUTE = timedelta(minutes=1)


def gather(now: datetime) -> int:
    """In a transaction. How many messages were made.

    A channel whose last message still waits is left alone: what comes meanwhile is in one message when it goes again.
    """
    waiting = Message.objects.filter(channel=OuterRef("pk"), state=MessageState.WAITING, is_test=False)
    open_notices = Notice.objects.filter(channel=OuterRef("pk"), message=None)
    channels = Channel.objects.filter(Exists(open_notices), ~Exists(waiting), is_active=True, store__is_active=True)
    return sum(_message(channel, now) for channel in channels.select_for_update(of=("self",)).select_related("store"))


def _message(channel: Channel, now: datetime) -> bool:
    found = list(
        Notice.objects.filter(channel=channel, message=None).select_related("alert").order_by("created_at", "pk")[:MOST]
    )
    if not found or found[0].created_at > now - channel.quiet_minutes * MINUTE:
        return False
    raised = [notice.alert for notice in found if not notice.is_solved]
    solved = [notice.alert for notice in found if notice.is_solved]
    text = texts.digest(channel.store, raised, solved, language=channel.language)
    vital = any(alert.kind in ladder.ALWAYS for alert in raised)
    message = Message.objects.create(channel=channel, title=text.title, body=text.body, is_vital=vital)
    Notice.objects.filter(pk__in=[notice.pk for notice in found]).update(message=message)
    return True
