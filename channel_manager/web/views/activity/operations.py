"""Activity: every operation with its tries, and what a person can do about one that failed."""

from types import ModuleType

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channel_manager.accounts.permissions import may_act, may_configure
from channel_manager.catalog import settling
from channel_manager.orders import actions
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.queries import named_by
from channel_manager.orders.troubles import troubles
from channel_manager.returns import actions as returns_actions
from channel_manager.returns.queries import return_of
from channel_manager.stores.models import Store
from channel_manager.sync import queries
from channel_manager.sync.models import State, SyncAttempt, SyncOperation
from channel_manager.web import access, labels
from channel_manager.web.formats import words
from channel_manager.web.forms.order import SettlementForm
from channel_manager.web.subjects import named


@require_safe
def operations(request: HttpRequest, store_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    before = request.GET.get("before", "")
    states = [state] if state in State.values else []
    kind = kind if kind in labels.KINDS else ""
    position = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    page = queries.operations_page([store.pk], states=states, kind=kind, before=position)
    context = {
        "store": store,
        "operations": page.operations,
        "following": page.next_before,
        "subjects": named(store.pk, [operation.subject for operation in page.operations]),
        "wanted": {"state": "".join(states), "kind": kind, "before": position},
        "troubles": troubles([store.pk])[store.pk] if not (state or kind or position) else [],
        "may_act": may_act(request.user, store.pk),
        "may_configure": may_configure(request.user, store.pk),
        "states": State.choices,
        "kinds": labels.KINDS,
    }
    return render(request, "activity/list.html", context)


@require_safe
def operation(request: HttpRequest, store_id: int, operation_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    found, attempts = _operation(store, operation_id)
    order = named_by(store.pk, [found.subject]).get(found.subject)
    context = {
        "store": store,
        "operation": found,
        "attempts": attempts,
        "order": order,
        "about": None if order else named(store.pk, [found.subject]).get(found.subject),
        "returned": return_of(found),
        "may_act": may_act(request.user, store.pk),
    }
    return render(request, "activity/operation.html", context)


@require_POST
def retry(request: HttpRequest, store_id: int, operation_id: int) -> HttpResponse:
    store = access.store(request, store_id)
    access.require_act(request, store)
    found, _attempts = _operation(store, operation_id)
    try:
        _decided_by(found).retry(found.pk, by=access.person(request), at=timezone.now())
    except NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    else:
        messages.success(request, _("It is tried again now."))
    return _back(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
def settlement(request: HttpRequest, store_id: int, operation_id: int) -> HttpResponse:
    """End an operation by hand, with a reason that stays on record."""
    store = access.store(request, store_id)
    access.require_act(request, store)
    found, _attempts = _operation(store, operation_id)
    form = SettlementForm(request.POST or None)
    if form.is_valid():
        try:
            _decided_by(found).settle(
                found.pk, reason=form.cleaned_data["reason"], by=access.person(request), at=timezone.now()
            )
        except NotPossible as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, words(refusal.sentence))
        else:
            messages.success(request, _("It is settled and will not be tried again."))
            return redirect("operation", store.pk, found.pk)
    context = {"store": store, "operation": found, "form": form}
    return render(request, "activity/settlement.html", context, status=422 if form.errors else 200)


@require_POST
def synchronisation(request: HttpRequest, store_id: int) -> HttpResponse:
    """Read both platforms now instead of at the next poll."""
    store = access.store(request, store_id)
    access.require_act(request, store)
    actions.sync_now(store, by=access.person(request))
    messages.success(request, _("Both platforms are read now."))
    back = request.POST.get("back", "")
    lists = [reverse(name, args=[store.pk]) for name in ("orders", "returns")]
    return redirect(back) if back.partition("?")[0] in lists else redirect("orders", store.pk)


def _back(request: HttpRequest, operation: SyncOperation) -> HttpResponse:
    """To the page that the button was on."""
    back = request.POST.get("back")
    if back == "subject" and (order := named_by(operation.store_id, [operation.subject]).get(operation.subject)):
        return redirect("order", operation.store_id, order.pk)
    if back == "return" and (returned := return_of(operation)):
        return redirect("return", operation.store_id, returned.pk)
    return redirect("operation", operation.store_id, operation.pk)


def _decided_by(operation: SyncOperation) -> ModuleType:
    """Where an operation's `retry` and `settle` are: an order is refreshed after it, a listing has none."""
    return returns_actions if operation.subject.startswith("order:") else settling


def _operation(store: Store, operation_id: int) -> tuple[SyncOperation, list[SyncAttempt]]:
    found = queries.operation_with_attempts(operation_id)
    if found is None or found[0].store_id != store.pk:
        raise Http404
    return found
