"""Putting right what a platform refused, and sending it again.

The same operation is tried again: what it was tried with before is looked for as ever, and nothing is sent twice.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import actions, lifecycle, shipping, state
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import Cancellation, CancellationLine, CommerceItem, PurchaseOrder, Shipment
from channel_manager.orders.models import ShipmentLine as ShipmentRow
from channel_manager.orders.operations.cancellations import CancelOnMarketplace
from channel_manager.orders.operations.creation import PLACING, CreateCommerceOrder
from channel_manager.orders.operations.shipment_reports import CorrectTracking
from channel_manager.orders.plans import REASON_WORDS, read_address
from channel_manager.orders.rules.addresses import PARTS
from channel_manager.orders.rules.allocation import sku_key
from channel_manager.ports.messages import Reason
from channel_manager.shared.errors import About
from channel_manager.shared.sentences import Sentence, say, together
from channel_manager.stores.models import SkuLink
from channel_manager.sync import outbox
from channel_manager.sync.models import State, SyncOperation

OPEN = (State.FAILED, State.WAITING)
MEANWHILE = say("This was sent again, settled or closed meanwhile: nothing was changed.")
IN_DOUBT = say("An earlier try may have got through. Send it again as it is: it is looked up before it is repeated.")
AT_ONCE = 200
PART_WORDS = {
    "name": say("name of the recipient"),
    "street": say("street"),
    "city": say("city"),
    "state": say("state of the address"),
    "postcode": say("postcode"),
    "phone": say("telephone"),
}
Row = ShipmentRow | CancellationLine


class Overtaken(NotPossible):
    """Somebody or something else was faster; there is nothing left to put right here."""


@dataclass(frozen=True, slots=True)
class Resent:
    """What became of one of many: None when it was sent again."""

    operation: SyncOperation
    refusal: Sentence | None


@transaction.atomic
def lower_quantities(operation_id: int, *, quantities: Mapping[str, int], by: User, at: datetime) -> None:
    """Ship or cancel fewer units than were asked for, by line number, and send it again. Raises NotPossible."""
    operation, order = _open(operation_id)
    if operation.ambiguous:
        raise NotPossible(IN_DOUBT)
    rows = quantity_rows(operation)
    _check_fewer(rows, quantities)
    for row in rows:
        _lower(row, quantities.get(row.line.number, row.quantity))
    units = sum(quantities.get(row.line.number, row.quantity) for row in rows)
    _note(order, say("Fewer units are sent: %(units)s.", units=units), by, at)
    shipping.send_what_fits(order)
    _resend(operation, order, by)


@transaction.atomic
def change_reason(operation_id: int, *, reason: Reason, by: User, at: datetime) -> None:
    """Cancel for another reason. Raises NotPossible."""
    operation, order = _open(operation_id)
    cancellation = Cancellation.objects.get(pk=operation.payload["cancellation"])
    actions.check_reason(reason, [row.line for row in cancellation.lines.select_related("line")])
    cancellation.reason = reason
    cancellation.save(update_fields=["reason"])
    _note(order, say("Reason changed: %(reason)s.", reason=REASON_WORDS[reason]), by, at)
    _resend(operation, order, by)


@transaction.atomic
def correct_address(operation_id: int, *, parts: Mapping[str, str], by: User, at: datetime) -> None:
    """Have the Commerce order made with other address parts; Walmart's stay on record. Raises NotPossible."""
    operation, order = _open(operation_id)
    if order.commerce_order_id or any(fact in operation.progress for fact in PLACING):
        raise NotPossible(say("The order is in Commerce or being placed: correct the address there."))
    original = written_address(order)
    kept = {part: order.corrections.get(part, {}).get("value", original[part]) for part in PARTS}
    changed = [part for part in PARTS if part in parts and parts[part] != kept[part]]
    stamp = {"by": by.pk, "name": by.get_full_name() or by.username, "at": at.isoformat()}
    for part in changed:
        order.corrections.pop(part, None)
        if parts[part] != original[part]:
            order.corrections[part] = {"value": parts[part], **stamp}
    if changed:
        # Which parts, never what they say: the history outlives the buyer's data.
        _note(
            order,
            say("Address corrected for Commerce: %(parts)s.", parts=together([PART_WORDS[part] for part in changed])),
            by,
            at,
        )
    _resend(operation, order, by)


@transaction.atomic
def link_sku(operation_id: int, *, sku: str, commerce_sku: str, by: User, at: datetime) -> int:
    """Say once which Commerce product a SKU of Walmart's means, and try every order that waits for it; how many.

    Raises NotPossible.
    """
    operation, order = _open(operation_id)
    commerce_sku = commerce_sku.strip()
    if not order.lines.filter(sku=sku).exists():
        raise NotPossible(say("No line of this order has this SKU."), field="sku")
    if not commerce_sku or sku_key(commerce_sku) == sku_key(sku):
        raise NotPossible(say("Enter the SKU of the product in Commerce that is meant."), field="commerce_sku")
    facts = {"commerce_sku": commerce_sku, "linked_by": by, "linked_at": at}
    SkuLink.objects.update_or_create(store=order.store, sku=sku, defaults=facts)
    words = say("Walmart's SKU %(sku)s is linked to %(commerce_sku)s.", sku=sku, commerce_sku=commerce_sku)
    _note(order, words, by, at)
    _resend(operation, order, by)
    waiting = waiting_for_sku(order.store_id, sku).exclude(pk=operation.pk)[:AT_ONCE]
    return 1 + sum(outbox.retry(other.pk, by.pk) for other in waiting)


