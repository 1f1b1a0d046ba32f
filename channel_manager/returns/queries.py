"""What the pages on returns and refunds show: one function per screen, each with a fixed number of bounded queries."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import IntegerField, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Now

from channel_manager.history.models import Event
from channel_manager.orders.models import PurchaseOrder, ShipmentTrack
from channel_manager.orders.plans import charges
from channel_manager.orders.queries import Entry
from channel_manager.ports.returns import ReturnState
from channel_manager.returns import actions, ledger, lifecycle, state
from channel_manager.returns.lifecycle import LineFacts
from channel_manager.returns.models import Effect, Refund, RefundLine, Return, ReturnLine, Status
from channel_manager.returns.operations.credit_memos import CANCELED
from channel_manager.returns.refunding import Part, shipping_of
from channel_manager.returns.rules import amounts
from channel_manager.shared.money import ZERO, total
from channel_manager.shared.sentences import Sentence
from channel_manager.stores.models import Store
from channel_manager.sync.models import State, SyncAttempt, SyncOperation

MOST = 10_000
PAGE = 50
TIMELINE = 100
RISK = timedelta(hours=24)
REFUND_EVENTS = ("refund", "credit_memo", "difference", "invoiced", "refunded", "repair", "decide")
"""Kinds of events that are kept on an order and belong to its returns as well."""


class _Counted(Subquery):
    """How many rows a bounded query finds, beside others in one statement."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


CARDS = {
    "received": Q(status=Status.RECEIVED),
    "refunded": Q(status=Status.REFUNDED),
    "errors": Q(has_error=True),
    "needs_action": Q(needs_action=True),
    "at_risk": Q(status=Status.RECEIVED, refund_by__lte=Now() + RISK),
}
"""The status cards of the Returns page: what each one counts and filters by."""


