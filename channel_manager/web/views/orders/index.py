"""The Orders page. Its whole state is in the address."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from channel_manager.accounts.permissions import may_act
from channel_manager.orders.page.choices import chosen
from channel_manager.orders.queries import MOST, ListedOrder, latest_received, newer_orders, orders_page
from channel_manager.orders.queries.counting import summaries
from channel_manager.orders.queries.listing import of_ids
from channel_manager.ports.messages import Fulfilment
from channel_manager.returns.finding import open_returns, orders_of
from channel_manager.stores.models import Store
from channel_manager.web import access, asked
from channel_manager.web.forms.orders_list import FULFILMENTS, ORDERS, ListState, written
from channel_manager.web.labels import CARDS
from channel_manager.web.rows import Row, heads, order_rows, version

MOST_WATCHED = 100
METHODS = ("Value", "Standard", "Express", "OneDay", "Freight", "WhiteGlove")
"""Of the marketplace (walmart-api §2.8); the filter takes any other as well."""


@require_safe
def orders(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    now = timezone.now()
    state = ListState.of(request)
    also = orders_of(store.pk, state.search.removeprefix("#").strip()) if state.search else ()
    wanted = state.wanted(also=also)
    page = orders_page(store.pk, wanted, now)
    choice = chosen(access.person(request), store)
    summary = summaries([store.pk], now)[store.pk]
    rows = _rows(store, page.orders, now)
    here = reverse("orders", args=[store.pk])
    context = {
        "store": store,
        "csrf": csrf_input(request),  # masked once for all forms of the page
        "state": state,
        "wanted": wanted,
        "may_act": may_act(request.user, store.pk),
        "here": here,
        "link": partial(state.link, here),
        "page": page,
        "rows": rows,
        "following": written(page.following),
        "preceding": written(page.preceding),
        "heads": heads(),
        "sorts": ORDERS,
        "cards": CARDS,
        "counts": summary.counts,
        "most": MOST,
        "methods": METHODS,
        "fulfilments": {key: value for key, value in FULFILMENTS.items() if key != Fulfilment.PARTNER},
        "hidden": state.hidden(choice.hidden),
        "views": choice.views,
        "since": str(summary.latest),
        "seen": _seen(rows),
        "counted": version(summary.counts.values()),
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


@require_safe
def changes(request: HttpRequest, store_id: int) -> HttpResponse:
    """The rows among those that a page shows which look otherwise by now, and the counts of its cards.

    Rows keep their place, whatever they are sorted or filtered by; nothing at all is answered while nothing changed.
    """
    store = access.store(request, store_id)
    now = timezone.now()
    state = ListState.of(request)
    known = _known(request.GET.get("seen", ""))
    rows = _rows(store, of_ids(store.pk, list(known)), now)
    counts = summaries([store.pk], now)[store.pk].counts
    counted = version(counts.values())
    changed = [row for row in rows if row.version != known[row.id]]
    if not changed and counted == request.GET.get("counted"):
        return HttpResponse(status=204)
    context = {
        "store": store,
        "state": state,
        "link": partial(state.link, reverse("orders", args=[store.pk])),
        "rows": changed,
        "seen": _seen(rows),
        "heads": heads(),
        "cards": CARDS,
        "counts": counts,
        "counted": counted,
        "most": MOST,
        "hidden": state.hidden(chosen(access.person(request), store).hidden) if changed else set(),
    }
    return render(request, "orders/_changes.html", context)


def _rows(store: Store, orders: Sequence[ListedOrder], now: datetime) -> list[Row]:
    return order_rows(orders, open_returns([order.id for order in orders]), store.pk, now)


def _seen(rows: Sequence[Row]) -> str:
    return ",".join(f"{row.id}.{row.version}" for row in rows)


def _known(seen: str) -> dict[int, str]:
    """Versions of rows by id, as `_seen` wrote them."""
    pairs = (part.partition(".") for part in seen.split(",")[:MOST_WATCHED])
    return {pk: shown for number, _dot, shown in pairs if (pk := asked.number(number)) is not None}
