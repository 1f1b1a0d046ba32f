"""The Order page and the small decisions that are taken on it."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from channel_manager.accounts.permissions import may_act
from channel_manager.orders import actions
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.queries import OrderScreen, Part, order_screen, timeline
from channel_manager.returns.queries import of_order, requested
from channel_manager.web import access, asked, links
from channel_manager.web.formats import words
from channel_manager.web.forms.order import ConfirmedForm
from channel_manager.web.patience import pause

PART_NAMES = {
    Part.ALL: pgettext_lazy("timeline", "All"),
    Part.WALMART: "Walmart",
    Part.COMMERCE: "Commerce",
    Part.PEOPLE: pgettext_lazy("timeline", "People"),
    Part.EXCHANGES: pgettext_lazy("timeline", "Exchanges"),
}
PARTS = {part.value: part for part in Part}


@require_safe
def order(request: HttpRequest, store_id: int, order_id: int) -> HttpResponse:
    """`timeline` narrows what the timeline shows."""
    found = access.order(request, store_id, order_id)
    part = PARTS.get(request.GET.get("timeline", ""), Part.ALL)
    context = _shown(request, found, order_screen(found)) | _of_returns(found)
    context |= {"timeline": timeline(found, part), "parts": PART_NAMES}
    return render(request, "orders/order.html", context)


@require_safe
def progress(request: HttpRequest, store_id: int, order_id: int) -> HttpResponse:
    """What of an order's page became otherwise while something is under way; the watcher alone while nothing did.

    `since` is when what the page shows was new, `seen` what it shows.
    """
    found = access.order(request, store_id, order_id)
    context = _shown(request, found, order_screen(found))
    changed = request.GET.get("seen") != context["seen"]
    since = asked.moment(request.GET.get("since", ""))
    if since and not changed:
        context |= {"since": since, "pause": pause(timezone.now() - since)}
    context["changed"] = changed
    return render(request, "orders/_progress.html", context | (_of_returns(found) if changed else {}))


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


def _shown(request: HttpRequest, order: PurchaseOrder, screen: OrderScreen) -> dict[str, Any]:
    """What the page and its parts have in common. `seen` changes with what the parts show."""
    return {
        "order": order,
        "store": order.store,
        "screen": screen,
        "seen": _version(order, screen),
        "may_act": may_act(request.user, order.store_id),
        "commerce_link": links.commerce_order(order),
        "marketplace_link": links.marketplace_order(order),
        "button": ConfirmedForm(order=order),
        "since": timezone.now(),
        "pause": pause(timedelta()),
        "oob": False,
    }


def _of_returns(order: PurchaseOrder) -> dict[str, Any]:
    section = of_order(order)
    return {
        "section": section,
        "parents": {refund.pk: refund.parent_id for refund in section.refunds if refund.parent_id},
        "requested": requested([order.pk]).get(order.pk),
    }


def _version(order: PurchaseOrder, screen: OrderScreen) -> str:
    facts = (
        order.updated_at,
        screen.shipment_progress,
        screen.cancellation_progress,
        [(operation.pk, operation.state) for operation in (*screen.troubles, *screen.waiting)],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
