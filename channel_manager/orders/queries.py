"""What the pages on orders show: one function per screen, each with a fixed number of bounded queries."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from channel_manager.history import records
from channel_manager.history.models import Event
from channel_manager.orders import lifecycle
from channel_manager.orders.models import (
    Cancellation,
    CancellationLine,
    Hold,
    OrderLine,
    PurchaseOrder,
    Shipment,
    ShipmentLine,
    ShipmentTrack,
    Status,
    Treatment,
)
from channel_manager.orders.operations.creation import CreateCommerceOrder
from channel_manager.orders.plans import charges, live_line
from channel_manager.orders.rules import allocation
from channel_manager.orders.state import HOLDS
from channel_manager.ports import deadlines
from channel_manager.ports.deadlines import Clock
from channel_manager.ports.messages import Fulfilment
from channel_manager.shared.money import total
from channel_manager.shared.sentences import Sentence
from channel_manager.stores.models import Store
from channel_manager.sync.models import State, SyncAttempt, SyncOperation
from channel_manager.sync.queries import open_of_subjects

UNFINISHED = (Status.OPEN, Status.PARTIALLY_SHIPPED)
RISK = timedelta(hours=24)
ACKNOWLEDGE_RISK = timedelta(hours=1)
MOST = 10_000
PAGE = 50
TIMELINE = 100


class _Counted(Subquery):
    """How many rows a bounded query finds, beside others in one statement."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def cards(now: datetime) -> dict[str, Q]:
    """The status cards of the Orders page: what each one counts and filters by."""
    ours = ~Q(fulfilment=Fulfilment.MARKETPLACE) & ~Q(treatment=Treatment.IGNORE)
    return {
        "open": Q(status=Status.OPEN),
        "partially_shipped": Q(status=Status.PARTIALLY_SHIPPED),
        "shipped": Q(status=Status.SHIPPED),
        "canceled": Q(status=Status.CANCELED),
        "errors": Q(has_error=True),
        "needs_action": Q(needs_action=True),
        "at_risk": Q(status__in=UNFINISHED) & (_ship_soon(now) | _acknowledge_soon(now)) & ours,
        "buyer_asked": Q(status__in=UNFINISHED, buyer_asked_at__isnull=False),
    }


def _ship_soon(now: datetime) -> Q:
    """Near the day to ship by, or past it: what follows it, the marketplace's own cancellation, is later still."""
    return Q(ship_by__lte=now + RISK)


def _acknowledge_soon(now: datetime) -> Q:
    """Orders are acknowledged half an hour before the deadline at the latest: later than that something is wrong."""
    return Q(acknowledged_at__isnull=True, acknowledge_by__lte=now + ACKNOWLEDGE_RISK)


def auto_cancel_at(order: PurchaseOrder) -> datetime | None:
    """When the marketplace cancels what has not shipped. The order comes with its store."""
    marketplace, begins = order.store.marketplace, order.ship_by
    return deadlines.due(marketplace, Clock.AUTO_CANCEL, ordered_at=order.ordered_at, begins=begins)


def card_counts(store_ids: Sequence[int], now: datetime) -> dict[int, dict[str, int]]:
    """Orders by card, by store, in one statement. A count stops at MOST, so that it costs the same in any store."""
    counts: dict[str, Any] = {
        f"{card}_count": _Counted(PurchaseOrder.objects.filter(wanted, store=OuterRef("pk")).values("pk")[:MOST])
        for card, wanted in cards(now).items()
    }
    rows: Iterable[dict[str, int]] = Store.objects.filter(pk__in=store_ids).values("pk", **counts)  # type: ignore[assignment] # the plugin cannot read keywords
    return {row["pk"]: {card: row[f"{card}_count"] for card in cards(now)} for row in rows}


# ---- the Orders page ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of the page before: what it is sorted by, and its id."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`sort` is "ordered", newest first, or "ship_by", most urgent first, which leaves finished orders out."""

    card: str = ""
    search: str = ""
    sort: str = "ordered"
    after: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPage:
    orders: list[PurchaseOrder]
    following: Position | None


