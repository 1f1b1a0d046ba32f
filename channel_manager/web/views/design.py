"""The parts that all pages are made of, in every state, on one page: for those who build and check them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from channel_manager.orders.models import PurchaseOrder, Status
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync.models import State, SyncOperation
from channel_manager.web import access
from channel_manager.web.labels import CARDS

COLORS = {
    "Surfaces": ("ground", "surface", "raised", "line", "hollow", "edge"),
    "Text": ("text", "muted", "accent", "red", "amber", "green"),
    "Soft grounds": ("accent-soft", "red-soft", "amber-soft", "green-soft"),
    "Dots": ("dot-open", "dot-part", "dot-done", "dot-off", "dot-bad"),
}
ICONS = (
    *("eye", "clock", "gear", "search", "refresh", "alert", "tick", "cross", "plus", "truck", "box", "out", "next"),
    *("back", "first", "up", "down", "info", "person", "keyboard", "leave", "cloud-off", "shield", "pulse", "list"),
    *("download", "copy", "columns", "bookmark", "tag", "link", "globe"),
)


class SampleForm(forms.Form):
    """A field of each kind; sent empty, it shows what a wrong field looks like."""

    number = forms.CharField(label="Tracking number", help_text="As the carrier wrote it.", max_length=40)
    carrier = forms.ChoiceField(label="Carrier", choices=[("", "Choose"), ("UPS", "UPS"), ("FedEx", "FedEx")])
    comment = forms.CharField(label="Comment", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    agree = forms.BooleanField(label="Ship although the buyer asked to cancel")
    current_version = 1
    carried_marker = "sample"

    def clean(self) -> dict[str, Any]:
        self.add_error(None, "This order changed while the page was open. Your input is kept.")
        return self.cleaned_data


@dataclass(frozen=True, slots=True)
class Samples:
    """Rows as the pages get them; none is stored."""

    now: datetime
    store: Store
    operation: SyncOperation
    orders: list[PurchaseOrder]
    returns: list[Any]

    @property
    def deadlines(self) -> list[datetime]:
        return [self.now + timedelta(hours=hours, minutes=1) for hours in (72, 3, -2)]


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """For staff alone; nothing here is a merchant's."""
    if not access.person(request).is_staff:
        raise Http404
    wrong = SampleForm({}, prefix="wrong")
    context = {
        "samples": samples(timezone.now()),
        "attempt": SimpleNamespace(error=ERROR, exchanges=[EXCHANGE]),
        "colors": COLORS,
        "icons": ICONS,
        "cards": CARDS,
        "counts": dict.fromkeys(CARDS, 0) | {"open": 66, "errors": 1, "needs_action": 10, "at_risk": 4},
        "form": SampleForm(prefix="fresh"),
        "wrong": wrong,
    }
    return render(request, "design.html", context)


def samples(now: datetime) -> Samples:
    store = Store(pk=0, name="Kitchen & Home")
    waiting = SyncOperation(
        pk=4812, store=store, kind="report_shipment", state=State.FAILED, attempt=2, error=ERROR, payload={}
    )
    orders = [PurchaseOrder(store=store, number=f"17154286785{n}", status=status) for n, status in enumerate(Status)]
    orders.append(PurchaseOrder(store=store, number="1715428678599", status=Status.OPEN, has_error=True))
    returns = [
        SimpleNamespace(status=state, has_error=wrong, get_status_display=lambda word=word: word)
        for state, wrong, word in (
            ("received", False, "Received"),
            ("refunded", False, "Refunded"),
            ("received", True, "Received"),
        )
    ]
    return Samples(now=now, store=store, operation=waiting, orders=orders, returns=returns)


ERROR = {
    "sentence": say("Walmart refused the tracking number.").as_json(),
    "side": "Walmart",
    "field": "trackingInfo.trackingNumber",
    "said": "Invalid tracking number",
    "code": "INVALID_REQUEST_CONTENT.GMP_ORDER_API",
    "status": 400,
    "traceback": "",
}
EXCHANGE = {
    "side": "Walmart",
    "method": "POST",
    "url": "/v3/orders/1715428678567/shipping",
    "status": 400,
    "milliseconds": 214,
    "request_headers": {"WM_SEC.ACCESS_TOKEN": "•••"},
    "request": {"orderShipment": {"orderLines": {"orderLine": []}}},
    "response": {"errors": {"error": [{"code": "INVALID_REQUEST_CONTENT"}]}},
    "problem": "",
}
