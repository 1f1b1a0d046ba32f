"""Cancelling lines or the whole order, and giving the reason of a cancellation made in Commerce without one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channel_manager.alerts.account import effects_of_cancellation
from channel_manager.orders import actions, lifecycle
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.queries import cancelled_with, order_lines
from channel_manager.ports.messages import Reason
from channel_manager.sync.levels import lowering
from channel_manager.web import access
from channel_manager.web.forms.order import CancellationForm, ReasonForm


@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request: HttpRequest, store_id: int, order_id: int) -> HttpResponse:
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    rows = order_lines(order)
    form = CancellationForm(
        request.POST or None,
        order=order,
        rows=rows,
        sku=request.GET.get("sku", ""),
        line=request.GET.get("line", ""),
        initial={"reason": request.GET.get("reason", "")},
    )
    if form.is_sent and cancelled_with(order, form.mark):
        return _sent(request, order)
    if form.is_valid() and form.is_sent:
        try:
            actions.cancel(order, **form.request(), by=access.person(request), at=timezone.now())
        except NotPossible as refusal:
            form.refuse(refusal)
        else:
            return _sent(request, order)
    context = {
        "order": order,
        "store": order.store,
        "form": form,
        "live": form.previews and "HX-Request" in request.headers,
        "effects": effects_of_cancellation(order, form.reasons()),
        "followed": sorted(lowering.followed(order.store_id, [row.line.sku for row in rows])),
        "blocked": lifecycle.why_not_cancellable(order, order.store, any_open=any(row.open for row in rows)),
    }
    return render(request, "orders/cancellation.html", context, status=422 if form.is_sent else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def reason(request: HttpRequest, store_id: int, order_id: int, cancellation_id: int) -> HttpResponse:
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    cancellation = access.cancellation(order, cancellation_id)
    form = ReasonForm(request.POST or None, order=order)
    if form.is_valid():
        chosen = Reason(form.cleaned_data["reason"])
        try:
            actions.give_reason(cancellation, reason=chosen, by=access.person(request), at=timezone.now())
        except NotPossible as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The cancellation is on its way to Walmart."))
            return redirect("order", order.store_id, order.pk)
    context = {"order": order, "store": order.store, "form": form, "cancellation": cancellation}
    return render(request, "orders/reason.html", context, status=422 if form.errors else 200)


def _sent(request: HttpRequest, order: PurchaseOrder) -> HttpResponse:
    messages.success(request, _("The cancellation is on its way: first to Walmart, then to Commerce."))
    return redirect("order", order.store_id, order.pk)
