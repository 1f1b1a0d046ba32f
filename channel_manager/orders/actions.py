"""What a person decides about an order. Each action takes the same steps: lock, check, record, refresh, request."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import lifecycle, settling, shipping, state
from channel_manager.orders.cancelling import record_cancellation
from channel_manager.orders.lifecycle import NotCancellable, NotPossible, NotShippable
from channel_manager.orders.models import (
    Cancellation,
    Hold,
    OrderLine,
    PurchaseOrder,
    Shipment,
    ShipmentTrack,
    Treatment,
)
from channel_manager.orders.operations import commerce_shipments, creation
from channel_manager.orders.operations.cancellations import request_cancel
from channel_manager.orders.operations.shipment_reports import CorrectTracking, ReportShipment
from channel_manager.orders.plans import REASON_WORDS
from channel_manager.ports.documents import Track
from channel_manager.ports.messages import Reason
from channel_manager.shared.errors import About
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync import outbox, pulls
from channel_manager.sync.models import State, StreamCursor, SyncOperation

NUMBER_LIMIT = 100
AT_ONCE = 500


@transaction.atomic
def ship(
    order: PurchaseOrder,
    *,
    quantities: Mapping[str, int],
    tracks: Sequence[Track],
    comment: str,
    source_code: str,
    override: bool,
    marker: uuid.UUID,
    by: User,
    at: datetime,
) -> Shipment:
    """Ship open units, by line number: first in Commerce, then at the marketplace.

    The same marker again answers the shipment that was made. Raises NotShippable.
    """
    order = state.locked(order.pk)
    if made := Shipment.objects.filter(order=order, marker=marker).first():
        return made
    _check_writable(order, NotShippable)
    if sentence := lifecycle.why_not_in_commerce(order):
        raise NotShippable(sentence)
    lifecycle.check_quantities(quantities, state.ledgers(order), NotShippable)
    for track in tracks:
        check_track(order, track)
    lines = {line: quantities[line.number] for line in order.lines.all() if quantities.get(line.number)}
    if not override and any(line.buyer_asked_to_cancel for line in lines):
        raise NotShippable(state.BUYER_ASKS, field="override")
    shipment = shipping.record_shipment(
        order,
        lines,
        tracks,
        origin=Actor.PERSON,
        shipped_at=at,
        marker=marker,
        comment=comment,
        source_code=source_code,
        requested_by=by,
        override_by=by if override else None,
    )
    _note(order, "ship", say("Units shipped: %(units)s.", units=sum(lines.values())), by, at)
    commerce_shipments.request(shipment, by.pk)
    if not tracks:
        Shipment.objects.filter(pk=shipment.pk).update(hold=Hold.TRACKING)
    state.refresh(order)
    return shipment


@transaction.atomic
def cancel(
    order: PurchaseOrder,
    *,
    quantities: Mapping[str, int],
    reason: Reason,
    marker: uuid.UUID,
    by: User,
    at: datetime,
) -> Cancellation:
    """Cancel what has not shipped yet, by line number: first at the marketplace, then in Commerce.

    The same marker again answers the cancellation that was made. Raises NotCancellable.
    """
    order = state.locked(order.pk)
    if made := Cancellation.objects.filter(order=order, marker=marker).first():
        return made
    _check_writable(order, NotCancellable)
    lifecycle.check_quantities(quantities, state.ledgers(order), NotCancellable)
    lines = {line: quantities[line.number] for line in order.lines.all() if quantities.get(line.number)}
    check_reason(reason, list(lines))
    cancellation = record_cancellation(order, lines, origin=Actor.PERSON, reason=reason, at=at, by=by, marker=marker)
    words = say(
        "Units canceled: %(units)s. Reason: %(reason)s.", units=sum(lines.values()), reason=REASON_WORDS[reason]
    )
    _note(order, "cancel", words, by, at)
    if not any(entry.open > 0 for entry in state.ledgers(order).values()):
        creation.supersede(order)
    elif order.commerce_order_id is None:
        outbox.retry_subject(order.subject, [creation.CreateCommerceOrder])
    state.refresh(order)
    return cancellation


@transaction.atomic
def add_tracking(shipment: Shipment, *, track: Track, by: User, at: datetime) -> None:
    """Give a held or refused shipment a (new) tracking number and send it again; the same one twice is one.

    Raises NotShippable.
    """
    order = state.locked(shipment.order_id)
    shipment = Shipment.objects.get(pk=shipment.pk)
    shipment.order = order
    _check_writable(order, NotShippable)
    check_track(order, track)
    if shipment.reported_at:
        raise NotShippable(say("Walmart has this shipment already. Correct its tracking in Commerce."), field="number")
    first = shipment.tracks.first()
    if first and (first.number, first.carrier_code, first.title) == (track.number, track.carrier_code, track.title):
        shipping.dispatch(shipment)
        return
    row = ShipmentTrack.objects.create(
        shipment=shipment,
        position=first.position - 1 if first else 0,
        carrier_code=track.carrier_code,
        title=track.title,
        number=track.number.strip(),
    )
    _note(order, "tracking", say("Tracking number %(number)s entered.", number=row.number), by, at)
    if shipment.commerce_shipment_id:
        commerce_shipments.request_track(row, order, by.pk)
        shipping.tracking_changed(shipment)
    else:
        Shipment.objects.filter(pk=shipment.pk).update(hold=Hold.NONE)
    state.refresh(order)


@transaction.atomic
def send_anyway(shipment: Shipment, *, by: User, at: datetime) -> None:
    """Report a shipment although the buyer asked to cancel: a named person's choice (glossary, rule 6)."""
    order = state.locked(shipment.order_id)
    shipment = Shipment.objects.get(pk=shipment.pk)
    shipment.order = order
    _check_writable(order, NotShippable)
    shipment.override_by = by
    shipment.save(update_fields=["override_by"])
    _note(order, "override", say("The shipment goes out although the buyer asked to cancel."), by, at)
    shipping.dispatch(shipment)
    state.refresh(order)


