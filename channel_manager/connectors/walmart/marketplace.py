"""The marketplace port on Walmart."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import aiohttp

from channel_manager.connectors.walmart import catalog, checks, feeds, notifications, returns
from channel_manager.connectors.walmart.auth import Account, TokenCache
from channel_manager.connectors.walmart.carriers import CARRIERS, SHIP_METHODS
from channel_manager.connectors.walmart.client import BOUNDS, Bounds, Json, WalmartClient, date
from channel_manager.connectors.walmart.errors import SIDE
from channel_manager.connectors.walmart.limits import LIMITS
from channel_manager.connectors.walmart.mapping.cancellations import REASONS, cancellations
from channel_manager.connectors.walmart.mapping.feeds import MOST_LINES
from channel_manager.connectors.walmart.mapping.items import FARTHEST
from channel_manager.connectors.walmart.mapping.orders import SHIP_NODE_TYPES, incoming_order, orders_page
from channel_manager.connectors.walmart.mapping.reading import Unreadable
from channel_manager.connectors.walmart.mapping.refunds import REFUND_REASONS, order_refund
from channel_manager.connectors.walmart.mapping.shipments import correction, shipment
from channel_manager.connectors.walmart.refusals import HIGHER_STATUS
from channel_manager.ports import deadlines
from channel_manager.ports.catalog import FeedKind, FeedLine, FeedReport, FeedSummary, InventoriesPage, Item, ItemsPage
from channel_manager.ports.deadlines import DAY, HOUR, Clock
from channel_manager.ports.messages import (
    Budget,
    Capabilities,
    Check,
    Fulfilment,
    IncomingOrder,
    LineCancellation,
    LineState,
    OrdersPage,
    Parcel,
)
from channel_manager.ports.notifications import Receiver, Subscription, Topic
from channel_manager.ports.returns import IncomingReturn, LineRefund, ReturnedUnits, ReturnsPage
from channel_manager.shared.errors import Ambiguous, Rejected, Unavailable
from channel_manager.shared.sentences import say

_current = partial(deadlines.current, "walmart")
MOST_ORDERS = 10_000
"""Of one query; the specification says twice as many (walmart-api §2.2)."""
CAPABILITIES = Capabilities(
    carriers=CARRIERS,
    ship_methods=SHIP_METHODS,
    reasons=tuple(REASONS),
    tracking_correction_hours=_current(Clock.TRACKING_CORRECTION) // HOUR,
    most_orders_a_query=MOST_ORDERS,
    most_items_listed=FARTHEST,
    feed_lines=MOST_LINES,
    acknowledge_hours=_current(Clock.ACKNOWLEDGE) // HOUR,
    automatic_cancellation_days=_current(Clock.AUTO_CANCEL) // DAY,
    refund_hours=_current(Clock.REFUND) // HOUR,
    refund_reasons=tuple(REFUND_REASONS),
    topics=tuple(Topic),
    fulfilments=tuple(SHIP_NODE_TYPES),
)
PAGE = "200"
_DETAILED = {"replacementInfo": "true", "productInfo": "false"}


def ignore(budget: Budget) -> None:
    """For callers that keep no budget."""


class WalmartMarketplace:
    """One seller account. `base_url` is the only address ever contacted; `tokens` is shared by the process.

    `on_budget` is called after every answer that tells of a rate limit, and must not block.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        client_id: str,
        client_secret: str,
        channel_type: str = "",
        tokens: TokenCache | None = None,
        on_budget: Callable[[Budget], None] = ignore,
        service_name: str = "Walmart Marketplace",
        bounds: Bounds = BOUNDS,
    ) -> None:
        account = Account(base_url.rstrip("/"), client_id, client_secret, channel_type, service_name)
        self.capabilities = CAPABILITIES
        self.limits = LIMITS
        self._client = WalmartClient(session, account, tokens or TokenCache(), on_budget, bounds)

    async def check(self) -> tuple[Check, ...]:
        return await checks.run(self._client, _one_recent())

    async def released_orders(
        self,
        *,
        fulfilment: Fulfilment,
        created_since: datetime,
        created_until: datetime | None = None,
        cursor: str | None = None,
    ) -> OrdersPage:
        data = await self._client.released({**_placed(created_since, created_until), **_page_of(fulfilment)}, cursor)
        return orders_page(data, fulfilment=fulfilment, cursor=cursor)

    async def changed_orders(
        self,
        *,
        fulfilment: Fulfilment,
        created_since: datetime,
        created_until: datetime | None = None,
        changed_since: datetime,
        cursor: str | None = None,
    ) -> OrdersPage:
        """Both date filters always: alone, the change filter sees only seven days of orders (walmart-api §2.3)."""
        dates = _placed(created_since, created_until) | {"lastModifiedStartDate": date(changed_since)}
        data = await self._client.orders({**dates, **_page_of(fulfilment)}, cursor)
        return orders_page(data, fulfilment=fulfilment, cursor=cursor)

    async def order(self, number: str) -> IncomingOrder:
        data = await self._client.order(number, _DETAILED)
        try:
            return _order_in(data)
        except Unreadable as error:
            sentence = say(
                "Walmart answers with order %(number)s in a form that cannot be understood: %(path)s is missing or "
                "wrong. Look at it in Seller Center and report it.",
                number=number,
                path=error.path,
            )
            raise Rejected(sentence, side=SIDE, field=error.path) from error

    async def acknowledge(self, number: str) -> IncomingOrder:
        """Refused because everything has moved on is as good as done (walmart-api §2.12)."""
        try:
            return _done(await self._client.acknowledge(number))
        except Rejected as refused:
            if HIGHER_STATUS not in refused.said.lower():
                raise
            order = await self.order(number)
            if any(entry.state is LineState.CREATED for line in order.lines for entry in line.reported):
                raise
            return order

    async def ship(self, number: str, parcel: Parcel) -> IncomingOrder:
        return _done(await self._client.ship(number, shipment(parcel)))

    async def correct_tracking(self, number: str, parcel: Parcel, *, previous_number: str) -> IncomingOrder:
        return _done(await self._client.ship(number, correction(parcel, previous_number)))

    async def cancel(self, number: str, lines: tuple[LineCancellation, ...]) -> IncomingOrder:
        """More than 100 entries take several calls; once one has succeeded, a failure of the next is Ambiguous."""
        data: Json = {}
        for body in cancellations(lines):
            try:
                data = await self._client.cancel(number, body)
            except Unavailable as error:
                if data:
                    raise Ambiguous(error.sentence, side=SIDE, said=error.said, status=error.status) from error
                raise
        return _done(data)

    async def refund_order(self, number: str, refunds: tuple[LineRefund, ...]) -> IncomingOrder:
        return _done(await self._client.refund(number, order_refund(number, refunds)))

    async def returns(
        self,
        *,
        fulfilment: Fulfilment,
        requested_since: datetime | None = None,
        changed_since: datetime | None = None,
        until: datetime,
        cursor: str | None = None,
    ) -> ReturnsPage:
        return await returns.page(
            self._client,
            fulfilment=fulfilment,
            requested_since=requested_since,
            changed_since=changed_since,
            until=until,
            cursor=cursor,
        )

    async def return_order(self, number: str) -> IncomingReturn:
        return await returns.one(self._client, number)

    async def refund_return(self, number: str, *, customer_order_number: str, lines: tuple[ReturnedUnits, ...]) -> None:
        await returns.refund(self._client, number, customer_order_number=customer_order_number, lines=lines)

    async def items(self, *, cursor: str | None = None) -> ItemsPage:
        return await catalog.page(self._client, cursor)

    async def item(self, sku: str) -> Item:
        return await catalog.one(self._client, sku)

    async def inventories(self, *, cursor: str | None = None) -> InventoriesPage:
        return await catalog.inventories(self._client, cursor)

    async def inventory(self, sku: str) -> int:
        return await catalog.stated(self._client, sku)

    async def marketplace_stocked(self, *, cursor: str | None = None) -> tuple[tuple[str, ...], str | None]:
        return await catalog.wfs(self._client, cursor)

    async def set_stock(self, sku: str, units: int) -> None:
        await catalog.set_stock(self._client, sku, units)

    async def set_price(self, sku: str, price: Decimal, *, currency: str) -> None:
        await catalog.set_price(self._client, sku, price, currency)

    async def submit_feed(self, kind: FeedKind, lines: tuple[FeedLine, ...], *, currency: str, name: str) -> str:
        return await feeds.submit(self._client, kind, lines, currency=currency, name=name)

    async def feeds(self, kind: FeedKind, *, since: datetime) -> tuple[FeedSummary, ...]:
        return await feeds.submitted(self._client, kind, since)

    async def feed(self, feed_id: str, *, rows_from: int | None = None) -> FeedReport:
        return await feeds.one(self._client, feed_id, rows_from)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        return await notifications.standing(self._client)

    async def subscribe(self, topics: tuple[Topic, ...], receiver: Receiver) -> tuple[Subscription, ...]:
        return await notifications.subscribe(self._client, topics, receiver)

    async def unsubscribe(self, subscription_id: str) -> None:
        await notifications.unsubscribe(self._client, subscription_id)


