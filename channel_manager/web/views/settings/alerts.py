"""Channel settings: who is told of what, and where. For owners alone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channel_manager.alerts import actions, queries
from channel_manager.alerts.models import Channel, MessageState
from channel_manager.stores.models import Store
from channel_manager.web import access
from channel_manager.web.forms.alerts import ChannelForm


@require_safe
def alerts(request: HttpRequest, store_id: int) -> HttpResponse:
    store = _store(request, store_id)
    context = {"channels": queries.channels(store.pk), "counts": queries.open_counts(store.pk)}
    return render(request, "settings/alerts.html", {"store": store, **context, **_sent(store)})


@require_safe
def sent(request: HttpRequest, store_id: int) -> HttpResponse:
    """The latest messages alone: the page asks again while one is on its way."""
    store = _store(request, store_id)
    return render(request, "settings/_alert_messages.html", {"store": store, **_sent(store)})


@require_http_methods(["GET", "HEAD", "POST"])
def new_channel(request: HttpRequest, store_id: int) -> HttpResponse:
    store = _store(request, store_id)
    return _form(request, store, Channel(store=store))


@require_http_methods(["GET", "HEAD", "POST"])
def channel(request: HttpRequest, store_id: int, channel_id: int) -> HttpResponse:
    store = _store(request, store_id)
    return _form(request, store, _channel(store, channel_id))


@require_POST
def channel_deletion(request: HttpRequest, store_id: int, channel_id: int) -> HttpResponse:
    store = _store(request, store_id)
    actions.remove(_channel(store, channel_id), by=access.person(request), at=timezone.now())
    messages.success(request, _("The channel is removed."))
    return redirect("alerts", store.pk)


@require_POST
def channel_test(request: HttpRequest, store_id: int, channel_id: int) -> HttpResponse:
    store = _store(request, store_id)
    actions.send_test(_channel(store, channel_id))
    messages.success(request, _("A test is on its way. What becomes of it is shown below."))
    return redirect("alerts", store.pk)


def _form(request: HttpRequest, store: Store, channel: Channel) -> HttpResponse:
    form = ChannelForm(request.POST or None, instance=channel)
    if form.is_valid():
        actions.save(form.channel(), address=form.read, by=access.person(request), at=timezone.now())
        messages.success(request, _("The channel is saved. Send a test to see whether alerts arrive."))
        return redirect("alerts", store.pk)
    context = {"store": store, "form": form, "channel": channel}
    return render(request, "settings/alert_channel.html", context, status=422 if form.errors else 200)


def _sent(store: Store) -> dict[str, object]:
    found = queries.messages(store.pk)
    under_way = any(one.state == MessageState.WAITING and one.is_test for one in found)
    return {"sent": found, "under_way": under_way}


def _store(request: HttpRequest, store_id: int) -> Store:
    store = access.store(request, store_id)
    access.require_configure(request, store)
    return store


def _channel(store: Store, channel_id: int) -> Channel:
    return get_object_or_404(Channel.objects.select_related("store"), store=store, pk=channel_id)
