"""Shipping an order, and putting a held or refused shipment right."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channel_manager.orders import actions
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.queries import order_lines, shipped_with
from channel_manager.web import access
from channel_manager.web.forms.shipment import ShipmentForm, TrackingForm, preset
from channel_manager.web.views.orders.order import decide


@require_http_methods(["GET", "HEAD", "POST"])
def shipment(request: HttpRequest, store_id: int, order_id: int) -> HttpResponse:
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    form = ShipmentForm(request.POST or None, order=order, rows=order_lines(order))
    if form.is_bound and shipped_with(order, form.mark):
        return _sent(request, order)
    if form.is_valid():
        try:
            actions.ship(order, **form.request(), by=access.person(request), at=timezone.now())
        except NotPossible as refusal:
            form.refuse(refusal)
        else:
            return _sent(request, order)
    return _form_page(request, "orders/shipment.html", form, order)


@require_http_methods(["GET", "HEAD", "POST"])
def tracking(request: HttpRequest, store_id: int, order_id: int, shipment_id: int) -> HttpResponse:
    order = access.order(request, store_id, order_id)
    access.require_act(request, order.store)
    shipment = access.shipment(order, shipment_id)
    form = TrackingForm(request.POST or None, order=order, initial=preset(shipment.tracks.all()))
    if form.is_valid():
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


def _sent(request: HttpRequest, order: PurchaseOrder) -> HttpResponse:
    messages.success(request, _("The shipment is on its way: first to Commerce, then to Walmart."))
    return redirect("order", order.store_id, order.pk)


def _form_page(
    request: HttpRequest, template: str, form: ShipmentForm | TrackingForm, order: PurchaseOrder, **context: object
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"order": order, "store": order.store, "form": form, **context}, status=status)
