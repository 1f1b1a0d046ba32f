"""`channel-manager store notifications`."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.utils import timezone

from channel_manager.cli.endings import Stop
from channel_manager.cli.terminal import say
from channel_manager.connectors import registry
from channel_manager.notifications import actions
from channel_manager.notifications.queries import Standing, Traffic, standing
from channel_manager.notifications.subscriptions import missing
from channel_manager.shared.sentences import Sentence
from channel_manager.stores.models import Store

Result = TypeVar("Result")

STATES = {
    "on": "on",
    "off": "off",
    "beginning": "on; Walmart's subscriptions follow as soon as a worker is free and the store is confirmed",
    "troubled": "a problem",
}


def switch(store: Store, *, on: bool) -> None:
    """Raises Stop without a public address."""
    turn = actions.turn_on if on else actions.turn_off
    _do(lambda at: turn(store, by=None, at=at))


def renew(store: Store) -> None:
    """A new address and password at Walmart. Raises Stop while notifications are off."""
    _do(lambda at: actions.renew(store, by=None, at=at))


def admit_shop(store: Store) -> None:
    """A new address and secret for the shop, printed this once. Raises Stop without a public address."""
    receiver = _do(lambda at: actions.admit_commerce(store, by=None, at=at))
    say("The shop may call this address after something was saved; the secret is not shown again:")
    say(f"  curl --user {receiver.user}:{receiver.password} --request POST {receiver.url}")


def tell(store: Store) -> bool:
    """Whether nothing is wrong."""
    found = standing(store.pk, timezone.now())
    say(f"{store.name}: notifications of Walmart: {STATES[found.state]}")
    if found.problem:
        say(f"  ✗ {Sentence.from_json(found.problem['sentence'])}")
    _tell_subscriptions(store, found)
    _tell_traffic("Walmart", found.marketplace)
    say(f"The shop calls: {found.shop_address or 'nothing yet; --shop makes an address'}")
    _tell_traffic("the shop", found.shop)
    return found.problem is None


def _tell_subscriptions(store: Store, found: Standing) -> None:
    if not found.is_on or found.compared_at is None:
        return
    say(f"  subscribed, seen {found.compared_at:%Y-%m-%d %H:%M} UTC: {', '.join(_events(found)) or 'nothing'}")
    absent = missing(found.subscriptions, registry.capabilities(store.marketplace).topics)
    if absent:
        say(f"  only read: {', '.join(topic.replace('_', ' ') for topic in absent)}")


def _tell_traffic(who: str, traffic: Traffic) -> None:
    last = f"last {traffic.last.received_at:%Y-%m-%d %H:%M} UTC {traffic.last.event}" if traffic.last else "none yet"
    say(f"  from {who}: {traffic.day} in 24 hours, {last.rstrip()}")


def _events(found: Standing) -> list[str]:
    return [str(one["event"]) for one in found.subscriptions]


def _do(action: Callable[[datetime], Result]) -> Result:
    try:
        return action(timezone.now())
    except actions.NotPossible as refusal:
        raise Stop(str(refusal.sentence)) from refusal
