"""Receiving a page of purchase orders: bulk statements for what is new or changed, one order at a time for changes.

Reading an order again is harmless: the natural key finds it, and an order that reads as before is not touched.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import prefetch_related_objects

from channel_manager.history.models import Actor, Event
from channel_manager.orders import lifecycle, state
from channel_manager.orders.intake import changes
from channel_manager.orders.intake.parity import problem_of
from channel_manager.orders.models import OrderLine, PurchaseOrder, Treatment
from channel_manager.orders.operations import acknowledgement, creation
from channel_manager.orders.rules.levels import line_levels
from channel_manager.ports import deadlines
from channel_manager.ports.deadlines import Clock
from channel_manager.ports.messages import Fulfilment, IncomingLine, IncomingOrder, UnreadableOrder
from channel_manager.shared.money import total
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import outbox, sql

UPSERT = """
    INSERT INTO orders_purchaseorder AS known
        (store_id, number, customer_order_number, ordered_at, ship_by, deliver_by, ship_method, fulfilment,
         replacement_for, email, buyer_name, address, adjusted, currency, total, stated_total, raw_first, raw_latest,
         problem, treatment, commerce_number, commerce_state, acknowledge_by, acknowledged_at, status, has_error,
         needs_action, details, received_at, received_by, updated_at)
    SELECT store_id, number, customer_order_number, ordered_at, ship_by, deliver_by, ship_method, fulfilment,
         replacement_for, email, buyer_name, address, '[]', currency, total, stated_total, raw, raw,
         problem, treatment, '', '', acknowledge_by, acknowledged_at, status, problem IS NOT NULL,
         problem IS NOT NULL, details, now, received_by, now
    FROM jsonb_to_recordset(%s::jsonb) AS new (
        store_id bigint, number text, customer_order_number text, ordered_at timestamptz, ship_by timestamptz,
        deliver_by timestamptz, ship_method text, fulfilment text, replacement_for text, email text, buyer_name text,
        address jsonb, currency text, total numeric, stated_total numeric, raw jsonb, problem jsonb, treatment text,
        acknowledge_by timestamptz, acknowledged_at timestamptz, status text, details jsonb, now timestamptz,
        received_by text)
    ON CONFLICT (store_id, number) DO UPDATE SET
        raw_latest = excluded.raw_latest,
        ship_by = coalesce(excluded.ship_by, known.ship_by),
        deliver_by = coalesce(excluded.deliver_by, known.deliver_by),
        email = coalesce(nullif(excluded.email, ''), known.email)
    WHERE known.raw_latest IS DISTINCT FROM excluded.raw_latest
    RETURNING id, number, xmax = 0 AS is_new
"""
ADD_LINES = """
    INSERT INTO orders_orderline
        (order_id, number, position, sku, name, quantity, product, product_tax, shipping, shipping_tax, fee, fee_tax,
         discount, shipping_discount, charge_names, buyer_asked_to_cancel, reported_created, reported_shipped,
         reported_delivered, reported_cancelled, reported_refunded, sent_shipped, sent_cancelled, recorded_shipped,
         recorded_cancelled, commerce_quantity, cancelled_before, shipped_before)
    SELECT order_id, number, position, sku, name, quantity, product, product_tax, shipping, shipping_tax, fee, fee_tax,
         discount, shipping_discount, charge_names, false, created, shipped, delivered, cancelled, refunded,
         0, 0, 0, 0, 0, 0, 0
    FROM jsonb_to_recordset(%s::jsonb) AS new (
        order_id bigint, number text, position smallint, sku text, name text, quantity integer, product numeric,
        product_tax numeric, shipping numeric, shipping_tax numeric, fee numeric, fee_tax numeric, discount numeric,
        shipping_discount numeric, charge_names jsonb, created integer, shipped integer, delivered integer,
        cancelled integer, refunded integer)
    ON CONFLICT (order_id, number) DO NOTHING
