"""Telling the marketplace that an order is accepted (walmart-api §2.12)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import lifecycle, state
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.operations.kind import OrderOperation
from channel_manager.orders.rules.levels import levels
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.shared.sentences import say
from channel_manager.stores.models import AcknowledgePolicy
from channel_manager.sync import outbox
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip
from channel_manager.sync.models import State, SyncOperation

MARGIN = timedelta(minutes=30)


class Acknowledge(OrderOperation):
    """Re-acknowledging is harmless, so nothing is looked up before a repetition."""

    name: ClassVar[str] = "acknowledge"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    family: ClassVar[str] = "acknowledge"
    in_order: ClassVar[bool] = False
    priority: ClassVar[int] = 1

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        known = PurchaseOrder.objects.defer("raw_first", "raw_latest").prefetch_related("lines")
        orders = known.in_bulk([claim.payload["order"] for claim in claims])
        return {claim.id: _what_is_left(orders.get(claim.payload["order"])) for claim in claims}

    async def send(self, claim: Claim, prepared: Any, gateways: Gateways, progress: Progress) -> Sent:
        return Sent({"levels": levels(await gateways.marketplace.acknowledge(claim.payload["number"]))})

    def apply(self, claim: Claim, result: Json) -> None:
        order = state.locked(claim.payload["order"])
        state.write_levels(order, result["levels"])
        if order.acknowledged_at is None:
            order.acknowledged_at = timezone.now()
            record(
                order.subject,
                "acknowledged",
                say("Acknowledged to Walmart."),
                store_id=order.store_id,
                actor=Actor.RULE,
            )
        state.refresh(order)


def intention(order: PurchaseOrder, policy: str) -> outbox.NewOperation | None:
    """The acknowledgement that an order's rule asks for when it is received; None when there is nothing to do yet."""
    if order.acknowledged_at or policy == AcknowledgePolicy.CREATED_ONLY:
        return None
    at_once = policy == AcknowledgePolicy.RECEIVED or order.acknowledge_by is None
    return outbox.NewOperation(
        kind=Acknowledge,
        store_id=order.store_id,
        subject=order.subject,
        key=_key(order),
        payload={"order": order.pk, "number": order.number},
        due_at=None if at_once or order.acknowledge_by is None else order.acknowledge_by - MARGIN,
        deadline=order.acknowledge_by,
    )


def request_now(order: PurchaseOrder) -> None:
    """The order is safe in Commerce: acknowledge without waiting for the deadline."""
    if order.acknowledged_at or order.read_only:
        return
    outbox.enqueue(
        Acknowledge,
        store_id=order.store_id,
        subject=order.subject,
        key=_key(order),
        payload={"order": order.pk, "number": order.number},
        deadline=order.acknowledge_by,
    )
    outbox.retry_subject(order.subject, [Acknowledge])


def begun(order: PurchaseOrder) -> bool:
    """Whether ours is under way: what the marketplace shows is then its effect, to be recorded when it is answered."""
    under_way = SyncOperation.objects.filter(key=_key(order), attempt__gt=0)
    return under_way.exclude(state__in=(State.SKIPPED, State.FAILED, State.SETTLED)).exists()


def _key(order: PurchaseOrder) -> str:
    return f"acknowledge:{order.pk}"


def _what_is_left(order: PurchaseOrder | None) -> Skip | None:
    if order is None:
        return Skip(say("The order was removed."))
    if order.acknowledged_at:
        return Skip(say("The order was acknowledged elsewhere."))
    if not any(lifecycle.ledger(line).open > 0 for line in order.lines.all()):
        return Skip(say("Nothing of the order is left to acknowledge."))
    return None
