"""The Orders page. Its whole state is in the address."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
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
from channel_manager.web import access
from channel_manager.web.labels import CARDS

SORTS = ("ordered", "ship_by")
LONGEST_SEARCH = 100


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
        "following": _written(page.following) if page.following else "",
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
    since = _number(request.GET.get("since", ""))
    since = latest_received(store.pk) if since is None else since
    context: dict[str, Any] = {"store": store, "since": str(since), "count": newer_orders(store.pk, since)}
    return render(request, "orders/_arrivals.html", context)


def _wanted(request: HttpRequest, now: datetime) -> Wanted:
    """What the address asks for; anything it cannot ask for is left out."""
    card, sort = request.GET.get("card", ""), request.GET.get("sort", "")
    return Wanted(
        card=card if card in cards(now) else "",
        search=request.GET.get("search", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
        sort=sort if sort in SORTS else "ordered",
        after=_position(request.GET.get("after", "")),
    )


def _position(text: str) -> Position | None:
    at, _separator, pk = text.rpartition("_")
    moment = _moment(at)
    number = _number(pk)
    return None if moment is None or number is None else Position(moment, number)


def _number(text: str) -> int | None:
    """An id; None for anything that cannot be one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _written(position: Position) -> str:
    return f"{position.at.isoformat()}_{position.id}"


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and timezone.is_aware(moment) else None
