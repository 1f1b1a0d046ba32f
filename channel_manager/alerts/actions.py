"""What an owner decides about alerts."""

from datetime import datetime

from django.db import transaction

from channel_manager.accounts.models import User
from channel_manager.alerts import addresses, texts
from channel_manager.alerts.addresses import Address
from channel_manager.alerts.models import Alert, Channel, Message
from channel_manager.alerts.rules import ladder
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync.wakeups import WakeUp

SEND = "send_alerts"


@transaction.atomic
def save(channel: Channel, *, address: Address | None, by: User | None, at: datetime) -> Channel:
    """A new or changed channel; without an address it keeps its own. It hears of what happens from now on."""
    if address is not None:
        channel.way, channel.label, channel.address = address.way, address.label, addresses.seal(address)
    channel.save()
    _close_unwanted(channel.store, at)
    _record(channel.store, "alerts_changed", say("Alert channel “%(name)s” was saved.", name=channel.name), by, at)
    return channel


@transaction.atomic
def remove(channel: Channel, *, by: User | None, at: datetime) -> None:
    """With what was to be sent to it, and what was."""
    store, name = channel.store, channel.name
    channel.delete()
    _close_unwanted(store, at)
    _record(store, "alerts_changed", say("Alert channel “%(name)s” was removed.", name=name), by, at)


@transaction.atomic
def send_test(channel: Channel) -> Message:
    """Have a test sent at once; what becomes of it is on the message and its attempt. It is tried once."""
    text = texts.test(channel.store, language=channel.language)
    message = Message.objects.create(channel=channel, title=text.title, body=text.body, is_test=True, is_vital=True)
    WakeUp(SEND, "now", "{}").after_commit()
    return message


def _close_unwanted(store: Store, at: datetime) -> None:
    """What nobody is told of any more is not looked for, so nothing would ever call it solved."""
    wanted: set[str] = {*ladder.ON_HOME, *ladder.ALWAYS}
    for kinds in Channel.objects.filter(store=store, is_active=True).values_list("kinds", flat=True):
        wanted.update(kinds)
    Alert.objects.filter(store=store, solved_at=None).exclude(kind__in=wanted).update(solved_at=at)


def _record(store: Store, kind: str, words: Sentence, by: User | None, at: datetime) -> None:
    actor = Actor.PERSON if by else Actor.RULE
    record(f"store:{store.pk}", kind, words, store_id=store.pk, actor=actor, user=by, at=at)
