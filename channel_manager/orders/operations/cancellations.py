"""Cancelling at the marketplace, and bringing Commerce to the same (walmart-api §2.14, magento-observed §8)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.db.models import Sum
from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import state
from channel_manager.orders.models import Cancellation, CancellationLine, CommerceItem, PurchaseOrder, Shipment
from channel_manager.orders.operations.kind import OrderOperation
from channel_manager.orders.plans import REASON_WORDS, payment_lines
from channel_manager.orders.rules import keep
from channel_manager.orders.rules.levels import levels, open_units, units
from channel_manager.orders.rules.reasons import MARK
from channel_manager.ports.commerce import CommercePlatform
from channel_manager.ports.documents import CommerceOrder, NewMemo
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import IncomingOrder, LineCancellation, LineState, Platform, Reason
from channel_manager.shared.errors import About, Rejected, RemoteError
from channel_manager.shared.money import ZERO
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import levels as stock
from channel_manager.sync import outbox
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip
from channel_manager.sync.levels import lowering

MOST_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Units of one line: this cancellation's, and the level the marketplace must show after it. `sku` is empty where no
    stock is told of it.
    """

    number: str
    sku: str
    quantity: int
    level: int
    reason: Reason


class CancelOnMarketplace(OrderOperation):
    """Sends what is missing to the wanted level, so a lost answer or a cancellation made elsewhere is not repeated. The
    stock of its SKUs is lowered before: units that there are not, or that Commerce has given back already, are not held
    back any more once they are canceled.
    """

    name: ClassVar[str] = "cancel_on_marketplace"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    family: ClassVar[str] = "cancel"
    priority: ClassVar[int] = 2

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        found = Cancellation.objects.in_bulk([claim.payload["cancellation"] for claim in claims])
        wanted = {claim.id: _wanted(found.get(claim.payload["cancellation"]), claim) for claim in claims}
        return _followed(claims[0].store_id, wanted)

    async def send(self, claim: Claim, prepared: list[Wanted], gateways: Gateways, progress: Progress) -> Sent:
        number = claim.payload["number"]
        shown = await gateways.marketplace.order(number)
        if lines := _missing(prepared, shown):
            await lowering.lower(claim, _by_sku(prepared, lines), gateways.marketplace)
            shown = await gateways.marketplace.cancel(number, lines)
        return Sent({"levels": levels(shown)})

    def stopped(self, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
        lowering.stopped(claim, error)
        super().stopped(claim, error, final=final)

    def apply(self, claim: Claim, result: Json) -> None:
        lowering.ended(claim.id)
        cancellation = Cancellation.objects.get(pk=claim.payload["cancellation"])
        order = state.locked(cancellation.order_id)
        state.write_levels(order, result["levels"])
        cancellation.reported_at = timezone.now()
        cancellation.save(update_fields=["reported_at"])
        _no_stock_is_left(cancellation)
        record(order.subject, "canceled", say("Walmart canceled the units."), store_id=order.store_id, actor=Actor.RULE)
        request_mirror(order, cancellation)
        state.refresh(order)


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorPlan:
    """Units that must end up cancelled by Commerce item id, units already taken off by a memo, and the words."""

    order_id: int
    wanted: Mapping[int, int]
    memoed: Mapping[int, int]
    payment: tuple[str, ...]
    comment: str


class MirrorCancellation(OrderOperation):
    """keep(K per item) in Commerce, then the reason into the payment block and the comments. Every step looks first."""

    name: ClassVar[str] = "mirror_cancellation"
    platform: ClassVar[Platform] = Platform.COMMERCE
    family: ClassVar[str] = "documents"
    priority: ClassVar[int] = 2

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        orders = PurchaseOrder.objects.in_bulk([claim.payload["order"] for claim in claims])
        return {claim.id: _mirror_plan(orders.get(claim.payload["order"]), claim) for claim in claims}

    async def send(self, claim: Claim, prepared: MirrorPlan, gateways: Gateways, progress: Progress) -> Sent:
        commerce = gateways.commerce
        memoed = dict(prepared.memoed)
        for turn in range(MOST_STEPS):
            order = await commerce.order(prepared.order_id)
            if not turn:
                _count_earlier_memo(claim.progress, order, memoed)
            step = keep.next_step(order, prepared.wanted, memoed)
            if isinstance(step, keep.Done):
                await _write_words(order, prepared, commerce)
                return Sent(_shown(order, memoed))
            await _take(step, order, commerce, progress)
            _count(step, memoed)
        raise Rejected(
            say("Commerce does not reach the canceled quantities. Compare the order in Commerce, then retry."),
            side="Commerce",
        )

    def apply(self, claim: Claim, result: Json) -> None:
        order = state.locked(claim.payload["order"])
        for item in result["items"]:
            CommerceItem.objects.filter(order=order, item_id=item.pop("item_id")).update(**item)
        order.commerce_state = result["state"]
        record(
            order.subject,
            "canceled_in_commerce",
            say("Commerce shows the canceled units."),
            store_id=order.store_id,
            actor=Actor.RULE,
        )
        state.refresh(order)


def request_cancel(cancellation: Cancellation) -> None:
    """Send a cancellation that has a reason; the buyer's own whenever a line carries the buyer's request."""
    order = cancellation.order
    outbox.enqueue(
        CancelOnMarketplace,
        store_id=order.store_id,
        subject=order.subject,
        key=f"cancel:{cancellation.pk}",
        payload={
            "cancellation": cancellation.pk,
            "order": order.pk,
            "number": order.number,
            "reason": cancellation.reason,
        },
        by=cancellation.requested_by_id,
    )


def request_mirror(order: PurchaseOrder, cancellation: Cancellation | None = None) -> None:
    """Bring Commerce to the cancelled quantities, unless it shows them; the words follow the latest cancellation."""
    if order.commerce_order_id is None:
        return
    cancellation = cancellation or order.cancellations.last()
    if cancellation is None or (cancellation.reported_at is None and cancellation.origin != Actor.MARKETPLACE):
        return
    _request_mirror(order, cancellation, key=f"mirror:{order.commerce_order_id}:{cancellation.pk}")


def request_closing(order: PurchaseOrder, shipment: Shipment) -> None:
    """After the last kept unit has left: units taken off by a memo are still shippable in Commerce, and are closed now
    (magento-observed §8, phantom unit).
    """
    cancellation = order.cancellations.last()
    taken_off = order.commerce_items.filter(refunded_unshipped__gt=0).exists()
    if cancellation and taken_off and not any(entry.open > 0 for entry in state.ledgers(order).values()):
        _request_mirror(order, cancellation, key=f"close:{order.commerce_order_id}:{shipment.pk}")


def _request_mirror(order: PurchaseOrder, cancellation: Cancellation, *, key: str) -> None:
    outbox.enqueue(
        MirrorCancellation,
        store_id=order.store_id,
        subject=order.subject,
        key=key,
        payload={"order": order.pk, "cancellation": cancellation.pk},
        by=cancellation.requested_by_id,
    )


# ---- inside a transaction ----------------------------------------------------------------------------------------


def _wanted(cancellation: Cancellation | None, claim: Claim) -> list[Wanted] | Skip:
    if cancellation is None or cancellation.reported_at:
        return Skip(say("Walmart has this cancellation."))
    return [
        Wanted(
            number=row.line.number,
            sku=row.line.sku,
            quantity=row.quantity,
            level=level_of(row),
            reason=Reason(cancellation.reason or claim.payload["reason"]),
        )
        for row in cancellation.lines.select_related("line")
    ]


def _followed(store_id: int, wanted: dict[int, list[Wanted] | Skip]) -> dict[int, list[Wanted] | Skip]:
    """The same, without the SKUs of which no stock is told: those need no lowering."""
    skus = {part.sku for parts in wanted.values() if not isinstance(parts, Skip) for part in parts}
    kept = lowering.followed(store_id, skus)
    return {
        id_: parts
        if isinstance(parts, Skip)
        else [replace(part, sku=part.sku if part.sku in kept else "") for part in parts]
        for id_, parts in wanted.items()
    }


def _no_stock_is_left(cancellation: Cancellation) -> None:
    """The marketplace itself shows none of a SKU that is out of stock (walmart-api §9, 41), whatever was sent."""
    if cancellation.reason == Reason.STOCK:
        skus = cancellation.lines.values_list("line__sku", flat=True)
        stock.mistrust(cancellation.order.store_id, stock.STOCK, list(skus))


def level_of(row: CancellationLine) -> int:
    """Units of the line in this and all earlier cancellations."""
    rows = CancellationLine.objects.filter(line=row.line_id, cancellation__lte=row.cancellation_id)
    return int(rows.aggregate(units=Sum("quantity"))["units"])


def _mirror_plan(order: PurchaseOrder | None, claim: Claim) -> MirrorPlan | Skip:
    if order is None or order.commerce_order_id is None:
        return Skip(say("The order does not exist in Commerce."))
    cancellation = Cancellation.objects.get(pk=claim.payload["cancellation"])
    reason = str(REASON_WORDS[Reason(cancellation.reason)]) if cancellation.reason else cancellation.said
    return MirrorPlan(
        order_id=order.commerce_order_id,
        wanted=commerce_cancelled(order),
        memoed={item.item_id: item.refunded_unshipped for item in order.commerce_items.all()},
        payment=payment_lines(order.number, reason or "Canceled on Walmart"),
        comment=f"{MARK} cancellation {cancellation.pk}: {reason or 'Canceled on Walmart'}",
    )


def commerce_cancelled(order: PurchaseOrder) -> dict[int, int]:
    """Units that Commerce must show as cancelled, by item: the marketplace's, without those from before the import.

    A page that was read before a cancellation and is received after it shows fewer for a while: what the marketplace
    has confirmed counts, too.
    """
    confirmed = _confirmed(order)
    wanted: dict[int, int] = defaultdict(int)
    for line in order.lines.select_related("item"):
        if line.item:
            cancelled = max(line.reported_cancelled, confirmed.get(line.pk, 0))
            wanted[line.item.item_id] += max(cancelled - line.cancelled_before, 0)
    return dict(wanted)


def _confirmed(order: PurchaseOrder) -> dict[int, int]:
    """Units by line that were cancelled at the marketplace, whoever began it."""
    rows = CancellationLine.objects.filter(cancellation__order=order, cancellation__reported_at__isnull=False)
    return dict(rows.values_list("line").annotate(units=Sum("quantity")))


# ---- on the wire -------------------------------------------------------------------------------------------------


def _missing(wanted: list[Wanted], shown: IncomingOrder) -> tuple[LineCancellation, ...]:
    lines = {line.number: line for line in shown.lines}
    found = []
    for part in wanted:
        line = lines[part.number]
        missing = min(part.quantity, part.level - units(line.reported, LineState.CANCELLED))
        if missing > open_units(line):
            words = _too_late(part, open_units(line))
            raise Rejected(words, side="Walmart", field=f"line {part.number}", about=About.QUANTITY)
        if missing > 0:
            buyer = line.buyer_asked_to_cancel
            found.append(
                LineCancellation(number=part.number, quantity=missing, reason=Reason.BUYER if buyer else part.reason)
            )
    return tuple(found)


def _by_sku(wanted: list[Wanted], lines: Sequence[LineCancellation]) -> dict[str, int]:
    skus, units_of = {part.number: part.sku for part in wanted}, Counter[str]()
    for line in lines:
        if sku := skus[line.number]:
            units_of[sku] += line.quantity
    return dict(units_of)


def _too_late(part: Wanted, available: int) -> Sentence:
    return say(
        "Too late to cancel %(wanted)s of line %(line)s: Walmart has only %(open)s open, the rest was shipped. "
        "Cancel fewer, and refund the buyer when the goods come back.",
        wanted=part.quantity,
        line=part.number,
        open=available,
    )


async def _take(step: keep.Step, order: CommerceOrder, commerce: CommercePlatform, progress: Progress) -> None:
    match step:
        case keep.Unhold():
            await commerce.unhold(order.order_id)
        case keep.Invoice(quantities):
            await commerce.invoice(order.order_id, quantities)
        case keep.CancelRest():
            await commerce.cancel(order.order_id)
        case keep.CreditMemo():
            await _memo(step, order, commerce, progress)
        case keep.ClosePhantom(cancelled):
            await commerce.close_phantom(order, cancelled)
        case keep.Impossible(sentence):
            raise Rejected(sentence, side="Commerce")


async def _memo(step: keep.CreditMemo, order: CommerceOrder, commerce: CommercePlatform, progress: Progress) -> None:
    """A memo is not repeatable: what was refunded before it is saved first, so that a lost answer can be settled."""
    before = {str(item.item_id): item.refunded for item in order.items if item.item_id in step.quantities}
    await progress.save(memo={"before": before, "units": {str(k): v for k, v in step.quantities.items()}})
    untouched = not order.money.get("total_refunded", ZERO)
    await commerce.refund(
        order.order_id,
        NewMemo(
            quantities=dict(step.quantities),
            shipping=order.money["shipping_amount"] if step.all_shipping and untouched else ZERO,
            restock=tuple(step.quantities),
            comment=f"{MARK} units canceled before they were shipped",
        ),
    )


def _count(step: keep.Step, memoed: dict[int, int]) -> None:
    """What a step did to the units taken off by memos; a phantom that was closed is cancelled like any other unit."""
    if isinstance(step, keep.CreditMemo):
        for item_id, units in step.quantities.items():
            memoed[item_id] = memoed.get(item_id, 0) + units
    elif isinstance(step, keep.ClosePhantom):
        memoed.update(dict.fromkeys(step.cancelled, 0))


def _count_earlier_memo(saved: Json, order: CommerceOrder, memoed: dict[int, int]) -> None:
    """A memo of an earlier attempt whose answer was lost shows in the refunded quantities."""
    memo = saved.get("memo")
    if not memo:
        return
    for item in order.items:
        before = memo["before"].get(str(item.item_id))
        if before is not None and item.refunded > before:
            memoed[item.item_id] = max(memoed.get(item.item_id, 0), memo["units"][str(item.item_id)])


async def _write_words(order: CommerceOrder, plan: MirrorPlan, commerce: CommercePlatform) -> None:
    if order.payment_lines != plan.payment:
        await commerce.describe_payment(order, plan.payment)
    if not any(plan.comment in comment.text for comment in order.comments):
        await commerce.comment(order, plan.comment)


def _shown(order: CommerceOrder, memoed: Mapping[int, int]) -> Json:
    return {
        "state": order.state,
        "items": [
            {
                "item_id": item.item_id,
                "invoiced": item.invoiced,
                "shipped": item.shipped,
                "cancelled": item.cancelled,
                "refunded": item.refunded,
                "refunded_unshipped": memoed.get(item.item_id, 0),
            }
            for item in order.items
        ],
    }
