"""What a person chooses for the list of orders: its columns, and names for what is shown."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.page import choices as list_choices
from channel_manager.stores.models import Store
from channel_manager.web import access
from channel_manager.web.formats import words
from channel_manager.web.forms.orders_list import NO_COLUMNS, ListState
from channel_manager.web.rows import COLUMNS


@require_POST
def columns(request: HttpRequest, store_id: int) -> HttpResponse:
    """Which columns are shown: this time, by the address, or always."""
    store = access.store(request, store_id)
    ticked = set(request.POST.getlist("column"))
    if "once" in request.POST:
        shown = ",".join(name for name in COLUMNS if name in ticked)
        return _back(request, store, columns=shown or NO_COLUMNS)
    list_choices.hide(access.person(request), store, set(COLUMNS) - ticked)
    return _back(request, store, columns="")


@require_POST
def views(request: HttpRequest, store_id: int) -> HttpResponse:
    """Keep what is shown under a name, or forget a name."""
    store, person = access.store(request, store_id), access.person(request)
    if name := request.POST.get("forget", ""):
        list_choices.forget_view(person, store, name)
        return _back(request, store)
    name = request.POST.get("name", "").replace("\x00", "")
    try:
        list_choices.save_view(person, store, name=name, query=_state(request).query())
    except NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    else:
        messages.success(request, _("The view is kept."))
    return _back(request, store)


def _back(request: HttpRequest, store: Store, **changed: str) -> HttpResponse:
    """To the list as it was, with what is changed."""
    return redirect(_state(request).link(reverse("orders", args=[store.pk]), **changed))


def _state(request: HttpRequest) -> ListState:
    return ListState.read(QueryDict(request.POST.get("query", "")[: list_choices.LONGEST_QUERY]))