def card_counts(store_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Returns by card, by store, in one statement. A count stops at MOST."""
    counts: dict[str, Any] = {
        f"{card}_count": _Counted(Return.objects.filter(wanted, store=OuterRef("pk")).values("pk")[:MOST])
        for card, wanted in CARDS.items()
    }
    rows: Iterable[dict[str, int]] = Store.objects.filter(pk__in=store_ids).values("pk", **counts)  # type: ignore[assignment] # the plugin cannot read keywords
    return {row["pk"]: {card: row[f"{card}_count"] for card in CARDS} for row in rows}


# ---- the Returns page --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of the page before: what it is sorted by, and its id."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`sort` is "requested", newest first, or "refund_by", most urgent first, which leaves the others out."""

    card: str = ""
    search: str = ""
    sort: str = "requested"
    after: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A return with its orders and the order that a credit memo can be made for now, if any."""

    returned: Return
    lines: list[ReturnLine]
    orders: list[PurchaseOrder]
    to_refund: PurchaseOrder | None
    refund: Refund | None

    @property
    def amount(self) -> Decimal:
        return amount_of(self.returned, self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnsPage:
    rows: list[Row]
    following: Position | None


def returns_page(store_id: int, wanted: Wanted, *, size: int = PAGE) -> ReturnsPage:
    found = Return.objects.filter(store=store_id).select_related("store").defer("raw")
    if wanted.card:
        found = found.filter(CARDS[wanted.card])
    if wanted.search:
        found = found.filter(pk__in=_matching(store_id, wanted.search))
    lines = ReturnLine.objects.select_related("order", "line__item")
    refunds = Refund.objects.select_related("order__store").order_by("-pk")
    found = _sorted(found, wanted).prefetch_related(Prefetch("lines", lines), Prefetch("refunds", refunds))
    rows = list(found[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return ReturnsPage(rows=[_row(one) for one in rows], following=_position(rows[-1], wanted.sort) if more else None)


def amount_of(returned: Return, lines: Iterable[ReturnLine]) -> Decimal:
    """What the marketplace says it refunds, else what its charges add up to."""
    if returned.stated_total is not None:
        return Decimal(returned.stated_total)
    return total(ledger.return_charges(line).total for line in lines)


def _row(returned: Return) -> Row:
    lines = list(returned.lines.all())
    orders = list(dict.fromkeys(line.order for line in lines if line.order))
    open_for = (line.order for line in lines if line.order and _why_not(returned, line) is None)
    made = (refund for refund in returned.refunds.all() if refund.commerce_memo_id)
    return Row(returned=returned, lines=lines, orders=orders, to_refund=next(open_for, None), refund=next(made, None))


def _why_not(returned: Return, line: ReturnLine) -> Sentence | None:
    """Why not even one unit of it can be refunded now."""
    if sentence := actions.why_not(returned, line.order, line):
        return sentence
    item = line.line.item if line.line else None
    return lifecycle.why_not_shipped(item.shipped, item.refunded - ledger.taken_off(item), 1) if item else None


def _sorted(found: QuerySet[Return], wanted: Wanted) -> QuerySet[Return]:
    after = wanted.after
    if wanted.sort == "refund_by":
        found = found.filter(status=Status.RECEIVED, refund_by__isnull=False).order_by("refund_by", "id")
        return found.filter(Q(refund_by__gt=after.at) | Q(id__gt=after.id), refund_by__gte=after.at) if after else found
    found = found.order_by("-requested_at", "-id")
    if after is None:
        return found
    return found.filter(Q(requested_at__lt=after.at) | Q(id__lt=after.id), requested_at__lte=after.at)


def _position(returned: Return, sort: str) -> Position:
    at = returned.refund_by if sort == "refund_by" else returned.requested_at
    assert at is not None
    return Position(at, returned.pk)


def _matching(store_id: int, text: str) -> QuerySet[Any, Any]:
    """Ids of returns that carry exactly this number, SKU or tracking number, their own or their orders'."""
    typed = {text, text.upper(), text.removeprefix("#"), "".join(text.split()).upper()}
    ours = Return.objects.filter(store=store_id)
    lines = ReturnLine.objects.filter(parent__store=store_id).order_by()
    orders = PurchaseOrder.objects.filter(store=store_id, commerce_number__in=typed)
    tracks = ShipmentTrack.objects.filter(number__in=typed, shipment__order__store=store_id).order_by()
    return (
        ours.filter(number__in=typed)
        .values("pk")
        .union(
            ours.filter(customer_order_number__in=typed).values("pk"),
            lines.filter(order_number__in=typed).values("parent_id"),
            lines.filter(sku__in=typed).values("parent_id"),
            lines.filter(order__in=orders).values("parent_id"),
            lines.filter(order__in=tracks.values("shipment__order")).values("parent_id"),
            ours.filter(tracking_numbers__has_any_keys=list(typed)).values("pk"),
        )
    )


# ---- the Return page ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """`why_not` says why no credit memo can be made for it now."""

    line: ReturnLine
    facts: LineFacts
    amount: Decimal
    why_not: Sentence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPart:
    """The lines of a return that belong to one order; one credit memo is made for them. `order` may not be known."""

    order: PurchaseOrder | None
    number: str
    rows: list[LineRow]

    @property
    def may_refund(self) -> bool:
        return any(row.why_not is None for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnScreen:
    """`troubles` have failed for good, `waiting` are to be sent; `remarks` are what its details say besides."""

    parts: list[OrderPart]
    refunds: list[Refund]
    troubles: list[SyncOperation]
    waiting: list[SyncOperation]
    remarks: list[Mapping[str, Any]]
    timeline: list[Entry]
    amount: Decimal

    @property
    def to_repair(self) -> set[int]:
        """Refunds whose Commerce order must be reopened first, with a person's consent."""
        unmade = (refund for refund in self.refunds if not refund.commerce_memo_id and not refund.repair)
        return {refund.pk for refund in unmade if refund.order.commerce_state == CANCELED}


def return_screen(returned: Return) -> ReturnScreen:
    lines = list(returned.lines.select_related("order__store", "line__item"))
    refunds = list(_refunds(returned.refunds.all()))
    operations = _operations(refunds)
    told = [operation.error["sentence"] for operation in operations if operation.error]
    return ReturnScreen(
        parts=_parts(returned, lines),
        refunds=refunds,
        troubles=[operation for operation in operations if operation.state == State.FAILED],
        waiting=[operation for operation in operations if operation.state != State.FAILED],
        remarks=[sentence for sentence in returned.details if sentence not in told],
        timeline=_timeline(returned, lines, refunds),
        amount=amount_of(returned, lines),
    )


def _parts(returned: Return, lines: Iterable[ReturnLine]) -> list[OrderPart]:
    grouped: dict[str, list[ReturnLine]] = {}
    for line in lines:
        grouped.setdefault(line.order_number, []).append(line)
    return [
        OrderPart(order=group[0].order, number=number, rows=[_line_row(returned, line) for line in group])
        for number, group in grouped.items()
    ]


def _line_row(returned: Return, line: ReturnLine) -> LineRow:
    return LineRow(
        line=line,
        facts=state.facts(line),
        amount=ledger.return_charges(line).total,
        why_not=_why_not(returned, line),
    )


def _timeline(returned: Return, lines: Iterable[ReturnLine], refunds: Sequence[Refund]) -> list[Entry]:
    """What happened to the return, what happened to its orders on account of refunds, and every try; newest first."""
    orders = {f"order:{line.order_id}" for line in lines if line.order_id}
    events = Event.objects.filter(Q(subject=returned.subject) | Q(subject__in=orders, kind__in=REFUND_EVENTS))
    attempts = SyncAttempt.objects.filter(
        operation__subject__in=orders, operation__payload__refund__in=[refund.pk for refund in refunds]
    )
    found = [
        Entry(at=event.at, event=event) for event in events.select_related("user").order_by("-at", "-id")[:TIMELINE]
    ]
    latest = attempts.select_related("operation").order_by("-started_at", "-id")[:TIMELINE]
    found += [Entry(at=attempt.started_at, attempt=attempt) for attempt in latest]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:TIMELINE]


def _refunds(found: QuerySet[Refund]) -> QuerySet[Refund]:
    lines = RefundLine.objects.select_related("line").order_by("line__position", "pk")
    found = found.select_related("order__store", "parent", "requested_by").defer("parent__raw")
    return found.prefetch_related(Prefetch("lines", lines))


def _operations(refunds: Sequence[Refund]) -> list[SyncOperation]:
    """What waits, is being sent or has failed for these refunds, oldest first."""
    found = SyncOperation.objects.filter(
        subject__in={refund.order.subject for refund in refunds},
        payload__refund__in=[refund.pk for refund in refunds],
        state__in=[State.WAITING, State.SENDING, State.FAILED],
    )
    return list(found.order_by("id")) if refunds else []


def return_of(operation: SyncOperation) -> Return | None:
    """The return that an operation is about, if it is about one; only its number is read."""
    wanted = operation.payload.get("refund")
    return Return.objects.filter(refunds=wanted, store=operation.store_id).only("number").first() if wanted else None


# ---- the credit memo form ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoDraft:
    """What a credit memo for all that is left of a return would say. `walmart` is what Walmart pays for it, by kind of
    charge; `commerce` what the shop's memo comes to before adjustments, as far as can be told without asking it.
    """

    rows: list[LineRow]
    shipping: Decimal
    shipping_left: Decimal
    walmart: Decimal
    commerce: Decimal
    canceled_in_commerce: bool
    uninvoiced: bool

    @property
    def difference(self) -> Decimal:
        return self.walmart - self.commerce


def memo_draft(
    returned: Return, order: PurchaseOrder, units: Mapping[str, int] | None = None, *, shipping: Decimal | None = None
) -> MemoDraft:
    """`units` by the number of the return's line; all that is left unless given. `shipping` is what the marketplace
    pays back of it unless given.
    """
    lines = list(returned.lines.filter(order=order).select_related("order", "line__item"))
    rows = [_line_row(returned, line) for line in lines]
    parts = [
        Part(line=row.line.line, units=wanted, return_line=row.line)
        for row in rows
        if row.line.line and (wanted := _wanted(row, units))
    ]
    shipping = shipping_of(order, parts) if shipping is None else shipping
    before = dict(_counted_units(order))
    items = [row.line.line.item for row in rows if row.line.line and row.line.line.item]
    return MemoDraft(
        rows=rows,
        shipping=shipping,
        shipping_left=ledger.shipping_left(order),
        walmart=total(
            ledger.paid_by(part.return_line, before=part.return_line.recorded, units=part.units).total
            for part in parts
            if part.return_line
        ),
        commerce=total(_in_commerce(part, before.get(part.line.pk, 0)) for part in parts)
        + shipping
        + _shipping_tax(order, shipping),
        canceled_in_commerce=order.commerce_state == CANCELED,
        uninvoiced=any(item.shipped > item.invoiced for item in items),
    )


def _wanted(row: LineRow, units: Mapping[str, int] | None) -> int:
    if row.why_not is not None:
        return 0
    return min(row.facts.room, units.get(row.line.number, 0)) if units is not None else row.facts.room


def _in_commerce(part: Part, before: int) -> Decimal:
    charged = amounts.charged(charges(part.line))
    goes = amounts.part_of(charged, before=before, units=part.units, whole=part.line.quantity)
    return goes.product + goes.product_tax


def _shipping_tax(order: PurchaseOrder, shipping: Decimal) -> Decimal:
    charged = [amounts.charged(charges(line)) for line in order.lines.all()]
    whole, tax = total(one.shipping for one in charged), total(one.shipping_tax for one in charged)
    return (tax * shipping / whole).quantize(ZERO) if whole else ZERO


def version(returned: Return, lines: Iterable[ReturnLine]) -> str:
    """Changes with what a person decides upon: units, their states, errors."""
    facts = [returned.has_error, returned.status, *((line.number, state.facts(line)) for line in lines)]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def latest_event(returned: Return, order: PurchaseOrder) -> int:
    """The id of what happened last to either; 0 before anything did."""
    return _happened(returned, order).aggregate(latest=Max("pk"))["latest"] or 0


def happened_since(returned: Return, order: PurchaseOrder, event_id: int) -> list[Event]:
    """What happened to either after that event, newest first; the few latest. What both tell is told once."""
    found = _happened(returned, order).filter(pk__gt=event_id).select_related("user").order_by("-pk")[:8]
    return list({str(event.words): event for event in found}.values())[:4]


def _happened(returned: Return, order: PurchaseOrder) -> QuerySet[Event]:
    return Event.objects.filter(subject__in=[returned.subject, order.subject])


def refunded_with(order: PurchaseOrder, marker: Any) -> bool:
    """Whether the form that carried this marker was already accepted."""
    return Refund.objects.filter(order=order, marker=marker).exists()


# ---- on the pages of orders --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Units of an order line that come back, and units that were refunded."""

    returned: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSection:
    returns: list[Return]
    refunds: list[Refund]
    gone: Mapping[int, Gone]

    @property
    def undecided(self) -> list[Refund]:
        return [refund for refund in self.refunds if refund.effect == Effect.ASK]


def of_order(order: PurchaseOrder) -> OrderSection:
    """Returns and refunds of one order, and the units of its lines by line id."""
    lines = list(ReturnLine.objects.filter(order=order).select_related("parent"))
    back = {line.line_id: 0 for line in lines}
    for line in lines:
        back[line.line_id] += 0 if state.facts(line).cancelled else line.quantity
    refunded = dict(_counted_units(order))
    found = {line.parent_id: line.parent for line in lines}
    return OrderSection(
        returns=list(found.values()),
        refunds=list(_refunds(order.refunds.all())),
        gone={pk: Gone(returned=back.get(pk, 0), refunded=refunded.get(pk, 0)) for pk in {*back, *refunded} if pk},
    )


def requested(order_ids: Collection[int]) -> dict[int, Return]:
    """The open return that each order asks about, oldest first; orders without one are left out. One query."""
    open_lines = ReturnLine.objects.filter(order__in=order_ids, parent__status=Status.RECEIVED)
    open_lines = (
        open_lines.exclude(state=ReturnState.CANCELLED).select_related("parent").order_by("-parent__requested_at")
    )
    return {line.order_id: line.parent for line in open_lines.defer("parent__raw") if line.order_id}


def _counted_units(order: PurchaseOrder) -> QuerySet[Any, Any]:
    rows = RefundLine.objects.filter(refund__order=order).exclude(refund__effect=Effect.CANCELLATION)
    return rows.values_list("line").annotate(units=Sum("quantity"))
