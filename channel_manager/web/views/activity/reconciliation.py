"""Checks: both platforms compared with our record, what healed, what a person decides about, and an order's proof."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channel_manager.accounts.permissions import may_act
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.reconciliation import actions, exports, queries
from channel_manager.reconciliation.certificates import certificate
from channel_manager.reconciliation.models import Finding, Run
from channel_manager.reconciliation.rules.judging import Action
from channel_manager.stores.models import Store
from channel_manager.web import access, links
from channel_manager.web.downloads import csv_file
from channel_manager.web.formats import words
from channel_manager.web.forms.reconciliation import DismissalForm, PeriodForm

BUTTONS = {
    Action.RETRY: gettext_lazy("Send again"),
    Action.CREATE: gettext_lazy("Create or link the Commerce order"),
    Action.REPORT: gettext_lazy("Report the shipment"),
    Action.CREDIT_MEMO: gettext_lazy("Create the credit memo"),
    Action.CHECK: gettext_lazy("Check this order again"),
}
DOTS = {
    "healed": "shipped",
    "proposed": "error",
    "applied": "open",
    "dismissed": "canceled",
    "closed": "shipped",
    "open": "open",
    "done": "shipped",
    "failed": "error",
}


@require_http_methods(["GET", "HEAD", "POST"])
def checks(request: HttpRequest, store_id: int, run_id: int | None = None) -> HttpResponse:
    """The latest check, or one of the earlier; a POST has another made."""
    store = access.store(request, store_id)
    form = PeriodForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        access.require_act(request, store)
        if form.is_valid():
            return _begin(request, store, form.cleaned_data["days"])
    context = _context(request, store, run_id) | {"form": form}
    return render(request, "reconciliation/checks.html", context, status=422 if form.errors else 200)


@require_safe
def progress(request: HttpRequest, store_id: int) -> HttpResponse:
    """What is replaced on the page while a check runs; the whole page once it has ended."""
    context = _context(request, access.store(request, store_id), None)
    answer = render(request, "reconciliation/_progress.html", context)
    if context["screen"].open_run is None:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def application(request: HttpRequest, store_id: int, finding_id: int) -> HttpResponse:
    """Have done what a finding proposes."""
    store = access.store(request, store_id)
    access.require_act(request, store)
    finding = get_object_or_404(Finding, pk=finding_id, store=store)
    try:
        actions.apply(finding, by=access.person(request), at=timezone.now())
    except NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    else:
        messages.success(request, _("It is being done. The next check looks whether it helped."))
    return redirect("reconciliation", store.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def dismissal(request: HttpRequest, store_id: int, finding_id: int) -> HttpResponse:
    """Let a difference be, with a reason that stays on record."""
    store = access.store(request, store_id)
    access.require_act(request, store)
    finding = get_object_or_404(Finding.objects.select_related("order"), pk=finding_id, store=store)
    form = DismissalForm(request.POST or None)
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            actions.dismiss(finding, reason=reason, by=access.person(request), at=timezone.now())
        except NotPossible as refusal:
            form.add_error(None, words(refusal.sentence))
        else:
            messages.success(request, _("It is noted, and shown again only if it changes."))
            return redirect("reconciliation", store.pk)
    context = {"store": store, "finding": finding, "form": form}
    return render(request, "reconciliation/dismissal.html", context, status=422 if form.errors else 200)


@require_safe
def findings_csv(request: HttpRequest, store_id: int, run_id: int) -> StreamingHttpResponse:
    run = _run(request, store_id, run_id)
    return csv_file(f"check-{run.pk}-findings", exports.findings(run), dated=False)


@require_safe
def orders_csv(request: HttpRequest, store_id: int, run_id: int) -> StreamingHttpResponse:
    run = _run(request, store_id, run_id)
    return csv_file(f"check-{run.pk}-orders", exports.orders(run), dated=False)


@require_safe
def proof(request: HttpRequest, store_id: int, order_id: int) -> HttpResponse:
    """The certificate of one order."""
    order = access.order(request, store_id, order_id)
    context = {
        "store": order.store,
        "order": order,
        "certificate": certificate(order),
        "commerce_link": links.commerce_order(order),
        "waiting": queries.waiting_of_order(order.pk),
    }
    return render(request, "reconciliation/certificate.html", context)


def _begin(request: HttpRequest, store: Store, days: int) -> HttpResponse:
    try:
        actions.check(store, days=days, by=access.person(request))
    except NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    else:
        messages.success(request, _("The check has begun."))
    return redirect("reconciliation", store.pk)


def _context(request: HttpRequest, store: Store, run_id: int | None) -> dict[str, Any]:
    try:
        screen = queries.screen(store.pk, run_id)
    except Run.DoesNotExist:
        raise Http404 from None
    return {
        "store": store,
        "screen": screen,
        "chosen": run_id,
        "may_act": may_act(request.user, store.pk),
        "buttons": BUTTONS,
        "dots": DOTS,
    }


def _run(request: HttpRequest, store_id: int, run_id: int) -> Run:
    return get_object_or_404(Run, pk=run_id, store=access.store(request, store_id))
