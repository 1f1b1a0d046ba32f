"""Fix and resend: a form for what was refused, one decision for many equal errors, and the case file for the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from channel_manager.accounts.permissions import may_act, may_configure
from channel_manager.catalog import settling
from channel_manager.orders import actions, fixing
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.rules.remedies import Remedy, remedy_for
from channel_manager.orders.troubles import CARRIER, Trouble, near_skus, private_words, troubles, wrong_parts
from channel_manager.ports.messages import Reason
from channel_manager.returns import actions as returns_actions
from channel_manager.stores.models import Store
from channel_manager.sync import case_file, queries
from channel_manager.sync.models import SyncOperation
from channel_manager.web import access, asked, links
from channel_manager.web.formats import words
from channel_manager.web.forms.fixing import (
    AddressForm,
    CarrierChoiceForm,
    FewerForm,
    FixForm,
    ReasonFixForm,
    SkuForm,
)
from channel_manager.web.subjects import named

BATCH = 50
Made = tuple[FixForm, Callable[[], object]]
"""A form, and what its answer does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    request: HttpRequest
    store: Store
    order: PurchaseOrder
    operation: SyncOperation

    @property
    def by(self) -> dict[str, Any]:
        return {"by": access.person(self.request), "at": timezone.now()}


@require_http_methods(["GET", "HEAD", "POST"])
def fix(request: HttpRequest, store_id: int, operation_id: int) -> HttpResponse:
    """The form of an operation's remedy; for those that have a page of their own, that page."""
    store = access.store(request, store_id)
    access.require_act(request, store)
    operation = access.operation(store, operation_id)
    order = access.order(request, store_id, int(operation.subject.removeprefix("order:")))
    remedy = remedy_for(operation.kind, operation.error or {})
    if operation.state not in fixing.OPEN or not operation.error:
        return _overtaken(request, order)
    if remedy not in FORMS:
        return redirect(_own_page(order, operation, remedy))
    form, answer = FORMS[remedy](Asked(request=request, store=store, order=order, operation=operation))
    if form.is_valid():
        try:
            answer()
        except fixing.Overtaken:
            return _overtaken(request, order)
        except NotPossible as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Corrected, and on its way again."))
            return redirect("order", store.pk, order.pk)
    context = {"store": store, "order": order, "operation": operation, "form": form, "remedy": remedy}
    return render(request, "fixing/fix.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def carrier(request: HttpRequest, store_id: int, order_id: int, shipment_id: int) -> HttpResponse:
    """Choose a carrier of Walmart's for one parcel; or go and map it for all."""
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    shipment = access.shipment(order, shipment_id)
    form = CarrierChoiceForm(request.POST or None, order=order, carriers=links.carriers(order.store))
    if form.is_valid():
        try:
            chosen = form.cleaned_data["carrier"]
            fixing.choose_carrier(shipment, carrier=chosen, by=access.person(request), at=timezone.now())
        except fixing.Overtaken:
            return _overtaken(request, order)
        except NotPossible as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The shipment is on its way to Walmart."))
            return redirect("order", order.store_id, order.pk)
    context = {
        "store": order.store,
        "order": order,
        "shipment": shipment,
        "form": form,
        "may_configure": may_configure(request.user, order.store_id),
    }
    return render(request, "fixing/carrier.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, store_id: int, key: str) -> HttpResponse:
    """Equal errors, and one decision for all of them; sent again in batches, each with what became of it."""
    store = access.store(request, store_id)
    found = next((one for one in troubles([store.pk])[store.pk] if one.key == key), None)
    if request.method == "POST":
        access.require_act(request, store)
        if key.startswith(CARRIER):
            return _send_held(request, store)
    after = asked.number(request.POST.get("after", "")) or 0
    members = queries.of_group(store.pk, key, after=after, most=BATCH)
    if found is None and not members:
        messages.info(request, _("Nothing of it is left: it was sent again or has closed itself meanwhile."))
        return redirect("activity", store.pk)
    results = _resent(request, members) if request.method == "POST" else []
    context = {
        "store": store,
        "trouble": found or _of(members[-1], len(members)),
        "members": members,
        "results": results,
        "following": members[-1].pk if len(members) == BATCH else None,
        "subjects": named(store.pk, [operation.subject for operation in members]),
        "may_act": may_act(request.user, store.pk),
        "may_configure": may_configure(request.user, store.pk),
    }
    return render(request, "fixing/group.html", context)


@require_safe
def case(request: HttpRequest, store_id: int, operation_id: int) -> HttpResponse:
    """The case file of an operation: to be read and copied, or as a file."""
    store = access.store(request, store_id)
    operation = access.operation(store, operation_id, about="")
    attempts = list(operation.attempts.order_by("number"))
    facts, private = _facts(request, store, operation)
    text = case_file.written(operation, attempts, facts=facts, private=private)
    if request.GET.get("download"):
        name = f"case-{case_file.reference(operation)}.txt"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)
    about = named(store.pk, [operation.subject]).get(operation.subject)
    context = {"store": store, "about": about, "operation": operation, "text": text}
    return render(request, "fixing/case_file.html", context)


def _facts(request: HttpRequest, store: Store, operation: SyncOperation) -> tuple[dict[str, str], list[str]]:
    """What a case file begins with, and the words that must not stand in it."""
    account = {"Seller account": store.marketplace_account, "Shop": store.commerce_url}
    if not operation.subject.startswith("order:"):
        return {"About": operation.subject, **account}, []
    order = access.order(request, store.pk, int(operation.subject.removeprefix("order:")))
    numbers = {
        "Walmart order": order.number,
        "Customer order": order.customer_order_number,
        "Commerce order": order.commerce_number,
    }
    return {**numbers, **account}, private_words(order)


# ---- the form of each remedy -------------------------------------------------------------------------------------


def _fewer(of: Asked) -> Made:
    rows = fixing.quantity_rows(of.operation)
    form = FewerForm(of.request.POST or None, operation=of.operation, order=of.order, rows=rows)
    return form, lambda: fixing.lower_quantities(of.operation.pk, **form.request(), **of.by)


def _reason(of: Asked) -> Made:
    initial = {"reason": of.operation.payload.get("reason", "")}
    form = ReasonFixForm(of.request.POST or None, operation=of.operation, order=of.order, initial=initial)
    return form, lambda: fixing.change_reason(of.operation.pk, reason=Reason(form.cleaned_data["reason"]), **of.by)


def _sku(of: Asked) -> Made:
    lines = list(of.order.lines.values_list("sku", flat=True))
    linked = {link.commerce_sku: link.sku for link in of.store.sku_links.filter(sku__in=lines)}
    refused = (of.operation.error or {}).get("sentence", {}).get("values", {}).get("sku", "")
    sku = linked.get(refused, refused)
    form = SkuForm(
        of.request.POST or None,
        operation=of.operation,
        skus=list(dict.fromkeys(lines)),
        near=near_skus(of.store.pk, sku),
        initial={"sku": sku, "commerce_sku": refused if refused in linked else ""},
    )
    return form, lambda: fixing.link_sku(of.operation.pk, **form.request(), **of.by)


def _address(of: Asked) -> Made:
    written = fixing.written_address(of.order)
    corrected = {part: entry["value"] for part, entry in of.order.corrections.items()}
    form = AddressForm(
        of.request.POST or None,
        operation=of.operation,
        written=written,
        wrong=wrong_parts(of.operation.error or {}),
        initial=written | corrected,
    )
    return form, lambda: fixing.correct_address(of.operation.pk, **form.request(), **of.by)


FORMS: dict[Remedy, Callable[[Asked], Made]] = {
    Remedy.FEWER: _fewer,
    Remedy.REASON: _reason,
    Remedy.SKU: _sku,
    Remedy.ADDRESS: _address,
}


# ---- what the pages share ----------------------------------------------------------------------------------------


def _own_page(order: PurchaseOrder, operation: SyncOperation, remedy: Remedy) -> str:
    shipment = operation.payload.get("shipment")
    if shipment and remedy in (Remedy.TRACKING, Remedy.CARRIER):
        return links.shipment_page(order, shipment, "tracking" if remedy == Remedy.TRACKING else "carrier-choice")
    return links.operation_page(operation)


def _overtaken(request: HttpRequest, order: PurchaseOrder) -> HttpResponse:
    messages.info(request, words(fixing.MEANWHILE))
    return redirect("order", order.store_id, order.pk)


def _resent(request: HttpRequest, members: list[SyncOperation]) -> list[fixing.Resent]:
    of_orders = all(operation.subject.startswith("order:") for operation in members)
    retry = returns_actions.retry if of_orders else settling.retry
    return fixing.resend(members, partial(retry, by=access.person(request), at=timezone.now()))


def _send_held(request: HttpRequest, store: Store) -> HttpResponse:
    count = actions.carriers_changed(store, most=BATCH)
    text = ngettext("%(count)s shipment is tried again.", "%(count)s shipments are tried again.", count)
    messages.success(request, text % {"count": count})
    return redirect("activity", store.pk)


def _of(operation: SyncOperation, count: int) -> Trouble:
    """A group that is too small to be among those that are shown."""
    if operation.error is None:
        raise Http404
    return Trouble(
        key="",
        orders=count,
        remedy=remedy_for(operation.kind, operation.error),
        sentence=operation.error["sentence"],
        kind=operation.kind,
        operation=operation.pk,
        about=operation.subject.partition(":")[0],
    )