def _order_in(data: Json) -> IncomingOrder:
    """The order is wrapped in reality and bare in the specification (walmart-api §9 no. 1)."""
    return incoming_order(data.get("order", data))


def _done(data: Json) -> IncomingOrder:
    """Walmart said yes with an order that cannot be read: looked up before anything is repeated."""
    try:
        return _order_in(data)
    except Unreadable as error:
        sentence = say(
            "Walmart accepted this but answered with an order that cannot be understood: %(path)s is missing or wrong.",
            path=error.path,
        )
        raise Ambiguous(sentence, side=SIDE, field=error.path) from error


def _placed(since: datetime, until: datetime | None) -> dict[str, str]:
    """A second more at the end: fractions are cut."""
    start = {"createdStartDate": date(since)}
    return start if until is None else start | {"createdEndDate": date(until + timedelta(seconds=1))}


def _page_of(fulfilment: Fulfilment) -> Mapping[str, str]:
    return {"limit": PAGE, **_DETAILED, "shipNodeType": SHIP_NODE_TYPES[fulfilment]}


def _one_recent() -> Mapping[str, str]:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0)
    dates = {"createdStartDate": date(today), "lastModifiedStartDate": date(today)}
    return {**dates, **_page_of(Fulfilment.SELLER), "limit": "1"}
