"""Recording cancellations, whoever began them. Every function runs under the order's lock."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.orders import state
from channel_manager.orders.models import Cancellation, CancellationLine, OrderLine, PurchaseOrder
from channel_manager.orders.operations.cancellations import request_cancel, request_mirror
from channel_manager.ports.messages import Reason


def record_cancellation(
    order: PurchaseOrder,
    quantities: Mapping[OrderLine, int],
    *,
    origin: Actor,
    reason: Reason | None,
    at: datetime,
    said: str = "",
    by: User | None = None,
    marker: uuid.UUID | None = None,
) -> Cancellation:
    """Write a cancellation down as it is and request what follows: the marketplace for ours, Commerce for theirs.

    Without a reason nothing is sent: the order asks for one.
    """
    fits = all(line.sent_shipped + line.sent_cancelled + units <= line.quantity for line, units in quantities.items())
    cancellation = Cancellation.objects.create(
        order=order,
        origin=origin,
        marker=marker or uuid.uuid4(),
        reason=reason or "",
        is_sent=fits and origin != Actor.MARKETPLACE,
        said=said[:300],
        requested_by=by,
        at=at,
        reported_at=at if origin == Actor.MARKETPLACE else None,
    )
    for line, units in quantities.items():
        CancellationLine.objects.create(cancellation=cancellation, line=line, quantity=units)
        state.add_units(line.pk, recorded_cancelled=units, sent_cancelled=units if cancellation.is_sent else 0)
    if origin == Actor.MARKETPLACE:
        request_mirror(order, cancellation)
    elif reason:
        request_cancel(cancellation)
    return cancellation
