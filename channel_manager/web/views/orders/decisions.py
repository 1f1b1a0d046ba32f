"""Saying what a credit memo means that was made in Commerce."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channel_manager.orders.lifecycle import NotPossible
from channel_manager.returns import actions
from channel_manager.returns.queries import requested
from channel_manager.web import access
from channel_manager.web.forms.decision import DecisionForm


@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, store_id: int, order_id: int, refund_id: int) -> HttpResponse:
    """Say what a credit memo means that was made in Commerce while a part of the order had shipped."""
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    refund = access.refund(order, refund_id)
    form = DecisionForm(request.POST or None, order=order, refund=refund, returned=requested([order.pk]).get(order.pk))
    if form.is_valid():
        try:
            actions.decide(refund, **form.request(), by=access.person(request), at=timezone.now())
        except NotPossible as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("It is recorded what the credit memo means."))
            return redirect("order", order.store_id, order.pk)
    context = {"order": order, "store": order.store, "form": form, "refund": refund}
    return render(request, "orders/decision.html", context, status=422 if form.errors else 200)
