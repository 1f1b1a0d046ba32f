"""The Orders page. Its whole state is in the address."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from channel_manager.orders.queries import (
    MOST,
    Position,
    Wanted,
    card_counts,
    cards,
    latest_received,
    newer_orders,
    orders_page,
)
from channel_manager.returns.queries import requested
from channel_manager.web import access, asked
from channel_manager.web.labels import CARDS

SORTS = ("ordered", "ship_by")


@require_safe
def orders(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    now = timezone.now()
    wanted = _wanted(request, now)
    page = orders_page(store.pk, wanted, now)
    context = {
        "store": store,
        "wanted": wanted,
        "page": page,
        "following": asked.written(page.following.at, page.following.id) if page.following else "",
        "requested": requested([order.pk for order in page.orders]),
        "cards": CARDS,
        "counts": card_counts([store.pk], now)[store.pk],
        "most": MOST,
        "since": str(latest_received(store.pk)),
    }
    return render(request, "orders/list.html", context)


@require_safe
def arrivals(request: HttpRequest, store_id: int) -> HttpResponse:
    """How many orders came since the page was loaded: a line that the page puts above its table."""
    store = access.store(request, store_id)
    since = asked.number(request.GET.get("since", ""))
    since = latest_received(store.pk) if since is None else since
    context: dict[str, Any] = {"store": store, "since": str(since), "count": newer_orders(store.pk, since)}
    return render(request, "orders/_arrivals.html", context)


def _wanted(request: HttpRequest, now: datetime) -> Wanted:
    """What the address asks for; anything it cannot ask for is left out."""
    card, sort = request.GET.get("card", ""), request.GET.get("sort", "")
    return Wanted(
        card=card if card in cards(now) else "",
        search=asked.search(request),
        sort=sort if sort in SORTS else "ordered",
        after=Position(*place) if (place := asked.position(request.GET.get("after", ""))) else None,
    )
