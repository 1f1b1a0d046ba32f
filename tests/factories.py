"""Rows for tests: plain functions with sensible facts, each of which may be overridden by its column's name."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from channel_manager.accounts.models import Membership, Role, User
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import state as order_state
from channel_manager.orders.models import (
    Cancellation,
    CancellationLine,
    CommerceItem,
    OrderLine,
    PurchaseOrder,
    Shipment,
    ShipmentLine,
    ShipmentTrack,
    Treatment,
)
from channel_manager.ports.messages import Platform, Reason
from channel_manager.returns import state as return_state
from channel_manager.returns.models import Effect, Refund, RefundLine, Return, ReturnLine
from channel_manager.shared.sentences import say
from channel_manager.stores.models import CarrierRule, OrderRules, Store
from channel_manager.sync.models import Outcome, State, SyncAttempt, SyncOperation

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


@cache
def _hashed(password):
    """Hashing is slow by design: once for all tests."""
    return make_password(password)


def user(name="alice", *, store=None, role=Role.OPERATOR, **facts):
    """A person with a role on a store, or on none."""
    found = User.objects.create(username=name, password=_hashed(PASSWORD), **facts)
    if store:
        Membership.objects.create(user=found, store=store, role=role)
    return found


def store(name="", **facts):
    """Confirmed unless `confirmed_at` says otherwise."""
    n = next(_numbers)
    facts = {
        "name": name or f"Brand {n}",
        "marketplace_url": "https://walmart.example",
        "marketplace_account": f"client-{n}",
        "marketplace_credentials": b"sealed",
        "commerce_url": f"https://shop{n}.example",
        "commerce_admin_url": f"https://shop{n}.example/admin",
        "commerce_credentials": b"sealed",
        "store_code": "walmart",
        "store_view_id": n,
        "website_code": "base",
        "confirmed_at": NOON - timedelta(days=30),
        "orders_from": NOON - timedelta(days=30),
    } | facts
    made = Store.objects.create(**facts)
    OrderRules.objects.create(store=made)
    return made


def order(store, *, lines=(("SKU-1", 2),), in_commerce=True, **facts):
    """`lines` are (SKU, quantity); each unit costs 10.00 and 0.80 tax. In Commerce unless told otherwise."""
    n = next(_numbers)
    now = timezone.now()
    facts = {
        "number": f"1{n:012d}",
        "customer_order_number": f"2000{n:09d}",
        "ordered_at": now - timedelta(hours=2, seconds=n),
        "ship_by": now + timedelta(days=3),
        "deliver_by": now + timedelta(days=7),
        "ship_method": "VALUE",
        "fulfilment": "seller",
        "email": "buyer@relay.walmart.example",
        "buyer_name": "Robin Doe",
        "address": {
            "name": "Robin Doe",
            "street": ["1 Main Street"],
            "city": "Springfield",
            "state": "IL",
            "postcode": "62701",
            "country": "US",
            "phone": "5550100",
        },
        "treatment": Treatment.IMPORT,
        "acknowledge_by": now + timedelta(hours=2),
    } | facts
    if in_commerce:
        facts = {
            "commerce_order_id": n,
            "commerce_number": f"{32_000_000_000 + n}",
            "commerce_state": "processing",
        } | facts
    total = sum((Decimal("10.80") * quantity for _sku, quantity in lines), Decimal(0))
    facts = {"total": total, "stated_total": total, "commerce_total": total if in_commerce else None} | facts
    made = PurchaseOrder.objects.create(store=store, **facts)
    for position, (sku, quantity) in enumerate(lines, 1):
        line(made, position, sku, quantity, in_commerce=in_commerce)
    return made


def line(order, position, sku, quantity, *, in_commerce=True, **facts):
    item = None
    if in_commerce:
        item = CommerceItem.objects.create(order=order, item_id=1000 + position, sku=sku, ordered=quantity)
    facts = {
        "product": Decimal("10.00") * quantity,
        "product_tax": Decimal("0.80") * quantity,
        "reported_created": quantity,
        "commerce_quantity": quantity if in_commerce else 0,
    } | facts
    return OrderLine.objects.create(
        order=order,
        number=str(position),
        position=position,
        sku=sku,
        name=f"Product {sku}",
        quantity=quantity,
        item=item,
        **facts,
    )


def shipment(order, *, quantities=None, tracks=(("ups", "UPS", "1Z999AA10123456784"),), by=None, **facts):
    """`quantities` by line number; everything unless told. Recorded as sent and, with `reported_at`, as reported."""
    facts = {"marker": uuid.uuid4(), "shipped_at": timezone.now(), "requested_by": by} | facts
    facts.setdefault("origin", Actor.PERSON if by else Actor.COMMERCE)
    made = Shipment.objects.create(order=order, **facts)
    for row in order.lines.all():
        units = row.quantity if quantities is None else quantities.get(row.number, 0)
        if units:
            ShipmentLine.objects.create(shipment=made, line=row, quantity=units)
            row.sent_shipped += units
            row.recorded_shipped += units
            row.reported_shipped += units if made.reported_at else 0
            row.save()
    for position, (code, title, number) in enumerate(tracks):
        ShipmentTrack.objects.create(shipment=made, position=position, carrier_code=code, title=title, number=number)
    order_state.refresh(order)
    return made


def cancellation(order, *, quantities=None, reason=Reason.STOCK, by=None, **facts):
    """`quantities` by line number; everything unless told."""
    facts = {"at": timezone.now(), "requested_by": by, "reason": reason} | facts
    facts.setdefault("origin", Actor.PERSON if by else Actor.COMMERCE)
    made = Cancellation.objects.create(order=order, **facts)
    for row in order.lines.all():
        units = row.quantity if quantities is None else quantities.get(row.number, 0)
        if units:
            CancellationLine.objects.create(cancellation=made, line=row, quantity=units)
            row.sent_cancelled += units
            row.recorded_cancelled += units
            row.save()
    order_state.refresh(order)
    return made


def operation(order, *, kind="report_shipment", state=State.FAILED, sentence=None, **facts):
    """One operation of an order, which then shows it; failed ones were refused by Walmart."""
    sentence = sentence or say("Walmart refused the tracking number.")
    ended = state not in (State.WAITING, State.SENDING)
    facts = {
        "platform": Platform.MARKETPLACE,
        "family": "ship",
        "key": str(uuid.uuid4()),
        "attempt": 1,
        "finished_at": timezone.now() if ended else None,
        "error": error(sentence) if state == State.FAILED else None,
        "reason": say("No longer needed.").as_json() if state in (State.SKIPPED, State.SETTLED) else None,
    } | facts
    made = SyncOperation.objects.create(store=order.store, subject=order.subject, kind=kind, state=state, **facts)
    order_state.refresh(order)
    return made


def error(sentence, **facts):
    """An error as the engine keeps it."""
    return {
        "class": "Rejected",
        "sentence": sentence.as_json(),
        "side": "Walmart",
        "field": "trackingNumber",
        "said": "Invalid tracking number",
        "code": "INVALID_REQUEST_CONTENT",
        "status": 400,
    } | facts


def attempt(operation, *, number=1, outcome=Outcome.REJECTED, exchanges=None, **facts):
    exchange = {
        "side": "Walmart",
        "method": "POST",
        "url": "https://walmart.example/v3/orders/1/shipping",
        "request_headers": {"Accept": "application/json"},
        "request": {"orderShipment": {}},
        "status": 400,
        "response": {"error": [{"code": "INVALID_REQUEST_CONTENT"}]},
        "response_headers": {},
        "problem": "",
        "milliseconds": 12,
    }
    facts = {"finished_at": timezone.now() if outcome else None, "error": operation.error} | facts
    return SyncAttempt.objects.create(
        operation=operation,
        number=number,
        outcome=outcome,
        exchanges=[exchange] if exchanges is None else exchanges,
        **facts,
    )


def event(order, sentence=None, *, kind="received", actor=Actor.MARKETPLACE, **facts):
    sentence = sentence or say("Received from Walmart.")
    return record(order.subject, kind, sentence, store_id=order.store_id, actor=actor, **facts)


def carrier_rule(store, **facts):
    return CarrierRule.objects.create(store=store, **({"carrier_code": "custom", "carrier": "OnTrac"} | facts))


def return_(order=None, *, store=None, lines=(("1", 1),), delivered=False, **facts):
    """A return of units of an order, by its line's number; one of an order that is not known without `order`."""
    n = next(_numbers)
    now = timezone.now()
    facts = {
        "number": f"3{n:017d}",
        "customer_order_number": order.customer_order_number if order else f"2000{n:09d}",
        "requested_at": now - timedelta(hours=1, seconds=n),
        "return_by": now + timedelta(days=30),
        "kind": "refund",
        "fulfilment": "seller",
    } | facts
    made = Return.objects.create(store=order.store if order else store, **facts)
    for position, (number, units) in enumerate(lines, 1):
        delivered_at = now - timedelta(hours=1) if delivered else None
        return_line(made, position, order, number, units, delivered_at=delivered_at)
    return_state.refresh(made)
    return made


