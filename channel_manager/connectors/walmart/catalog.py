"""Items, stock and prices at Walmart (walmart-api §4.1 to §4.3, §5.1)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from channel_manager.connectors.walmart.client import Json, WalmartClient
from channel_manager.connectors.walmart.envelopes import report
from channel_manager.connectors.walmart.errors import SIDE, not_data
from channel_manager.connectors.walmart.mapping import inventory as stocks
from channel_manager.connectors.walmart.mapping import items as mapping
from channel_manager.connectors.walmart.mapping import prices
from channel_manager.connectors.walmart.mapping.reading import Unreadable, part, rows, text
from channel_manager.connectors.walmart.refusals import expired, unknown_sku
from channel_manager.ports.catalog import InventoriesPage, Item, ItemsPage
from channel_manager.shared.errors import About, Ambiguous, Misconfigured, NotFound, Rejected
from channel_manager.shared.http import Answer
from channel_manager.shared.sentences import say

INVENTORIES_PAGE = "50"
WFS_PAGE = "300"
_OLDER, _NEWER = "older", "newer"
_GONE = (404, 410)
_NO_PROGRAM = "eligib"


async def page(client: WalmartClient, cursor: str | None) -> ItemsPage:
    """The cursor holds Walmart's token, which lives two minutes, and the offset that advances beside it."""
    try:
        token, offset = mapping.place(cursor)
    except ValueError as error:
        raise Rejected(expired(), side=SIDE, field="nextCursor") from error
    query = {"nextCursor": token, "limit": str(mapping.PAGE)}
    return mapping.items_page(await client.items({**query, "offset": str(offset)} if offset else query), offset=offset)


async def one(client: WalmartClient, sku: str) -> Item:
    """The list's envelope around one row (walmart-api §9 no. 19)."""
    for row in map(part, rows((await client.item(sku)).get("ItemResponse"))):
        if text(row, "sku") == sku.strip():
            try:
                return mapping.item(row)
            except Unreadable as error:
                raise _unreadable(sku, error) from error
    raise NotFound(unknown_sku(sku), side=SIDE, about=About.SKU)


async def inventories(client: WalmartClient, cursor: str | None) -> InventoriesPage:
    query = {"limit": INVENTORIES_PAGE} | ({"nextCursor": cursor} if cursor else {})
    return stocks.inventories_page(await client.inventories(query), cursor=cursor)


async def stated(client: WalmartClient, sku: str) -> int:
    _check(sku)
    try:
        return stocks.stated(await client.inventory(sku))
    except Unreadable as error:
        raise _unreadable(sku, error) from error


async def wfs(client: WalmartClient, cursor: str | None) -> tuple[tuple[str, ...], str | None]:
    """From the older of two calls as long as it answers: of the newer one no contract is published, and accounts are
    known that it refuses although they have stock there (walmart-api §4.2, §9 no. 55).
    """
    call, offset = _wfs_place(cursor)
    query = {"limit": WFS_PAGE, "offset": str(offset)}
    data = await _older(client, query) if call == _OLDER else {}
    if not data:
        call, data = _NEWER, await _newer(client, query)
    try:
        skus, following = stocks.wfs_page(data, offset=offset)
    except Unreadable as error:
        raise Rejected(
            say(
                "Walmart answers with the stock in its own warehouses (WFS) in a form that cannot be understood: "
                "%(path)s is missing or wrong. Report it.",
                path=error.path,
            ),
            side=SIDE,
            field=error.path,
        ) from error
    return skus, None if following is None else f"{call} {following}"


async def set_stock(client: WalmartClient, sku: str, units: int) -> None:
    body = stocks.stock(sku, units)
    _check(sku)
    data = await client.set_stock(sku, body)
    _confirm(data, "set_stock", agrees=stocks.is_stock(data, sku, units))


async def set_price(client: WalmartClient, sku: str, price: Decimal, currency: str) -> None:
    body = prices.price(sku, price, currency)
    _check(sku)
    data = prices.answered(await client.set_price(sku, body))
    _confirm(data, "set_price", agrees=prices.is_price(data, sku))


def _check(sku: str) -> None:
    """Without one Walmart would be asked for something else."""
    if not sku.strip():
        raise NotFound(unknown_sku(sku), side=SIDE, about=About.SKU)


def _confirm(data: Json, action: str, *, agrees: bool) -> None:
    """An error may stand inside a success (walmart-api §8.1)."""
    answer = Answer(status=200, headers={}, body=msgspec.json.encode(data))
    if any(fault.severity.upper() not in ("INFO", "WARN") for fault in report(answer.body).faults):
        raise not_data(answer, action=action, now=datetime.now(UTC))
    if not agrees:
        sentence = say(
            "Walmart accepted this, but its answer names something else than was sent. It is looked up before it is "
            "sent again."
        )
        raise Ambiguous(sentence, side=SIDE, said=answer.start, about=About.SKU)


def _unreadable(sku: str, error: Unreadable) -> Rejected:
    sentence = say(
        "Walmart answers about SKU %(sku)s in a form that cannot be understood: %(path)s is missing or wrong. Look at "
        "it in Seller Center and report it.",
        sku=sku,
        path=error.path,
    )
    return Rejected(sentence, side=SIDE, field=error.path, about=About.SKU)


def _wfs_place(cursor: str | None) -> tuple[str, int]:
    call, _, offset = (cursor or f"{_OLDER} 0").partition(" ")
    if call not in (_OLDER, _NEWER) or not offset.isdecimal():
        raise Rejected(expired(), side=SIDE)
    return call, int(offset)


async def _older(client: WalmartClient, query: Mapping[str, str]) -> Json:
    """Nothing when it is there no more."""
    try:
        return await client.fulfillment_inventory(query)
    except (Misconfigured, Rejected) as error:
        if error.status in _GONE:
            return {}
        raise


async def _newer(client: WalmartClient, query: Mapping[str, str]) -> Json:
    try:
        return await client.wfs_inventory(query)
    except Misconfigured as error:
        if _NO_PROGRAM not in error.said.lower():
            raise
        sentence = say(
            "Walmart does not tell this account which SKUs it keeps in its own warehouses (WFS). If it keeps any, "
            "leave them out of the listings."
        )
        raise Rejected(sentence, side=SIDE, said=error.said, code=error.code, status=error.status) from error
