"""Channel settings: whether Walmart and the shop may tell of news, and how that stands. For owners alone."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channel_manager.connectors import registry
from channel_manager.notifications import actions
from channel_manager.notifications.queries import standing
from channel_manager.notifications.subscriptions import missing
from channel_manager.stores.models import Store
from channel_manager.web import access
from channel_manager.web.formats import words


@require_safe
def notifications(request: HttpRequest, store_id: int) -> HttpResponse:
    return _page(request, _store(request, store_id))


@require_POST
def walmart(request: HttpRequest, store_id: int) -> HttpResponse:
    """`wanted`: on, off, or renewed for a new password."""
    store = _store(request, store_id)
    by, at = access.person(request), timezone.now()
    wanted = request.POST.get("wanted", "")
    try:
        if wanted == "on":
            actions.turn_on(store, by=by, at=at)
        elif wanted == "renewed":
            actions.renew(store, by=by, at=at)
        elif wanted == "off":
            actions.turn_off(store, by=by, at=at)
        else:
            return redirect("notifications", store.pk)
    except actions.NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    else:
        messages.success(request, _("Saved. Walmart's subscriptions follow within seconds."))
    return redirect("notifications", store.pk)


@require_POST
def shop(request: HttpRequest, store_id: int) -> HttpResponse:
    """`wanted`: renewed for an address and a secret, which the answer shows once; off for none."""
    store = _store(request, store_id)
    by, at = access.person(request), timezone.now()
    if request.POST.get("wanted") == "off":
        actions.refuse_commerce(store, by=by, at=at)
        messages.success(request, _("The shop's address does not count any more."))
    elif request.POST.get("wanted") == "renewed":
        try:
            return _page(request, store, receiver=actions.admit_commerce(store, by=by, at=at))
        except actions.NotPossible as refusal:
            messages.error(request, words(refusal.sentence))
    return redirect("notifications", store.pk)


def _store(request: HttpRequest, store_id: int) -> Store:
    store = access.store(request, store_id)
    access.require_configure(request, store)
    return store


def _page(request: HttpRequest, store: Store, **shown_once: Any) -> HttpResponse:
    found = standing(store.pk, timezone.now())
    context = {
        "store": store,
        "standing": found,
        "missing": missing(found.subscriptions, registry.capabilities(store.marketplace).topics),
        "poll_seconds": settings.POLL_SECONDS,
        "receiver": None,
        **shown_once,
    }
    answer = render(request, "settings/notifications.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