def return_line(returned, position, order, number, units, **facts):
    """Each unit is worth 10.00 and 0.80 tax. Once delivered it is at the return center."""
    line = order.lines.get(number=number) if order else None
    delivered = bool(facts.get("delivered_at"))
    facts = {
        "sku": line.sku if line else "SKU-X",
        "name": line.name if line else "Product of an order that is not known",
        "reason": "NO_LONGER_WANTED",
        "state": "delivered" if delivered else "requested",
        "product": Decimal("10.00") * units,
        "product_tax": Decimal("0.80") * units,
    } | facts
    return ReturnLine.objects.create(
        parent=returned,
        number=str(position),
        position=position,
        order=order,
        line=line,
        order_number=order.number if order else "1999999999999",
        order_line_number=number,
        quantity=units,
        **facts,
    )


def shipped_order(store, *, lines=(("SKU-1", 2),), **facts):
    """Everything has left, on both sides."""
    made = order(store, lines=lines, **facts)
    shipment(made, reported_at=timezone.now())
    for item in made.commerce_items.all():
        item.shipped = item.invoiced = item.ordered
        item.save()
    return made


def refund(order, *, parent=None, lines=None, memo=True, by=None, **facts):
    """`lines`: {line of the return, or of the order without one: units}; nothing but money unless told. With `memo`
    Commerce has it.
    """
    n = next(_numbers)
    facts = {"effect": Effect.RETURN if parent else Effect.ORDER, "at": timezone.now(), "requested_by": by} | facts
    facts.setdefault("origin", Actor.PERSON if by else Actor.COMMERCE)
    if memo:
        facts = {"commerce_memo_id": n, "commerce_number": f"{32_100_000_000 + n}", "total": Decimal("10.80")} | facts
    made = Refund.objects.create(order=order, parent=parent, **facts)
    for number, units in (lines or {}).items():
        of_return = parent.lines.get(number=number) if parent else None
        of_order = of_return.line if of_return else order.lines.get(number=number)
        sent = units if of_return else 0
        RefundLine.objects.create(refund=made, line=of_order, return_line=of_return, quantity=units, sent=sent)
        if of_return:
            return_state.add_units(of_return.pk, recorded=units, sent=units)
    return_state.ask(order)
    return_state.refresh_of(order.pk)
    return made
