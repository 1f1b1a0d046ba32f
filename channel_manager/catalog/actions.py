"""What a person decides about stock and prices. Every action is recorded with the person's name."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from channel_manager.accounts.models import User
from channel_manager.catalog import dispatch, pricing
from channel_manager.catalog.approving import why_not_approvable
from channel_manager.catalog.linking import rules_of
from channel_manager.catalog.models import CatalogRules, Listing, Status
from channel_manager.catalog.queries.comparing import Comparison, comparison
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.reserved import out_of_stock
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync import levels, pulls
from channel_manager.sync.models import Level

SET_BY_PEOPLE = (
    "attribute",
    "buffer",
    "minimum",
    "cap",
    "use_special_price",
    "lowest_price",
    "highest_price",
    "most_change",
)
"""Columns of CatalogRules; the others are the worker's, and the owner's confirmations."""
KINDS = (levels.STOCK, levels.PRICE)
ABOUT_TO_BE_SENT = Q(sent__isnull=True, again_at__isnull=True)
ALONE, FOLLOWED = say("Left alone from now on."), say("Followed again from now on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRules:
    """What a person sets of one listing; None takes the store's rule."""

    paused: bool = False
    buffer: int | None = None
    minimum: int | None = None
    cap: int | None = None
    lowest_price: Decimal | None = None
    highest_price: Decimal | None = None


@transaction.atomic
def confirm(store: Store, kind: str, *, by: User, at: datetime) -> bool:
    """The owner has seen what would change: stock or prices are sent from now on. False when they were already.

    Raises NotPossible before everything was measured.
    """
    rules = CatalogRules.objects.select_for_update(of=("self",)).select_related("store").get(pk=rules_of(store).pk)
    if getattr(rules, f"{kind}_confirmed_at"):
        return False
    if not rules.store.may_write:
        raise NotPossible(say("Confirm the store first: then its stock and prices can follow Commerce."))
    if why := why_not_confirmable(rules, kind):
        raise NotPossible(why)
    setattr(rules, f"{kind}_confirmed_at", at)
    setattr(rules, f"{kind}_confirmed_by", by)
    rules.save(update_fields=[f"{kind}_confirmed_at", f"{kind}_confirmed_by"])
    matched = Listing.objects.filter(store=store, status=Status.MATCHED, paused=False)
    levels.activate(store.pk, kind, active=True, keys=list(matched.values_list("sku", flat=True)))
    words = {
        levels.STOCK: say("From now on Walmart's stock follows Commerce."),
        levels.PRICE: say("From now on Walmart's prices follow Commerce."),
    }
    _record(store, f"store:{store.pk}", f"{kind}_confirmed", words[kind], by=by, at=at)
    dispatch.dispatch(store.pk)
    return True


def why_not_confirmable(rules: CatalogRules, kind: str, found: Comparison | None = None) -> Sentence | None:
    """Why the comparison says too little yet to be confirmed."""
    if rules.shop_read_at is None:
        return say("The shop's products are not read yet. The comparison is here when they are.")
    if rules.attribute_missing:
        return say("The shop has no attribute “%(code)s”: no product is connected yet.", code=rules.attribute)
    found = found or comparison(rules.store_id, kind)
    if found.unmeasured:
        return say("Listings that are not measured yet: %(count)s. Confirm when all are.", count=found.unmeasured)
    return None


@transaction.atomic
def stop(store: Store, kind: str, *, by: User, at: datetime) -> None:
    """Stock or prices follow no more; what is shown at the marketplace stays. Repeating it changes nothing."""
    rules = CatalogRules.objects.select_for_update().get(pk=rules_of(store).pk)
    if getattr(rules, f"{kind}_confirmed_at") is None:
        return
    setattr(rules, f"{kind}_confirmed_at", None)
    setattr(rules, f"{kind}_confirmed_by", None)
    rules.save(update_fields=[f"{kind}_confirmed_at", f"{kind}_confirmed_by"])
    levels.activate(store.pk, kind, active=False)
    words = {
        levels.STOCK: say("Walmart's stock does not follow Commerce any more."),
        levels.PRICE: say("Walmart's prices do not follow Commerce any more."),
    }
    _record(store, f"store:{store.pk}", f"{kind}_stopped", words[kind], by=by, at=at)


@transaction.atomic
def change_rules(rules: CatalogRules, *, by: User, at: datetime) -> None:
    """Save a store's rules; everything is measured anew."""
    rules_of(rules.store)
    rules.save(update_fields=SET_BY_PEOPLE)
    words = say("The rules for stock and prices were changed.")
    _record(rules.store, f"store:{rules.store_id}", "catalog_rules_changed", words, by=by, at=at)
    for stream in ("all_stock", "all_products"):
        pulls.request(rules.store_id, stream)


