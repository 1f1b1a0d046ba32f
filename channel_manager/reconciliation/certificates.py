"""The proof of one order: what was done once, when, by which step, and when the other side confirmed it.

Everything is read from what was stored when it happened; nothing is worked out anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from channel_manager.history.models import Actor
from channel_manager.notifications.models import Notification
from channel_manager.orders.models import Cancellation, PurchaseOrder, Shipment
from channel_manager.orders.operations.acknowledgement import Acknowledge
from channel_manager.orders.operations.cancellations import CancelOnMarketplace, MirrorCancellation
from channel_manager.orders.operations.commerce_shipments import CreateCommerceShipment
from channel_manager.orders.operations.creation import CreateCommerceOrder
from channel_manager.orders.operations.shipment_reports import ReportShipment
from channel_manager.reconciliation.models import ComparedOrder
from channel_manager.returns.models import Refund
from channel_manager.returns.operations.credit_memos import CreateCreditMemo
from channel_manager.returns.operations.order_refunds import RefundOrder
from channel_manager.returns.operations.return_refunds import RefundReturn
from channel_manager.sync.kinds import OperationKind
from channel_manager.sync.models import Outcome, State, SyncAttempt, SyncOperation
from channel_manager.sync.queries import of_subject

Kinds = tuple[type[OperationKind], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One operation and how it went, its tries in order."""

    operation: SyncOperation
    attempts: list[SyncAttempt]

    @property
    def done_at(self) -> datetime | None:
        return self.operation.finished_at if self.operation.state == State.DONE else None

    @property
    def found(self) -> bool:
        """Whether a later try found that an earlier one had done it."""
        return any(attempt.outcome == Outcome.FOUND for attempt in self.attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """`total` is what was read back; it agreed with Walmart's charges to the cent, or the step would have failed."""

    proof: Proof
    cart_id: int | None
    order_id: int | None
    number: str
    adopted: bool
    total: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentProof:
    shipment: Shipment
    commerce: list[Proof]
    marketplace: list[Proof]

    @property
    def in_commerce_at(self) -> datetime | None:
        """A shipment made in Commerce was there before we knew of it."""
        made = self.shipment.shipped_at if self.shipment.commerce_shipment_id else None
        return _done_at(self.commerce) or made


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationProof:
    cancellation: Cancellation
    commerce: list[Proof]
    marketplace: list[Proof]

    @property
    def in_commerce_at(self) -> datetime | None:
        """One that began in Commerce was there before we knew of it."""
        made = self.cancellation.at if self.cancellation.origin == Actor.COMMERCE else None
        return _done_at(self.commerce) or made


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundProof:
    refund: Refund
    commerce: list[Proof]
    marketplace: list[Proof]

    @property
    def in_commerce_at(self) -> datetime | None:
        made = self.refund.at if self.refund.commerce_memo_id else None
        return _done_at(self.commerce) or made


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """`notification` is the first delivery that named the order, if one came before it was received."""

    order: PurchaseOrder
    notification: Notification | None
    creations: list[Creation]
    acknowledgements: list[Proof]
    shipments: list[ShipmentProof]
    cancellations: list[CancellationProof]
    refunds: list[RefundProof]
    compared: ComparedOrder | None


def certificate(order: PurchaseOrder) -> Certificate:
    """Ten queries, however much happened."""
    proofs = [
        Proof(operation=operation, attempts=sorted(operation.attempts.all(), key=lambda attempt: attempt.number))
        for operation in reversed(of_subject(order.subject))
    ]
    return Certificate(
        order=order,
        notification=_notification(order),
        creations=[_creation(proof) for proof in _of(proofs, (CreateCommerceOrder,))],
        acknowledgements=_of(proofs, (Acknowledge,)),
        shipments=[
            _shipment(shipment, proofs) for shipment in order.shipments.prefetch_related("lines__line", "tracks")
        ],
        cancellations=[
            _cancellation(cancellation, proofs)
            for cancellation in order.cancellations.select_related("requested_by").prefetch_related("lines__line")
        ],
        refunds=[
            _refund(refund, proofs) for refund in order.refunds.select_related("parent").prefetch_related("lines")
        ],
        compared=ComparedOrder.objects.filter(order=order).select_related("run").order_by("-pk").first(),
    )


def _done_at(proofs: Iterable[Proof]) -> datetime | None:
    return next((proof.done_at for proof in proofs if proof.done_at), None)


def _notification(order: PurchaseOrder) -> Notification | None:
    told = Notification.objects.filter(
        store=order.store_id, order_number=order.number, received_at__lte=order.received_at
    )
    return told.order_by("received_at").first()


def _creation(proof: Proof) -> Creation:
    result, progress = proof.operation.result or {}, proof.operation.progress
    return Creation(
        proof=proof,
        cart_id=progress.get("cart_id"),
        order_id=result.get("order_id") or progress.get("order_id"),
        number=result.get("number") or progress.get("number", ""),
        adopted=bool(result.get("adopted")),
        total=Decimal(result["total"]) if result.get("total") else None,
    )


def _shipment(shipment: Shipment, proofs: Iterable[Proof]) -> ShipmentProof:
    own = _about(proofs, "shipment", shipment.pk)
    return ShipmentProof(
        shipment=shipment, commerce=_of(own, (CreateCommerceShipment,)), marketplace=_of(own, (ReportShipment,))
    )


def _cancellation(cancellation: Cancellation, proofs: Iterable[Proof]) -> CancellationProof:
    own = _about(proofs, "cancellation", cancellation.pk)
    return CancellationProof(
        cancellation=cancellation,
        commerce=_of(own, (MirrorCancellation,)),
        marketplace=_of(own, (CancelOnMarketplace,)),
    )


def _refund(refund: Refund, proofs: Iterable[Proof]) -> RefundProof:
    own = _about(proofs, "refund", refund.pk)
    return RefundProof(
        refund=refund, commerce=_of(own, (CreateCreditMemo,)), marketplace=_of(own, (RefundReturn, RefundOrder))
    )


def _about(proofs: Iterable[Proof], name: str, pk: int) -> list[Proof]:
    return [proof for proof in proofs if proof.operation.payload.get(name) == pk]


def _of(proofs: Iterable[Proof], kinds: Kinds) -> list[Proof]:
    names = {kind.name for kind in kinds}
    return [proof for proof in proofs if proof.operation.kind in names]
