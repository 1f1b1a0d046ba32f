"""The facts of the catalogue. Times are epoch milliseconds, money is Decimal dollars, amounts of stock are gross."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

WPID_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(slots=True, kw_only=True)
class LaterPrice:
    amount: Decimal
    shown_from: int


@dataclass(slots=True, kw_only=True)
class Promotion:
    type: str
    amount: Decimal
    effective: str
    expiration: str
    promo_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Item:
    """A seller's offer of a product."""

    sku: str
    wpid: str
    item_id: str
    name: str
    gtin: str = ""
    upc: str = ""
    condition: str = "New"
    product_type: str = "default"
    shelf: list[str] = field(default_factory=lambda: ["Home Page"])
    brand: str = ""
    price: Decimal | None = None
    later_prices: list[LaterPrice] = field(default_factory=list)
    """Accepted, not shown yet; oldest first."""
    comparison_price: Decimal | None = None
    promotions: list[Promotion] = field(default_factory=list)
    lag_time: int = 1
    published_status: str = "PUBLISHED"
    published_from: int = 0
    """Until then the item is IN_PROGRESS."""
    unpublished_reasons: list[str] = field(default_factory=list)
    lifecycle_status: str = "ACTIVE"
    retired_from: int | None = None
    variant_group_id: str | None = None
    is_primary: bool = False
    grouping: dict[str, str] = field(default_factory=dict)
    created_at: int = 0
    locked_until: int = 0
    """Feeds refuse rows for a locked SKU (walmart-api §4.5)."""


@dataclass(slots=True, kw_only=True)
class Product:
    """A page of Walmart's own catalogue, which offers are matched to (walmart-api §5.4)."""

    gtin: str
    title: str
    wpid: str = ""
    item_id: str = ""
    brand: str = ""
    product_type: str = "default"
    description: str = ""
    price: Decimal | None = None
    image: str = "https://i5.walmartimages.com/asr/product.jpeg"
    customer_rating: str = "4.5"
    reviews: int = 0
    categories: list[str] = field(default_factory=list)
    needs_setup: bool = False
    """A match is not enough: the specification asks for MP_ITEM."""
    unpublished_reasons: list[str] = field(default_factory=list)
    """Why an offer matched to it will not be published; empty when it will."""


@dataclass(slots=True, kw_only=True)
class Lagging:
    """What the site goes on showing until it follows."""

    node: str
    amount: int
    until: int


@dataclass(slots=True, kw_only=True)
class WfsStock:
    """Stock in Walmart's own warehouses."""

    available: int
    on_hand: int
    modified_at: int


@dataclass(slots=True, kw_only=True)
class SellerCatalog:
    items: dict[str, Item] = field(default_factory=dict)
    stock: dict[str, dict[str, int]] = field(default_factory=dict)
    """By SKU, then ship node: the gross figure the seller sent (walmart-api §4.1)."""
    lagging: dict[str, list[Lagging]] = field(default_factory=dict)
    wfs: dict[str, WfsStock] = field(default_factory=dict)
    more_nodes: dict[str, str] = field(default_factory=dict)
    """Ship nodes besides the default one: id and name."""
    approved_for_lag: list[str] = field(default_factory=list)
    """Product types with Walmart's approval for a lag time of two days and more."""


@dataclass(slots=True, kw_only=True)
class CatalogOptions:
    """What the documents leave open, and how long Walmart takes (seconds)."""

    unknown_skus: Literal["appear", "refuse"] = "appear"
    """Whether an item appears when the stock of an unknown SKU is set."""
    reserved_until: Literal["shipment", "acknowledgement"] = "shipment"
    """Not established (walmart-api §11)."""
    site_delay: float = 0
    price_delay: float = 0
    new_item_price_hold: float = 0
    publish_after: float = 60
    retire_after: float = 60
    short_pages: bool = True
    """Pages of the multi-node list that hold less than `limit` and are not the last (walmart-api §0.1)."""
    item_token_life: float = 120
    largest_item_offset: int = 10_000
    last_item_cursor: Literal["absent", "present"] = "absent"
    primary_as: Literal["string", "boolean"] = "string"
    legacy_wfs_inventory: bool = True


@dataclass(slots=True, kw_only=True)
class Catalog:
    sellers: dict[str, SellerCatalog] = field(default_factory=dict)
    """By partner id."""
    products: dict[str, Product] = field(default_factory=dict)
    """By GTIN of 14 digits."""
    options: CatalogOptions = field(default_factory=CatalogOptions)

    def of(self, partner_id: str) -> SellerCatalog:
        seller = self.sellers.get(partner_id)
        if seller is None:
            seller = self.sellers[partner_id] = SellerCatalog()
        return seller


def mint(seed: str) -> tuple[str, str]:
    """A wpid of 12 letters and a public item id, always the same for the same seed."""
    digest = hashlib.blake2b(seed.encode(), digest_size=20).digest()
    return "".join(WPID_LETTERS[byte % 36] for byte in digest[:12]), str(int.from_bytes(digest[12:]) % 10**9 + 10**9)


def appear(seller: SellerCatalog, partner_id: str, sku: str, now: int) -> Item:
    """The item of a SKU, made up if there is none yet."""
    item = seller.items.get(sku)
    if item is None:
        wpid, item_id = mint(f"{partner_id} {sku}")
        item = seller.items[sku] = Item(sku=sku, wpid=wpid, item_id=item_id, name=f"Product {sku}", created_at=now)
    return item
