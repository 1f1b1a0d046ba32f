"""Making a credit memo in Commerce, exactly once (magento-observed §8, §9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Sum

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import state as orders
from channel_manager.orders.models import CommerceItem as ItemRow
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.plans import live_line
from channel_manager.orders.rules import allocation
from channel_manager.orders.rules.allocation import Bundle, LiveLine
from channel_manager.orders.rules.reasons import MARK
from channel_manager.ports.commerce import CommercePlatform
from channel_manager.ports.documents import CommerceItem, CommerceMemo, CommerceOrder, NewMemo, OrderMoney
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.returns.models import Effect, Refund, RefundLine
from channel_manager.returns.operations import marketplace_refunds
from channel_manager.returns.operations.kind import RefundOperation, enqueue, refresh_return
from channel_manager.returns.rules import amounts, repairs
from channel_manager.shared.errors import Postponed, Rejected
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip

CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`known`: units of each item that credit memos known here have refunded; more than that, but for the units
    `taken_off` before they left, is somebody else's.
    `repair`: what the order was made with, if a person agreed to have it reopened.
    """

    order_id: int
    quantities: Mapping[int, int]
    restock: tuple[int, ...]
    known: Mapping[int, int]
    taken_off: Mapping[int, int]
    shipping: Decimal
    plus: Decimal
    minus: Decimal
    expected: Decimal | None
    repair: OrderMoney | None
    marker: str
    comment: str


class CreateCreditMemo(RefundOperation):
    """Look for the marker, invoice what has shipped, refund it offline, read back."""

    name: ClassVar[str] = "create_credit_memo"
    platform: ClassVar[Platform] = Platform.COMMERCE
    family: ClassVar[str] = "documents"
    priority: ClassVar[int] = 1

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        return {claim.id: _plan(claim.payload["refund"]) for claim in claims}

    async def find_existing(self, claim: Claim, prepared: Plan, gateways: Gateways, progress: Progress) -> Sent | None:
        memo = await _made(prepared, gateways.commerce)
        if memo is None:
            return None
        return Sent(_result(memo, await gateways.commerce.order(prepared.order_id), claim.progress))

    async def send(self, claim: Claim, prepared: Plan, gateways: Gateways, progress: Progress) -> Sent:
        commerce = gateways.commerce
        if found := await self.find_existing(claim, prepared, gateways, progress):
            return found
        order = await _refundable(prepared, commerce, progress)
        await commerce.refund(prepared.order_id, _memo(prepared, order))
        memo = await _made(prepared, commerce)
        if memo is None:
            raise Postponed(
                say("Commerce accepted the credit memo but does not show it yet. It is looked for again by itself."),
                side="Commerce",
            )
        return Sent(_result(memo, await commerce.order(prepared.order_id), claim.progress))

    def apply(self, claim: Claim, result: Json) -> None:
        order = orders.locked(claim.payload["order"])
        refund = Refund.objects.select_related("parent").get(pk=claim.payload["refund"])
        if result["invoiced"]:
            words = say(
                "Shipped units were invoiced in Commerce, as a credit memo needs: %(units)s.", units=result["invoiced"]
            )
            record(order.subject, "invoiced", words, store_id=order.store_id, actor=Actor.RULE)
        attach(refund, order, memo_id=result["memo_id"], number=result["number"], total=Decimal(result["total"]))
        for item in result["items"]:
            ItemRow.objects.filter(order=order, item_id=item.pop("item_id")).update(**item)
        order.commerce_state = result["state"]
        orders.refresh(order)
        refresh_return(refund.pk)


def request(refund: Refund, order: PurchaseOrder) -> None:
    enqueue(CreateCreditMemo, refund, order)


def attach(refund: Refund, order: PurchaseOrder, *, memo_id: int, number: str, total: Decimal) -> None:
    """Commerce has the refund's credit memo: the marketplace is next. Calling it again changes nothing."""
    if refund.commerce_memo_id:
        return
    refund.commerce_memo_id, refund.commerce_number, refund.total = memo_id, number, total
    refund.save(update_fields=["commerce_memo_id", "commerce_number", "total"])
    words = say("Credit memo %(number)s made in Commerce: %(total)s.", number=number, total=total)
    record(order.subject, "credit_memo", words, store_id=order.store_id, actor=Actor.RULE)
    tell_difference(order, refund.expected, number=number, total=total)
    marketplace_refunds.request(refund, order)


def tell_difference(order: PurchaseOrder, expected: Decimal | None, *, number: str, total: Decimal) -> None:
    if expected is not None and expected != total:
        words = say(
            "Walmart pays %(expected)s for the returned units, credit memo %(number)s says %(total)s.",
            expected=expected,
            number=number,
            total=total,
        )
        record(order.subject, "difference", words, store_id=order.store_id, actor=Actor.RULE)


# ---- inside a transaction ----------------------------------------------------------------------------------------


def _plan(refund_id: int) -> Plan | Skip:
    refund = Refund.objects.select_related("order").filter(pk=refund_id).first()
    if refund is None:
        return Skip(say("The refund was withdrawn."))
    if refund.commerce_memo_id:
        return Skip(say("Commerce has this credit memo."))
    order = refund.order
    if order.commerce_order_id is None:
        return Skip(say("The order does not exist in Commerce."))
    rows = list(refund.lines.select_related("line__item"))
    quantities: dict[int, int] = {}
    for row in rows:
        if row.line.item:
            quantities[row.line.item.item_id] = quantities.get(row.line.item.item_id, 0) + row.quantity
    return Plan(
        order_id=order.commerce_order_id,
        quantities=quantities,
        restock=tuple({row.line.item.item_id for row in rows if row.restock and row.line.item}),
        known=known_refunded(order),
        taken_off={item.item_id: item.refunded_unshipped for item in order.commerce_items.all()},
        shipping=refund.shipping,
        plus=refund.plus,
        minus=refund.minus,
        expected=refund.expected if refund.fit else None,
        repair=_made_with(order) if refund.repair else None,
        marker=str(refund.marker),
        comment=refund.comment,
    )


