"""Walmart's endpoints, one method each: addresses to the letter, headers, JSON. What the answers mean is elsewhere."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from channel_manager.connectors.walmart import limits
from channel_manager.connectors.walmart.auth import Account, Token, TokenCache, fetch_token
from channel_manager.connectors.walmart.errors import READ, SIDE, error_for, is_empty_list, not_data
from channel_manager.connectors.walmart.refusals import unknown_feed, unknown_sku
from channel_manager.ports.messages import Budget
from channel_manager.shared.decoding import decoded
from channel_manager.shared.errors import About, NotFound, Unavailable
from channel_manager.shared.http import LARGEST_ANSWER, Answer, Request, send
from channel_manager.shared.sentences import Sentence, say

Json = dict[str, Any]
_JSON = "application/json"
_SUBSCRIPTIONS = "/v3/webhooks/subscriptions"
_LIST = ("list",)
_RETURNS = ("returnOrders",)
_EVENTS = ("events", "event", "eventTypes")  # the documents disagree (walmart-api §6.1)


_numbers = msgspec.json.Encoder(decimal_format="number")
"""Of money: a number, to the cent; as text Walmart refuses it."""


@dataclass(frozen=True, slots=True)
class File:
    """Sent as a form of one part, which has a name where a raw body has none (walmart-api §4.4)."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`family` names the rate limit, and what is done if it writes. An answer holds one of the members `brings`; only a
    list may hold nothing, which Walmart tells with 404. Where it brings nothing, any success will do. `unknown` is what
    404 means otherwise, where it is not an order.
    """

    family: str
    path: str
    method: str = "GET"
    brings: tuple[str, ...] = ("order", "purchaseOrderId")
    lists: bool = False
    body: Json | File | None = None
    unknown: Sentence | None = None

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def action(self) -> str:
        return self.family if self.writes else READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long an answer is waited for and how much of it is read (walmart-api §9 no. 56). In seconds and bytes.

    A page of 200 orders is about half a megabyte.
    """

    total: float = 60.0
    connect: float = 10.0
    silent: float = 45.0
    largest: int = LARGEST_ANSWER


BOUNDS = Bounds()