@transaction.atomic
def give_reason(cancellation: Cancellation, *, reason: Reason, by: User, at: datetime) -> None:
    """Say why an order was cancelled in Commerce. Raises NotCancellable."""
    order = state.locked(cancellation.order_id)
    cancellation = Cancellation.objects.get(pk=cancellation.pk)
    cancellation.order = order
    if cancellation.reason:
        raise NotCancellable(say("This cancellation has a reason already."), field="reason")
    check_reason(reason, [row.line for row in cancellation.lines.select_related("line")])
    cancellation.reason = reason
    cancellation.save(update_fields=["reason"])
    _note(order, "reason", say("Reason given: %(reason)s.", reason=REASON_WORDS[reason]), by, at)
    request_cancel(cancellation)
    state.refresh(order)


@transaction.atomic
def create_in_commerce(order: PurchaseOrder, *, by: User, at: datetime) -> None:
    """Have an order created that was left alone, or that was finished when it was received. Raises NotPossible."""
    order = state.locked(order.pk)
    _check_writable(order, NotPossible)
    if order.commerce_order_id:
        raise NotPossible(say("The order exists in Commerce."))
    if order.problem:
        raise NotPossible(Sentence.from_json(order.problem))
    order.treatment = Treatment.IMPORT
    _note(order, "create", say("Creation in Commerce asked for."), by, at)
    creation.request(order, whole=not any(entry.open > 0 for entry in state.ledgers(order).values()), by=by.pk)
    state.refresh(order)


@transaction.atomic
def retry(operation_id: int, *, by: User, at: datetime) -> None:
    """Send a failed operation again, or one that waits for later now. Raises NotPossible."""
    operation = SyncOperation.objects.get(pk=operation_id)
    if not outbox.retry(operation_id, by.pk):
        raise NotPossible(say("This operation is neither failed nor waiting."))
    _after_decision(operation, "retry", say("Sent again."), by, at)


