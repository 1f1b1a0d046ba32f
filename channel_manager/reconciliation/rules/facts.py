"""What is compared: one order as our record, as Commerce and as the marketplace have it. Pure values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from channel_manager.ports.documents import CommerceMemo, CommerceOrder, CommerceShipment, OrderMoney
from channel_manager.ports.messages import Platform
from channel_manager.shared.sentences import Sentence


class Kind(StrEnum):
    """In what way the sides differ."""

    MISSING_HERE = "missing_here"
    MISSING_AT_MARKETPLACE = "missing_at_marketplace"
    MISSING_IN_COMMERCE = "missing_in_commerce"
    GONE_FROM_COMMERCE = "gone_from_commerce"
    DOUBLED_IN_COMMERCE = "doubled_in_commerce"
    FOREIGN_IN_COMMERCE = "foreign_in_commerce"
    UNREADABLE = "unreadable"
    ACKNOWLEDGED = "acknowledged"
    BUYER_REQUEST = "buyer_request"
    ORDERED = "ordered"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    CHARGES = "charges"
    TOTAL = "total"
    REFUND_MONEY = "refund_money"
    TRACKING = "tracking"
    UNCONFIRMED = "unconfirmed"
    FAILED_THOUGH_SHOWN = "failed_though_shown"


MISSING = (Kind.MISSING_HERE, Kind.MISSING_AT_MARKETPLACE, Kind.MISSING_IN_COMMERCE, Kind.GONE_FROM_COMMERCE)
MINOR = (Kind.TRACKING, Kind.DELIVERED, Kind.ACKNOWLEDGED, Kind.UNCONFIRMED, Kind.FAILED_THOUGH_SHOWN)


class Severity(StrEnum):
    SERIOUS = "serious"
    MINOR = "minor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`side` is where something is other than we have it; `line` a line's number, a SKU, or the id of what it is about.

    `details` say more than the sentence, such as each column of money.
    """

    kind: Kind
    side: Platform
    sentence: Sentence
    line: str = ""
    expected: str = ""
    found: str = ""
    details: tuple[Sentence, ...] = ()
    operation: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Names the difference of one order from one run to the next."""
        return (self.kind, self.side, self.line)

    @property
    def severity(self) -> Severity:
        return Severity.MINOR if self.kind in MINOR else Severity.SERIOUS


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A line as we have it. `shipped` and `cancelled` are what either side knows; `reported_*` what the marketplace
    last showed; `*_before` units that were finished before the Commerce order was made. `refunded` counts units of
    credit memos in Commerce.
    """

    number: str
    sku: str
    quantity: int
    charged: Decimal
    shipped: int = 0
    cancelled: int = 0
    reported_shipped: int = 0
    reported_delivered: int = 0
    reported_cancelled: int = 0
    reported_refunded: int = 0
    recorded_shipped: int = 0
    shipped_before: int = 0
    cancelled_before: int = 0
    refunded: int = 0
    buyer_asked: bool = False
    item_id: int | None = None

    @property
    def open(self) -> int:
        return max(self.quantity - self.shipped - self.cancelled, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordItem:
    """An item of the Commerce order as we know it."""

    item_id: int
    sku: str
    refunded_unshipped: int = 0
    written_off: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShipment:
    """`numbers` are its tracking numbers that Commerce has; `reported_number` the one that the marketplace accepted."""

    id: int
    units: tuple[tuple[str, int], ...]
    numbers: tuple[str, ...] = ()
    first_number: str = ""
    reported_number: str = ""
    reported: bool = False
    held: bool = False
    sent: bool = True
    from_marketplace: bool = False
    commerce_shipment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOperation:
    """One that is not finished: failed, or still to be done."""

    id: int
    kind: str
    platform: Platform
    failed: bool
    shipment: int | None = None
    cancellation: int | None = None
    placed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An order as we have it. `money` is what the Commerce order must show; None when it is not ours to say.

    `asks` is true when the order itself asks a person for something. `returns` are ids of returns with units that no
    credit memo has settled. `version` changes with whatever happens to the order.
    """

    id: int
    number: str
    lines: tuple[RecordLine, ...]
    items: tuple[RecordItem, ...] = ()
    shipments: tuple[RecordShipment, ...] = ()
    operations: tuple[RecordOperation, ...] = ()
    memo_ids: frozenset[int] = frozenset()
    refunded_total: Decimal = Decimal(0)
    commerce_order_id: int | None = None
    commerce_number: str = ""
    commerce_total: Decimal | None = None
    money: OrderMoney | None = None
    imported: bool = True
    read_only: bool = False
    problem: bool = False
    acknowledged: bool = True
    linked: bool = False
    asks: bool = False
    returns: tuple[int, ...] = ()
    total: Decimal = Decimal(0)
    version: tuple[object, ...] = ()

    @property
    def failed(self) -> tuple[RecordOperation, ...]:
        return tuple(operation for operation in self.operations if operation.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class InCommerce:
    """What Commerce shows for one number: every order that carries it, and the one that we know by its id.

    `shipments` and `memos` are None when they were not read.
    """

    orders: tuple[CommerceOrder, ...] = ()
    unreadable: tuple[Sentence, ...] = ()
    shipments: tuple[CommerceShipment, ...] | None = None
    memos: tuple[CommerceMemo, ...] | None = None

    def by_id(self, order_id: int | None) -> CommerceOrder | None:
        return next((order for order in self.orders if order.order_id == order_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Orders placed after `settled_until` may still be on their way to us."""

    since: datetime
    until: datetime
    settled_until: datetime


def live(orders: Iterable[CommerceOrder], linked: int | None) -> list[CommerceOrder]:
    """Orders that count: neither cancelled nor closed, or the one we know. The dead parent of an Admin *Edit* is
    cancelled and keeps the number (magento-observed §10).
    """
    return [order for order in orders if order.order_id == linked or order.state not in ("canceled", "closed")]
