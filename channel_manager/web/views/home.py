"""Home: the stores, whether they run, and what waits for a person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from channel_manager.orders.queries import card_counts
from channel_manager.web import access
from channel_manager.web.health import healths


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    stores = list(access.stores(request))
    ids = [store.pk for store in stores]
    counts, health = card_counts(ids, timezone.now()), healths(ids)
    rows = [{"store": store, "counts": counts[store.pk], "health": health[store.pk]} for store in stores]
    return render(request, "home.html", {"rows": rows})


@require_safe
def store(request: HttpRequest, store_id: int) -> HttpResponse:
    found = access.store(request, store_id)
    return redirect("orders" if found.confirmed_at else "first-connection", found.pk)
