"""What a marketplace and a shop say about products, stock and prices, in our words. Immutable."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class Published(StrEnum):
    """What buyers see of an item (walmart-api §5.6)."""

    LIVE = "live"
    PENDING = "pending"
    ACTION_NEEDED = "action_needed"
    PLATFORM_ERROR = "platform_error"
    ENDED = "ended"


class Item(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One item of the seller at the marketplace."""

    sku: str
    product_id: str = ""
    title: str = ""
    published: Published
    reasons: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str = ""


class ItemsPage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`cursor` reads the next page, None at the end. `total` counts all items, also those that no page can reach.
    `unreadable` names the items of the page that could not be understood.
    """

    items: tuple[Item, ...]
    cursor: str | None = None
    total: int | None = None
    unreadable: tuple[str, ...] = ()


class Inventory(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Units of one SKU as the marketplace counts them, all own nodes together: `stated` by the seller (gross),
    `reserved` for what is sold and not shipped, `available` to buyers (walmart-api §4.1).
    """

    sku: str
    stated: int
    reserved: int
    available: int


class InventoriesPage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    inventories: tuple[Inventory, ...]
    cursor: str | None = None
    total: int | None = None
    unreadable: tuple[str, ...] = ()


class FeedKind(StrEnum):
    STOCK = "stock"
    PRICE = "price"


class FeedState(StrEnum):
    """`REFUSED`: the file as a whole; not one row was looked at. `FINISHED` says nothing about the rows."""

    RECEIVED = "received"
    PROCESSING = "processing"
    FINISHED = "finished"
    REFUSED = "refused"


class RowOutcome(StrEnum):
    PROCESSING = "processing"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The data are wrong: sending the same again is refused again."""
    AGAIN = "again"
    """The marketplace failed or the SKU is busy: send the row again later."""


class FeedLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One row to send: units for a stock feed, money with two decimals for a price feed."""

    sku: str
    value: Decimal


class FeedRow(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of a row; `index` is its place in the file, from 0."""

    index: int
    sku: str
    outcome: RowOutcome
    code: str = ""
    said: str = ""


class FeedSummary(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One submitted feed without its rows. `submitted_at` is the marketplace's time."""

    feed_id: str
    kind: FeedKind | None
    state: FeedState
    submitted_at: datetime | None
    received: int
    accepted: int
    failed: int
    processing: int
    file_name: str = ""
    said: str = ""


class FeedReport(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A feed with a page of its rows; `following` is where the next page of rows begins, None at the end."""

    feed: FeedSummary
    rows: tuple[FeedRow, ...] = ()
    following: int | None = None


class Product(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One product as the store view shows it. `price` is what its base currency says; None where the product has none
    of its own (configurable, grouped). `special_from` and `special_until` are days of the shop, both inclusive.
    `connected` is the attribute “Connect to Channel Manager”; false where none was asked for.
    """

    product_id: int
    sku: str
    name: str = ""
    kind: str = "simple"
    enabled: bool = True
    connected: bool = False
    price: Decimal | None = None
    special_price: Decimal | None = None
    special_from: date | None = None
    special_until: date | None = None
    updated_at: datetime | None = None


class ProductsPage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`last_id` is the greatest id of the page, those of unreadable products included; `more` whether others follow."""

    products: tuple[Product, ...]
    last_id: int
    more: bool
    unreadable: tuple[str, ...] = ()


class ShopSettings(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What prices and days of the store view mean: ISO currency of its base prices, IANA time zone, and whether it
    keeps stock by sources.
    """

    currency: str
    time_zone: str
    has_sources: bool
