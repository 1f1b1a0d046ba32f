"""The port to a marketplace. A connector implements it for one seller account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from channel_manager.ports.messages import (
    Capabilities,
    Check,
    Fulfilment,
    IncomingOrder,
    Limit,
    LineCancellation,
    OrdersPage,
    Parcel,
)


class Marketplace(Protocol):
    """Every method raises the errors of `shared.errors`: a read never raises Ambiguous.

    Writes answer with the order as it is afterwards.
    """

    capabilities: Capabilities
    limits: Mapping[str, Limit]

    async def check(self) -> tuple[Check, ...]:
        """Test credentials and permissions without writing anything."""
        ...

    async def released_orders(
        self, *, fulfilment: Fulfilment, created_since: datetime, cursor: str | None = None
    ) -> OrdersPage: ...

    async def changed_orders(
        self, *, fulfilment: Fulfilment, created_since: datetime, changed_since: datetime, cursor: str | None = None
    ) -> OrdersPage:
        """Orders changed since a moment. `cursor` is a previous page's, used verbatim; the other arguments are then
        those of the first page.
        """
        ...

    async def order(self, number: str) -> IncomingOrder:
        """Raises NotFound for an order that is unknown or not ours."""
        ...

    async def acknowledge(self, number: str) -> IncomingOrder: ...

    async def ship(self, number: str, parcel: Parcel) -> IncomingOrder: ...

    async def correct_tracking(self, number: str, parcel: Parcel, *, previous_number: str) -> IncomingOrder:
        """Replace the tracking of a parcel that was reported with `previous_number`."""
        ...

    async def cancel(self, number: str, lines: tuple[LineCancellation, ...]) -> IncomingOrder: ...
