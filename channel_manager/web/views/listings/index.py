"""The Listings page. Its whole state is in the address."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from channel_manager.accounts.permissions import may_act
from channel_manager.catalog import actions, exports
from channel_manager.catalog.linking import rules_of
from channel_manager.catalog.queries import MOST, card_counts, freshness, listings_page
from channel_manager.stores.models import Store
from channel_manager.web import access
from channel_manager.web.downloads import csv_file
from channel_manager.web.forms.listings import ListState, SelectionForm
from channel_manager.web.labels import LISTING_CARDS, LISTING_RULES, PUBLISHED
from channel_manager.web.views.listings.rows import shown_rows


@require_safe
def listings(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    state, rules = ListState.of(request), rules_of(store)
    page = listings_page(store.pk, state.wanted())
    here = reverse("listings", args=[store.pk])
    context = {
        "store": store,
        "rules": rules,
        "state": state,
        "here": here,
        "link": partial(state.link, here),
        "rows": shown_rows(page.rows, rules),
        "page": page,
        "cards": LISTING_CARDS,
        "counts": card_counts(store.pk),
        "most": MOST,
        "published": PUBLISHED,
        "own_rules": LISTING_RULES,
        "read": freshness(store.pk),
        "may_act": may_act(request.user, store.pk),
    }
    return render(request, "listings/list.html", context)


@require_safe
def export(request: HttpRequest, store_id: int) -> StreamingHttpResponse:
    """What the list shows on all its pages."""
    store = access.store(request, store_id)
    return csv_file(f"listings-{store.pk}", exports.listings(store.pk, ListState.of(request).wanted()))


@require_POST
def refresh(request: HttpRequest, store_id: int) -> HttpResponse:
    """Read products, items and stock of both sides now."""
    store = access.store(request, store_id)
    access.require_act(request, store)
    actions.refresh(store)
    messages.success(request, _("Products, items and stock are read now. Many take a few minutes."))
    return _back(request, store)


@require_POST
def selection(request: HttpRequest, store_id: int) -> HttpResponse:
    """What is done with the listings that are ticked."""
    store = access.store(request, store_id)
    access.require_act(request, store)
    form = SelectionForm(request.POST)
    if not form.is_valid() or not form.ids:
        messages.error(request, _("Select listings first, then what is to be done with them."))
    else:
        _do(request, store, form.cleaned_data["action"], form.ids)
    return _back(request, store)


def _back(request: HttpRequest, store: Store) -> HttpResponse:
    """To the list as it was."""
    state = ListState.of(request)
    return redirect(state.link(reverse("listings", args=[store.pk]), after=state.after, before=state.before))


def _do(request: HttpRequest, store: Store, action: str, ids: list[int]) -> None:
    by, at = access.person(request), timezone.now()
    if action == "resend":
        count = actions.resend(store, ids, by=by, at=at)
        text = ngettext("%(count)s listing is sent again.", "%(count)s listings are sent again.", count)
    else:
        count = actions.leave_alone(store, ids, paused=action == "leave-alone", by=by, at=at)
        text = (
            ngettext("%(count)s listing is left alone.", "%(count)s listings are left alone.", count)
            if action == "leave-alone"
            else ngettext("%(count)s listing is followed again.", "%(count)s listings are followed again.", count)
        )
    if count:
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("Nothing was changed: it was so already, or is on its way."))
