"""Receiving returns of the marketplace: recorded as they are, joined to the order lines they are about.

Receiving a return again is harmless: the natural key finds it, and one that reads as before is not touched.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import QuerySet

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders.models import OrderLine, PurchaseOrder
from channel_manager.ports.messages import Fulfilment
from channel_manager.ports.returns import IncomingReturn, IncomingReturnLine, ReturnKind, ReturnState, UnreadableReturn
from channel_manager.returns import closing, mirroring, state
from channel_manager.returns.intake import memos
from channel_manager.returns.models import Return, ReturnLine
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync import sql

PERSONAL = ("customerName", "customerEmailId")
"""Members of the raw JSON that are of no use here and name the buyer."""

LATE = """
    SELECT wanted.id, wanted.parent_id, known.id AS order_id, line.id AS line_id
    FROM returns_returnline wanted
    JOIN returns_return parent ON parent.id = wanted.parent_id
    JOIN orders_purchaseorder known ON known.store_id = parent.store_id AND known.number = wanted.order_number
    JOIN orders_orderline line ON line.order_id = known.id AND line.number = wanted.order_line_number
    WHERE parent.store_id = %s AND wanted.line_id IS NULL
"""


def receive(store: Store, found: Sequence[IncomingReturn | UnreadableReturn], now: datetime) -> None:
    """Take in one page, in the caller's transaction. A return that cannot be read is stored raw and shown."""
    readable = {one.number: one for one in found if isinstance(one, IncomingReturn)}
    known = _known(store, readable)
    orders = _orders(store, readable.values())
    state.lock_orders(orders.values())
    for number in sorted(readable):
        incoming = readable[number]
        if number not in known or not _reads_as_before(known[number], incoming):
            _take_over(store, known.get(number), incoming, orders, now)
    for one in found:
        if isinstance(one, UnreadableReturn):
            _keep_raw(store, one, now)
    join_late(store, now)
    mirroring.mirror_late(store, now)


def join_late(store: Store, now: datetime) -> None:
    """Returns may come before their orders: those that are known by now are joined."""
    found = sql.rows(LATE, [store.pk])
    state.lock_orders(row["order_id"] for row in found)
    for row in found:
        ReturnLine.objects.filter(pk=row["id"]).update(order=row["order_id"], line=row["line_id"])
    for return_id in sorted({row["parent_id"] for row in found}):
        returned = state.locked(return_id)
        _note(returned, "joined", say("The order of return %(number)s is known now.", number=returned.number))
        _follow(returned, now)


def _known(store: Store, numbers: Iterable[str]) -> dict[str, int]:
    return dict(Return.objects.filter(store=store, number__in=list(numbers)).values_list("number", "pk"))


def _orders(store: Store, found: Iterable[IncomingReturn]) -> dict[str, int]:
    numbers = {line.order_number for incoming in found for line in incoming.lines}
    return dict(PurchaseOrder.objects.filter(store=store, number__in=numbers).values_list("number", "pk"))


def _reads_as_before(return_id: int, incoming: IncomingReturn) -> bool:
    return Return.objects.filter(pk=return_id, raw=_impersonal(incoming.raw)).exists()


def _impersonal(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name not in PERSONAL}


def _take_over(
    store: Store, return_id: int | None, incoming: IncomingReturn, orders: dict[str, int], now: datetime
) -> None:
    facts = _columns(incoming)
    if return_id:
        Return.objects.filter(pk=return_id).update(**facts)
    returned = state.locked(return_id or Return.objects.create(store=store, **facts).pk)
    before = {line.number: line for line in returned.lines.all()}
    _write_lines(returned, incoming, before, orders)
    _follow_orders(returned)
    _tell(returned, before, incoming, is_new=return_id is None)
    _follow(returned, now)


def _follow(returned: Return, now: datetime) -> None:
    """What a change of the return brings about. Its orders are locked."""
    for order_id in returned.lines.exclude(order=None).values_list("order", flat=True).distinct().order_by("order"):
        memos.reconsider(order_id)
    closing.refunded_at_marketplace(returned, now)
    mirroring.mirror(returned, now)
    state.refresh(returned)


def _follow_orders(returned: Return) -> None:
    """Walmart does not name who fulfils a return; where the order is known, it does."""
    if returned.lines.filter(order__fulfilment=Fulfilment.MARKETPLACE).exists():
        returned.fulfilment = Fulfilment.MARKETPLACE
        returned.save(update_fields=["fulfilment"])


def _write_lines(
    returned: Return, incoming: IncomingReturn, before: Mapping[str, ReturnLine], orders: dict[str, int]
) -> None:
    lines = OrderLine.objects.filter(order__in=orders.values())
    by_place = {(line.order_id, line.number): line for line in lines}
    for position, shown in enumerate(incoming.lines):
        order_id = orders.get(shown.order_number)
        line = by_place.get((order_id or 0, shown.order_line_number))
        columns = {"position": position, "order_id": order_id, "line": line}
        columns |= _line_columns(shown, before.get(shown.number))
        ReturnLine.objects.update_or_create(parent=returned, number=shown.number, defaults=columns)


