"""Following an *Edit* in the Commerce Admin: the order goes on as its child (magento-observed §10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import lifecycle, state
from channel_manager.orders.cancelling import record_cancellation
from channel_manager.orders.models import CommerceItem, OrderLine, PurchaseOrder
from channel_manager.orders.operations.kind import OrderOperation
from channel_manager.orders.plans import CreationPlan, creation_plan
from channel_manager.orders.rules import allocation, reasons
from channel_manager.orders.rules.allocation import Bundle
from channel_manager.ports.commerce import CommercePlatform
from channel_manager.ports.documents import CommerceOrder
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform, Reason
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import outbox
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip
from channel_manager.sync.models import State, SyncOperation

SAME_MOMENT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPlan:
    """`lines`: numbers of the lines by the item of the order that was edited."""

    order_id: int
    creation: CreationPlan
    lines: Mapping[int, tuple[str, ...]]
    default_reason: str


class FollowEdit(OrderOperation):
    """Reads parent and child; an edit moves our number, money and items to the child, a reorder changes nothing."""

    name: ClassVar[str] = "follow_edit"
    platform: ClassVar[Platform] = Platform.COMMERCE
    family: ClassVar[str] = "orders"
    priority: ClassVar[int] = 3

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        ids = [claim.payload["order"] for claim in claims]
        related = ("lines__item", "store__sku_links")
        orders = PurchaseOrder.objects.select_related("store__rules").prefetch_related(*related).in_bulk(ids)
        return {claim.id: _plan(orders.get(claim.payload["order"])) for claim in claims}

    async def send(self, claim: Claim, prepared: FollowPlan, gateways: Gateways, progress: Progress) -> Sent:
        cancelled_at = datetime.fromisoformat(claim.payload["cancelled_at"])
        parent = await gateways.commerce.order(prepared.order_id)
        child = await gateways.commerce.order(claim.payload["child"])
        if not is_edit(child, cancelled_at):
            return Sent({"edit": False})
        while child.state == "canceled" and child.child_id:
            child = await gateways.commerce.order(child.child_id)
        return await _move(parent, child, prepared, gateways.commerce)

    def apply(self, claim: Claim, result: Json) -> None:
        order = state.locked(claim.payload["order"])
        if result["edit"]:
            _follow(order, result)
            _close_earlier(order, claim)
        state.refresh(order)


def _close_earlier(order: PurchaseOrder, claim: Claim) -> None:
    """An edit that could not be followed was edited again."""
    words = say("Closed by itself: the order goes on as %(number)s.", number=order.commerce_number)
    earlier = SyncOperation.objects.filter(subject=order.subject, kind=FollowEdit.name, id__lt=claim.id)
    for operation in earlier.filter(state=State.FAILED):
        outbox.close(operation.pk, reason=words)


def is_edit(child: CommerceOrder, cancelled_at: datetime) -> bool:
    """The Admin's Edit cancels the parent within the seconds in which it creates the child; a Reorder leaves it."""
    return abs(cancelled_at - child.created_at) <= SAME_MOMENT


def to_decide(order: PurchaseOrder, shown: CommerceOrder) -> bool:
    """Whether a cancelled order with a child still waits for the answer what the child is."""
    if shown.state != "canceled":
        return False
    earlier = SyncOperation.objects.filter(key=_key(order, shown)).first()
    return earlier is None or earlier.state != State.DONE


def request(order: PurchaseOrder, shown: CommerceOrder) -> None:
    outbox.enqueue(
        FollowEdit,
        store_id=order.store_id,
        subject=order.subject,
        key=_key(order, shown),
        payload={"order": order.pk, "child": shown.child_id, "cancelled_at": shown.updated_at.isoformat()},
    )


def _key(order: PurchaseOrder, shown: CommerceOrder) -> str:
    return f"edit:{order.pk}:{shown.child_id}"


def _plan(order: PurchaseOrder | None) -> FollowPlan | Skip:
    if order is None or order.commerce_order_id is None:
        return Skip(say("The order does not exist in Commerce."))
    rules = order.store.rules
    units = {line.number: line.commerce_quantity for line in order.lines.all()}
    plan = creation_plan(order, rules, units=units, adopt_only=False)
    lines: dict[int, tuple[str, ...]] = {}
    for line in order.lines.all():
        if line.item:
            lines[line.item.item_id] = (*lines.get(line.item.item_id, ()), line.number)
    return FollowPlan(order_id=order.commerce_order_id, creation=plan, lines=lines, default_reason=rules.default_reason)


