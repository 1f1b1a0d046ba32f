"""Subscriptions at Walmart: what is there is listed first and only what is missing is asked for (walmart-api §8.3)."""

from collections.abc import Collection

from channel_manager.connectors.walmart.client import WalmartClient
from channel_manager.connectors.walmart.mapping import notifications as mapping
from channel_manager.ports.notifications import Receiver, Subscription, Topic
from channel_manager.shared.errors import NotFound, Rejected, RemoteError
from channel_manager.shared.redact import MASK
from channel_manager.shared.sentences import Sentence


async def standing(client: WalmartClient) -> tuple[Subscription, ...]:
    return mapping.subscriptions(await client.subscriptions())


async def subscribe(client: WalmartClient, topics: Collection[Topic], receiver: Receiver) -> tuple[Subscription, ...]:
    """Those of the receiver afterwards. Each event is asked for by itself, so that one that Walmart refuses does not
    keep the others away; the first refusal is raised when all were asked for.
    """
    offered = mapping.offered(await client.event_types(), topics)
    there = _of(receiver, await standing(client))
    known = {mapping.letters(one.event) for one in there if one.active}
    missing = [wanted for wanted in offered if mapping.letters(wanted.event) not in known]
    refusals = [refused for wanted in missing if (refused := await _ask(client, wanted, receiver))]
    if refusals:
        raise refusals[0]
    return _of(receiver, await standing(client)) if missing else there


async def unsubscribe(client: WalmartClient, subscription_id: str) -> None:
    try:
        await client.unsubscribe(subscription_id)
    except NotFound:
        return  # somebody else, or an earlier call whose answer was lost


async def _ask(client: WalmartClient, wanted: mapping.EventType, receiver: Receiver) -> Rejected | None:
    try:
        await client.subscribe(mapping.request(wanted, receiver))
    except Rejected as refused:
        _conceal(refused, receiver.password)
        return refused
    except RemoteError as error:
        _conceal(error, receiver.password)
        raise
    return None


def _of(receiver: Receiver, found: tuple[Subscription, ...]) -> tuple[Subscription, ...]:
    return tuple(one for one in found if one.url == receiver.url)


def _conceal(error: RemoteError, secret: str) -> None:
    """An answer may repeat what it refuses."""
    values = {name: str(value).replace(secret, MASK) for name, value in error.sentence.values.items()}
    error.sentence = Sentence(error.sentence.template, values)
    error.args = (str(error.sentence),)
    error.said = error.said.replace(secret, MASK)
