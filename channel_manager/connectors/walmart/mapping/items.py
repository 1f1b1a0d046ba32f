"""Walmart's items → ours (walmart-api §5.1, §5.6)."""

from decimal import Decimal
from typing import Any

from channel_manager.connectors.walmart.mapping.reading import (
    Json,
    Unreadable,
    amount,
    count,
    names,
    needed,
    part,
    readable,
    rows,
    text,
)
from channel_manager.ports.catalog import Item, ItemsPage, Published

FIRST = "*"
PAGE = 200
FARTHEST = 10_000
"""Items beyond it cannot be listed (walmart-api §5.1)."""
_ENDED = ("RETIRED", "ARCHIVED")
_PUBLISHED = {
    "PUBLISHED": Published.LIVE,
    "READY_TO_PUBLISH": Published.PENDING,
    "IN_PROGRESS": Published.PENDING,
    "STAGE": Published.PENDING,
    "UNPUBLISHED": Published.ACTION_NEEDED,
    "SYSTEM_PROBLEM": Published.PLATFORM_ERROR,
}


def place(cursor: str | None) -> tuple[str, int]:
    """Walmart's token and how many items stand before the page. Raises ValueError for what is no cursor of ours."""
    if cursor is None:
        return FIRST, 0
    offset, _, token = cursor.partition(" ")
    if not token or not (offset.isascii() and offset.isdecimal() and len(offset) <= len(str(FARTHEST))):
        raise ValueError(cursor)
    return token, int(offset)


def items_page(data: Any, *, offset: int) -> ItemsPage:
    """`offset` is how many items stand before this page. It advances by what came, since Walmart may send less than was
    asked for.
    """
    found = rows(part(data).get("ItemResponse"))
    items, unreadable = readable(found, item, member="ItemResponse")
    total = count(part(data).get("totalItems"))
    return ItemsPage(
        items=items, cursor=_next(part(data), offset, len(found), total), total=total, unreadable=unreadable
    )


def item(found: Json) -> Item:
    """Raises Unreadable."""
    price = part(found, "price")
    return Item(
        sku=needed(found, "sku", "sku"),
        product_id=text(found, "wpid"),
        title=text(found, "productName"),
        published=_published(found),
        reasons=_reasons(found),
        price=_amount(price),
        currency=text(price, "currency").upper(),
    )


def _next(found: Json, offset: int, size: int, total: int | None) -> str | None:
    """None at the end: no token, an empty page, the number of items reached, or as far as offsets go."""
    token, reached = text(found, "nextCursor"), offset + size
    if not token or not size or reached >= FARTHEST or (total is not None and reached >= total):
        return None
    return f"{reached} {token}"


def _published(found: Json) -> Published:
    if text(found, "lifecycleStatus").upper() in _ENDED:
        return Published.ENDED
    try:
        return _PUBLISHED[text(found, "publishedStatus").upper()]
    except KeyError:
        raise Unreadable("publishedStatus") from None


def _reasons(found: Json) -> tuple[str, ...]:
    said = part(found, "unpublishedReasons").get("reason")
    return names(text({"": one}, "") for one in (said if isinstance(said, list) else [said]))


def _amount(price: Json) -> Decimal | None:
    value = price.get("amount")
    return None if value is None or value == "" else amount(value, "price.amount")
