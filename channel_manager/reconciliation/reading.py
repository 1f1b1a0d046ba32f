"""On the wire: what both platforms show of some orders. One call at a time, so that the normal work goes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from channel_manager.ports.documents import CommerceOrder, FoundOrders
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Fulfilment, IncomingOrder, OrdersPage, UnreadableOrder
from channel_manager.reconciliation.rules.facts import InCommerce, Record
from channel_manager.shared.errors import NotFound
from channel_manager.shared.sentences import Sentence

AT_ONCE = 50
"""Orders that are compared in one step: four calls of Commerce, a quarter of a second each (magento-observed §7)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What was read of one number. `order` is None when the marketplace does not know it; `problem` says why it could
    not be understood, by either platform.
    """

    number: str
    order: IncomingOrder | None
    commerce: InCommerce
    problem: Sentence | None = None


class Wire:
    """The platforms of one store, counting calls."""

    def __init__(self, gateways: Gateways) -> None:
        self._gateways = gateways
        self.calls = 0

    def counted(self) -> int:
        """The calls since the last time this was asked."""
        calls, self.calls = self.calls, 0
        return calls

    @property
    def fulfilments(self) -> tuple[Fulfilment, ...]:
        return self._gateways.marketplace.capabilities.fulfilments

    @property
    def most_orders(self) -> int:
        """What one query shows at most; 0: all."""
        return self._gateways.marketplace.capabilities.most_orders_a_query

    async def page(
        self, fulfilment: Fulfilment, since: datetime, cursor: str | None, until: datetime | None = None
    ) -> OrdersPage:
        """The marketplace's orders placed in a period: none of them was changed before it began."""
        self.calls += 1
        return await self._gateways.marketplace.changed_orders(
            fulfilment=fulfilment, created_since=since, created_until=until, changed_since=since, cursor=cursor
        )

    async def created(self, since: datetime, after_id: int) -> FoundOrders:
        self.calls += 1
        return await self._gateways.commerce.orders_created(since=since, after_id=after_id, limit=AT_ONCE)

    async def order(self, number: str) -> IncomingOrder | None:
        self.calls += 1
        try:
            return await self._gateways.marketplace.order(number)
        except NotFound:
            return None

    async def in_commerce(self, numbers: Sequence[str], records: Mapping[str, Record]) -> dict[str, InCommerce]:
        """By number: the orders that carry it, and the one that we know; shipments of those that have some."""
        commerce = self._gateways.commerce
        self.calls += 1
        found = await commerce.orders_by_number(numbers)
        wanted = {record.commerce_order_id for record in records.values() if record.commerce_order_id}
        rest = sorted(wanted - {order.order_id for order in found.orders} - _unreadable(found))
        more = FoundOrders(orders=())
        if rest:
            self.calls += 1
            more = await commerce.orders_by_id(rest)
        by_number = {number: _of(number, records.get(number), (found, more)) for number in numbers}
        return await self._with_shipments(by_number, records)

    async def _with_shipments(
        self, found: Mapping[str, InCommerce], records: Mapping[str, Record]
    ) -> dict[str, InCommerce]:
        linked = {number: _linked(commerce, records.get(number)) for number, commerce in found.items()}
        ids = [order.order_id for order in linked.values() if order and any(item.shipped for item in order.items)]
        if not ids:
            return dict(found)
        self.calls += 1
        shipments = await self._gateways.commerce.shipments_of_orders(ids)
        return {
            number: replace(
                commerce,
                shipments=tuple(
                    one for one in shipments if (order := linked[number]) and one.order_id == order.order_id
                ),
            )
            for number, commerce in found.items()
        }

    async def again(self, number: str, record: Record | None) -> Shown:
        """A second look at one order, with everything that belongs to it."""
        order = await self.order(number)
        records = {number: record} if record else {}
        commerce = (await self.in_commerce([number], records))[number]
        linked = _linked(commerce, record)
        if linked is None:
            return Shown(number, order, commerce)
        self.calls += 2
        shipments = await self._gateways.commerce.shipments_of(linked.order_id)
        memos = await self._gateways.commerce.memos_of(linked.order_id)
        return Shown(number, order, replace(commerce, shipments=shipments, memos=memos))


def readable(page: OrdersPage) -> list[IncomingOrder]:
    """What cannot be understood is kept and shown by the ordinary streams."""
    return [order for order in page.orders if not isinstance(order, UnreadableOrder)]


def _linked(commerce: InCommerce, record: Record | None) -> CommerceOrder | None:
    return commerce.by_id(record.commerce_order_id) if record else None


def _unreadable(found: FoundOrders) -> set[int]:
    return {document.document_id for document in found.unreadable if document.document_id}


def _of(number: str, record: Record | None, found: Sequence[FoundOrders]) -> InCommerce:
    """Commerce matches numbers without regard to letter case (magento-observed §2.4)."""
    own = record.commerce_order_id if record else None
    orders = {
        order.order_id: order
        for answer in found
        for order in answer.orders
        if order.order_id == own or order.external_number.casefold() == number[:32].casefold()
    }
    unreadable = [
        document.problem for answer in found for document in answer.unreadable if own and document.document_id == own
    ]
    return InCommerce(orders=tuple(orders[pk] for pk in sorted(orders)), unreadable=tuple(unreadable))
