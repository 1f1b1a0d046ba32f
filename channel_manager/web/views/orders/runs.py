"""How something that was asked of many orders at once stands, row by row."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from channel_manager.accounts.permissions import may_act
from channel_manager.orders.page.models import BulkRun
from channel_manager.orders.page.standings import RowState, Standing, Standings, standings
from channel_manager.shared import spreadsheets
from channel_manager.web import access
from channel_manager.web.downloads import csv_file
from channel_manager.web.formats import words
from channel_manager.web.forms.parcels import HEADS, as_text, cells
from channel_manager.web.labels import ROW_DOTS, ROW_STATES, ROW_STATES_AGAIN
from channel_manager.web.patience import pause
from channel_manager.web.rows import version


@require_safe
def run(request: HttpRequest, store_id: int, run_id: int) -> HttpResponse:
    return render(request, "orders/run.html", _context(request, _standings(request, store_id, run_id)))


@require_safe
def run_progress(request: HttpRequest, store_id: int, run_id: int) -> HttpResponse:
    """What the page asks for while something is under way: how the rows stand, if that is not what it shows."""
    context = _context(request, _standings(request, store_id, run_id))
    context["changed"] = context["seen"] != request.GET.get("seen")
    return render(request, "orders/_run_changes.html", context)


@require_safe
def rest(request: HttpRequest, store_id: int, run_id: int) -> StreamingHttpResponse:
    """The rows of parcels that did not get through, with the reason: a file that is taken again once it is mended."""
    found = _standings(request, store_id, run_id)
    wrong = [one for one in found.rows if one.state in (RowState.LEFT_OUT, RowState.FAILED)]
    rows = ((*cells(one.row), _reason(one)) for one in wrong)
    return csv_file(f"not-shipped-{run_id}", spreadsheets.table((*HEADS, _("reason")), rows))


def _standings(request: HttpRequest, store_id: int, run_id: int) -> Standings:
    store = access.store(request, store_id)
    found = get_object_or_404(BulkRun.objects.select_related("user"), pk=run_id, store=store)
    found.store = store
    return standings(found, timezone.now())


def _context(request: HttpRequest, found: Standings) -> dict[str, Any]:
    run = found.run
    ships = run.kind == BulkRun.Kind.SHIP
    return {
        "store": run.store,
        "run": run,
        "standings": found,
        "ships": ships,
        "states": ROW_STATES if ships else ROW_STATES_AGAIN,
        "dots": ROW_DOTS if ships else ROW_DOTS | {RowState.LEFT_OUT: "canceled"},
        "seen": version((one.state, one.why, one.said, one.operation) for one in found.rows),
        "pause": pause(timezone.now() - run.begun_at),
        "again": as_text([one.row for one in found.left_out]) if ships else "",
        "may_act": may_act(request.user, run.store_id),
    }


def _reason(one: Standing) -> str:
    return " ".join(text for text in (words(one.why), one.said) if text)
