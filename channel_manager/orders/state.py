"""Locking an order, writing its quantities, and refreshing what pages filter by. The one writer of the caches."""

from collections.abc import Iterable, Mapping

from django.db.models import F
from django.utils import timezone

from channel_manager.orders import lifecycle
from channel_manager.orders.models import Hold, OrderLine, PurchaseOrder, Treatment
from channel_manager.orders.rules.levels import Levels
from channel_manager.ports.messages import Fulfilment
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import levels, sql
from channel_manager.sync.models import State, SyncOperation

HOLDS = {
    Hold.TRACKING: say("Waiting for tracking: add a tracking number to the shipment."),
    Hold.CARRIER: say("Waiting for a carrier: map the shipment's carrier in the settings, or choose one here."),
    Hold.BUYER_REQUEST: say("The buyer asked to cancel: cancel the order, or send the shipment anyway."),
}
WFS = say("Fulfilled by Walmart: shown only, nothing is sent.")
UNCONFIRMED = say("Waiting until the store is confirmed.")
LEFT_ALONE = say("Left alone by the store's rule for orders placed before it was connected.")
NO_REASON = say("Canceled in Commerce without a reason: choose one, Walmart requires it.")
BUYER_ASKS = say("The buyer asked to cancel. Cancel it, or ship it with an override.")
ALREADY_SHIPPED = say("The buyer asked to cancel, but goods were already shipped.")


LOCK = """
    SELECT id FROM orders_purchaseorder WHERE id = ANY(%s) ORDER BY ('order:' || id) COLLATE "C" FOR UPDATE
"""
WRITE_LEVELS = """
    UPDATE orders_orderline line
    SET reported_created = created, reported_shipped = shipped, reported_delivered = delivered,
        reported_cancelled = cancelled, reported_refunded = refunded
    FROM jsonb_to_recordset(%s::jsonb) AS shown (
        number text, created integer, shipped integer, delivered integer, cancelled integer, refunded integer)
    WHERE line.order_id = %s AND line.number = shown.number
"""


def locked(order_id: int) -> PurchaseOrder:
    """The order, locked until the transaction ends. Every writer begins here. The raw JSON is left in the database."""
    orders = PurchaseOrder.objects.select_for_update(of=("self",)).select_related("store")
    return orders.defer("raw_first", "raw_latest").get(pk=order_id)


def of_subject(subject: str) -> PurchaseOrder:
    """The locked order that operations and events name so."""
    return locked(int(subject.removeprefix("order:")))


def lock_all(order_ids: Iterable[int]) -> None:
    """Lock many orders, in the order in which a delivery applies its answers (by subject), so that a page that is
    received and a batch that is finished never wait for each other in a circle.
    """
    sql.execute(LOCK, [list(order_ids)])


def ledgers(order: PurchaseOrder) -> dict[str, lifecycle.Ledger]:
    """By line number, in line order."""
    return {line.number: lifecycle.ledger(line) for line in order.lines.all()}


def add_units(line_id: int, **columns: int) -> None:
    """Add to quantity columns of a line; the database refuses a line that would send more than was ordered."""
    OrderLine.objects.filter(pk=line_id).update(**{name: F(name) + units for name, units in columns.items()})


def write_levels(order: PurchaseOrder, reported: Mapping[str, Levels]) -> None:
    """Record what the marketplace showed after a call. One statement."""
    if reported:
        sql.execute(
            WRITE_LEVELS, [sql.json([{"number": number, **level} for number, level in reported.items()]), order.pk]
        )


def refresh(order: PurchaseOrder, *, changed: bool = True) -> None:
    """Recompute status, flags and details from the facts. If anything `changed`, mark the order as updated now, and
    have the stock of its SKUs measured.
    """
    lines = list(order.lines.all())
    by_number = {line.number: lifecycle.ledger(line) for line in lines}
    failed, postponed = _told_by_operations(order)
    troubles = [*_problem(order), *failed, *lifecycle.contradictions(by_number)]
    asked = [Sentence.from_json(question) for question in order.questions]
    asks = [*_open_questions(order, lines), *asked, *postponed]
    order.status = lifecycle.status(by_number.values())
    order.has_error = bool(troubles)
    order.needs_action = bool(troubles or asks)
    order.details = [sentence.as_json() for sentence in [*troubles, *asks, *remarks(order.fulfilment, order.treatment)]]
    if changed:
        order.updated_at = timezone.now()
        levels.doubt(order.store_id, [line.sku for line in lines])
    order.save()


def _problem(order: PurchaseOrder) -> list[Sentence]:
    return [Sentence.from_json(order.problem)] if order.problem else []


def _told_by_operations(order: PurchaseOrder) -> tuple[list[Sentence], list[Sentence]]:
    """What failed, and what waits for something a person can bring about, such as stock. Latest first."""
    told = SyncOperation.objects.filter(
        subject=order.subject, state__in=[State.FAILED, State.WAITING], error__isnull=False
    )
    failed: list[Sentence] = []
    postponed: list[Sentence] = []
    for state, error in told.order_by("-id").values_list("state", "error"):
        told_of = failed if state == State.FAILED else postponed
        if error and (state == State.FAILED or error["class"] in ("Postponed", "Misconfigured")):
            told_of.append(Sentence.from_json(error["sentence"]))
    return failed, postponed


def _open_questions(order: PurchaseOrder, lines: list[OrderLine]) -> list[Sentence]:
    found: list[Sentence] = []
    if (
        any(line.recorded_cancelled for line in lines)
        and order.cancellations.filter(reason="", reported_at__isnull=True).exclude(origin="marketplace").exists()
    ):
        found.append(NO_REASON)
    if any(line.recorded_shipped for line in lines):
        holds = order.shipments.filter(reported_at__isnull=True).exclude(hold=Hold.NONE).values_list("hold", flat=True)
        found += [HOLDS[Hold(hold)] for hold in dict.fromkeys(holds)]
    if buyer := _buyer_request(order, lines):
        found.append(buyer)
    return found


def _buyer_request(order: PurchaseOrder, lines: list[OrderLine]) -> Sentence | None:
    asked = [lifecycle.ledger(line) for line in lines if line.buyer_asked_to_cancel]
    if order.read_only or not asked:
        return None
    if any(entry.open > 0 for entry in asked):
        return BUYER_ASKS
    return ALREADY_SHIPPED if any(entry.shipped for entry in asked) and _undelivered(lines) else None


def _undelivered(lines: list[OrderLine]) -> bool:
    return any(
        line.buyer_asked_to_cancel and line.reported_delivered < lifecycle.ledger(line).shipped for line in lines
    )


def remarks(fulfilment: str, treatment: str) -> list[Sentence]:
    """What is said of an order that needs nothing."""
    if fulfilment == Fulfilment.MARKETPLACE:
        return [WFS]
    return {Treatment.UNDECIDED.value: [UNCONFIRMED], Treatment.IGNORE.value: [LEFT_ALONE]}.get(treatment, [])
