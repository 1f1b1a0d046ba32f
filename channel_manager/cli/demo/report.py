"""The table and the figures that `channel-manager demo --once` ends with."""

import statistics
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from channel_manager.catalog.models import Listing, Status
from channel_manager.cli.demo.comparison import Compared, Side
from channel_manager.cli.terminal import say, show
from channel_manager.history.models import Actor
from channel_manager.orders.models import PurchaseOrder, Shipment
from channel_manager.orders.operations.creation import CreateCommerceOrder
from channel_manager.returns.models import Effect, Refund
from channel_manager.sync.models import State, SyncOperation

if TYPE_CHECKING:
    from channel_manager.cli.demo.playing import Played

HEADS = (
    "Walmart Order #", "Shape", "What happened", ">Walmart: shipped", ">canceled", ">refunded", ">open",
    ">Commerce: ordered", ">shipped", ">canceled", ">refunded", ">Total there", "Ours", "Agree",
)  # fmt: skip


def show_orders(played: Sequence["Played"], results: Sequence[Compared], differences: Sequence[list[str]]) -> None:
    say("")
    rows = []
    for one, result, different in zip(played, results, differences, strict=True):
        units = result.walmart.all
        rows.append(
            (
                result.number,
                one.part.shape.replace("_", " "),
                ", ".join(dict.fromkeys(act.told for act in one.part.acts if act.told)) or "–",
                units.shipped,
                units.cancelled,
                units.refunded,
                units.open,
                *_commerce(result.commerce),
                result.status,
                "✓" if not different else "✗ " + "; ".join(different),
            )
        )
    show(rows, *HEADS)


def show_latencies() -> None:
    say("")
    rows = [
        (name, len(waits), f"{statistics.median(waits):.2f} s", f"{max(waits):.2f} s")
        for name, waits in _latencies().items()
        if waits
    ]
    show(rows, "Latency", ">Measured", ">p50", ">max")


def show_verdict(*, agreed: bool, orders: int, seconds: float) -> None:
    say("")
    verdict = "Both sides agree on all" if agreed else "The sides do not agree: see ✗. Of"
    say(f"{verdict} {orders} orders, {seconds:.1f} s after they were placed.")


def show_stock(differences: Sequence[str]) -> None:
    if differences:
        say("Walmart's stock is not what Commerce says: " + "; ".join(differences))
        return
    matched = Listing.objects.filter(status=Status.MATCHED).count()
    say(f"Walmart's stock of all {matched} listings is what Commerce can sell, and what is held back for orders.")


def _commerce(side: Side | None) -> tuple[object, ...]:
    if side is None:
        return ("–", "–", "–", "–", "–")
    units = side.all
    return (units.ordered, units.shipped, units.cancelled, units.refunded, side.total)


def _latencies() -> dict[str, list[float]]:
    created = {
        operation.subject: operation.finished_at
        for operation in SyncOperation.objects.filter(kind=CreateCommerceOrder.name, state=State.DONE)
        if operation.finished_at
    }
    orders = [order for order in PurchaseOrder.objects.all() if order.subject in created]
    shipments = Shipment.objects.filter(origin=Actor.PERSON, reported_at__isnull=False)
    refunds = Refund.objects.filter(origin=Actor.PERSON, effect=Effect.RETURN, reported_at__isnull=False)
    return {
        "ordered at Walmart → received": _seconds(one.received_at - one.ordered_at for one in orders),
        "received → created in Commerce": _seconds(created[one.subject] - one.received_at for one in orders),
        "created → acknowledged": _seconds(
            one.acknowledged_at - created[one.subject] for one in orders if one.acknowledged_at
        ),
        "shipped on our page → Walmart": _seconds(
            one.reported_at - one.created_at for one in shipments if one.reported_at
        ),
        "credit memo on our page → Walmart": _seconds(
            one.reported_at - one.created_at for one in refunds if one.reported_at
        ),
    }


def _seconds(waits: Iterable[timedelta]) -> list[float]:
    return [max(wait.total_seconds(), 0.0) for wait in waits]
