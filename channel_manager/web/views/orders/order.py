"""The Order page and the small decisions that are taken on it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channel_manager.accounts.permissions import may_act
from channel_manager.orders import actions
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.queries import order_screen
from channel_manager.returns.queries import of_order, requested
from channel_manager.web import access, links
from channel_manager.web.formats import words
from channel_manager.web.forms.order import ConfirmedForm


@require_safe
def order(request: HttpRequest, store_id: int, order_id: int) -> HttpResponse:
    found = access.order(request, store_id, order_id)
    section = of_order(found)
    context = {
        "order": found,
        "store": found.store,
        "screen": order_screen(found),
        "section": section,
        "parents": {refund.pk: refund.parent_id for refund in section.refunds if refund.parent_id},
        "requested": requested([found.pk]).get(found.pk),
        "may_act": may_act(request.user, found.store_id),
        "commerce_link": links.commerce_order(found),
        "button": ConfirmedForm(order=found),
    }
    return render(request, "orders/order.html", context)


@require_POST
def commerce_order(request: HttpRequest, store_id: int, order_id: int) -> HttpResponse:
    found = access.order(request, store_id, order_id)
    access.require_act(request, found.store)
    return decide(
        request,
        found,
        lambda: actions.create_in_commerce(found, by=access.person(request), at=timezone.now()),
        _("The Commerce order is being made."),
    )


def decide(request: HttpRequest, order: PurchaseOrder, action: Callable[[], object], done: str) -> HttpResponse:
    """A decision of one button: do it, unless the order changed since the page was shown, and say what came of it."""
    form = ConfirmedForm(request.POST, order=order)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.non_field_errors()))
        return redirect("order", order.store_id, order.pk)
    try:
        action()
    except NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    else:
        messages.success(request, done)
    return redirect("order", order.store_id, order.pk)
