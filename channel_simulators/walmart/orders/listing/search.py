"""Searching orders: the parameters of walmart-api §2.2, with the traps of §2.3."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from multidict import MultiMapping

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.orders.rendering import program
from channel_simulators.walmart.state import SELLER_FULFILLED, SHIP_NODE_TYPES, Order, epoch_ms

DAY = 24 * 3600 * 1000
REACH = 180 * DAY
DEFAULT_WINDOW = 7 * DAY
LARGEST_PAGE = 200
DATES = (
    "createdStartDate",
    "createdEndDate",
    "fromExpectedShipDate",
    "toExpectedShipDate",
    "lastModifiedStartDate",
    "lastModifiedEndDate",
)
CHOICES = {
    "shipNodeType": SHIP_NODE_TYPES,
    "shippingProgramType": ("TWO_DAY", "ONE_DAY"),
    "orderType": ("REGULAR", "REPLACEMENT", "PREORDER"),
    "productInfo": ("true", "false"),
    "replacementInfo": ("true", "false"),
    "incentiveInfo": ("true", "false"),
    "serviceInfo": ("true", "false"),
}
"""Nothing is known of the members that the last two add: they are taken, and add none."""
STATUSES = ("Created", "Acknowledged", "Shipped", "Delivered", "Cancelled")
TEXTS = ("sku", "customerOrderId", "purchaseOrderId", "status")
ONLY_ALL = ("status", "lastModifiedStartDate", "lastModifiedEndDate", "incentiveInfo", "serviceInfo")
"""What `/released` does not know."""

LAST_MOMENT = 253_402_300_799_000
"""The end of the year 9999."""
LONGEST_LIMIT = 4
DATE_MISSING = "Order not found Bad request fromDate or toDate is missing"

DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)?)?")
SERVER_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True, kw_only=True)
class Search:
    limit: int
    given: Mapping[str, str]
    """The parameters that filter, as they were sent."""
    dates: Mapping[str, int]
    released: bool

    @property
    def product_info(self) -> bool:
        return self.given.get("productInfo") == "true"

    @property
    def replacement_info(self) -> bool:
        return self.given.get("replacementInfo") == "true"


def parameters(query: MultiMapping[str]) -> dict[str, str]:
    """The query as names and values; of several values of `status` each is meant (walmart-api §2.2)."""
    return {name: ",".join(query.getall(name)) if name == "status" else query[name] for name in query}


def parse(
    query: Mapping[str, str], now: int, *, released: bool, server_made: bool = False, dates_required: bool = False
) -> Search:
    """Raise Refusal 400. Dates made by the server may carry milliseconds; a caller's may not."""
    ignored = ONLY_ALL if released else ()
    known = {*DATES, *CHOICES, *TEXTS} - {*ignored}
    given = {name: value for name, value in query.items() if name in known and value}
    for name, allowed in CHOICES.items():
        if given.get(name, allowed[0]) not in allowed:
            raise errors.parameter(name, f"{name} should be one of {', '.join(allowed)}")
    if not set(given.get("status", STATUSES[0]).split(",")) <= set(STATUSES):
        raise errors.parameter("status", "Invalid status")
    if dates_required and "createdStartDate" not in given:
        raise errors.invalid_request("createdStartDate", DATE_MISSING)
    dates = {name: _date(name, given[name], server_made=server_made) for name in DATES if name in given}
    dates["createdStartDate"] = max(dates.get("createdStartDate", now - DEFAULT_WINDOW), now - REACH)
    dates.setdefault("createdEndDate", now)
    return Search(limit=_limit(query), given=given, dates=dates, released=released)


def matches(order: Order, search: Search) -> bool:
    given = search.given
    has = {
        "shipNodeType": order.ship_node_type,
        "purchaseOrderId": order.purchase_order_id,
        "customerOrderId": order.customer_order_id,
        "shippingProgramType": program(order),
    }
    wanted = {"shipNodeType": SELLER_FULFILLED, **given}
    if search.replacement_info:
        has["orderType"] = order.order_type
    return (
        all(wanted.get(name, value) == value for name, value in has.items())
        and given.get("sku") in (None, *(line.sku for line in order.lines))
        and _in_window(order, search.dates)
        and _in_status(order, search)
    )


def _in_window(order: Order, dates: Mapping[str, int]) -> bool:
    forever = LAST_MOMENT
    windows = (
        (order.placed_at, "createdStartDate", "createdEndDate"),
        (order.estimated_ship, "fromExpectedShipDate", "toExpectedShipDate"),
        (order.modified_at, "lastModifiedStartDate", "lastModifiedEndDate"),
    )
    return all(dates.get(start, 0) <= moment <= dates.get(end, forever) for moment, start, end in windows)


def _in_status(order: Order, search: Search) -> bool:
    """Some line in the status is enough; the other lines come along (walmart-api §9 no. 9)."""
    wanted = "Created" if search.released else search.given.get("status")
    if wanted is None:
        return True
    held = {
        "Created": any(line.created for line in order.lines),
        "Acknowledged": any(line.acknowledged for line in order.lines),
        "Shipped": any(line.shipped > line.delivered for line in order.lines),
        "Delivered": any(line.delivered for line in order.lines),
        "Cancelled": any(line.cancelled for line in order.lines),
    }
    return any(held[status] for status in wanted.split(","))


def _date(name: str, text: str, *, server_made: bool) -> int:
    if not DATE.fullmatch(text) and not (server_made and SERVER_DATE.fullmatch(text)):
        raise errors.invalid_request(name, "Invalid Date format value")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise errors.invalid_request(name, "Invalid Date format value") from None
    return min(max(0, epoch_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))), LAST_MOMENT)


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "100")
    if not text.isdecimal() or len(text) > LONGEST_LIMIT or not 1 <= int(text) <= LARGEST_PAGE:
        raise errors.parameter("limit", f"limit should be a number from 1 to {LARGEST_PAGE}")
    return int(text)