class WalmartClient:
    """Raises the errors of `shared.errors`; answers with decoded JSON. `on_budget` hears every told rate limit."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        account: Account,
        tokens: TokenCache,
        on_budget: Callable[[Budget], None],
        bounds: Bounds = BOUNDS,
    ) -> None:
        self._session = session
        self._account = account
        self._tokens = tokens
        self._on_budget = on_budget
        self._bounds = bounds

    async def renew_token(self) -> None:
        await self._tokens.renew(self._account, self._fetch_token)

    async def token_detail(self) -> Json:
        return await self._call(Call(family="token", path="/v3/token/detail", brings=("scopes", "is_valid")))

    async def released(self, query: Mapping[str, str], cursor: str | None) -> Json:
        path = "/v3/orders/released" + _query(query, cursor)
        return await self._call(Call(family="released", path=path, brings=_LIST, lists=True))

    async def orders(self, query: Mapping[str, str], cursor: str | None) -> Json:
        path = "/v3/orders" + _query(query, cursor)
        return await self._call(Call(family="orders", path=path, brings=_LIST, lists=True))

    async def order(self, number: str, query: Mapping[str, str]) -> Json:
        return await self._call(Call(family="orders", path=_order(number) + _query(query, None)))

    async def acknowledge(self, number: str) -> Json:
        return await self._call(Call(family="acknowledge", method="POST", path=f"{_order(number)}/acknowledge"))

    async def ship(self, number: str, body: Json) -> Json:
        return await self._call(Call(family="ship", method="POST", path=f"{_order(number)}/shipping", body=body))

    async def cancel(self, number: str, body: Json) -> Json:
        return await self._call(Call(family="cancel", method="POST", path=f"{_order(number)}/cancel", body=body))

    async def refund(self, number: str, body: Json) -> Json:
        return await self._call(Call(family="refund", method="POST", path=f"{_order(number)}/refund", body=body))

    async def returns(self, query: Mapping[str, str], cursor: str | None) -> Json:
        path = "/v3/returns" + _query(query, cursor)
        return await self._call(Call(family="returns", path=path, brings=_RETURNS, lists=True))

    async def refund_return(self, number: str, body: Json) -> Json:
        path = f"{_return(number)}/refund"
        brings = ("returnOrderId", "refundLines")
        return await self._call(Call(family="refund_return", method="POST", path=path, brings=brings, body=body))

    async def items(self, query: Mapping[str, str]) -> Json:
        path = "/v3/items" + _query(query)
        return await self._call(Call(family="items", path=path, brings=("ItemResponse",), lists=True))

    async def item(self, sku: str) -> Json:
        path = f"{_item(sku)}?productIdType=SKU"
        return await self._call(Call(family="item", path=path, brings=("ItemResponse",), unknown=unknown_sku(sku)))

    async def inventories(self, query: Mapping[str, str]) -> Json:
        path = "/v3/inventories" + _query(query)
        return await self._call(Call(family="inventories", path=path, brings=("elements",), lists=True))

    async def inventory(self, sku: str) -> Json:
        path = "/v3/inventory" + _query({"sku": sku})
        return await self._call(Call(family="inventory", path=path, brings=("quantity",), unknown=unknown_sku(sku)))

    async def set_stock(self, sku: str, body: Json) -> Json:
        path, brings = "/v3/inventory" + _query({"sku": sku}), ("sku", "quantity")
        call = Call(family="set_stock", method="PUT", path=path, brings=brings, body=body, unknown=unknown_sku(sku))
        return await self._call(call)

    async def wfs_inventory(self, query: Mapping[str, str]) -> Json:
        path = "/v3/wfs/inventory" + _query(query)
        return await self._call(Call(family="wfs_inventory", path=path, brings=("payload",), lists=True))

    async def fulfillment_inventory(self, query: Mapping[str, str]) -> Json:
        path = "/v3/fulfillment/inventory" + _query(query)
        return await self._call(Call(family="wfs_inventory", path=path, brings=("payload",), lists=True))

    async def set_price(self, sku: str, body: Json) -> Json:
        brings = ("ItemPriceResponse", "sku")
        call = Call(
            family="set_price", method="PUT", path="/v3/price", brings=brings, body=body, unknown=unknown_sku(sku)
        )
        return await self._call(call)

    async def submit_feed(self, family: str, feed_type: str, file: File) -> Json:
        path = "/v3/feeds" + _query({"feedType": feed_type})
        return await self._call(Call(family=family, method="POST", path=path, brings=("feedId",), body=file))

    async def feeds(self, query: Mapping[str, str]) -> Json:
        path = "/v3/feeds" + _query(query)
        return await self._call(Call(family="feeds", path=path, brings=("results", "totalResults"), lists=True))

    async def feed(self, feed_id: str, query: Mapping[str, str]) -> Json:
        path = f"/v3/feeds/{quote(feed_id, safe='')}" + _query(query)
        brings = ("feedId", "feedStatus")
        return await self._call(Call(family="feeds", path=path, brings=brings, unknown=unknown_feed(feed_id)))

    async def event_types(self) -> Json:
        return await self._call(Call(family="event_types", path="/v3/webhooks/eventTypes", brings=_EVENTS, lists=True))

    async def subscriptions(self) -> Json:
        return await self._call(Call(family="subscriptions", path=_SUBSCRIPTIONS, brings=_EVENTS, lists=True))

    async def subscribe(self, body: Json) -> Json:
        brings = (*_EVENTS, "subscriptionId")
        return await self._call(Call(family="subscribe", method="POST", path=_SUBSCRIPTIONS, brings=brings, body=body))

    async def unsubscribe(self, subscription_id: str) -> None:
        path = f"{_SUBSCRIPTIONS}/{quote(subscription_id, safe='')}"
        await self._call(Call(family="unsubscribe", path=path, method="DELETE", brings=()))

    async def _call(self, call: Call) -> Json:
        return outcome(await self._authorized(call), call, now=datetime.now(UTC))

    async def _authorized(self, call: Call) -> Answer:
        """A refused token is forgotten and the call repeated once: it was refused before it was executed."""
        token = await self._tokens.token(self._account, self._fetch_token)
        answer = await self._send(call, token)
        if answer.status == 401:
            self._tokens.discard(self._account, token)
            token = await self._tokens.token(self._account, self._fetch_token)
            answer = await self._send(call, token)
        return answer

    async def _send(self, call: Call, token: str) -> Answer:
        headers = self._account.headers() | {"WM_SEC.ACCESS_TOKEN": token}
        body, content_type = _body(call.body)
        if call.writes:
            # Also without a body: the library would name a type of its own, which Walmart does not take.
            headers["Content-Type"] = content_type
        answer = await send(
            self._session,
            Request(
                side=SIDE,
                method=call.method,
                url=self._account.base_url + call.path,
                headers=headers,
                body=body,
                writes=call.writes,
                seconds=self._bounds.total,
                connect_seconds=self._bounds.connect,
                silent_seconds=self._bounds.silent,
                largest=self._bounds.largest,
            ),
        )
        if told := limits.budget(call.family, answer.headers, datetime.now(UTC)):
            self._on_budget(told)
        return answer

    async def _fetch_token(self, account: Account) -> Token:
        return await fetch_token(self._session, account)


def outcome(answer: Answer, call: Call, *, now: datetime) -> Json:
    """What the answer brings; nothing for a list without matches. Raises the errors of `shared.errors`."""
    if call.lists and is_empty_list(answer):
        return {}
    if not 200 <= answer.status < 300:
        raise error_for(answer, action=call.action, now=now, unknown=call.unknown)
    if not call.brings:
        return {}
    try:
        data = decoded(answer.body)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not any(data.get(name) is not None for name in call.brings):
        raise not_data(answer, action=call.action, now=now)
    return data


def encoded(body: Json) -> bytes:
    return _numbers.encode(body)


def date(moment: datetime) -> str:
    """UTC without fractional seconds, which Walmart refuses (walmart-api §2.2). Cut, so that nothing is missed."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _body(body: Json | File | None) -> tuple[bytes | None, str]:
    """With its content type."""
    if not isinstance(body, File):
        return (None if body is None else encoded(body)), _JSON
    boundary = uuid.uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{body.name}"\r\n'
        f"Content-Type: {_JSON}\r\n\r\n"
    )
    content = b"".join((head.encode(), body.content, f"\r\n--{boundary}--\r\n".encode()))
    return content, f"multipart/form-data; boundary={boundary}"


def _query(query: Mapping[str, str], cursor: str | None = None) -> str:
    """A cursor is a whole query string made by Walmart: used to the letter (walmart-api §2.4)."""
    if cursor is None:
        return "?" + urlencode(query, safe=":*", quote_via=quote)
    if not cursor.startswith("?") or not cursor.isprintable() or " " in cursor:
        raise Unavailable(
            say("Walmart's mark of the next page is unusable. Reading starts again from the first page."),
            side=SIDE,
            said=cursor,
        )
    return cursor


def _order(number: str) -> str:
    if not number.strip(". "):
        raise NotFound(say("“%(number)s” is no Walmart order number.", number=number), side=SIDE)
    return f"/v3/orders/{quote(number, safe='')}"


def _return(number: str) -> str:
    if not number.strip(". "):
        raise NotFound(say("“%(number)s” is no number of a Walmart return.", number=number), side=SIDE)
    return f"/v3/returns/{quote(number, safe='')}"


def _item(sku: str) -> str:
    if not sku.strip(". "):
        raise NotFound(unknown_sku(sku), side=SIDE, about=About.SKU)
    return f"/v3/items/{quote(sku, safe='')}"
