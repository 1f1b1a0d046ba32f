"""What is done with many orders at once: their parcels, what failed of them, and their rows as a file."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.page import bulk, runs
from channel_manager.orders.page.exports import orders_csv
from channel_manager.orders.queries import Wanted
from channel_manager.returns.finding import orders_of
from channel_manager.stores.models import Store
from channel_manager.web import access, asked
from channel_manager.web.downloads import csv_file
from channel_manager.web.forms.orders_list import ListState
from channel_manager.web.forms.parcels import HEADS, ParcelsForm

MOST_SELECTED = 200


@require_http_methods(["GET", "HEAD", "POST"])
def shipments(request: HttpRequest, store_id: int) -> HttpResponse:
    """Parcels of many orders: typed, looked at, and only then recorded."""
    store = access.store(request, store_id)
    access.require_act(request, store)
    if request.method != "POST" or "prepare" in request.POST:
        typed = request.POST.get("again", "") or _rows_of(store, _selected(request))
        return _typing(request, store, ParcelsForm(initial={"rows": typed}))
    form = ParcelsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _typing(request, store, form)
    checked = bulk.check(store, form.parcels)
    if "confirm" in request.POST:
        begun = runs.ship(store, checked, marker=form.mark, by=access.person(request), at=timezone.now())
        if begun.again:
            messages.info(request, _("These rows were sent already: nothing was added. This is how they stand."))
        return redirect("bulk-run", store.pk, begun.run.pk)
    context = {"store": store, "checked": checked, "text": form.cleaned_data["text"], "marker": form.mark}
    return render(request, "orders/parcels_checked.html", context)


@require_POST
def retries(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    access.require_act(request, store)
    selected = _selected(request)
    if not selected:
        messages.error(request, _("Select orders first, then what is to be done with them."))
        return redirect("orders", store.pk)
    run = runs.resend(store, selected, by=access.person(request), at=timezone.now())
    return redirect("bulk-run", store.pk, run.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, store_id: int) -> StreamingHttpResponse:
    """What the list shows on all its pages, or the orders that are ticked."""
    store = access.store(request, store_id)
    state = ListState.of(request)
    if request.method == "POST":
        text = orders_csv(store.pk, Wanted(), timezone.now(), ids=_selected(request))
    else:
        also = orders_of(store.pk, state.search.removeprefix("#").strip()) if state.search else ()
        text = orders_csv(store.pk, state.wanted(also=also), timezone.now())
    return csv_file(f"orders-{store.pk}", text)


def _typing(request: HttpRequest, store: Store, form: ParcelsForm) -> HttpResponse:
    context = {"store": store, "form": form, "lately": runs.lately(store)}
    return render(request, "orders/parcels.html", context, status=422 if form.errors else 200)


def _selected(request: HttpRequest) -> list[int]:
    found = (asked.number(text) for text in request.POST.getlist("order")[:MOST_SELECTED])
    return [pk for pk in found if pk is not None]


def _rows_of(store: Store, ids: Sequence[int]) -> str:
    """A row for each of the orders, with what is still to be typed left empty."""
    numbers = PurchaseOrder.objects.filter(store=store, pk__in=ids).order_by("-ordered_at", "-pk")
    rows = [f"{number},,,," for number in numbers.values_list("number", flat=True)]
    return "\n".join([",".join(HEADS), *rows]) + "\n" if rows else ""
