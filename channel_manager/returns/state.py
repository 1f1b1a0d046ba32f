"""Locking a return, and refreshing what pages filter by. The one writer of the caches.

Orders are locked before returns, wherever both are.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from channel_manager.orders import state as orders
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports import deadlines
from channel_manager.ports.deadlines import HOUR, Clock
from channel_manager.ports.returns import ReturnKind
from channel_manager.returns import lifecycle
from channel_manager.returns.lifecycle import LineFacts
from channel_manager.returns.models import Effect, Refund, Return, ReturnLine, Status
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync.models import State, SyncOperation

SHOWN_ONLY = say("Returned to Walmart's own warehouse: shown only.")
UNKNOWN_LINE = say("A line of this return is not part of its order here. Refund it in Seller Center.")
UNKNOWN_ORDER = say("The order of this return is not known here. Refund it in Seller Center.")
NOT_IN_COMMERCE = say("The order does not exist in Commerce. Refund it in Seller Center.")
OWED = say("Walmart has refunded the buyer by itself. Create the credit memo so that Commerce agrees.")
UNDER_WAY = say("The refund is on its way to Walmart.")
SETTLED = say("Walmart does not show the refund yet.")
REPLACED = say("The buyer gets a replacement, not money.")
CALLED_OFF = say("The return was canceled.")
KEPT = say("The buyer keeps the item.")


def locked(return_id: int) -> Return:
    """The return, locked until the transaction ends; its orders have been locked before. Its raw JSON is left out."""
    returns = Return.objects.select_for_update(of=("self",)).select_related("store__rules")
    return returns.defer("raw").get(pk=return_id)


def lock_orders(order_ids: Iterable[int | None]) -> None:
    orders.lock_all({pk for pk in order_ids if pk})


def facts(line: ReturnLine) -> LineFacts:
    return LineFacts(
        quantity=line.quantity,
        state=line.state,
        recorded=line.recorded,
        reported=max(line.reported_refunded, line.elsewhere + line.paid_by_order),
        keep_it=line.keep_it,
        delivered_at=line.delivered_at,
    )


def add_units(return_line_id: int, **columns: int) -> None:
    """Add to quantity columns of a line; the database refuses more than was returned."""
    ReturnLine.objects.filter(pk=return_line_id).update(**{name: F(name) + units for name, units in columns.items()})


def refresh(returned: Return, *, changed: bool = True) -> None:
    """Recompute status, flags, deadline and details from the facts."""
    lines = list(returned.lines.select_related("order"))
    read = [facts(line) for line in lines]
    returned.status = lifecycle.status(read, returned.kind) if not returned.problem else Status.RECEIVED
    returned.refund_by = None if returned.read_only or _moneyless(returned) else _refund_by(returned, read)
    troubles = [*_problem(returned), *_failed(returned)]
    asks = _asks(returned, lines, read)
    returned.has_error = bool(troubles)
    returned.needs_action = bool(troubles or asks)
    told = [*troubles, *asks, *_remarks(returned, read, failed=bool(troubles))]
    returned.details = [sentence.as_json() for sentence in told]
    if changed:
        returned.updated_at = timezone.now()
    returned.save()


def ask(order: PurchaseOrder) -> None:
    """Write down what a person must decide about the order's credit memos, and refresh it. The order is locked."""
    undecided = Refund.objects.filter(order=order, effect=Effect.ASK).select_related("order")
    order.questions = [_question(refund).as_json() for refund in undecided]
    orders.refresh(order)


def refresh_of(order_id: int) -> None:
    """Refresh the returns that an order has part in."""
    for pk in Return.objects.filter(lines__order=order_id).distinct().order_by("pk").values_list("pk", flat=True):
        refresh(locked(pk))


def open_lines(order_id: int) -> list[ReturnLine]:
    """Lines of returns of an order that a credit memo may settle, oldest return first."""
    found = ReturnLine.objects.filter(order=order_id, line__isnull=False, quantity__gt=F("recorded"))
    found = found.select_related("line")
    found = found.filter(parent__kind=ReturnKind.REFUND).exclude(parent__fulfilment="marketplace")
    return [line for line in found.order_by("parent__requested_at", "parent_id", "pk") if facts(line).room]


def _problem(returned: Return) -> list[Sentence]:
    return [Sentence.from_json(returned.problem)] if returned.problem else []


def _failed(returned: Return) -> list[Sentence]:
    """What went wrong with its refunds, latest first; also what waits for something that may pass."""
    told = SyncOperation.objects.filter(
        subject__in=[f"order:{pk}" for pk in returned.refunds.values_list("order_id", flat=True)],
        payload__refund__in=list(returned.refunds.values_list("pk", flat=True)),
        state__in=[State.FAILED, State.WAITING],
        error__isnull=False,
    ).order_by("-id")
    return [
        Sentence.from_json(error["sentence"])
        for state, error in told.values_list("state", "error")
        if error and (state == State.FAILED or error["class"] in ("Postponed", "Misconfigured"))
    ]


def _asks(returned: Return, lines: list[ReturnLine], read: list[LineFacts]) -> list[Sentence]:
    if returned.read_only or _moneyless(returned) or returned.status != Status.RECEIVED:
        return []
    if any(line.order_id is None for line in lines):
        return [UNKNOWN_ORDER]
    if any(line.line_id is None for line in lines):
        return [UNKNOWN_LINE]
    if any(line.order and line.order.commerce_order_id is None for line in lines):
        return [NOT_IN_COMMERCE]
    if any(line.owed for line in read):
        return [OWED]
    waits = [line for line in read if line.room and line.unpaid and (line.delivered_at or line.keep_it)]
    return [say("The goods are back: create the credit memo.")] if waits else []


def _remarks(returned: Return, read: list[LineFacts], *, failed: bool) -> list[Sentence]:
    if returned.read_only:
        return [SHOWN_ONLY]
    if _moneyless(returned):
        return [REPLACED]
    if returned.status == Status.CLOSED:
        return [CALLED_OFF]
    behind = any(line.recorded > line.reported for line in read)
    under_way = behind and returned.refunds.filter(reported_at=None).exists()
    behind_words = [UNDER_WAY if under_way else SETTLED] if behind and not failed else []
    return [*behind_words, *([KEPT] if any(line.keep_it for line in read) else [])]


def _moneyless(returned: Return) -> bool:
    return returned.kind == ReturnKind.REPLACEMENT


def _question(refund: Refund) -> Sentence:
    if refund.order.status == "shipped":
        return say(
            "Credit memo %(number)s was made in Commerce and may be for a return that is open or being refunded. Say "
            "whether it refunds the return or pays the buyer something else.",
            number=refund.commerce_number,
        )
    return say(
        "Credit memo %(number)s was made in Commerce while a part of the order has shipped and a part has not. Say "
        "whether it refunds shipped units or cancels units that have not left.",
        number=refund.commerce_number,
    )


def _refund_by(returned: Return, read: list[LineFacts]) -> datetime | None:
    runs = deadlines.length(returned.store.marketplace, Clock.REFUND, returned.requested_at)
    return lifecycle.refund_by(read, int(runs / HOUR)) if runs else None


def deadline_passed(returned: Return, now: datetime) -> bool:
    return returned.refund_by is not None and returned.refund_by < now
