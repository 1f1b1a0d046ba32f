"""Channel settings: how stock and prices follow Commerce, and the feeds of late."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from channel_manager.accounts.permissions import may_configure
from channel_manager.catalog import actions, queries
from channel_manager.catalog.linking import rules_of
from channel_manager.ports.catalog import RowOutcome
from channel_manager.web import access, asked, labels
from channel_manager.web.forms.listings import CatalogRulesForm

SHOWN = (RowOutcome.REFUSED.value, RowOutcome.AGAIN.value)
"""Rows of a feed that its page names; the others went well or are not known yet."""


@require_http_methods(["GET", "HEAD", "POST"])
def stock_and_price(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    if request.method == "POST":
        access.require_configure(request, store)
    rules = rules_of(store)
    form = CatalogRulesForm(request.POST or None, instance=rules)
    if form.is_valid():
        actions.change_rules(form.save(commit=False), by=access.person(request), at=timezone.now())
        messages.success(request, _("The rules are saved. Stock and prices are measured anew."))
        if form.kept:
            messages.info(request, form.kept_words)
        return redirect("stock-and-price", store.pk)
    context = {
        "store": store,
        "rules": rules,
        "form": form,
        "feeds": queries.feeds(store.pk),
        "dots": labels.FEED_DOTS,
        "may_configure": may_configure(request.user, store.pk),
    }
    return render(request, "settings/stock_price.html", context, status=422 if form.errors else 200)


@require_safe
def feed(request: HttpRequest, store_id: int, feed_id: int) -> HttpResponse:
    """One feed, and its rows that did not go well."""
    store = access.store(request, store_id)
    found = access.feed(store, feed_id)
    since = asked.number(request.GET.get("since", "")) or 0
    context = {
        "store": store,
        "feed": found,
        "place": queries.feed_rows(found, SHOWN, since=since),
        "since": since,
        "dots": labels.FEED_DOTS,
        "outcomes": labels.ROW_OUTCOMES,
    }
    return render(request, "settings/feed.html", context)
