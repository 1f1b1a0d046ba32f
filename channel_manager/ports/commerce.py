"""The port to a shop. A connector implements it for one store view."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

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
)
from channel_manager.ports.messages import Address, Check, Limit


class CommercePlatform(Protocol):
    """Every method raises the errors of `shared.errors`: a read never raises Ambiguous.

    Nothing here ever mails a buyer: `notify` is false in every call.
    """

    limits: Mapping[str, Limit]

    async def check(self) -> tuple[Check, ...]:
        """Test transport, credentials, permissions and store view without writing anything."""
        ...

    async def store_views(self) -> tuple[StoreView, ...]: ...

    # -- creating an order (magento-observed §1) --

    async def find_orders(self, *, external_number: str) -> tuple[CommerceOrder, ...]:
        """Orders of this store view that carry the number, oldest first."""
        ...

    async def find_order_by_cart(self, cart_id: int) -> CommerceOrder | None: ...

    async def order(self, order_id: int) -> CommerceOrder:
        """Raises NotFound."""
        ...

    async def create_cart(self) -> int: ...

    async def cart(self, cart_id: int) -> Cart:
        """Raises NotFound. A spent cart is `active=False`."""
        ...

    async def add_to_cart(self, cart_id: int, *, sku: str, quantity: int) -> CartItem:
        """Raises Postponed when the product is unknown, disabled, not of this website or out of stock.

        Not repeatable: a second call adds the quantity again. Use on a fresh cart only.
        """
        ...

    async def set_shipping(self, cart_id: int, address: Address, *, email: str) -> CartQuote:
        """Raises Postponed when the shop refuses the address, with the field it names."""
        ...

    async def place(self, cart_id: int, *, payment_method: str) -> int:
        """The new order's id. Raises NotFound when the cart was placed before."""
        ...

    async def correct(self, correction: Correction) -> None:
        """Write the marketplace's money, ids and texts. Repeatable."""
        ...

    async def describe_payment(self, order: CommerceOrder, lines: tuple[str, ...]) -> None:
        """Replace the lines of the order's payment block. Repeatable."""
        ...

    async def comment(self, order: CommerceOrder, text: str) -> None: ...

    # -- documents --

    async def ship(self, order_id: int, shipment: NewShipment) -> int:
        """The shipment's id. The shop silently ships less than asked: read it back."""
        ...

    async def add_track(self, *, order_id: int, shipment_id: int, carrier_code: str, title: str, number: str) -> int:
        """The track's id."""
        ...

    async def invoice(self, order_id: int, quantities: Mapping[int, int]) -> int: ...

    async def refund(self, order_id: int, memo: NewMemo) -> int:
        """The credit memo's id. Always offline. Raises ValueError for a memo of nothing or of a negative sum."""
        ...

    async def cancel(self, order_id: int) -> bool:
        """Whether the shop did anything. Re-read the order in either case."""
        ...

    async def unhold(self, order_id: int) -> None: ...

    async def close_phantom(self, order: CommerceOrder, cancelled: Mapping[int, int]) -> None:
        """Set the cancelled quantity of items directly (magento-observed §8, phantom unit)."""
        ...

    async def reopen(self, order: CommerceOrder, money: OrderMoney) -> None:
        """Make an order that was cancelled after a part had shipped take an invoice and a credit memo for that part:
        its money becomes `money`, its state processing (magento-observed §8). Repeatable.
        """
        ...

    # -- feeds and reads --

    async def changed_orders(self, cursor: Keyset, *, limit: int = 50) -> ChangedOrders: ...

    async def new_shipments(self, *, after_id: int, limit: int = 50) -> NewShipments:
        """Shipments of this store view with a greater id, in order of id."""
        ...

    async def shipments(self, ids: Sequence[int]) -> tuple[CommerceShipment, ...]: ...

    async def shipments_of(self, order_id: int) -> tuple[CommerceShipment, ...]: ...

    async def new_memos(self, *, after_id: int, limit: int = 50) -> NewMemos:
        """Credit memos of this store view with a greater id, in order of id."""
        ...

    async def memos_of(self, order_id: int) -> tuple[CommerceMemo, ...]: ...

    # -- many at once, for comparisons; an unreadable one hides no other --

    async def orders_by_id(self, ids: Sequence[int]) -> FoundOrders: ...

    async def orders_by_number(self, external_numbers: Sequence[str]) -> FoundOrders:
        """All orders of this store view that carry one of the numbers, oldest first: several may carry the same."""
        ...

    async def orders_created(self, *, since: datetime, after_id: int, limit: int = 50) -> FoundOrders:
        """One page of the orders of this store view created since a moment, in order of id."""
        ...

    async def shipments_of_orders(self, order_ids: Sequence[int]) -> tuple[CommerceShipment, ...]:
        """In order of id. One that cannot be understood is left out."""
        ...

    # -- products, prices and stock --

    async def shop_settings(self) -> ShopSettings: ...

    async def has_attribute(self, code: str) -> bool:
        """Whether the shop has the product attribute."""
        ...

    async def products(self, *, attribute: str, after_id: int = 0, limit: int = 100) -> ProductsPage:
        """Products of this store view's website with a greater id, in order of id: those whose yes/no `attribute` is
        set; all, where `attribute` is empty.
        """
        ...

    async def changed_products(
        self, cursor: Keyset, *, attribute: str, limit: int = 100
    ) -> tuple[tuple[Product, ...], Keyset, bool]:
        """Products of this website saved since a moment, connected or not, with where to continue and whether
        more follow. Prices written past the product, stock, deletions and products that left the website do not show
        here (commerce-api §9.3). One that cannot be understood is left out, and the cursor passes it.
        """
        ...

    async def products_by_sku(self, skus: Sequence[str], *, attribute: str) -> tuple[Product, ...]:
        """Those of the SKUs that the website has, in the shop's spelling and in no order. One that cannot be understood
        is left out, unless all that are found are such: then Rejected.
        """
        ...

    async def salable(self, skus: Sequence[str]) -> dict[str, int]:
        """Units that can be sold on this store view's website, by SKU as it was asked for; 999,999 where stock is not
        managed. Absent are unknown SKUs, those that are not in the website's stock, and what cannot be understood.
        """
        ...

    async def source_stock(self, skus: Sequence[str]) -> dict[str, dict[str, int]]:
        """Physical units by SKU and source code."""
        ...

    async def clock_skew(self) -> float:
        """Seconds by which the shop's clock is ahead of ours."""
        ...
