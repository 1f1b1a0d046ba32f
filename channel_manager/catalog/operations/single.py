"""Sending one SKU's stock or price: the latest value at the moment of sending. Both calls overwrite, so that a repeated
one changes nothing (walmart-api §4.1, §4.3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import RemoteError
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import failures, levels, outbox
from channel_manager.sync.kinds import Claim, Json, OperationKind, Progress, Sent, Skip
from channel_manager.sync.models import State, SyncOperation

NOTHING = say("There is nothing to send any more: Walmart has the latest value, or another sending takes it there.")
TRIED_SINCE = say("A later value was sent.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one SKU is to show; `currency` is the store's."""

    sku: str
    value: Decimal
    currency: str


class SendLevel(OperationKind):
    """Its key is the level's carrier, so that each attempt takes the value as it is wanted then."""

    platform: ClassVar[Platform] = Platform.MARKETPLACE
    in_order: ClassVar[bool] = False

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        taken = levels.latest({claim.payload["carrier"]: claim.payload["level"] for claim in claims})
        currency = dict(Store.objects.filter(pk__in={claim.store_id for claim in claims}).values_list("pk", "currency"))
        return {
            claim.id: Value(sku=one.key, value=one.value, currency=currency[claim.store_id])
            if (one := taken.get(claim.payload["carrier"]))
            else _nothing(claim)
            for claim in claims
        }

    def apply(self, claim: Claim, result: Json) -> None:
        levels.carried({claim.payload["carrier"]: Decimal(result["value"])})
        _close_others(claim)

    def stopped(self, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
        problem = failures.as_json(error or RuntimeError(claim.kind))
        if not final:
            levels.troubled(claim.payload["carrier"], problem)
            return
        levels.dropped(claim.payload["carrier"], error=problem, in_doubt=claim.ambiguous or error is None)
        _close_others(claim)


class SendStock(SendLevel):
    name: ClassVar[str] = "send_stock"
    family: ClassVar[str] = "set_stock"
    priority: ClassVar[int] = 3

    async def send(self, claim: Claim, prepared: Value, gateways: Gateways, progress: Progress) -> Sent:
        await gateways.marketplace.set_stock(prepared.sku, int(prepared.value))
        return Sent({"value": str(prepared.value)})


class SendPrice(SendLevel):
    name: ClassVar[str] = "send_price"
    family: ClassVar[str] = "set_price"
    priority: ClassVar[int] = 7

    async def send(self, claim: Claim, prepared: Value, gateways: Gateways, progress: Progress) -> Sent:
        await gateways.marketplace.set_price(prepared.sku, prepared.value, currency=prepared.currency)
        return Sent({"value": str(prepared.value)})


def _close_others(claim: Claim) -> None:
    """What earlier sendings of the SKU failed at is told by this one now."""
    failed = SyncOperation.objects.filter(
        store=claim.store_id, subject=claim.subject, kind=claim.kind, state=State.FAILED
    ).exclude(pk=claim.id)
    for operation_id in failed.values_list("pk", flat=True):
        outbox.close(operation_id, reason=TRIED_SINCE)


def _nothing(claim: Claim) -> Skip:
    levels.dropped(claim.payload["carrier"], in_doubt=claim.ambiguous)
    return Skip(NOTHING)