def _columns(incoming: IncomingReturn) -> dict[str, Any]:
    return {
        "number": incoming.number,
        "customer_order_number": incoming.customer_order_number,
        "requested_at": incoming.requested_at,
        "return_by": incoming.return_by,
        "kind": incoming.kind,
        "replacement_order_number": incoming.replacement_order_number,
        "fulfilment": incoming.fulfilment,
        "currency": incoming.currency,
        "stated_total": incoming.stated_total,
        "tracking_numbers": list(incoming.tracking_numbers),
        "raw": _impersonal(incoming.raw),
        "problem": None,
    }


def _line_columns(shown: IncomingReturnLine, known: ReturnLine | None) -> dict[str, Any]:
    return {
        "order_number": shown.order_number,
        "order_line_number": shown.order_line_number,
        "sku": shown.sku,
        "name": shown.name[:500],
        "quantity": max(shown.quantity, known.recorded if known else 0),
        "reason": shown.reason[:64],
        "state": shown.state,
        "delivered_at": shown.delivered_at or (known and known.delivered_at),
        "completed_at": shown.completed_at,
        "reported_refunded": shown.refunded,
        "elsewhere": max(shown.refunded - known.sent, known.elsewhere) if known else shown.refunded,
        "refund_channel": shown.refund_channel[:64],
        "refund_state": shown.refund_state[:64],
        "keep_it": shown.keep_it,
        "goods_expected": shown.goods_expected,
        "exceptional": shown.exceptional,
        "product": shown.charges.product,
        "product_tax": shown.charges.product_tax,
        "shipping": shown.charges.shipping,
        "shipping_tax": shown.charges.shipping_tax,
        "fee": shown.fee,
    }


def _tell(returned: Return, before: dict[str, ReturnLine], incoming: IncomingReturn, *, is_new: bool) -> None:
    """The steps that people follow, on the return and on its orders."""
    if is_new:
        units = sum(line.quantity for line in incoming.lines)
        _note(
            returned,
            "return_requested",
            say("Return %(number)s requested; units: %(units)s.", number=returned.number, units=units),
            at=incoming.requested_at,
        )
    if any(shown.delivered_at and not _was(before, shown).delivered_at for shown in incoming.lines):
        words = say("Return %(number)s reached the return center.", number=returned.number)
        _note(returned, "return_delivered", words)
    if units := sum(max(shown.refunded - _was(before, shown).reported_refunded, 0) for shown in incoming.lines):
        words = say(
            "Walmart shows units of return %(number)s as refunded: %(units)s.", number=returned.number, units=units
        )
        _note(returned, "return_refunded", words)
    gone = [shown for shown in incoming.lines if shown.state == ReturnState.CANCELLED]
    if any(_was(before, shown).state != ReturnState.CANCELLED for shown in gone):
        _note(returned, "return_canceled", say("Return %(number)s was canceled.", number=returned.number))


def _was(before: dict[str, ReturnLine], shown: IncomingReturnLine) -> ReturnLine:
    return before.get(shown.number) or ReturnLine(reported_refunded=0, state="")


def _keep_raw(store: Store, unreadable: UnreadableReturn, now: datetime) -> None:
    """Shown under its number, or one made of its content, with what is wrong with it."""
    name = (
        unreadable.number or "?" + hashlib.sha256(msgspec.json.encode(unreadable.raw, order="sorted")).hexdigest()[:16]
    )
    first = {
        "requested_at": now,
        "kind": ReturnKind.REFUND,
        "fulfilment": Fulfilment.SELLER,
        "currency": store.currency,
        "raw": _impersonal(unreadable.raw),
    }
    returned, created = Return.objects.get_or_create(store=store, number=name, defaults=first)
    if created or returned.problem != unreadable.problem.as_json():
        returned = state.locked(returned.pk)
        returned.problem = unreadable.problem.as_json()
        _note(returned, "unreadable", unreadable.problem)
        state.refresh(returned)


def _note(returned: Return, kind: str, sentence: Sentence, *, at: datetime | None = None) -> None:
    """On the return's own timeline and on that of each of its orders."""
    for subject in [returned.subject, *_subjects(returned.lines.exclude(order=None))]:
        record(subject, kind, sentence, store_id=returned.store_id, actor=Actor.MARKETPLACE, at=at)


def _subjects(lines: QuerySet[ReturnLine]) -> list[str]:
    return [f"order:{pk}" for pk in lines.order_by("order_id").values_list("order_id", flat=True).distinct()]
