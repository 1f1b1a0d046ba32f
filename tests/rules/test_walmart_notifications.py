import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_manager.connectors.walmart import notifications
from channel_manager.connectors.walmart.mapping import notifications as mapping
from channel_manager.connectors.walmart.marketplace import CAPABILITIES
from channel_manager.notifications.subscriptions import Plan, missing, wrong
from channel_manager.notifications.triggers import STREAMS
from channel_manager.ports.notifications import Receiver, Subscription, Topic
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import say

RECEIVER = Receiver(url="https://cm.example/hooks/KEY/marketplace", user="u", password="p")
ORDER = {
    "source": {
        "eventType": "PO_CREATED",
        "eventTime": "2026-07-29T13:47:18.442Z",
        "eventId": "04d868a0-0000-11ea-a710-459752d00001",
    },
    "payload": {
        "partnerId": "10020300000",
        "purchaseOrderId": "2802123876439",
        "orderLines": [{"lineNumber": "1", "sku": "SKU-1", "shippingProgramType ": None}],
    },
}


def read(data):
    return mapping.notification(json.dumps(data).encode())


# ---- deliveries ----


def test_an_order_notification_is_read():
    told = read(ORDER)
    assert (told.event, told.topic, told.order_number) == ("PO_CREATED", Topic.ORDER_RELEASED, "2802123876439")
    assert told.event_id == "04d868a0-0000-11ea-a710-459752d00001"
    assert told.occurred_at == datetime(2026, 7, 29, 13, 47, 18, 442000, tzinfo=UTC)


def test_a_return_notification_names_its_first_return():
    returns = [{"returnOrderId": "RMA-1", "purchaseOrderId": "28"}, {"returnOrderId": "RMA-2"}]
    told = read({"source": {"eventType": "RETURN_CREATED", "eventId": "1"}, "payload": {"returnOrders": returns}})
    assert (told.topic, told.return_number, told.occurred_at) == (Topic.RETURN_OPENED, "RMA-1", None)


def test_the_consolidated_event_names_the_order_inside():
    payload = {"subEventType": "FRAUD_CANCEL", "order": {"purchaseOrderId": "28"}}
    told = read({"source": {"eventType": "ORDER_UPDATES", "eventId": "1"}, "payload": payload})
    assert (told.topic, told.order_number) == (Topic.ORDER_CHANGED, "28")


@pytest.mark.parametrize(
    ("event", "topic"),
    [
        ("PO_LINE_AUTOCANCELLED", Topic.ORDER_CHANGED),
        ("PO_LINE_AUTO_CANCELLED", Topic.ORDER_CHANGED),
        ("po-created", Topic.ORDER_RELEASED),
        ("IntentToCancel", Topic.BUYER_ASKED_TO_CANCEL),
        ("RETURN_DELIVERED", Topic.RETURN_CHANGED),
        ("RETURN_INVOICED", Topic.RETURN_CHANGED),
        ("OFFER_PUBLISHED", None),
        ("", None),
    ],
)
def test_names_are_compared_by_their_letters(event, topic):
    assert mapping.topic_of(event) is topic


def test_a_delivery_without_an_id_is_known_again_by_its_body():
    odd = {"source": {"eventType": "PO_CREATED"}, "payload": None}
    assert read(odd).event_id == read(odd).event_id != read(odd | {"x": 1}).event_id
    assert len(read(odd).event_id) == 64
    assert len(read({"source": {"eventId": "9" * 5000}}).event_id) == 64


@pytest.mark.parametrize("body", [b"", b"no json", b"{", b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_a_value_error(body):
    with pytest.raises(ValueError):
        mapping.notification(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from([*ORDER["source"], "source", "payload"]), inner)
        ),
    )
)
def test_whatever_json_arrives_is_a_notification(data):
    told = read(data)
    assert 0 < len(told.event_id) <= 200
    assert "\x00" not in told.event_id + told.event + told.order_number + told.return_number


# ---- event types and subscriptions ----


@pytest.mark.parametrize("name", ["events", "eventTypes", "event"])
def test_the_offered_events_are_found_under_each_name(name):
    rows = [
        {"resourceName": "ORDER", "eventType": "PO_CREATED", "eventVersion": "V1"},
        {"resourceName": "ORDER", "eventType": "PO_CREATED", "eventVersion": "V2"},
        {"resourceName": "ReturnsAndRefunds", "eventType": "RETURN_CREATED"},
        {"resourceName": "ITEM", "eventType": "OFFER_PUBLISHED", "eventVersion": "V1"},
        "odd",
    ]
    found = mapping.offered({name: rows}, {Topic.ORDER_RELEASED, Topic.RETURN_OPENED})
    assert [(one.event, one.resource, one.version) for one in found] == [
        ("PO_CREATED", "ORDER", "V2"),
        ("RETURN_CREATED", "ReturnsAndRefunds", "V1"),
    ]


