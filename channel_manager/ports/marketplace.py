"""The port to a marketplace. A connector implements it for one seller account."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from channel_manager.ports.catalog import FeedKind, FeedLine, FeedReport, FeedSummary, InventoriesPage, Item, ItemsPage
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
from channel_manager.ports.notifications import Receiver, Subscription, Topic
from channel_manager.ports.returns import IncomingReturn, LineRefund, ReturnedUnits, ReturnsPage


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
        self,
        *,
        fulfilment: Fulfilment,
        created_since: datetime,
        created_until: datetime | None = None,
        cursor: str | None = None,
    ) -> OrdersPage: ...

    async def changed_orders(
        self,
        *,
        fulfilment: Fulfilment,
        created_since: datetime,
        created_until: datetime | None = None,
        changed_since: datetime,
        cursor: str | None = None,
    ) -> OrdersPage:
        """Orders changed since a moment. `cursor` is a previous page's, used verbatim; the other arguments are then
        those of the first page. A query shows at most `capabilities.most_orders_a_query` orders (0: all).
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

    async def refund_order(self, number: str, refunds: tuple[LineRefund, ...]) -> IncomingOrder:
        """Pay money back without a return. Not repeatable: compare the order's `refunded` charges first."""
        ...

    # -- returns --

    async def returns(
        self,
        *,
        fulfilment: Fulfilment,
        requested_since: datetime | None = None,
        changed_since: datetime | None = None,
        until: datetime,
        cursor: str | None = None,
    ) -> ReturnsPage:
        """Returns requested, or changed, since a moment; exactly one of the two is given.

        `cursor` is a previous page's, used verbatim; the other arguments are then those of the first page.
        """
        ...

    async def return_order(self, number: str) -> IncomingReturn:
        """Raises NotFound for a return that is unknown or not ours."""
        ...

    async def refund_return(self, number: str, *, customer_order_number: str, lines: tuple[ReturnedUnits, ...]) -> None:
        """Pay back returned units; the marketplace computes the money. Read the return before repeating."""
        ...

    # -- items, stock and price --

    async def items(self, *, cursor: str | None = None) -> ItemsPage:
        """All items of the seller that a listing of them reaches: at most `capabilities.most_items_listed`.

        Raises Rejected for a cursor that has expired: begin again.
        """
        ...

    async def item(self, sku: str) -> Item:
        """Raises NotFound for a SKU that is not the seller's."""
        ...

    async def inventories(self, *, cursor: str | None = None) -> InventoriesPage:
        """Stock of all SKUs that the seller fulfils, with what is reserved."""
        ...

    async def inventory(self, sku: str) -> int:
        """The units that were last stated for the SKU. Raises NotFound."""
        ...

    async def marketplace_stocked(self, *, cursor: str | None = None) -> tuple[tuple[str, ...], str | None]:
        """SKUs whose stock the marketplace keeps itself, page by page: they are left alone."""
        ...

    async def set_stock(self, sku: str, units: int) -> None:
        """State the units of a SKU, gross of what is reserved (walmart-api §4.1). Repeatable: it overwrites."""
        ...

    async def set_price(self, sku: str, price: Decimal, *, currency: str) -> None:
        """Repeatable: it overwrites. Raises ValueError for more than two decimals or a price that is not positive."""
        ...

    async def submit_feed(self, kind: FeedKind, lines: tuple[FeedLine, ...], *, currency: str, name: str) -> str:
        """The feed's id. `name` names the file. Not repeatable: look at `feeds` before sending again.

        Raises ValueError for no line or more than `capabilities.feed_lines`.
        """
        ...

    async def feeds(self, kind: FeedKind, *, since: datetime) -> tuple[FeedSummary, ...]:
        """Feeds of a kind submitted since a moment, latest first."""
        ...

    async def feed(self, feed_id: str, *, rows_from: int | None = None) -> FeedReport:
        """One feed; with `rows_from` also a page of its rows. Raises NotFound."""
        ...

    # -- notifications --

    async def subscriptions(self) -> tuple[Subscription, ...]: ...

    async def subscribe(self, topics: tuple[Topic, ...], receiver: Receiver) -> tuple[Subscription, ...]:
        """Ask for deliveries of these topics, as far as the marketplace offers them. List and compare first."""
        ...

    async def unsubscribe(self, subscription_id: str) -> None:
        """Nothing is wrong when it is gone already."""
        ...
