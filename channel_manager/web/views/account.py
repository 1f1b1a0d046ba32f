"""How the seller account stands with the marketplace, and whether this installation may write to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from channel_manager.alerts import account
from channel_manager.sync import writer
from channel_manager.web import access


@require_safe
def health(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    context = {
        "store": store,
        "account": account.healths([store.pk]).get(store.pk),
        "history": account.history(store.pk),
    }
    return render(request, "stores/account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def take_over(request: HttpRequest, store_id: int) -> HttpResponse:
    """An owner confirms that no other installation works on the account."""
    store = access.store(request, store_id)
    access.require_configure(request, store)
    read_only = writer.of(store)
    if read_only is None:
        return redirect("orders", store.pk)
    if request.method == "POST" and request.POST.get("alone") == "yes":
        writer.take_over(store, by=access.person(request), at=timezone.now())
        messages.success(request, _("“%(store)s” sends again.") % {"store": store.name})
        return redirect("orders", store.pk)
    context = {"store": store, "read_only": read_only, "difference": writer.difference(read_only)}
    return render(request, "stores/take_over.html", context, status=422 if request.method == "POST" else 200)
