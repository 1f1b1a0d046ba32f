"""What was asked of many orders at once, written down before it is done, so that its page can say how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from channel_manager.accounts.models import User
from channel_manager.orders import actions
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.page import bulk
from channel_manager.orders.page.bulk import Checked
from channel_manager.orders.page.models import BulkRun
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync.models import State, SyncOperation

KEPT = timedelta(days=30)
LATELY = 5
NOTHING_FAILED = say("Nothing of it had failed.")
UNDER_WAY = say("It is on its way already: nothing was sent again.")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Begun:
    """`again`: the same form was sent before; nothing was done for it now."""

    run: BulkRun
    again: bool = False


def ship(store: Store, checked: Sequence[Checked], *, marker: UUID, by: User, at: datetime) -> Begun:
    """Record the rows that are right, each parcel by itself; a form that was sent already does nothing."""
    if sent := BulkRun.objects.filter(store=store, marker=marker).first():
        return Begun(sent, again=True)
    rows = [_parcel(one) for one in checked]
    try:
        with transaction.atomic():
            run = BulkRun.objects.create(store=store, user=by, kind=BulkRun.Kind.SHIP, marker=marker, rows=rows)
    except IntegrityError:  # in the same moment, from another window
        return Begun(BulkRun.objects.get(store=store, marker=marker), again=True)
    bulk.ship(checked, by=by, at=at)
    run.rows = [_parcel(one) for one in checked]
    return Begun(_recorded(run, at))


def resend(store: Store, order_ids: Sequence[int], *, by: User, at: datetime) -> BulkRun:
    """Send what failed of these orders again, each operation in a transaction of its own."""
    orders = PurchaseOrder.objects.filter(store=store, pk__in=order_ids).order_by("-ordered_at", "-pk")
    found = {order.subject: order for order in orders.only("number", "store_id", "ordered_at")}
    open_ones = SyncOperation.objects.filter(store=store, subject__in=found).exclude(
        state__in=(State.DONE, State.SKIPPED, State.SETTLED)
    )
    states = {subject: dict[int, str]() for subject in found}
    for pk, subject, state in open_ones.order_by("pk").values_list("pk", "subject", "state"):
        states[subject][pk] = state
    rows = [_resent(order, states[subject]) for subject, order in found.items()]
    run = BulkRun.objects.create(store=store, user=by, kind=BulkRun.Kind.RESEND, rows=rows)
    for row in run.rows:
        _send_again(row, by, at)
    return _recorded(run, at)


def lately(store: Store) -> list[BulkRun]:
    return list(BulkRun.objects.filter(store=store).select_related("user").order_by("-pk")[:LATELY])


def forget_runs(now: datetime) -> int:
    """Those of long ago; how many. In a transaction."""
    return BulkRun.objects.filter(begun_at__lt=now - KEPT).delete()[0]


def _recorded(run: BulkRun, at: datetime) -> BulkRun:
    run.recorded_at = at
    run.save(update_fields=["rows", "recorded_at"])
    return run


def _parcel(one: Checked) -> Row:
    return {
        "place": one.row.place,
        "order": one.order.pk if one.order else None,
        "typed": one.row.order,
        "sku": one.row.sku,
        "quantity": one.row.typed,
        "units": sum(one.units.values()),
        "carrier": one.row.carrier,
        "number": one.row.number,
        "parcel": str(one.parcel) if one.parcel else "",
        "refusal": one.refusal.as_json() if one.refusal else None,
    }


def _resent(order: PurchaseOrder, states: dict[int, str]) -> Row:
    failed = [pk for pk, state in states.items() if state == State.FAILED]
    refusal = None if failed else UNDER_WAY if states else NOTHING_FAILED
    return {
        "order": order.pk,
        "typed": order.number,
        "operations": failed,
        "refusal": refusal.as_json() if refusal else None,
    }


def _send_again(row: Row, by: User, at: datetime) -> None:
    """As far as it goes: what somebody else sent or settled in the meantime is where they left it."""
    for operation in row["operations"]:
        try:
            actions.retry(operation, by=by, at=at)
        except NotPossible as refusal:
            row["refusal"] = refusal.sentence.as_json()
            return
