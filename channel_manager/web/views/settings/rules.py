"""Channel settings: the order rules."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channel_manager.stores.models import OrderRules
from channel_manager.web import access
from channel_manager.web.forms.settings import OrderRulesForm


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    access.require_configure(request, store)
    current = OrderRules.objects.filter(store=store).first() or OrderRules(store=store)
    form = OrderRulesForm(request.POST or None, instance=current)
    if form.is_valid():
        form.save()
        messages.success(request, _("The order rules are saved."))
        return redirect("order-rules", store.pk)
    return render(request, "settings/rules.html", {"store": store, "form": form}, status=422 if form.errors else 200)
