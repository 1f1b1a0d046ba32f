"""Home: for each store, whether it runs, what waits for a person, and how it stands with the marketplace."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from channel_manager.accounts.permissions import may_configure
from channel_manager.alerts import account
from channel_manager.alerts.queries import remarks
from channel_manager.catalog.queries import waiting as listings_waiting
from channel_manager.orders.queries import card_counts
from channel_manager.orders.troubles import troubles
from channel_manager.reconciliation.queries import latest
from channel_manager.returns.queries import card_counts as return_counts
from channel_manager.sync.health import Health, healths
from channel_manager.web import access

POLLED = ("released", "commerce_orders", "commerce_shipments")
"""Streams of both sides that are read at every poll: their age says how fresh the pages are."""
SILENT_AFTER = max(timedelta(minutes=5), timedelta(seconds=5 * settings.POLL_SECONDS))


@dataclass(frozen=True, slots=True)
class Running:
    """`state` is new, attention, silent or running; `read_at` is when the side was read that was read longest ago."""

    state: str
    read_at: datetime | None


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    stores = list(access.stores(request))
    ids, now = [store.pk for store in stores], timezone.now()
    counts, returns, health = card_counts(ids, now), return_counts(ids), healths(ids)
    errors, listings = troubles(ids, most=3), listings_waiting(ids)
    runs, accounts, told = latest(ids), account.healths(ids), remarks(ids)
    rows = [
        {
            "store": one,
            "counts": counts[one.pk],
            "returns": returns[one.pk],
            "listings": listings[one.pk],
            "health": health[one.pk],
            "running": running(health[one.pk], now),
            "check": runs.get(one.pk),
            "account": accounts.get(one.pk),
            "remarks": told[one.pk],
            "troubles": errors[one.pk],
        }
        for one in stores
    ]
    return render(request, "home.html", {"rows": rows})


def running(health: Health, now: datetime) -> Running:
    reads = {stream.stream: stream.read_at for stream in health.streams}
    polled = [at for name in POLLED if (at := reads.get(name))]
    oldest = min(polled, default=None)
    if not health.connected:
        return Running("attention", oldest)
    if oldest is None:
        return Running("new", None)
    return Running("silent" if now - oldest > SILENT_AFTER else "running", oldest)


@require_safe
def store(request: HttpRequest, store_id: int) -> HttpResponse:
    """The eye icon: the orders; for who can confirm a new store, that first."""
    found = access.store(request, store_id)
    asks = found.confirmed_at is None and may_configure(request.user, found.pk)
    return redirect("first-connection" if asks else "orders", found.pk)