@transaction.atomic
def change_listing(listing: Listing, wanted: ListingRules, *, by: User, at: datetime) -> bool:
    """Set the listing's own rules; whether that changed anything. One that is paused is left alone until it is not."""
    listing = Listing.objects.select_for_update(of=("self",)).select_related("store").get(pk=listing.pk)
    columns = list(ListingRules.__dataclass_fields__)
    if all(getattr(listing, name) == getattr(wanted, name) for name in columns):
        return False
    was_paused = listing.paused
    for name in columns:
        setattr(listing, name, getattr(wanted, name))
    listing.save(update_fields=columns)
    _activate(listing.store, [listing.sku], paused=listing.paused)
    _record(listing.store, listing.subject, "listing_changed", _changed(listing, was_paused), by=by, at=at)
    levels.doubt(listing.store_id, [listing.sku])
    pricing.measure(listing.store, [listing.sku])
    dispatch.dispatch(listing.store_id)
    return True


@transaction.atomic
def leave_alone(store: Store, ids: Collection[int], *, paused: bool, by: User, at: datetime) -> int:
    """Leave these listings alone from now on, or follow them again; how many that changed."""
    found = Listing.objects.select_for_update().filter(store=store, pk__in=ids, paused=not paused).order_by("sku")
    listings = list(found)
    Listing.objects.filter(pk__in=[listing.pk for listing in listings]).update(paused=paused)
    skus = [listing.sku for listing in listings]
    _activate(store, skus, paused=paused)
    for listing in listings:
        _record(store, listing.subject, "listing_changed", ALONE if paused else FOLLOWED, by=by, at=at)
    levels.doubt(store.pk, skus)
    dispatch.dispatch(store.pk)
    return len(listings)


@transaction.atomic
def confirm_stock(listing: Listing, *, by: User, at: datetime) -> bool:
    """The stock that Commerce shows is right although units were canceled for want of it: it is told again.

    False for stock that is not held.
    """
    listing = Listing.objects.select_for_update(of=("self",)).select_related("store").get(pk=listing.pk)
    if not out_of_stock(listing.store_id, [listing.sku], since=listing.stock_confirmed_at):
        return False
    Listing.objects.filter(pk=listing.pk).update(stock_confirmed_at=at, physical=None)
    words = say("Stock confirmed: Walmart is told what Commerce shows.")
    _record(listing.store, listing.subject, "stock_confirmed", words, by=by, at=at)
    levels.doubt(listing.store_id, [listing.sku])
    return True


@transaction.atomic
def approve_price(listing: Listing, price: Decimal, *, by: User, at: datetime) -> bool:
    """Let a price through that a guard asks about. False when it does not ask any more.

    Raises NotPossible when another one is wanted by now, or when it is none that can be sent.
    """
    listing = Listing.objects.select_for_update(of=("self",)).select_related("store").get(pk=listing.pk)
    level = Level.objects.filter(store=listing.store_id, kind=levels.PRICE, key=listing.sku).first()
    if level is None or level.wanted != price:
        raise NotPossible(say("Commerce says another price by now. Look at it again."))
    if level.held is None:
        return False
    if why := why_not_approvable(listing, rules_of(listing.store), listing.store.currency, price):
        raise NotPossible(why)
    listing.approved_price = price
    listing.save(update_fields=["approved_price"])
    words = say("Price %(price)s approved.", price=price)
    _record(listing.store, listing.subject, "price_approved", words, by=by, at=at)
    pricing.measure(listing.store, [listing.sku])
    dispatch.dispatch(listing.store_id)
    return True


@transaction.atomic
def resend(store: Store, ids: Collection[int], *, by: User, at: datetime) -> int:
    """Send stock and price of these listings again, whatever was sent; of how many. What is about to be sent anyway,
    is not followed or has nothing to send, is none of them.
    """
    skus = list(Listing.objects.filter(store=store, pk__in=ids).values_list("sku", flat=True))
    followed = Level.objects.filter(store=store, key__in=skus, active=True, wanted__isnull=False)
    again = sorted(set(followed.exclude(ABOUT_TO_BE_SENT).values_list("key", flat=True)))
    for kind in KINDS:
        levels.resend(store.pk, kind, again)
    for sku in again:
        _record(store, levels.subject(store.pk, sku), "level_resent", say("Sent again by hand."), by=by, at=at)
    levels.doubt(store.pk, again)
    dispatch.dispatch(store.pk)
    return len(again)


@transaction.atomic
def refresh(store: Store) -> None:
    """Read products, items and stock of both sides now."""
    for stream in ("all_products", "items", "inventories", "stocked_by_marketplace", "all_stock"):
        pulls.request(store.pk, stream)


def _activate(store: Store, skus: Collection[str], *, paused: bool) -> None:
    rules = rules_of(store)
    for kind in KINDS:
        confirmed = getattr(rules, f"{kind}_confirmed_at") is not None
        levels.activate(store.pk, kind, active=confirmed and not paused, keys=skus)


def _changed(listing: Listing, was_paused: bool) -> Sentence:  # noqa: FBT001 - what it was before
    if listing.paused != was_paused:
        return ALONE if listing.paused else FOLLOWED
    return say("The listing's own rules were changed.")


def _record(store: Store, subject: str, kind: str, words: Sentence, *, by: User, at: datetime) -> None:
    record(subject, kind, words, store_id=store.pk, actor=Actor.PERSON, user=by, at=at)
