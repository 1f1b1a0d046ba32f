"""What sending would change, before the owner has confirmed it, and what is not sent yet afterwards."""

from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channel_manager.accounts.permissions import may_configure
from channel_manager.catalog import actions, exports, queries
from channel_manager.catalog.linking import rules_of
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.stores.models import Store
from channel_manager.web import access, asked, labels
from channel_manager.web.downloads import csv_file
from channel_manager.web.formats import words


@require_safe
def comparison(request: HttpRequest, store_id: int, kind: str) -> HttpResponse:
    store, change = _store(request, store_id, kind), _change(request)
    rules, compared = rules_of(store), queries.comparison(store.pk, kind)
    here = reverse("comparison", args=[store.pk, kind])
    after, before = asked.text(request, "after"), asked.text(request, "before")
    context = {
        "store": store,
        "kind": kind,
        "rules": rules,
        "confirmed_at": getattr(rules, f"{kind}_confirmed_at"),
        "compared": compared,
        "cards": labels.CHANGES,
        "counts": {name: getattr(compared, name) for name in labels.CHANGES},
        "change": change,
        "page": queries.changes_page(store.pk, kind, change, after=after, before=before),
        "link": partial(_link, here, change),
        "blocked": actions.why_not_confirmable(rules, kind, compared),
        "may_configure": may_configure(request.user, store.pk),
    }
    return render(request, "listings/comparison.html", context)


@require_safe
def export(request: HttpRequest, store_id: int, kind: str) -> StreamingHttpResponse:
    store = _store(request, store_id, kind)
    return csv_file(f"comparison-{kind}-{store.pk}", exports.changes(store.pk, kind, _change(request)))


@require_POST
def confirmation(request: HttpRequest, store_id: int, kind: str) -> HttpResponse:
    """Stock or prices follow Commerce from now on."""
    store = _store(request, store_id, kind)
    access.require_configure(request, store)
    try:
        if actions.confirm(store, kind, by=access.person(request), at=timezone.now()):
            messages.success(request, _("Confirmed: what differs is on its way to Walmart."))
        else:
            messages.info(request, _("It was confirmed already: nothing was sent anew."))
    except NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    return redirect("comparison", store.pk, kind)


@require_POST
def end(request: HttpRequest, store_id: int, kind: str) -> HttpResponse:
    """Nothing is sent any more; what Walmart shows stays."""
    store = _store(request, store_id, kind)
    access.require_configure(request, store)
    actions.stop(store, kind, by=access.person(request), at=timezone.now())
    messages.success(request, _("Nothing of it is sent any more. What Walmart shows stays as it is."))
    return redirect("comparison", store.pk, kind)


def _store(request: HttpRequest, store_id: int, kind: str) -> Store:
    store = access.store(request, store_id)
    if kind not in actions.KINDS:
        raise Http404
    return store


def _change(request: HttpRequest) -> str:
    change = asked.text(request, "card")
    return change if change in queries.CHANGES else ""


def _link(here: str, change: str, **changed: str) -> str:
    query = urlencode({name: value for name, value in ({"card": change} | changed).items() if value})
    return f"{here}?{query}" if query else here
