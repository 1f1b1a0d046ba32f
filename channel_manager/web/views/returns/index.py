"""The Returns page, its whole state in the address, and the page of one return."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from channel_manager.accounts.permissions import may_act
from channel_manager.returns.queries import (
    CARDS,
    MOST,
    Position,
    Wanted,
    card_counts,
    return_screen,
    returns_page,
)
from channel_manager.web import access, asked
from channel_manager.web.labels import RETURN_CARDS

SORTS = ("requested", "refund_by")


@require_safe
def returns(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    wanted = _wanted(request)
    page = returns_page(store.pk, wanted)
    context = {
        "store": store,
        "wanted": wanted,
        "page": page,
        "following": asked.written(page.following.at, page.following.id) if page.following else "",
        "cards": RETURN_CARDS,
        "counts": card_counts([store.pk])[store.pk],
        "most": MOST,
        "may_act": may_act(request.user, store.pk),
    }
    return render(request, "returns/list.html", context)


@require_safe
def returned(request: HttpRequest, store_id: int, return_id: int) -> HttpResponse:
    found = access.returned(request, store_id, return_id)
    context = {
        "returned": found,
        "store": found.store,
        "screen": return_screen(found),
        "may_act": may_act(request.user, found.store_id),
    }
    return render(request, "returns/return.html", context)


def _wanted(request: HttpRequest) -> Wanted:
    card, sort = request.GET.get("card", ""), request.GET.get("sort", "")
    return Wanted(
        card=card if card in CARDS else "",
        search=asked.search(request),
        sort=sort if sort in SORTS else "requested",
        after=Position(*place) if (place := asked.position(request.GET.get("after", ""))) else None,
    )
