"""Home: the stores, whether they run, and what waits for a person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from channel_manager.accounts.permissions import may_configure
from channel_manager.alerts import account
from channel_manager.alerts.queries import remarks
from channel_manager.orders.queries import card_counts
from channel_manager.orders.troubles import troubles
from channel_manager.reconciliation.queries import latest
from channel_manager.returns.queries import card_counts as return_counts
from channel_manager.sync.health import healths
from channel_manager.web import access


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    stores = list(access.stores(request))
    ids = [store.pk for store in stores]
    counts, returns, health = card_counts(ids, timezone.now()), return_counts(ids), healths(ids)
    errors = troubles(ids, most=3)
    runs, accounts, told = latest(ids), account.healths(ids), remarks(ids)
    rows = [
        {
            "store": one,
            "counts": counts[one.pk],
            "returns": returns[one.pk],
            "health": health[one.pk],
            "check": runs.get(one.pk),
            "account": accounts.get(one.pk),
            "remarks": told[one.pk],
            "troubles": errors[one.pk],
        }
        for one in stores
    ]
    return render(request, "home.html", {"rows": rows})


@require_safe
def store(request: HttpRequest, store_id: int) -> HttpResponse:
    """The eye icon: the orders; for who can confirm a new store, that first."""
    found = access.store(request, store_id)
    asks = found.confirmed_at is None and may_configure(request.user, found.pk)
    return redirect("first-connection" if asks else "orders", found.pk)