def waiting_for_sku(store_id: int, sku: str) -> Any:
    """Creations that the shop refused because it does not know a product, of orders with this SKU; oldest first."""
    orders = PurchaseOrder.objects.filter(store=store_id, lines__sku=sku, commerce_order_id__isnull=True)
    return SyncOperation.objects.filter(
        store=store_id,
        kind=CreateCommerceOrder.name,
        state__in=OPEN,
        error__about=About.SKU,
        subject__in=[f"order:{pk}" for pk in orders.order_by("pk").values_list("pk", flat=True)[: 5 * AT_ONCE]],
    ).order_by("pk")


@transaction.atomic
def choose_carrier(shipment: Shipment, *, carrier: str, by: User, at: datetime) -> None:
    """Report one shipment with this carrier of the marketplace, whatever the store's map says. Raises NotPossible."""
    order = state.locked(shipment.order_id)
    shipment = Shipment.objects.get(pk=shipment.pk)
    shipment.order = order
    if sentence := lifecycle.why_not_writable(order, order.store):
        raise NotPossible(sentence)
    first = shipment.tracks.first()
    corrections = _failed_corrections(shipment)
    if first is None:
        raise NotPossible(say("The shipment has no tracking number yet: add it first."))
    if shipment.reported_at and not corrections:
        raise Overtaken(MEANWHILE)
    if first.chosen_carrier != carrier:
        first.chosen_carrier = carrier
        first.save(update_fields=["chosen_carrier"])
        _note(order, say("Carrier chosen for Walmart: %(carrier)s.", carrier=carrier), by, at)
    shipping.dispatch(shipment)
    for operation in corrections:
        outbox.retry(operation.pk, by.pk)
    state.refresh(order)


def resend(operations: Iterable[SyncOperation], send: Callable[[int], object]) -> list[Resent]:
    """Send many again, each in a transaction of its own: what refuses one holds up no other."""
    done = []
    for operation in operations:
        try:
            send(operation.pk)
        except NotPossible as refusal:
            done.append(Resent(operation, refusal.sentence))
        else:
            done.append(Resent(operation, None))
    return done


def written_address(order: PurchaseOrder) -> dict[str, str]:
    """Walmart's address as a form shows it: lines of the street below each other."""
    address = read_address(order)
    return {part: "\n".join(address.street) if part == "street" else getattr(address, part) for part in PARTS}


def quantity_rows(operation: SyncOperation) -> list[Row]:
    """The units that an operation is about, in line order."""
    if operation.kind == CancelOnMarketplace.name:
        rows: Any = CancellationLine.objects.filter(cancellation=operation.payload["cancellation"])
    else:
        rows = ShipmentRow.objects.filter(shipment=operation.payload["shipment"])
    return list(rows.select_related("line").order_by("line__position", "line_id"))


def _open(operation_id: int) -> tuple[SyncOperation, PurchaseOrder]:
    """The operation with its order locked. Raises Overtaken when it needs nobody any more."""
    operation = SyncOperation.objects.get(pk=operation_id)
    order = state.of_subject(operation.subject)
    operation.refresh_from_db()
    if operation.state not in OPEN or operation.error is None:
        raise Overtaken(MEANWHILE)
    if sentence := lifecycle.why_not_writable(order, order.store):
        raise NotPossible(sentence)
    return operation, order


def _resend(operation: SyncOperation, order: PurchaseOrder, by: User) -> None:
    if not outbox.retry(operation.pk, by.pk):
        raise Overtaken(MEANWHILE)
    state.refresh(order)


def _check_fewer(rows: Iterable[Row], quantities: Mapping[str, int]) -> None:
    now = {row.line.number: row.quantity for row in rows}
    for number, units in quantities.items():
        if not 0 <= units <= now.get(number, 0):
            words = say("Between 0 and %(most)s of line %(line)s.", most=now.get(number, 0), line=number)
            raise NotPossible(words, field=number)
    wanted = now | dict(quantities)
    if wanted == now:
        raise NotPossible(say("Lower at least one quantity, or send it again as it is."))
    if not any(wanted.values()):
        raise NotPossible(say("Nothing would be left to send: settle it by hand instead."))


def _lower(row: Row, units: int) -> None:
    """Units that are not sent after all are taken back; what Commerce has cancelled stays so there, written off."""
    fewer = row.quantity - units
    if isinstance(row, CancellationLine):
        sent = fewer if row.cancellation.is_sent else 0
        state.add_units(row.line_id, recorded_cancelled=-fewer, sent_cancelled=-sent)
        if row.cancellation.origin == Actor.COMMERCE and row.line.item_id:
            CommerceItem.objects.filter(pk=row.line.item_id).update(written_off=F("written_off") + fewer)
    else:
        sent = fewer if row.shipment.is_sent else 0
        state.add_units(row.line_id, recorded_shipped=-fewer, sent_shipped=-sent)
    if not units:
        row.delete()
    elif fewer:
        row.quantity = units
        row.save(update_fields=["quantity"])


def _failed_corrections(shipment: Shipment) -> list[SyncOperation]:
    return list(
        SyncOperation.objects.filter(
            subject=shipment.order.subject,
            kind=CorrectTracking.name,
            state=State.FAILED,
            payload__shipment=shipment.pk,
        )
    )


def _note(order: PurchaseOrder, words: Sentence, by: User, at: datetime) -> None:
    record(order.subject, "fix", words, store_id=order.store_id, actor=Actor.PERSON, user=by, at=at)