"""


def receive(
    store: Store,
    found: Sequence[IncomingOrder | UnreadableOrder],
    *,
    now: datetime,
    by: str = "",
) -> None:
    """Take in one page, in the caller's transaction. An order that cannot be read is stored raw and shown.

    `by` is kept on new orders: the name of the stream that brought them.
    """
    readable = {order.number: order for order in found if isinstance(order, IncomingOrder)}
    unreadable = {_name(order): order for order in found if isinstance(order, UnreadableOrder)}
    records = [_record(store, order, now) for order in readable.values()]
    records += [_raw_record(store, number, order, now) for number, order in unreadable.items()]
    records = [record | {"received_by": by} for record in records]
    if not records:
        return
    _forget_unreadable(store, readable)
    known = PurchaseOrder.objects.filter(store=store, number__in=[record["number"] for record in records])
    state.lock_all(known.values_list("pk", flat=True))
    written = sql.rows(UPSERT, [sql.json(sorted(records, key=lambda record: record["number"]))])
    ids = {row["number"]: row["id"] for row in written if row["number"] in readable}
    new = {row["number"] for row in written if row["is_new"]} & ids.keys()
    _add_lines([(ids[number], readable[number]) for number in ids])
    _begin_life(store, [ids[number] for number in new], now)
    for number in sorted(ids):
        if number not in new or not _untouched(readable[number]):
            order = state.locked(ids[number])
            if changes.take_over(order, readable[number], now):
                request_first(store, [order])
    for row in written:
        if row["number"] in unreadable and not row["is_new"]:
            changes.became_unreadable(state.locked(row["id"]), unreadable[row["number"]].problem)


def _forget_unreadable(store: Store, numbers: Iterable[str]) -> None:
    """What could not be read before and now can is received as new: nothing but its number was known of it."""
    PurchaseOrder.objects.filter(store=store, number__in=numbers, problem__isnull=False, address={}).delete()


def _record(store: Store, order: IncomingOrder, now: datetime) -> dict[str, Any]:
    charged = total(line.charges.total for line in order.lines)
    treatment, problem = treatment_of(store, order), problem_of(store, order)
    return {
        "store_id": store.pk,
        "number": order.number,
        "customer_order_number": order.customer_order_number,
        "ordered_at": order.ordered_at,
        "ship_by": order.ship_by,
        "deliver_by": order.deliver_by,
        "ship_method": order.ship_method[:32],
        "fulfilment": order.fulfilment,
        "replacement_for": order.replacement_for or "",
        "email": order.email,
        "buyer_name": order.address.name[:300],
        "address": order.address,
        "currency": order.currency,
        "total": charged,
        "stated_total": order.stated_total,
        "raw": order.raw,
        "problem": problem and problem.as_json(),
        "treatment": treatment,
        "acknowledge_by": deadlines.due(
            store.marketplace, Clock.ACKNOWLEDGE, ordered_at=order.ordered_at, begins=order.ordered_at
        ),
        "acknowledged_at": None if any(line_levels(line)["created"] for line in order.lines) else now,
        "status": lifecycle.status(_ledger(line) for line in order.lines),
        "details": [remark.as_json() for remark in state.remarks(order.fulfilment, treatment)],
        "now": now,
    }


def _name(order: UnreadableOrder) -> str:
    """Its number, or one made of its content, so that it is shown once however often it is read."""
    return order.number or "?" + hashlib.sha256(msgspec.json.encode(order.raw, order="sorted")).hexdigest()[:16]


def _raw_record(store: Store, number: str, order: UnreadableOrder, now: datetime) -> dict[str, Any]:
    empty = dict.fromkeys(("customer_order_number", "ship_method", "replacement_for", "email", "buyer_name"), "")
    return empty | {
        "store_id": store.pk,
        "number": number,
        "ordered_at": now,
        "fulfilment": Fulfilment.SELLER,
        "address": {},
        "currency": store.currency,
        "total": 0,
        "raw": order.raw,
        "problem": order.problem.as_json(),
        "treatment": Treatment.UNDECIDED,
        "status": lifecycle.status([]),
        "details": [order.problem.as_json()],
        "now": now,
    }


def treatment_of(store: Store, order: IncomingOrder) -> Treatment:
    """What becomes of a new order (glossary, rules 5 and 9)."""
    if order.fulfilment == Fulfilment.MARKETPLACE:
        return Treatment.IGNORE
    if store.confirmed_at is None or store.orders_from is None:
        return Treatment.UNDECIDED
    return Treatment.IMPORT if order.ordered_at >= store.orders_from else Treatment.IGNORE


def _ledger(line: IncomingLine) -> lifecycle.Ledger:
    levels = line_levels(line)
    return lifecycle.Ledger(ordered=line.quantity, shipped=levels["shipped"], cancelled=levels["cancelled"])


def _untouched(order: IncomingOrder) -> bool:
    """Nothing was shipped, cancelled or asked for yet: what all but a few new orders are."""
    return not any(
        line.buyer_asked_to_cancel or line_levels(line)["shipped"] or line_levels(line)["cancelled"]
        for line in order.lines
    )


def _add_lines(orders: Sequence[tuple[int, IncomingOrder]]) -> None:
    """Charges are taken when a line is first seen: cancelled lines come back with zero amounts (walmart-api §2.9)."""
    records = [
        _line_record(order_id, position, line)
        for order_id, order in orders
        for position, line in enumerate(order.lines)
    ]
    if records:
        with connection.cursor() as cursor:
            cursor.execute(ADD_LINES, [sql.json(records)])


def _line_record(order_id: int, position: int, line: IncomingLine) -> dict[str, Any]:
    charges = line.charges
    return {
        "order_id": order_id,
        "number": line.number,
        "position": position,
        "sku": line.sku,
        "name": line.name[:500],
        "quantity": line.quantity,
        "product": charges.product,
        "product_tax": charges.product_tax,
        "shipping": charges.shipping,
        "shipping_tax": charges.shipping_tax,
        "fee": charges.fee,
        "fee_tax": charges.fee_tax,
        "discount": charges.discount,
        "shipping_discount": charges.shipping_discount,
        "charge_names": line.charge_names,
        **line_levels(line),
    }


def _begin_life(store: Store, ids: Sequence[int], now: datetime) -> None:
    """History and first intentions of new orders."""
    orders = list(PurchaseOrder.objects.filter(pk__in=ids).order_by("pk"))
    received = say("Received from Walmart.").as_json()
    Event.objects.bulk_create(
        Event(store=store, subject=order.subject, kind="received", actor=Actor.MARKETPLACE, sentence=received, at=now)
        for order in orders
    )
    request_first(store, orders)


def request_first(store: Store, orders: Sequence[PurchaseOrder]) -> None:
    """Have orders that are to be imported created and acknowledged."""
    prefetch_related_objects(list(orders), "lines")
    intentions: list[outbox.NewOperation] = []
    for order in orders:
        if not store.may_write or order.treatment not in creation.IMPORTED:
            continue
        if not order.problem and _has_open(order.lines.all()):
            intentions.append(creation.intention(order))
        if acknowledge := acknowledgement.intention(order, store.rules.acknowledge):
            intentions.append(acknowledge)
    outbox.enqueue_many(intentions)


def _has_open(lines: Sequence[OrderLine] | Any) -> bool:
    return any(lifecycle.ledger(line).open > 0 for line in lines)
