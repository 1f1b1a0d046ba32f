"""Channel settings: the carrier map."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channel_manager.accounts.permissions import may_configure
from channel_manager.orders.actions import carriers_changed
from channel_manager.orders.troubles import rule_for
from channel_manager.stores.models import CarrierRule, Store
from channel_manager.web import access, asked, links
from channel_manager.web.forms.settings import CarrierRuleForm


@require_safe
def carriers(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    context = {
        "store": store,
        "rules": list(store.carrier_rules.all()),
        "may_configure": may_configure(request.user, store.pk),
    }
    return render(request, "settings/carriers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_carrier(request: HttpRequest, store_id: int) -> HttpResponse:
    """Preset with the parcel that asks for it, where one does."""
    store = access.store(request, store_id)
    waiting = asked.number(request.GET.get("shipment", ""))
    return _carrier_form(request, store, CarrierRule(store=store, **rule_for(store.pk, waiting)), asked_for=waiting)


@require_http_methods(["GET", "HEAD", "POST"])
def carrier(request: HttpRequest, store_id: int, rule_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    return _carrier_form(request, store, get_object_or_404(store.carrier_rules, pk=rule_id))


@require_POST
def carrier_deletion(request: HttpRequest, store_id: int, rule_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    access.require_configure(request, store)
    get_object_or_404(store.carrier_rules, pk=rule_id).delete()
    messages.success(request, _("The rule is deleted."))
    return redirect("carriers", store.pk)


def _carrier_form(
    request: HttpRequest, store: Store, rule: CarrierRule, *, asked_for: int | None = None
) -> HttpResponse:
    access.require_configure(request, store)
    form = CarrierRuleForm(request.POST or None, instance=rule, carriers=links.carriers(store))
    if form.is_valid():
        form.save()
        sent = carriers_changed(store)
        messages.success(request, _saved(sent))
        return redirect("activity" if asked_for else "carriers", store.pk)
    context = {"store": store, "form": form, "rule": rule}
    return render(request, "settings/carrier.html", context, status=422 if form.errors else 200)


def _saved(sent: int) -> str:
    if not sent:
        return _("The rule is saved.")
    return ngettext(
        "The rule is saved; %(count)s shipment goes out.", "The rule is saved; %(count)s shipments go out.", sent
    ) % {"count": sent}
