"""`channel-manager store alerts`."""

from datetime import datetime

from channel_manager.alerts import actions, queries
from channel_manager.alerts.models import Channel, Message
from channel_manager.cli.terminal import say
from channel_manager.shared.sentences import Sentence
from channel_manager.stores.models import Store


def test(store: Store) -> None:
    """Through the worker, as alerts go."""
    for channel in Channel.objects.filter(store=store, is_active=True).select_related("store"):
        actions.send_test(channel)
        say(f"A test to “{channel.name}” is on its way; a worker sends it within seconds.")


def tell(store: Store) -> bool:
    """Whether every channel gets through."""
    channels = queries.channels(store.pk)
    if not channels:
        say(f"{store.name}: nobody is told of anything. Add a channel under Channel settings › Alerts.")
    for channel in channels:
        say(f"{store.name}: “{channel.name}” ({channel.label}): {_state(channel)}")
    for kind, count in queries.open_counts(store.pk).items():
        say(f"  to tell of now: {kind.replace('_', ' ')} {count}")
    for message in queries.messages(store.pk, most=5):
        say(f"  {message.created_at:%Y-%m-%d %H:%M} UTC to “{message.channel.name}”: {message.title}: {_sent(message)}")
    return not any(channel.is_active and _problem(channel) for channel in channels)


def _state(channel: Channel) -> str:
    if not channel.is_active:
        return "not in use"
    last: datetime | None = getattr(channel, "last_at", None)
    if last is None:
        return "nothing was sent yet"
    return f"✗ {problem}" if (problem := _problem(channel)) else f"✓ last delivered {last:%Y-%m-%d %H:%M} UTC"


def _problem(channel: Channel) -> str:
    problem = getattr(channel, "last_problem", None)
    return str(Sentence.from_json(problem)) if problem else ""


def _sent(message: Message) -> str:
    tries = len(message.attempts.all())
    return f"{message.state}, {tries} {'try' if tries == 1 else 'tries'}"
