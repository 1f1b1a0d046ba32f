"""What an owner decides: whether the marketplace is to tell of news, and whether the shop may."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.notifications import addresses
from channel_manager.notifications.models import Hook, Wanted
from channel_manager.notifications.subscriptions import ADDRESS_MISSING, NAME
from channel_manager.ports.messages import Platform
from channel_manager.ports.notifications import Receiver
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync import pulls


class NotPossible(Exception):
    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@transaction.atomic
def turn_on(store: Store, *, by: User | None, at: datetime) -> None:
    """Have the marketplace tell of news; its subscriptions follow by themselves. Asked for again, they are compared.

    Raises NotPossible without a public address.
    """
    if not addresses.base():
        raise NotPossible(ADDRESS_MISSING)
    wanted = _locked(store)
    if addresses.in_use(store.pk, Platform.MARKETPLACE) is None:
        addresses.make(store, Platform.MARKETPLACE)
    if not wanted.is_on:
        _record(store, "notifications_on", say("Notifications of Walmart were turned on."), by, at)
    _want(wanted, is_on=True)


@transaction.atomic
def turn_off(store: Store, *, by: User | None, at: datetime) -> None:
    """The subscriptions that are ours are taken away; others at the marketplace stay."""
    wanted = _locked(store)
    addresses.retire(store, Platform.MARKETPLACE, at)
    if wanted.is_on:
        _record(store, "notifications_off", say("Notifications of Walmart were turned off."), by, at)
    _want(wanted, is_on=False)


@transaction.atomic
def renew(store: Store, *, by: User | None, at: datetime) -> None:
    """A new address and password for the marketplace; the old ones count until it has the new. Raises NotPossible
    while notifications are off.
    """
    wanted = _locked(store)
    if not wanted.is_on:
        raise NotPossible(say("Notifications of Walmart are off: there is no password to renew."))
    addresses.retire(store, Platform.MARKETPLACE, at)
    addresses.make(store, Platform.MARKETPLACE)
    _record(store, "notifications_renewed", say("The password of Walmart's notifications was renewed."), by, at)
    _want(wanted, is_on=True)


@transaction.atomic
def compare(store: Store) -> None:
    """Compare what is wanted with the marketplace now, if anything is."""
    if Wanted.objects.filter(store=store, is_on=True).exists():
        pulls.request(store.pk, NAME)


@transaction.atomic
def admit_commerce(store: Store, *, by: User | None, at: datetime) -> Receiver:
    """A new address and secret for the shop, to be shown once; earlier ones count no more. Raises NotPossible without
    a public address.
    """
    if not addresses.base():
        raise NotPossible(ADDRESS_MISSING)
    _locked(store)
    _of_commerce(store).delete()
    _record(store, "commerce_admitted", say("A new secret was made with which the shop may ask for a pull."), by, at)
    return addresses.receiver(addresses.make(store, Platform.COMMERCE))


@transaction.atomic
def refuse_commerce(store: Store, *, by: User | None, at: datetime) -> None:
    _locked(store)
    if _of_commerce(store).delete()[0]:
        _record(store, "commerce_refused", say("The shop may no longer ask for a pull."), by, at)


def _of_commerce(store: Store) -> QuerySet[Hook]:
    return Hook.objects.filter(store=store, platform=Platform.COMMERCE)


def _locked(store: Store) -> Wanted:
    """Decisions about one store follow one another."""
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    return Wanted.objects.get_or_create(store=store)[0]


def _want(wanted: Wanted, *, is_on: bool) -> None:
    wanted.is_on = is_on
    wanted.compared_at = wanted.problem = None
    wanted.save()
    pulls.request(wanted.store_id, NAME)


def _record(store: Store, kind: str, words: Sentence, by: User | None, at: datetime) -> None:
    actor = Actor.PERSON if by else Actor.RULE
    record(f"store:{store.pk}", kind, words, store_id=store.pk, actor=actor, user=by, at=at)
