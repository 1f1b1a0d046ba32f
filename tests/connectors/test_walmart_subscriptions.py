"""Subscriptions at the simulated Walmart: only what is missing is asked for, and no password is left anywhere."""

import json
import uuid

import aiohttp
import pytest

from channel_manager.connectors.walmart.mapping import notifications as mapping
from channel_manager.connectors.walmart.marketplace import WalmartMarketplace
from channel_manager.ports.notifications import Receiver, Topic
from channel_manager.shared.errors import Ambiguous, Rejected, Unavailable
from channel_manager.shared.http import recording
from channel_simulators.walmart.server import WalmartServer

PASSWORD = "a-very-secret-password"
RECEIVER = Receiver(url="https://cm.example/hooks/abc/marketplace", user="user-1", password=PASSWORD)
TOPICS = tuple(Topic)
SUBSCRIPTIONS = "/v3/webhooks/subscriptions"


@pytest.fixture(scope="module")
def server():
    with WalmartServer() as running:
        yield running


@pytest.fixture
def control(server):
    yield server.control
    server.control.faults_clear()


@pytest.fixture
async def marketplace(server, control):
    client_id = uuid.uuid4().hex
    control.add_account(client_id, "secret")
    control.clear_requests()
    async with aiohttp.ClientSession() as session:
        session._retry_connection = False  # as the product's own: see gateways
        yield WalmartMarketplace(session, base_url=server.url, client_id=client_id, client_secret="secret")


def calls(control, method):
    return [one["status"] for one in control.requests() if (one["method"], one["path"]) == (method, SUBSCRIPTIONS)]


async def test_at_first_there_are_none(marketplace):
    assert await marketplace.subscriptions() == ()


async def test_topics_are_subscribed_to_as_far_as_they_are_offered_and_only_once(marketplace, control):
    made = await marketplace.subscribe(TOPICS, RECEIVER)

    assert {Topic.ORDER_RELEASED, Topic.ORDER_CHANGED, Topic.BUYER_ASKED_TO_CANCEL, Topic.RETURN_OPENED} <= {
        one.topic for one in made
    }
    assert all(one.active and one.url == RECEIVER.url for one in made)
    assert sorted(made, key=repr) == sorted(await marketplace.subscriptions(), key=repr)

    asked = len(calls(control, "POST"))
    assert await marketplace.subscribe(TOPICS, RECEIVER) == made
    assert len(calls(control, "POST")) == asked == len(made)


async def test_only_the_topics_that_are_wanted_are_asked_for(marketplace):
    made = await marketplace.subscribe((Topic.ORDER_RELEASED,), RECEIVER)
    assert [one.event for one in made] == ["PO_CREATED"]


async def test_another_address_has_subscriptions_of_its_own(marketplace):
    elsewhere = Receiver(url="https://cm.example/hooks/new/marketplace", user="user-2", password="b")
    await marketplace.subscribe((Topic.ORDER_RELEASED,), RECEIVER)
    made = await marketplace.subscribe((Topic.ORDER_RELEASED,), elsewhere)
    assert [one.url for one in made] == [elsewhere.url]
    assert len(await marketplace.subscriptions()) == 2


async def test_one_is_taken_away_and_nothing_is_wrong_if_it_is_gone(marketplace):
    made = await marketplace.subscribe((Topic.ORDER_RELEASED, Topic.RETURN_OPENED), RECEIVER)
    gone, left = made
    await marketplace.unsubscribe(gone.subscription_id)
    assert await marketplace.subscriptions() == (left,)
    await marketplace.unsubscribe(gone.subscription_id)
    await marketplace.unsubscribe("../never/there?")
    assert await marketplace.subscriptions() == (left,)


async def test_a_lost_reply_is_settled_by_the_next_call(marketplace, control):
    control.faults_add("lost_reply", method="POST", path=f"{SUBSCRIPTIONS}$")
    with pytest.raises(Ambiguous):
        await marketplace.subscribe((Topic.ORDER_RELEASED,), RECEIVER)
    assert len(await marketplace.subscriptions()) == 1

    assert len(await marketplace.subscribe((Topic.ORDER_RELEASED,), RECEIVER)) == 1
    assert len(calls(control, "POST")) == 1


async def test_a_lost_reply_to_taking_away_is_settled_too(marketplace, control):
    (made,) = await marketplace.subscribe((Topic.ORDER_RELEASED,), RECEIVER)
    control.faults_add("lost_reply", method="DELETE")
    with pytest.raises(Ambiguous):
        await marketplace.unsubscribe(made.subscription_id)
    await marketplace.unsubscribe(made.subscription_id)
    assert await marketplace.subscriptions() == ()


async def test_a_used_up_limit_is_for_later(marketplace, control):
    control.faults_add("status_before", method="GET", path=SUBSCRIPTIONS, status=503)
    with pytest.raises(Unavailable):
        await marketplace.subscribe(TOPICS, RECEIVER)


async def test_one_refusal_does_not_keep_the_others_away(marketplace, control, monkeypatch):
    offered = mapping.offered
    wrong = mapping.EventType(event="RETURN_CREATED", resource="NO_SUCH_RESOURCE", version="V9")
    monkeypatch.setattr(mapping, "offered", lambda *asked: (wrong, *offered(*asked)))
    with pytest.raises(Rejected) as caught:
        await marketplace.subscribe((Topic.ORDER_RELEASED, Topic.ORDER_CHANGED), RECEIVER)
    assert PASSWORD not in repr(caught.value) + caught.value.said
    assert len(await marketplace.subscriptions()) == 3


async def test_what_is_recorded_holds_no_password(marketplace, control):
    with recording() as exchanges:
        await marketplace.subscribe(TOPICS, RECEIVER)
        await marketplace.subscriptions()

    assert any(PASSWORD in json.dumps(one) for one in control.requests()), "Walmart shows passwords in clear"
    assert len(exchanges) > 4
    assert PASSWORD not in json.dumps(exchanges)
