"""`channel-manager store take-over`."""

import sys

from django.utils import timezone

from channel_manager.cli.endings import Code, Stop
from channel_manager.cli.terminal import ask, say
from channel_manager.stores.models import Store
from channel_manager.sync import writer


def take_over_store(store: Store, *, yes: bool) -> None:
    """Raises Stop when nobody confirms."""
    read_only = writer.of(store)
    if read_only is None:
        say(f"“{store.name}” writes already: there is nothing to take over.")
        return
    say(f"{writer.CLAUSE}")
    say(f"Found on {read_only.since:%Y-%m-%d %H:%M} UTC: {writer.difference(read_only)}")
    if not yes:
        _confirm(store)
    writer.take_over(store, by=None, at=timezone.now())
    say(f"“{store.name}” writes again. What waited is looked for before it is sent.")


def _confirm(store: Store) -> None:
    if not sys.stdin.isatty():
        raise Stop("Nobody can be asked here. Add --yes when no other installation works on this account.", Code.USAGE)
    question = f"Type the store's name if no other installation works on the account of “{store.name}”"
    if ask(question, instead="--yes") != store.name:
        raise Stop("That is not its name. Nothing was changed.")
