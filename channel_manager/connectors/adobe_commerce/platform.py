"""The port to a shop, for one store view."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import aiohttp

from channel_manager.connectors.adobe_commerce import auth, bulk, checks, documents, feeds
from channel_manager.connectors.adobe_commerce.answers import reads, writes
from channel_manager.connectors.adobe_commerce.catalog.products import Products
from channel_manager.connectors.adobe_commerce.catalog.stock import Stock
from channel_manager.connectors.adobe_commerce.catalog.website import Website
from channel_manager.connectors.adobe_commerce.client import Client
from channel_manager.connectors.adobe_commerce.errors import SIDE
from channel_manager.connectors.adobe_commerce.mapping import carts, corrections, memos, orders, shipments
from channel_manager.connectors.adobe_commerce.mapping.reading import answered_flag, answered_id, entity, identifier
from channel_manager.connectors.adobe_commerce.search import Filter, criteria
from channel_manager.connectors.adobe_commerce.transport import DEFAULT_BOUNDS, Bounds, Transport
from channel_manager.ports.catalog import Product, ProductsPage, ShopSettings
from channel_manager.ports.documents import (
    Cart,
    CartItem,
    CartQuote,
    ChangedOrders,
    CommerceMemo,
    CommerceOrder,
    CommerceShipment,
    Correction,
    FoundOrders,
    Keyset,
    NewMemo,
    NewMemos,
    NewShipment,
    NewShipments,
    OrderMoney,
    StoreView,
    Track,
)
from channel_manager.ports.messages import Address, Check, Limit
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import say


@reads
async def discover(
    session: aiohttp.ClientSession, base_url: str, credentials: Mapping[str, str] | str, *, signing_url: str = ""
) -> tuple[StoreView, ...]:
    """The store views to choose from while connecting. Raises Misconfigured for an address or keys that do not work."""
    authorization = auth.from_credentials(credentials)
    transport = Transport(session, base_url=base_url, authorization=authorization, signing_url=signing_url)
    return await checks.topology_of(Client(transport))


class AdobeCommercePlatform:
    """Implements `ports.commerce.CommercePlatform`.

    `credentials`: consumer_key, consumer_secret, access_token and access_token_secret; or `access_token` alone, or a
    bare string, for a Bearer token. `signing_url`: the address as the shop sees itself behind a proxy.
    """

    limits: Mapping[str, Limit] = {}
    """The shop itself has none (observed §7); `concurrency` spares its PHP workers."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        store_code: str,
        store_id: int,
        website_code: str,
        credentials: Mapping[str, str] | str,
        signing_url: str = "",
        shipping_method: str = "flatrate_flatrate",
        concurrency: int = 4,
        bounds: Bounds = DEFAULT_BOUNDS,
    ) -> None:
        transport = Transport(
            session,
            base_url=base_url,
            authorization=auth.from_credentials(credentials),
            signing_url=signing_url,
            concurrency=concurrency,
            bounds=bounds,
        )
        self._default = Client(transport)
        self._client = Client(transport, store_code=store_code)
        self._website = Website(self._client, store_code=store_code, website_code=website_code)
        self._products = Products(self._client, self._website)
        self._stock = Stock(self._client, website_code=website_code)
        self._store_code = store_code
        self._store_id = store_id
        self._website_code = website_code
        self._shipping_method = shipping_method

    async def check(self) -> tuple[Check, ...]:
        return await checks.check(
            self._default, self._client, store_code=self._store_code, website_code=self._website_code
        )

    @reads
    async def store_views(self) -> tuple[StoreView, ...]:
        return await checks.topology_of(self._default)

    async def clock_skew(self) -> float:
        return await checks.clock_skew(self._default)

    # -- creating an order --

    @reads
    async def find_orders(self, *, external_number: str) -> tuple[CommerceOrder, ...]:
        # The column keeps 32 characters, cut without a word (observed §2.4).
        number = Filter("ext_order_id", external_number[: corrections.EXTERNAL_ID_LENGTH])
        query = criteria(number, Filter("store_id", self._store_id), sort=("entity_id",))
        return tuple(orders.order(row) for row in await self._client.orders(query))

    @reads
    async def find_order_by_cart(self, cart_id: int) -> CommerceOrder | None:
        rows = await self._client.orders(criteria(Filter("quote_id", cart_id), sort=("entity_id",), size=1))
        return orders.order(rows[0]) if rows else None

    @reads
    async def order(self, order_id: int) -> CommerceOrder:
        return orders.order(await self._client.order(order_id))

    @writes
    async def create_cart(self) -> int:
        return answered_id(await self._client.create_cart())

    @reads
    async def cart(self, cart_id: int) -> Cart:
        return carts.cart(await self._client.cart(cart_id))

    @writes
    async def add_to_cart(self, cart_id: int, *, sku: str, quantity: int) -> CartItem:
        return carts.cart_item(await self._client.add_cart_item(cart_id, sku=sku, quantity=quantity))

    @writes
    async def set_shipping(self, cart_id: int, address: Address, *, email: str) -> CartQuote:
        body = carts.shipping_information(address, email=email, shipping_method=self._shipping_method)
        return carts.cart_quote(await self._client.set_shipping_information(cart_id, body))

    @writes
    async def place(self, cart_id: int, *, payment_method: str) -> int:
        return answered_id(await self._client.place_cart(cart_id, payment_method=payment_method))

    async def correct(self, correction: Correction) -> None:
        for body in corrections.correction(correction):
            await self._client.save_order(body)

    async def describe_payment(self, order: CommerceOrder, lines: tuple[str, ...]) -> None:
        await self._client.save_order(corrections.payment(order, lines))

    async def comment(self, order: CommerceOrder, text: str) -> None:
        """With the order's present status: another is refused, none was stored as nothing (commerce-api §6.4)."""
        try:
            await self._comment(order.order_id, order.status, text)
        except Rejected as error:
            if "Unable to add comment" not in error.said:
                raise
            await self._comment(order.order_id, (await self.order(order.order_id)).status, text)

    async def _comment(self, order_id: int, status: str, text: str) -> None:
        history = {"comment": text, "status": status, "parent_id": order_id, "entity_name": "order"}
        quiet = {"is_customer_notified": 0, "is_visible_on_front": 0}
        await self._client.comment(order_id, {"statusHistory": {**history, **quiet}})

    # -- documents --

    @writes
    async def ship(self, order_id: int, shipment: NewShipment) -> int:
        _check_quantities(shipment.quantities)
        return answered_id(await self._client.ship(order_id, shipments.new_shipment(shipment)))

    @writes
    async def add_track(self, *, order_id: int, shipment_id: int, carrier_code: str, title: str, number: str) -> int:
        track = Track(carrier_code=carrier_code, title=title, number=number)
        body = shipments.new_track(order_id=order_id, shipment_id=shipment_id, track=track)
        return identifier(entity(await self._client.add_track(body)), "entity_id")

    @writes
    async def invoice(self, order_id: int, quantities: Mapping[int, int]) -> int:
        _check_quantities(quantities)
        return answered_id(await self._client.invoice(order_id, shipments.new_invoice(quantities)))

    @writes
    async def refund(self, order_id: int, memo: NewMemo) -> int:
        """Raises ValueError, before anything is sent, for what the shop would misread (mapping.memos)."""
        return answered_id(await self._client.refund(order_id, memos.new_memo(memo)))

    @writes
    async def cancel(self, order_id: int) -> bool:
        return answered_flag(await self._client.cancel(order_id))

    async def unhold(self, order_id: int) -> None:
        await self._client.unhold(order_id)

    async def close_phantom(self, order: CommerceOrder, cancelled: Mapping[int, int]) -> None:
        """`cancelled` is what each item's cancelled quantity becomes."""
        for body in corrections.cancelled_quantities(order, cancelled) if cancelled else ():
            await self._client.save_order(body)

    async def reopen(self, order: CommerceOrder, money: OrderMoney) -> None:
        for body in corrections.reopened(order, money):
            await self._client.save_order(body)

    # -- feeds and reads --

    @reads
    async def changed_orders(self, cursor: Keyset, *, limit: int = 50) -> ChangedOrders:
        return await feeds.changed_orders(self._client.orders, store_id=self._store_id, cursor=cursor, limit=limit)

    @reads
    async def new_shipments(self, *, after_id: int, limit: int = 50) -> NewShipments:
        return await feeds.new_shipments(
            self._client.shipments, store_id=self._store_id, after_id=after_id, limit=limit
        )

    @reads
    async def shipments(self, ids: Sequence[int]) -> tuple[CommerceShipment, ...]:
        return await documents.shipments_by_id(self._client.shipments, ids)

    @reads
    async def shipments_of(self, order_id: int) -> tuple[CommerceShipment, ...]:
        return await documents.of_order(self._client.shipments, shipments.shipment, order_id)

    @reads
    async def new_memos(self, *, after_id: int, limit: int = 50) -> NewMemos:
        return await feeds.new_memos(self._client.creditmemos, store_id=self._store_id, after_id=after_id, limit=limit)

    @reads
    async def memos_of(self, order_id: int) -> tuple[CommerceMemo, ...]:
        return await documents.of_order(self._client.creditmemos, memos.memo, order_id)

    @reads
    async def orders_by_id(self, ids: Sequence[int]) -> FoundOrders:
        return await bulk.orders_by_id(self._client.orders, ids)

    @reads
    async def orders_by_number(self, external_numbers: Sequence[str]) -> FoundOrders:
        return await bulk.orders_by_number(self._client.orders, store_id=self._store_id, numbers=external_numbers)

    @reads
    async def orders_created(self, *, since: datetime, after_id: int, limit: int = 50) -> FoundOrders:
        return await bulk.orders_created(
            self._client.orders, store_id=self._store_id, since=since, after_id=after_id, limit=limit
        )

    @reads
    async def shipments_of_orders(self, order_ids: Sequence[int]) -> tuple[CommerceShipment, ...]:
        return await bulk.shipments_of_orders(self._client.shipments, order_ids)

    # -- products, prices and stock --

    @reads
    async def shop_settings(self) -> ShopSettings:
        return await self._website.settings(has_sources=await self._stock.has_sources())

    @reads
    async def has_attribute(self, code: str) -> bool:
        return await self._products.has_attribute(code)

    @reads
    async def products(self, *, attribute: str, after_id: int = 0, limit: int = 100) -> ProductsPage:
        return await self._products.after(after_id, attribute=attribute, limit=limit)

    @reads
    async def changed_products(
        self, cursor: Keyset, *, attribute: str, limit: int = 100
    ) -> tuple[tuple[Product, ...], Keyset, bool]:
        return await self._products.changed(cursor, attribute=attribute, limit=limit)

    @reads
    async def products_by_sku(self, skus: Sequence[str], *, attribute: str) -> tuple[Product, ...]:
        return await self._products.by_sku(skus, attribute=attribute)

    @reads
    async def salable(self, skus: Sequence[str]) -> dict[str, int]:
        return await self._stock.salable(skus)

    @reads
    async def source_stock(self, skus: Sequence[str]) -> dict[str, dict[str, int]]:
        return await self._stock.by_source(skus)


def _check_quantities(quantities: Mapping[int, int]) -> None:
    """No items would mean all items to the shop."""
    if not quantities or any(quantity <= 0 for quantity in quantities.values()):
        raise Rejected(say("Name at least one item, each with a quantity above zero."), side=SIDE, field="items")
