"""Keeping the marketplace's subscriptions as they are wanted: list, compare, take away what is wrong, ask for the rest.

It is a stream like any other: read once an hour and after every change, one run at a time, failures kept and tried
again. A reply that was lost is settled by the next listing.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from channel_manager.notifications import addresses
from channel_manager.notifications.models import Hook, Wanted
from channel_manager.notifications.triggers import STREAMS
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.marketplace import Marketplace
from channel_manager.ports.messages import Platform
from channel_manager.ports.notifications import Receiver, Subscription, Topic
from channel_manager.shared.errors import Misconfigured, Rejected
from channel_manager.shared.secrets import SecretsError
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import failures, writer
from channel_manager.sync.kinds import Json
from channel_manager.sync.pulls import Fetched, Stream
from channel_manager.sync.sql import in_transaction

NAME = "notifications"
OF_OUR_FORM = re.compile(rf"/{addresses.PATH}/[\w-]{{32}}/{Platform.MARKETPLACE}")
ADDRESS_MISSING = say(
    "Walmart cannot be told where to call: set CHANNEL_MANAGER_PUBLIC_URL to the address under which the pages are "
    "reached from outside, then restart web and worker."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Without a receiver nothing is to be subscribed to. `keys` are the guessless parts of all addresses of the store,
    `retired` the ids of those that may be forgotten afterwards.
    """

    receiver: Receiver | None
    keys: frozenset[str]
    base: str
    retired: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    subscriptions: tuple[Subscription, ...]
    retired: tuple[int, ...]
    refusal: Rejected | None = None
    others: tuple[str, ...] = ()


class Subscriptions(Stream):
    """Asks the marketplace nothing for stores that never wanted notifications."""

    name: ClassVar[str] = NAME
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    every: ClassVar[float] = 60.0

    async def fetch(self, store_id: int, cursor: Json, gateways: Gateways, now: datetime) -> Fetched:
        plan = await in_transaction(_plan)(store_id)
        found = await settle(plan, gateways.marketplace) if plan else None
        return Fetched(page=found, cursor={}, more=False)

    def receive(self, store_id: int, page: Found | None, now: datetime) -> None:
        if page is None:
            return
        Hook.objects.filter(pk__in=page.retired).delete()
        Wanted.objects.filter(store=store_id).update(
            compared_at=now,
            found=[{"event": one.event, "topic": one.topic} for one in page.subscriptions],
            problem=failures.as_json(page.refusal) if page.refusal else None,
            others=list(page.others),
        )


async def settle(plan: Plan, marketplace: Marketplace) -> Found:
    """What is wrong goes first: whether two subscriptions to one event may stand is not documented. One that is refused
    does not keep the others away.
    """
    before = await marketplace.subscriptions()
    refusal = await _take_away(wrong(before, plan), marketplace)
    retired = () if refusal else plan.retired
    others = installations(before, plan)
    if plan.receiver is None:
        return Found(subscriptions=(), retired=retired, refusal=refusal, others=others)
    topics = tuple(topic for topic in marketplace.capabilities.topics if topic in STREAMS)
    try:
        standing = await marketplace.subscribe(topics, plan.receiver)
    except Rejected as refused:
        standing, refusal = await marketplace.subscriptions(), refused
    ours = tuple(one for one in standing if one.url == plan.receiver.url)
    return Found(subscriptions=ours, retired=retired, refusal=refusal, others=others)


async def _take_away(several: Iterable[Subscription], marketplace: Marketplace) -> Rejected | None:
    """The last refusal, if there was one."""
    refusal = None
    for one in several:
        try:
            await marketplace.unsubscribe(one.subscription_id)
        except Rejected as refused:
            refusal = refused
    return refusal


def wrong(standing: Iterable[Subscription], plan: Plan) -> tuple[Subscription, ...]:
    """Ours that lead elsewhere, do not deliver, are there twice or are of no use any more; never anybody else's."""
    kept: set[str] = set()
    found: list[Subscription] = []
    for one in standing:
        right = plan.receiver is not None and one.url == plan.receiver.url
        if right and one.active and one.topic is not None and one.event not in kept:
            kept.add(one.event)
        elif _is_ours(one.url, plan.base, plan.keys):
            found.append(one)
    return tuple(found)


def installations(standing: Iterable[Subscription], plan: Plan) -> tuple[str, ...]:
    """Where other installations of this program are told of this account's news: an address of our form, not ours."""
    urls = (urlsplit(one.url) for one in standing if one.active and not _is_ours(one.url, plan.base, plan.keys))
    return tuple(sorted({f"{url.scheme}://{url.netloc}" for url in urls if OF_OUR_FORM.fullmatch(url.path)}))


def missing(found: Iterable[Json], topics: Collection[Topic]) -> tuple[Topic, ...]:
    """Topics that the marketplace was asked for and does not tell of."""
    told = {one["topic"] for one in found}
    return tuple(topic for topic in topics if topic not in told)


def _is_ours(url: str, base: str, keys: Collection[str]) -> bool:
    """By a key of ours, wherever we were reached when it was made; or by our address of today."""
    if base and url.startswith(f"{base}/{addresses.PATH}/"):
        return True
    return any(f"/{addresses.PATH}/{key}/" in url for key in keys)


def _plan(store_id: int) -> Plan | None:
    """None when there is nothing to do. Raises Misconfigured when we do not know where we are."""
    wanted = Wanted.objects.filter(store=store_id).first()
    store = Store.objects.get(pk=store_id)
    hooks = list(Hook.objects.filter(store=store_id, platform=Platform.MARKETPLACE))
    if wanted is None or not store.may_write or writer.of(store) or not (wanted.is_on or hooks):
        return None
    if wanted.is_on and not addresses.base():
        raise Misconfigured(ADDRESS_MISSING)
    return Plan(
        receiver=_receiver(hooks) if wanted.is_on else None,
        keys=frozenset(hook.key for hook in hooks),
        base=addresses.base(),
        retired=tuple(hook.pk for hook in hooks if hook.retired_at),
    )


def _receiver(hooks: Iterable[Hook]) -> Receiver:
    current = next(hook for hook in hooks if hook.retired_at is None)
    try:
        return addresses.receiver(current)
    except SecretsError as error:
        raise Misconfigured(error.sentence) from error
