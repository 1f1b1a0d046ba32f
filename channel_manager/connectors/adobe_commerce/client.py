"""The shop's endpoints, one method each, in the shop's own JSON. One store view's path throughout (observed §10).

What is `Any` may be anything: the mapping judges it.
"""

from typing import Any
from urllib.parse import quote

from channel_manager.connectors.adobe_commerce import postponed
from channel_manager.connectors.adobe_commerce.answers import listed, reads
from channel_manager.connectors.adobe_commerce.errors import Explain
from channel_manager.connectors.adobe_commerce.mapping.reading import Json, rows
from channel_manager.connectors.adobe_commerce.transport import Transport
from channel_manager.shared.http import Answer


class Client:
    """`store_code` empty: the shop's default store view, for calls that come before one is chosen."""

    def __init__(self, transport: Transport, *, store_code: str = "") -> None:
        self._transport = transport
        self._root = f"/rest/{quote(store_code, safe='')}/V1" if store_code else "/rest/V1"

    async def _get(self, path: str, query: str = "") -> Any:
        return await self._transport.call("GET", self._root + path + (f"?{query}" if query else ""), writes=False)

    async def _write(self, method: str, path: str, body: Any = None, *, explain: Explain | None = None) -> Any:
        return await self._transport.call(method, self._root + path, body=body, writes=True, explain=explain)

    @reads
    async def _rows(self, path: str, query: str) -> list[Any]:
        return listed(await self._get(path, query))

    @reads
    async def _plain_rows(self, path: str) -> list[Json]:
        """A list that comes without an envelope."""
        return rows({"list": await self._get(path)}, "list")

    # -- topology --

    async def websites(self) -> list[Json]:
        return await self._plain_rows("/store/websites")

    async def store_views(self) -> list[Json]:
        return await self._plain_rows("/store/storeViews")

    async def store_configs(self) -> list[Json]:
        return await self._plain_rows("/store/storeConfigs")

    async def modules(self) -> Any:
        """Answers any valid token, whatever its permissions (observed §2.7)."""
        return await self._get("/modules")

    async def ping(self) -> Answer:
        return await self._transport.answer("GET", self._root + "/store/storeViews", writes=False)

    async def count(self, path: str, query: str) -> None:
        """One cheap read of a list, for what it proves about permissions."""
        await self._get(path, query)

    # -- carts --

    async def create_cart(self) -> Any:
        return await self._write("POST", "/carts")

    async def cart(self, cart_id: int) -> Any:
        return await self._get(f"/carts/{cart_id}")

    async def add_cart_item(self, cart_id: int, *, sku: str, quantity: int) -> Any:
        body = {"cartItem": {"quote_id": str(cart_id), "sku": sku, "qty": quantity}}
        return await self._write("POST", f"/carts/{cart_id}/items", body, explain=postponed.product(sku))

    async def set_shipping_information(self, cart_id: int, body: Json) -> Any:
        return await self._write("POST", f"/carts/{cart_id}/shipping-information", body, explain=postponed.address)

    async def place_cart(self, cart_id: int, *, payment_method: str) -> Any:
        body = {"paymentMethod": {"method": payment_method}}
        return await self._write("PUT", f"/carts/{cart_id}/order", body, explain=postponed.placing)

    # -- orders --

    async def orders(self, query: str) -> list[Any]:
        return await self._rows("/orders", query)

    async def order(self, order_id: int) -> Any:
        return await self._get(f"/orders/{order_id}")

    async def save_order(self, body: Json) -> Any:
        """An update of the given columns, because the body carries an `entity_id` (commerce-api §3.5 C)."""
        return await self._write("POST", "/orders", body)

    async def cancel(self, order_id: int) -> Any:
        return await self._write("POST", f"/orders/{order_id}/cancel")

    async def unhold(self, order_id: int) -> Any:
        return await self._write("POST", f"/orders/{order_id}/unhold")

    async def comment(self, order_id: int, body: Json) -> Any:
        return await self._write("POST", f"/orders/{order_id}/comments", body)

    # -- documents --

    async def ship(self, order_id: int, body: Json) -> Any:
        return await self._write("POST", f"/order/{order_id}/ship", body)

    async def add_track(self, body: Json) -> Any:
        return await self._write("POST", "/shipment/track", body)

    async def invoice(self, order_id: int, body: Json) -> Any:
        return await self._write("POST", f"/order/{order_id}/invoice", body)

    async def refund(self, order_id: int, body: Json) -> Any:
        return await self._write("POST", f"/order/{order_id}/refund", body)

    async def shipments(self, query: str) -> list[Any]:
        return await self._rows("/shipments", query)

    async def creditmemos(self, query: str) -> list[Any]:
        return await self._rows("/creditmemos", query)

    # -- products --

    async def products(self, query: str) -> list[Any]:
        return await self._rows("/products", query)

    async def product_attribute(self, code: str) -> Any:
        return await self._get(f"/products/attributes/{quote(code, safe='')}", "fields=attribute_code")

    # -- stock --

    async def stocks(self, query: str) -> list[Any]:
        return await self._rows("/inventory/stocks", query)

    async def stock_of_website(self, website_code: str) -> Any:
        return await self._get(f"/inventory/stock-resolver/website/{quote(website_code, safe='')}")

    async def salable_of_website(self, website_code: str, query: str) -> list[Any]:
        return await self._rows(f"/inventory/export-stock-salable-qty/website/{quote(website_code, safe='')}", query)

    async def source_items(self, query: str) -> list[Any]:
        return await self._rows("/inventory/source-items", query)

    async def stock_item(self, sku: str) -> Any:
        """The legacy stock of a shop without sources; the only call with a SKU in its path."""
        return await self._get(f"/stockItems/{quote(sku, safe='')}")
