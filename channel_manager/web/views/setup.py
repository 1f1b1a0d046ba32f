"""First connection: nothing is written before the merchant says from when orders are taken (glossary, rule 9)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channel_manager.notifications import actions as notifications
from channel_manager.orders import onboarding
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import Treatment
from channel_manager.orders.queries import undecided
from channel_manager.web import access
from channel_manager.web.formats import words
from channel_manager.web.forms.settings import ConfirmationForm


@require_http_methods(["GET", "HEAD", "POST"])
def first_connection(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    access.require_configure(request, store)
    form = ConfirmationForm(request.POST or None)
    if form.is_valid():
        choice = form.cleaned_data
        try:
            onboarding.confirm(
                store,
                orders_from=choice["orders_from"],
                open_orders=Treatment(choice["open_orders"]),
                by=access.person(request),
                at=timezone.now(),
            )
        except NotPossible as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, words(refusal.sentence))
        else:
            notifications.compare(store)
            messages.success(request, _("“%(store)s” takes orders now.") % {"store": store.name})
            return redirect("orders", store.pk)
    found = undecided(
        store.pk, form.cleaned_data.get("orders_from") or timezone.now() if form.is_bound else timezone.now()
    )
    context = {"store": store, "form": form, "found": found}
    return render(request, "stores/first_connection.html", context, status=422 if form.errors else 200)
