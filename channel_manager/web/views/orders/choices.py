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
from channel_manager.web.forms.orders_list import ListState
from channel_manager.web.rows import COLUMNS


@require_POST
def columns(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    list_choices.hide(access.person(request), store, set(COLUMNS) - set(request.POST.getlist("column")))
    return _back(request, store)


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


def _back(request: HttpRequest, store: Store) -> HttpResponse:
    """To the list as it was."""
    return redirect(_state(request).link(reverse("orders", args=[store.pk])))


def _state(request: HttpRequest) -> ListState:
    return ListState.read(QueryDict(request.POST.get("query", "")[: list_choices.LONGEST_QUERY]))