def known_refunded(order: PurchaseOrder) -> dict[int, int]:
    """Units of shipped goods by Commerce item in credit memos that are known here."""
    made = RefundLine.objects.filter(refund__order=order, refund__commerce_memo_id__isnull=False)
    made = made.exclude(refund__effect=Effect.CANCELLATION)
    return dict(made.values_list("line__item__item_id").annotate(units=Sum("quantity")))


def _made_with(order: PurchaseOrder) -> OrderMoney:
    lines: dict[int, list[LiveLine]] = {}
    for line in order.lines.select_related("item"):
        if line.item:
            lines.setdefault(line.item.item_id, []).append(live_line(line, line.commerce_quantity))
    return allocation.money({item_id: Bundle(sku=group[0].sku, lines=tuple(group)) for item_id, group in lines.items()})


# ---- on the wire -------------------------------------------------------------------------------------------------


async def _made(plan: Plan, commerce: CommercePlatform) -> CommerceMemo | None:
    memos = await commerce.memos_of(plan.order_id)
    ours = (memo for memo in memos if any(plan.marker in comment for comment in memo.comments))
    return next((memo for memo in ours if not memo.cancelled), None)


async def _refundable(plan: Plan, commerce: CommercePlatform, progress: Progress) -> CommerceOrder:
    """The order with everything invoiced that has shipped, and nothing refunded that is not known here."""
    order = await commerce.order(plan.order_id)
    _check_unknown_memos(plan, order)
    if order.state == CANCELED:
        order = await _reopened(plan, order, commerce)
    if shipped := {item.item_id: item.shipped - item.invoiced for item in order.items if item.shipped > item.invoiced}:
        await commerce.invoice(order.order_id, shipped)
        await progress.save(invoiced=sum(shipped.values()))
        order = await commerce.order(plan.order_id)
    _check_room(plan, order)
    return order


async def _reopened(plan: Plan, order: CommerceOrder, commerce: CommercePlatform) -> CommerceOrder:
    """An order that the Admin cancelled after a part had shipped takes no credit memo (magento-observed §8)."""
    if not any(item.shipped for item in order.items):
        raise Rejected(say("The order was canceled in Commerce before anything shipped."), side="Commerce")
    if plan.repair is None:
        raise Rejected(
            say(
                "The whole order was canceled in Commerce after a part had shipped, so Commerce takes no credit memo. "
                "Agree to its repair, then try again."
            ),
            side="Commerce",
        )
    await commerce.reopen(order, repairs.shipped_part(plan.repair, order))
    return await commerce.order(order.order_id)


def _check_unknown_memos(plan: Plan, order: CommerceOrder) -> None:
    for item in order.items:
        known = plan.known.get(item.item_id, 0) + _taken_off(plan, item)
        if item.item_id in plan.quantities and item.refunded > known:
            raise Postponed(
                say(
                    "Commerce has refunded %(units)s of %(sku)s by a credit memo that has not been read yet. It is "
                    "looked at first, so that nothing is refunded twice.",
                    units=item.refunded,
                    sku=item.sku,
                ),
                side="Commerce",
            )


def _check_room(plan: Plan, order: CommerceOrder) -> None:
    for item in order.items:
        most = min(item.invoiced, item.shipped + _taken_off(plan, item))
        wanted, available = plan.quantities.get(item.item_id, 0), most - item.refunded
        if wanted > available:
            raise Rejected(_too_many(item.sku, wanted, max(available, 0)), side="Commerce", field=item.sku)


def _taken_off(plan: Plan, item: CommerceItem) -> int:
    return max(plan.taken_off.get(item.item_id, 0), amounts.closed_after_memo(item))


def _too_many(sku: str, wanted: int, available: int) -> Sentence:
    return say(
        "Commerce can refund %(available)s of %(sku)s, not %(wanted)s: only what has shipped and is not refunded yet. "
        "Ship it in Commerce, or refund fewer units.",
        available=available,
        sku=sku,
        wanted=wanted,
    )


def _memo(plan: Plan, order: CommerceOrder) -> NewMemo:
    plus, minus = plan.plus, plan.minus
    if plan.expected is not None:
        plus, minus = amounts.adjustment(amounts.memo_total(order, plan.quantities, plan.shipping), plan.expected)
    return NewMemo(
        quantities=dict(plan.quantities),
        shipping=plan.shipping,
        restock=plan.restock,
        comment=f"{MARK} {plan.comment}".strip(),
        marker=plan.marker,
        plus=plus,
        minus=minus,
    )


def _result(memo: CommerceMemo, order: CommerceOrder, saved: Json) -> Json:
    return {
        "memo_id": memo.memo_id,
        "number": memo.number,
        "total": str(memo.total),
        "state": order.state,
        "invoiced": saved.get("invoiced", 0),
        "items": [
            {"item_id": item.item_id, "invoiced": item.invoiced, "shipped": item.shipped, "refunded": item.refunded}
            for item in order.items
        ],
    }
