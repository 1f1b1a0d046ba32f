"""Shipping an order, and putting a held or refused shipment right."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channel_manager.orders import actions, lifecycle
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.operations.shipment_reports import carrier_rules
from channel_manager.orders.queries import ShipmentPreview, order_lines, shipment_preview, shipped_with
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import Sentence
from channel_manager.web import access, links
from channel_manager.web.forms.shipment import ShipmentForm, TrackingForm, preset
from channel_manager.web.views.orders.order import decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What both sides would be told, and the bodies of the requests. `refusal`: why Walmart would not take it."""

    preview: ShipmentPreview
    commerce: dict[str, Any]
    marketplace: dict[str, Any] | None = None
    refusal: Sentence | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def shipment(request: HttpRequest, store_id: int, order_id: int) -> HttpResponse:
    """Ship; with `preview` only show what both sides would be told."""
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    rules = carrier_rules(order.store) if "preview" in request.POST else ()
    rows, line = order_lines(order), request.GET.get("line", "")
    form = ShipmentForm(request.POST or None, order=order, rows=rows, rules=rules, line=line)
    if form.is_sent and shipped_with(order, form.mark):
        return _sent(request, order)
    told = None
    if form.is_valid():
        if form.previews:
            told = _told(form, order)
        else:
            try:
                actions.ship(order, **form.request(), by=access.person(request), at=timezone.now())
            except NotPossible as refusal:
                form.refuse(refusal)
            else:
                return _sent(request, order)
    blocked = lifecycle.why_not_shippable(order, order.store, any_open=any(row.open for row in rows))
    return _form_page(request, "orders/shipment.html", form, order, told=told, blocked=blocked)


@require_http_methods(["GET", "HEAD", "POST"])
def tracking(request: HttpRequest, store_id: int, order_id: int, shipment_id: int) -> HttpResponse:
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    shipment = access.shipment(order, shipment_id)
    rules = carrier_rules(order.store) if "preview" in request.POST else ()
    form = TrackingForm(request.POST or None, order=order, rules=rules, initial=preset(shipment.tracks.all()))
    if form.fits(order) and form.is_sent:
        try:
            actions.add_tracking(shipment, track=form.track(), by=access.person(request), at=timezone.now())
        except NotPossible as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The tracking number is on its way to Walmart."))
            return redirect("order", order.store_id, order.pk)
    return _form_page(request, "orders/tracking.html", form, order, shipment=shipment)


@require_POST
def override(request: HttpRequest, store_id: int, order_id: int, shipment_id: int) -> HttpResponse:
    """Send a shipment that is held because the buyer asked to cancel."""
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    shipment = access.shipment(order, shipment_id)
    return decide(
        request,
        order,
        lambda: actions.send_anyway(shipment, by=access.person(request), at=timezone.now()),
        _("The shipment is on its way to Walmart."),
    )


def _told(form: ShipmentForm, order: PurchaseOrder) -> Told:
    facts = form.request()
    preview = shipment_preview(
        order,
        {row.line: quantity for row, quantity in form.chosen()},
        facts["tracks"],
        comment=facts["comment"],
        source_code=facts["source_code"],
        override=facts["override"],
        marker=str(facts["marker"]),
        rules=form.rules,
        able=links.capabilities(order.store),
        at=timezone.now(),
    )
    commerce = links.shipment_request(order.store, preview.shipment)
    if preview.parcel is None:
        return Told(preview=preview, commerce=commerce)
    try:
        body = links.parcel_request(order.store, preview.parcel)
    except Rejected as refusal:
        return Told(preview=preview, commerce=commerce, refusal=refusal.sentence)
    return Told(preview=preview, commerce=commerce, marketplace=body)


def _sent(request: HttpRequest, order: PurchaseOrder) -> HttpResponse:
    messages.success(request, _("The shipment is on its way: first to Commerce, then to Walmart."))
    return redirect("order", order.store_id, order.pk)


def _form_page(
    request: HttpRequest, template: str, form: ShipmentForm | TrackingForm, order: PurchaseOrder, **context: object
) -> HttpResponse:
    """`live`: only parts of the page are asked for, while somebody types."""
    live = form.previews and "HX-Request" in request.headers
    context |= {"order": order, "store": order.store, "form": form, "live": live}
    return render(request, template, context, status=422 if form.is_sent else 200)
