"""Reading returns and paying them back (walmart-api §3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from channel_manager.connectors.walmart.client import WalmartClient, date
from channel_manager.connectors.walmart.errors import SIDE
from channel_manager.connectors.walmart.mapping.returns import refund_request, returns_page
from channel_manager.ports.messages import Fulfilment
from channel_manager.ports.returns import IncomingReturn, ReturnedUnits, ReturnsPage, UnreadableReturn
from channel_manager.shared.errors import NotFound, Rejected
from channel_manager.shared.sentences import say

PAGE = "200"
_WFS = {"isWFSEnabled": "Y"}


async def page(
    client: WalmartClient,
    *,
    fulfilment: Fulfilment,
    requested_since: datetime | None,
    changed_since: datetime | None,
    until: datetime,
    cursor: str | None,
) -> ReturnsPage:
    """Raises ValueError unless exactly one of the two moments is given."""
    query = _query({**_window(requested_since, changed_since, until), "limit": PAGE}, fulfilment)
    return returns_page(await client.returns(query, cursor), fulfilment=fulfilment, cursor=cursor)


async def one(client: WalmartClient, number: str) -> IncomingReturn:
    """Sought among the seller's own first, then among those of orders that Walmart fulfils.

    Raises NotFound, or Rejected for one that cannot be understood.
    """
    if number.strip():
        for fulfilment in (Fulfilment.SELLER, Fulfilment.MARKETPLACE):
            query = _query({"returnOrderId": number}, fulfilment)
            for found in returns_page(await client.returns(query, None), fulfilment=fulfilment, cursor=None).returns:
                if found.number == number:
                    return _readable(found)
    sentence = say(
        "Walmart does not know return %(number)s, or it belongs to another seller account. Check the number.",
        number=number,
    )
    raise NotFound(sentence, side=SIDE)


async def refund(
    client: WalmartClient, number: str, *, customer_order_number: str, lines: tuple[ReturnedUnits, ...]
) -> None:
    """Raises Rejected without asking Walmart for a return that does not name its customer order."""
    if not customer_order_number:
        sentence = say(
            "Walmart did not say which order return %(number)s belongs to, so it cannot be refunded from here. "
            "Refund it in Seller Center.",
            number=number,
        )
        raise Rejected(sentence, side=SIDE, field="customerOrderId")
    await client.refund_return(number, refund_request(customer_order_number, lines))


def _query(asked: Mapping[str, str], fulfilment: Fulfilment) -> Mapping[str, str]:
    return {**asked, "replacementInfo": "true", **(_WFS if fulfilment is Fulfilment.MARKETPLACE else {})}


def _window(requested_since: datetime | None, changed_since: datetime | None, until: datetime) -> Mapping[str, str]:
    """Date filters are taken only in pairs (walmart-api §3.1)."""
    if (requested_since is None) == (changed_since is None):
        raise ValueError("Returns are asked for by when they were requested, or by when they changed.")
    name, since = ("Creation", requested_since) if requested_since else ("LastModified", changed_since)
    assert since is not None
    # A second later, because the fraction that Walmart does not take is cut off.
    return {f"return{name}StartDate": date(since), f"return{name}EndDate": date(until + timedelta(seconds=1))}


def _readable(found: IncomingReturn | UnreadableReturn) -> IncomingReturn:
    if isinstance(found, UnreadableReturn):
        raise Rejected(found.problem, side=SIDE, field=str(found.problem.values.get("path", "")))
    return found
