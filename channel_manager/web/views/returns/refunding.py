"""Making a credit memo for a return, and agreeing to the repair that one needs."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channel_manager.orders.lifecycle import NotPossible
from channel_manager.returns import actions
from channel_manager.returns.models import Return
from channel_manager.returns.queries import memo_draft, refunded_with
from channel_manager.web import access
from channel_manager.web.formats import words
from channel_manager.web.forms.credit_memo import CreditMemoForm
from channel_manager.web.forms.decision import RepairForm


@require_http_methods(["GET", "HEAD", "POST"])
def credit_memo(request: HttpRequest, store_id: int, return_id: int, order_id: int) -> HttpResponse:
    """Refund units of a return; a press on *Calculate* only shows what both sides come to."""
    returned = access.returned(request, store_id, return_id)
    access.require_act(request, returned.store)
    order = access.order_of(returned, order_id)
    form = CreditMemoForm(request.POST or None, returned=returned, order=order, draft=memo_draft(returned, order))
    if form.is_sent and refunded_with(order, form.mark):
        return _asked_for(request, returned)
    if form.is_sent and form.is_valid():
        try:
            actions.create_credit_memo(returned, order, **form.request(), by=access.person(request), at=timezone.now())
        except NotPossible as refusal:
            form.refuse(refusal)
        else:
            return _asked_for(request, returned)
    context = {"returned": returned, "order": order, "store": returned.store, "form": form}
    return render(request, "returns/credit_memo.html", context, status=422 if form.is_sent else 200)


@require_POST
def repair(request: HttpRequest, store_id: int, return_id: int, refund_id: int) -> HttpResponse:
    returned = access.returned(request, store_id, return_id)
    access.require_act(request, returned.store)
    refund = access.refund(returned, refund_id)
    form = RepairForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["agree"]))
        return redirect("return", store_id, returned.pk)
    try:
        actions.agree_to_repair(refund, by=access.person(request), at=timezone.now())
    except NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    else:
        messages.success(request, _("The Commerce order is being reopened for what has shipped."))
    return redirect("return", store_id, returned.pk)


def _asked_for(request: HttpRequest, returned: Return) -> HttpResponse:
    messages.success(request, _("The credit memo is on its way: first to Commerce, then Walmart pays the buyer back."))
    return redirect("return", returned.store_id, returned.pk)