async def _move(parent: CommerceOrder, child: CommerceOrder, plan: FollowPlan, commerce: CommercePlatform) -> Sent:
    """Correct the child as a new order is corrected: it has the shop's prices and not our number."""
    bundles = _bundles(parent, child, plan)
    if added := _added(child, bundles):
        raise Rejected(added, side="Commerce")
    items = {item.item_id: _now(bundles[item.item_id], item.ordered) for item in child.items}
    money = allocation.money(items)
    await commerce.correct(plan.creation.correction(child, money))
    corrected = await commerce.order(child.order_id)
    if wrong := allocation.differences(money, corrected):
        raise Rejected(wrong[0], side="Commerce")
    reason = reasons.understood([*corrected.comments, *parent.comments])
    return Sent(
        {
            "edit": True,
            "order_id": corrected.order_id,
            "number": corrected.number,
            "state": corrected.state,
            "total": str(corrected.money.get("grand_total", 0)),
            "reason": reason or plan.default_reason,
            "items": [
                {
                    "item_id": item_id,
                    "sku": bundle.sku,
                    "ordered": bundle.quantity,
                    "lines": {line.number: line.live for line in bundle.lines},
                }
                for item_id, bundle in items.items()
            ],
        }
    )


def _bundles(parent: CommerceOrder, child: CommerceOrder, plan: FollowPlan) -> dict[int, Bundle]:
    """What each item of the child was made from: the lines of the parent's item that it comes from."""
    by_number = {line.number: line for line in plan.creation.lines if line.live}
    found: dict[int, Bundle] = {}
    for item_id, original in allocation.originals(parent.items, child.items).items():
        lines = tuple(by_number[number] for number in plan.lines.get(original.item_id, ()) if number in by_number)
        if lines:
            found[item_id] = Bundle(sku=lines[0].sku, lines=lines)
    return found


def _now(bundle: Bundle, units: int) -> Bundle:
    """With the units that the child has, spread over the lines in line order."""
    parts = lifecycle.spread(units, [line.live for line in bundle.lines])
    lines = [_with_units(line, part) for line, part in zip(bundle.lines, parts, strict=True) if part]
    return Bundle(sku=bundle.sku, lines=tuple(lines))


def _with_units(line: allocation.LiveLine, units: int) -> allocation.LiveLine:
    return allocation.LiveLine(
        number=line.number,
        sku=line.sku,
        quantity=line.quantity,
        live=units,
        charges=line.charges,
        charge_names=line.charge_names,
    )


def _added(child: CommerceOrder, bundles: Mapping[int, Bundle]) -> Sentence | None:
    for item in child.items:
        if item.item_id not in bundles or item.ordered > bundles[item.item_id].quantity:
            return say(
                "The order was edited in Commerce and now has more of %(sku)s than the buyer ordered at Walmart. "
                "Edit it again in Commerce, then retry.",
                sku=item.sku,
            )
    return None


def _follow(order: PurchaseOrder, result: Json) -> None:
    """Units that are missing in the child are a cancellation that needs a reason."""
    order.commerce_order_id = result["order_id"]
    order.commerce_number = result["number"]
    order.commerce_state = result["state"]
    order.commerce_total = result["total"]
    kept = {number: units for item in result["items"] for number, units in item["lines"].items()}
    missing = {
        line: units
        for line in order.lines.all()
        if (units := line.commerce_quantity - kept.get(line.number, 0)) > 0 and line.item_id
    }
    _allocate(order, result["items"], kept)
    sentence = say("Edited in Commerce: the order goes on as %(number)s.", number=result["number"])
    record(order.subject, "edited", sentence, store_id=order.store_id, actor=Actor.COMMERCE)
    if missing:
        reason = Reason(result["reason"]) if result["reason"] else None
        record_cancellation(order, missing, origin=Actor.COMMERCE, reason=reason, at=timezone.now())


def _allocate(order: PurchaseOrder, items: list[Json], kept: Mapping[str, int]) -> None:
    rows = {
        entry["item_id"]: CommerceItem.objects.create(
            order=order, item_id=entry["item_id"], sku=entry["sku"], ordered=entry["ordered"]
        )
        for entry in items
    }
    owner = {number: rows[entry["item_id"]] for entry in items for number in entry["lines"]}
    for line in order.lines.all():
        _reallocate(line, owner.get(line.number), kept.get(line.number, 0))
    order.commerce_items.exclude(pk__in=[row.pk for row in rows.values()]).delete()


def _reallocate(line: OrderLine, item: CommerceItem | None, units: int) -> None:
    line.item = item
    line.cancelled_before += line.commerce_quantity - units
    line.commerce_quantity = units
    line.save(update_fields=["item", "commerce_quantity", "cancelled_before"])