def test_listed_subscriptions_do_not_carry_their_passwords():
    row = {
        "eventType": "PO_CREATED",
        "subscriptionId": "1",
        "eventUrl": "https://x.example",
        "status": "ACTIVE",
        "authDetails": {"authMethod": "BASIC_AUTH", "userName": "u", "password": "very secret"},
    }
    found = mapping.subscriptions({"events": [row, {"eventType": "PO_CREATED"}]})
    assert found == (
        Subscription(
            subscription_id="1", event="PO_CREATED", topic=Topic.ORDER_RELEASED, url="https://x.example", active=True
        ),
    )
    assert "very secret" not in repr(found)


def test_the_request_is_walmarts():
    wanted = mapping.EventType(event="PO_CREATED", resource="ORDER", version="V1")
    assert mapping.request(wanted, RECEIVER) == {
        "events": [
            {
                "eventType": "PO_CREATED",
                "eventVersion": "V1",
                "resourceName": "ORDER",
                "eventUrl": "https://cm.example/hooks/KEY/marketplace",
                "status": "ACTIVE",
                "headers": {"content-type": "application/json"},
                "authDetails": {
                    "authMethod": "BASIC_AUTH",
                    "userName": "u",
                    "password": "p",
                    "authHeaderName": "Authorization",
                },
            }
        ]
    }


# ---- comparing ----


def plan(receiver=RECEIVER, keys=("KEY", "OLD"), base="https://cm.example"):
    return Plan(receiver=receiver, keys=frozenset(keys), base=base, retired=())


def standing(number, url=RECEIVER.url, event="PO_CREATED", **more):
    known = {"topic": mapping.topic_of(event), "active": True} | more
    return Subscription(subscription_id=number, event=event, url=url, **known)


@pytest.mark.parametrize(
    ("there", "gone"),
    [
        ([standing("1"), standing("2", event="RETURN_CREATED")], []),
        ([standing("1"), standing("2")], ["2"]),
        ([standing("1", active=False)], ["1"]),
        ([standing("1", "https://cm.example/hooks/OLD/marketplace")], ["1"]),
        ([standing("1", "https://former.example/hooks/KEY/marketplace")], ["1"]),
        ([standing("1", "https://cm.example/hooks/of-a-former-database/marketplace")], ["1"]),
        ([standing("1", event="OFFER_PUBLISHED")], ["1"]),
        ([standing("1", "https://erp.example/walmart")], []),
        ([standing("1", "https://cm.example/other"), standing("2", "https://cm.example.evil/hooks/x/y")], []),
    ],
)
def test_only_ours_that_are_wrong_are_taken_away(there, gone):
    assert [one.subscription_id for one in wrong(there, plan())] == gone


def test_off_takes_all_of_ours_away_and_nobody_elses():
    there = [standing("1"), standing("2", "https://erp.example/walmart")]
    assert [one.subscription_id for one in wrong(there, plan(receiver=None, base=""))] == ["1"]


def test_topics_that_are_not_told_are_named():
    found = [{"event": "PO_CREATED", "topic": "order_released"}, {"event": "X", "topic": None}]
    assert missing(found, [Topic.ORDER_RELEASED, Topic.RETURN_OPENED]) == (Topic.RETURN_OPENED,)


def test_every_topic_of_walmart_brings_something_to_read():
    assert set(CAPABILITIES.topics) == set(STREAMS) == set(mapping.TOPICS.values())
    assert all(STREAMS.values())


async def test_an_answer_that_repeats_the_password_does_not_pass_it_on():
    class Client:
        async def event_types(self):
            return {"events": [{"eventType": "PO_CREATED", "resourceName": "ORDER"}]}

        async def subscriptions(self):
            return {"events": []}

        async def subscribe(self, body):
            raise Rejected(say("Walmart refused this: %(words)s.", words="bad password p4ss"), said="bad: p4ss")

    receiver = Receiver(url="https://cm.example", user="u", password="p4ss")
    with pytest.raises(Rejected) as caught:
        await notifications.subscribe(Client(), [Topic.ORDER_RELEASED], receiver)
    assert str(caught.value) == str(caught.value.sentence) == "Walmart refused this: bad password •••."
    assert caught.value.said == "bad: •••"
    assert "p4ss" not in repr(receiver)