def orders_page(store_id: int, wanted: Wanted, now: datetime, *, size: int = PAGE) -> OrdersPage:
    found = PurchaseOrder.objects.filter(store=store_id).defer("raw_first", "raw_latest", "address", "adjusted")
    if wanted.card:
        found = found.filter(cards(now)[wanted.card])
    if wanted.search:
        found = found.filter(pk__in=_matching(store_id, wanted.search))
    lines = OrderLine.objects.only("order_id", "sku", "quantity", "position")
    rows = list(_sorted(found, wanted).prefetch_related(Prefetch("lines", lines))[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return OrdersPage(orders=rows, following=_position(rows[-1], wanted.sort) if more else None)


def latest_received(store_id: int) -> int:
    """The id of the order that was received last; 0 before the first. Ids grow as orders come in, not as placed."""
    return PurchaseOrder.objects.filter(store=store_id).aggregate(latest=Max("pk"))["latest"] or 0


def newer_orders(store_id: int, than: int) -> int:
    """How many orders were received after the one with this id; stops at 100."""
    return PurchaseOrder.objects.filter(store=store_id, pk__gt=than)[:100].count()


def _sorted(found: QuerySet[PurchaseOrder], wanted: Wanted) -> QuerySet[PurchaseOrder]:
    """The redundant bound on the leading column is what lets the index start at the position."""
    after = wanted.after
    if wanted.sort == "ship_by":
        found = found.filter(status__in=UNFINISHED, ship_by__isnull=False).order_by("ship_by", "id")
        return found.filter(Q(ship_by__gt=after.at) | Q(id__gt=after.id), ship_by__gte=after.at) if after else found
    found = found.order_by("-ordered_at", "-id")
    return found.filter(Q(ordered_at__lt=after.at) | Q(id__lt=after.id), ordered_at__lte=after.at) if after else found


def _position(order: PurchaseOrder, sort: str) -> Position:
    at = order.ship_by if sort == "ship_by" else order.ordered_at
    assert at is not None
    return Position(at, order.pk)


def _matching(store_id: int, text: str) -> QuerySet[Any, Any]:
    """Ids of orders that carry exactly this number, SKU or tracking number; each branch has its index."""
    typed = {text, text.upper(), text.removeprefix("#"), "".join(text.split()).upper()}
    ours = PurchaseOrder.objects.filter(store=store_id)
    lines = OrderLine.objects.filter(sku__in=typed, order__store=store_id)
    tracks = ShipmentTrack.objects.filter(number__in=typed, shipment__order__store=store_id)
    return (
        ours.filter(number__in=typed)
        .values("pk")
        .union(
            ours.filter(commerce_number__in=typed).values("pk"),
            ours.filter(customer_order_number__in=typed).values("pk"),
            lines.order_by().values("order_id"),
            tracks.order_by().values("shipment__order_id"),
        )
    )


# ---- the Order page ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    line: OrderLine
    ledger: lifecycle.Ledger
    total: Decimal

    @property
    def open(self) -> int:
        return max(self.ledger.open, 0)

    @property
    def unreported_shipped(self) -> int:
        return max(self.ledger.shipped - int(self.line.reported_shipped), 0)

    @property
    def unreported_cancelled(self) -> int:
        return max(self.ledger.cancelled - int(self.line.reported_cancelled), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """`charged` is the sum of the marketplace's charges, `expected` their part that the Commerce order was made for."""

    products: Decimal
    shipping: Decimal
    tax: Decimal
    fees: Decimal
    discount: Decimal
    charged: Decimal
    stated: Decimal | None
    expected: Decimal | None
    commerce: Decimal | None

    @property
    def agree(self) -> bool:
        return self.commerce in (None, self.expected) and self.stated in (None, self.charged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened: an event, or one try of an operation with what was exchanged."""

    at: datetime
    event: Event | None = None
    attempt: SyncAttempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderScreen:
    """`troubles` have failed for good, `waiting` are to be sent; `remarks` are what the order's details say besides.
    `ship_blocked` and `cancel_blocked` say why it cannot be done now.
    """

    lines: list[LineRow]
    totals: Totals
    shipments: list[Shipment]
    cancellations: list[Cancellation]
    troubles: list[SyncOperation]
    waiting: list[SyncOperation]
    remarks: list[Mapping[str, Any]]
    timeline: list[Entry]
    auto_cancel_at: datetime | None
    ship_blocked: Sentence | None
    cancel_blocked: Sentence | None
    may_create: bool

    @property
    def refused_shipments(self) -> set[int]:
        """Shipments that a platform refused and a person must look at."""
        return {operation.payload["shipment"] for operation in self.troubles if "shipment" in operation.payload}

    @property
    def open_units(self) -> int:
        return sum(row.open for row in self.lines)


def order_screen(order: PurchaseOrder) -> OrderScreen:
    lines = order_lines(order)
    operations = open_of_subjects([order.subject])[order.subject]
    told = [operation.error["sentence"] for operation in operations if operation.error]
    told.append(HOLDS[Hold.CARRIER].as_json())  # shown with what can be done about it
    any_open = any(row.open for row in lines)
    return OrderScreen(
        lines=lines,
        totals=_totals(order, lines),
        shipments=list(_shipments(order)),
        cancellations=list(_cancellations(order)),
        troubles=[operation for operation in operations if operation.state == State.FAILED],
        waiting=[operation for operation in operations if operation.state != State.FAILED],
        remarks=[sentence for sentence in order.details if sentence not in (*told, order.problem)],
        timeline=timeline(order),
        auto_cancel_at=auto_cancel_at(order) if any_open else None,
        ship_blocked=lifecycle.why_not_shippable(order, order.store, any_open=any_open),
        cancel_blocked=lifecycle.why_not_cancellable(order, order.store, any_open=any_open),
        may_create=_may_create(order, operations),
    )


def version(order: PurchaseOrder, lines: Iterable[OrderLine]) -> str:
    """Changes with what a person decides upon: quantities, the buyer's requests, errors, and the order in Commerce.
    What goes on beside that, such as an acknowledgement, makes no page stale.
    """
    facts = [order.commerce_number, order.commerce_state == "holded", order.has_error]
    facts += [(line.number, lifecycle.ledger(line), line.buyer_asked_to_cancel) for line in lines]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def order_lines(order: PurchaseOrder) -> list[LineRow]:
    return [
        LineRow(line=line, ledger=lifecycle.ledger(line), total=charges(line).total)
        for line in order.lines.select_related("item")
    ]


def timeline(order: PurchaseOrder, *, most: int = TIMELINE) -> list[Entry]:
    """The latest events and tries of one order, newest first."""
    events = [Entry(at=event.at, event=event) for event in records.timeline(order.subject)[:most]]
    attempts = (
        SyncAttempt.objects.filter(operation__subject=order.subject)
        .select_related("operation__requested_by")
        .order_by("-started_at", "-id")[:most]
    )
    tries = [Entry(at=attempt.started_at, attempt=attempt) for attempt in attempts]
    return sorted(events + tries, key=lambda entry: entry.at, reverse=True)[:most]


def shipped_with(order: PurchaseOrder, marker: UUID) -> bool:
    """Whether the form that carried this marker was already accepted."""
    return order.shipments.filter(marker=marker).exists()


def cancelled_with(order: PurchaseOrder, marker: UUID) -> bool:
    """Whether the form that carried this marker was already accepted."""
    return order.cancellations.filter(marker=marker).exists()


def _may_create(order: PurchaseOrder, operations: Sequence[SyncOperation]) -> bool:
    """An order without Commerce order that nobody is making one for."""
    under_way = any(operation.kind == CreateCommerceOrder.name for operation in operations)
    return not (order.commerce_order_id or order.read_only or order.problem or under_way) and order.store.may_write


def _shipments(order: PurchaseOrder) -> QuerySet[Shipment]:
    lines = ShipmentLine.objects.select_related("line").order_by("line__position", "line_id")
    people = ("requested_by", "override_by")
    return order.shipments.select_related(*people).prefetch_related("tracks", Prefetch("lines", lines))


def _cancellations(order: PurchaseOrder) -> QuerySet[Cancellation]:
    lines = CancellationLine.objects.select_related("line").order_by("line__position", "line_id")
    return order.cancellations.select_related("requested_by").prefetch_related(Prefetch("lines", lines))


def _totals(order: PurchaseOrder, rows: Sequence[LineRow]) -> Totals:
    charged = [charges(row.line) for row in rows]
    return Totals(
        products=total(charge.product for charge in charged),
        shipping=total(charge.shipping for charge in charged),
        tax=total(charge.product_tax + charge.shipping_tax + charge.fee_tax for charge in charged),
        fees=total(charge.fee for charge in charged),
        discount=total(charge.discount + charge.shipping_discount for charge in charged),
        charged=total(charge.total for charge in charged),
        stated=order.stated_total,
        expected=_expected_in_commerce(rows) if order.commerce_order_id else None,
        commerce=order.commerce_total,
    )


def _expected_in_commerce(rows: Sequence[LineRow]) -> Decimal:
    live = [live_line(row.line, row.line.commerce_quantity) for row in rows]
    return allocation.money(dict(enumerate(allocation.bundles(live)))).total


# ---- Activity ----------------------------------------------------------------------------------------------------


def named_by(store_id: int, subjects: Iterable[str]) -> dict[str, PurchaseOrder]:
    """The orders that operations are about, by subject; only their numbers are read."""
    ids = {int(tail) for subject in subjects if (tail := subject.removeprefix("order:")).isdecimal()}
    found = PurchaseOrder.objects.filter(store=store_id, pk__in=ids).only("number", "store_id")
    return {order.subject: order for order in found}


# ---- first connection --------------------------------------------------------------------------------------------


def undecided(store_id: int, orders_from: datetime) -> Mapping[str, int]:
    """What confirming a store would decide: orders found so far, before and since the moment."""
    waiting = PurchaseOrder.objects.filter(store=store_id, treatment=Treatment.UNDECIDED)
    return {
        "before": waiting.filter(ordered_at__lt=orders_from, status__in=UNFINISHED)[:MOST].count(),
        "since": waiting.filter(ordered_at__gte=orders_from)[:MOST].count(),
    }
