"""What a request asks for, loaded as far as this person may see it: another store's rows do not exist for them."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from channel_manager.accounts import permissions
from channel_manager.accounts.models import Role, User
from channel_manager.catalog.models import Feed, Listing
from channel_manager.orders.models import Cancellation, PurchaseOrder, Shipment
from channel_manager.returns.models import Refund, Return
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync.models import SyncOperation


class Forbidden(PermissionDenied):
    """Seen but not allowed; the page says who can help."""

    def __init__(self, sentence: Sentence, owners: list[str]) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
        self.owners = owners


def stores(request: HttpRequest) -> QuerySet[Store]:
    """With why they only read, if they do: every page says it."""
    return Store.objects.filter(permissions.visible_stores(request.user)).select_related("read_only").order_by("name")


def store(request: HttpRequest, store_id: int) -> Store:
    return get_object_or_404(stores(request), pk=store_id)


def order(request: HttpRequest, store_id: int, order_id: int) -> PurchaseOrder:
    """With its store, in one query."""
    return get_object_or_404(
        PurchaseOrder.objects.select_related("store__read_only"),
        pk=order_id,
        store__in=Store.objects.filter(permissions.visible_stores(request.user), pk=store_id),
    )


def shipment(of: PurchaseOrder, shipment_id: int) -> Shipment:
    return get_object_or_404(of.shipments.prefetch_related("tracks"), pk=shipment_id)


def cancellation(of: PurchaseOrder, cancellation_id: int) -> Cancellation:
    return get_object_or_404(of.cancellations.all(), pk=cancellation_id)


def returned(request: HttpRequest, store_id: int, return_id: int) -> Return:
    """A return with its store and that store's rules, in one query."""
    return get_object_or_404(
        Return.objects.select_related("store__rules", "store__read_only").defer("raw"),
        pk=return_id,
        store__in=Store.objects.filter(permissions.visible_stores(request.user), pk=store_id),
    )


def order_of(returned: Return, order_id: int) -> PurchaseOrder:
    """One of the orders that a return has lines of."""
    of_return = returned.lines.filter(order=order_id).values("order")
    return get_object_or_404(
        PurchaseOrder.objects.select_related("store__rules", "store__read_only"), pk__in=of_return, pk=order_id
    )


def refund(of: PurchaseOrder | Return, refund_id: int) -> Refund:
    return get_object_or_404(of.refunds.select_related("order").prefetch_related("lines__line"), pk=refund_id)


def listing(request: HttpRequest, store_id: int, listing_id: int) -> Listing:
    """With its store, in one query."""
    return get_object_or_404(
        Listing.objects.select_related("store__read_only"),
        pk=listing_id,
        store__in=Store.objects.filter(permissions.visible_stores(request.user), pk=store_id),
    )


def feed(of: Store, feed_id: int) -> Feed:
    return get_object_or_404(Feed, pk=feed_id, store=of)


def operation(of: Store, operation_id: int, *, about: str = "order:") -> SyncOperation:
    """An operation of the store, on an order unless told otherwise."""
    return get_object_or_404(SyncOperation, pk=operation_id, store=of, subject__startswith=about)


def person(request: HttpRequest) -> User:
    """The signed-in person; every page but sign-in has one."""
    assert isinstance(request.user, User)
    return request.user


def require_act(request: HttpRequest, store: Store) -> None:
    """Raises Forbidden."""
    _require(
        permissions.may_act, request, store, say("Your role on “%(store)s” lets you look, not act.", store=store.name)
    )


def require_configure(request: HttpRequest, store: Store) -> None:
    """Raises Forbidden."""
    words = say("Only an owner of “%(store)s” may change its settings.", store=store.name)
    _require(permissions.may_configure, request, store, words)


def _require(rule: Callable[[Any, int], bool], request: HttpRequest, store: Store, words: Sentence) -> None:
    if not rule(request.user, store.pk):
        raise Forbidden(words, _owners(store))


def _owners(store: Store) -> list[str]:
    owning = Q(memberships__store=store, memberships__role=Role.OWNER) | Q(is_superuser=True)
    people = User.objects.filter(owning, is_active=True).distinct().order_by("username")[:5]
    return [person.get_full_name() or person.username for person in people]