@transaction.atomic
def settle(operation_id: int, *, reason: str, by: User, at: datetime) -> None:
    """Close an operation by hand, with a reason that stays on record. Raises NotPossible."""
    operation = SyncOperation.objects.get(pk=operation_id)
    if not reason.strip():
        raise NotPossible(say("Say how it was settled."), field="reason")
    words = say("Settled by hand: %(reason)s", reason=reason.strip()[:500])
    if not outbox.settle(operation_id, by=by.pk, reason=words):
        raise NotPossible(say("This operation is neither failed nor waiting."))
    settling.settle(operation, state.of_subject(operation.subject))
    _after_decision(operation, "settle", words, by, at)


@transaction.atomic
def sync_now(store: Store, *, by: User) -> None:
    """Read all streams of a store as soon as a worker is free."""
    words = say("Reading both platforms now was asked for.")
    record(f"store:{store.pk}", "sync_now", words, store_id=store.pk, actor=Actor.PERSON, user=by)
    for stream in StreamCursor.objects.filter(store=store).values_list("stream", flat=True):
        pulls.request(store.pk, stream)


def carriers_changed(store: Store, *, most: int = AT_ONCE) -> int:
    """The carrier map was changed: send what waited for it or was refused for it, each in a transaction of its own.

    How many shipments; at most as many as told, oldest first.
    """
    waiting = Shipment.objects.filter(order__store=store, reported_at__isnull=True, hold=Hold.CARRIER)
    held = list(waiting.order_by("pk").values_list("order_id", "pk")[:most])
    refused = SyncOperation.objects.filter(
        store=store,
        state=State.FAILED,
        kind__in=(ReportShipment.name, CorrectTracking.name),
        error__about=About.CARRIER,
    )
    for order_id, shipment_id in held:
        _send_held(order_id, shipment_id)
    ids = list(refused.order_by("pk").values_list("pk", "subject")[: most - len(held)])
    for operation_id, subject in ids:
        _send_refused(operation_id, subject)
    return len(held) + len(ids)


def check_track(order: PurchaseOrder, track: Track) -> None:
    """What Walmart would count as an invalid tracking number (walmart-api §2.17). Raises NotShippable."""
    number = track.number.strip()
    if not number:
        raise NotShippable(say("A tracking number is required."), field="number")
    if len(number) > NUMBER_LIMIT or not number.replace("-", "").isalnum():
        raise NotShippable(say("A tracking number has letters and digits only, at most 100."), field="number")
    if number in (order.number, order.customer_order_number, order.commerce_number):
        raise NotShippable(say("This is the order's number, not a tracking number."), field="number")


@transaction.atomic
def _send_held(order_id: int, shipment_id: int) -> None:
    order = state.locked(order_id)
    shipment = Shipment.objects.get(pk=shipment_id)
    shipment.order = order
    shipping.dispatch(shipment)
    state.refresh(order)


@transaction.atomic
def _send_refused(operation_id: int, subject: str) -> None:
    order = state.of_subject(subject)
    outbox.retry(operation_id)
    state.refresh(order)


def _check_writable(order: PurchaseOrder, error: type[NotPossible]) -> None:
    if sentence := lifecycle.why_not_writable(order, order.store):
        raise error(sentence)


def check_reason(reason: Reason, lines: Sequence[OrderLine]) -> None:
    if reason == Reason.BUYER and not all(line.buyer_asked_to_cancel for line in lines):
        raise NotCancellable(
            say("Walmart takes this reason only for lines that the buyer asked to cancel."), field="reason"
        )


def _after_decision(operation: SyncOperation, kind: str, words: Sentence, by: User, at: datetime) -> None:
    order = state.of_subject(operation.subject)
    _note(order, kind, words, by, at)
    state.refresh(order)


def _note(order: PurchaseOrder, kind: str, sentence: Sentence, by: User, at: datetime) -> None:
    record(order.subject, kind, sentence, store_id=order.store_id, actor=Actor.PERSON, user=by, at=at)
