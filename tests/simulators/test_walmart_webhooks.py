"""Subscribing to events, and how they are delivered to a receiver that answers, fails, is slow or is not there."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager

import pytest
from aiohttp import web
from walmart_seller import Seller, seller

from channel_simulators.walmart.server import WalmartServer
from tests.contracts import CHECK, violations

MINUTE = 60
NOBODY = "http://127.0.0.1:9/events"


class Receiver:
    """A seller's endpoint. `answers` are used up one by one, then it says 200; a number of seconds is a slow 200."""

    def __init__(self):
        self.url = ""
        self.got = []
        self.answers = []

    @property
    def events(self):
        return [json.loads(body) for _, _, body in self.got]

    @property
    def payloads(self):
        return [event["payload"] for event in self.events]

    async def receive(self, request):
        self.got.append((request.path, request.headers.copy(), await request.read()))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return web.Response()
        return web.Response(status=answer, headers={"Location": "/elsewhere"})

    async def token(self, request):
        form = await request.post()
        self.got.append((request.path, dict(form), b"{}"))
        return web.json_response({"access_token": "secret-token"})


@contextmanager
def receiving():
    receiver, ready, stopping = Receiver(), threading.Event(), []

    async def serve():
        app = web.Application()
        app.add_routes([web.post("/token", receiver.token), web.post("/{any:.*}", receiver.receive)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        stop = asyncio.Event()
        stopping.extend((asyncio.get_running_loop(), stop))
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield receiver
    finally:
        loop, stop = stopping
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


@pytest.fixture
def receiver():
    with receiving() as served:
        yield served


def wish(url, event_type="PO_CREATED", resource="ORDER", **more):
    one = {"eventType": event_type, "eventVersion": "V1", "resourceName": resource, "eventUrl": url}
    return {**one, "status": "ACTIVE", **more}


def subscribe(shop, *wishes):
    answer = shop.post("/v3/webhooks/subscriptions", {"events": list(wishes)})
    assert answer.status == 200, answer.text
    return [event["subscriptionId"] for event in answer.json["events"]]


def listed(shop, query=""):
    return shop.get(f"/v3/webhooks/subscriptions{query}").json["events"]


def later(shop, seconds):
    shop.control.advance_clock(seconds)
    return shop.control.settle_deliveries()


# subscriptions


def test_event_types_are_listed_with_todays_resource_names(shop):
    events = shop.get("/v3/webhooks/eventTypes").json["events"]
    names = {event["eventType"]: event["resourceName"] for event in events}
    assert (names["PO_CREATED"], names["INTENT_TO_CANCEL"], names["RETURN_CREATED"]) == ("ORDER", "ORDER", "RETURNS")
    assert {event["eventVersion"] for event in events} == {"V1"}

    shop.control.set_notification_options(returns_resource="ReturnsAndRefunds")
    events = shop.get("/v3/webhooks/eventTypes").json["events"]
    assert {"ReturnsAndRefunds"} == {
        event["resourceName"] for event in events if event["eventType"].startswith("RETURN_")
    }
    assert (
        shop.post("/v3/webhooks/subscriptions", {"events": [wish(NOBODY, "RETURN_CREATED", "RETURNS")]}).error["field"]
        == "resourceName"
    )
    subscribe(shop, wish(NOBODY, "RETURN_CREATED", "ReturnsAndRefunds"))


def test_a_subscription_is_created_listed_changed_and_deleted(shop):
    auth = {"authMethod": "BASIC_AUTH", "userName": "u", "password": "p", "authHeaderName": "Authorization"}
    headers = {"content-type": "application/json"}
    answer = shop.post("/v3/webhooks/subscriptions", {"events": [wish(NOBODY, authDetails=auth, headers=headers)]})
    (created,) = answer.json["events"]
    subscription_id = created.pop("subscriptionId")
    assert created == {
        "partnerId": "10020300000",
        "eventType": "PO_CREATED",
        "eventVersion": "V1",
        "resourceName": "ORDER",
        "status": "ACTIVE",
    }
    (other,) = subscribe(shop, wish(NOBODY, "RETURN_CREATED", "RETURNS", status="INACTIVE"))
    (found,) = listed(shop, f"?subscriptionId={subscription_id}")
    assert found == {
        **created,
        "subscriptionId": subscription_id,
        "eventUrl": NOBODY,
        "headers": headers,
        "authDetails": auth,
    }
    assert len(listed(shop)) == 2
    for query in ("status=INACTIVE", "eventType=RETURN_CREATED", "resourceName=RETURNS"):
        assert [one["subscriptionId"] for one in listed(shop, f"?{query}")] == [other]

    path = f"/v3/webhooks/subscriptions/{subscription_id}"
    changed = shop.post(path, {"status": "INACTIVE", "eventUrl": NOBODY + "2"}, method="PATCH")
    assert changed.json == {**found, "status": "INACTIVE", "eventUrl": NOBODY + "2"}
    deleted = shop.post(path, method="DELETE")
    assert deleted.json == {"subscriptionId": subscription_id, "message": "Successfully deleted subscription"}
    assert [one["subscriptionId"] for one in listed(shop)] == [other]
    assert shop.post(path, method="DELETE").status == shop.post(path, {}, method="PATCH").status == 404


def test_subscriptions_belong_to_their_account(shop):
    (subscription_id,) = subscribe(shop, wish(NOBODY))
    shop.control.add_account("bob", "secret")
    bob = Seller(shop.server, client_id="bob", secret="secret")
    assert listed(bob) == []
    assert bob.post(f"/v3/webhooks/subscriptions/{subscription_id}", method="DELETE").status == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"eventUrl": "ftp://shop.example/events"}, "eventUrl"),
        ({"eventUrl": "/events"}, "eventUrl"),
        ({"eventUrl": "http://[::1/events"}, "eventUrl"),
        ({"eventUrl": None}, "eventUrl"),
        ({"eventType": "PO_LOST"}, "eventType"),
        ({"eventType": ["PO_CREATED"]}, "eventType"),
        ({"eventVersion": "V9"}, "eventVersion"),
        ({"resourceName": "ITEM"}, "resourceName"),
        ({"status": "PAUSED"}, "status"),
        ({"status": None}, "status"),
        ({"headers": {"content-type": 7}}, "headers"),
        ({"headers": {"a b": "c"}}, "headers"),
        ({"headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"authDetails": "none"}, "authDetails"),
        ({"authDetails": {"authMethod": "MAGIC"}}, "authMethod"),
        ({"authDetails": {"authMethod": "BASIC_AUTH", "userName": "u"}}, "password"),
        ({"authDetails": {"authMethod": "HMAC"}}, "clientSecret"),
        ({"authDetails": {"authMethod": "OAUTH", "authUrl": "x", "clientId": "i", "clientSecret": "s"}}, "authUrl"),
    ],
)
def test_what_cannot_be_subscribed_is_refused_and_nothing_is_stored(shop, changes, field):
    refused = shop.post("/v3/webhooks/subscriptions", {"events": [wish(NOBODY), {**wish(NOBODY), **changes}]})
    assert (refused.status, refused.error["field"]) == (400, field)
    assert listed(shop) == []


def test_a_change_is_checked_as_a_whole(shop):
    (subscription_id,) = subscribe(shop, wish(NOBODY))
    before = listed(shop)
    path = f"/v3/webhooks/subscriptions/{subscription_id}"
    for changes in ({"status": "INACTIVE", "eventUrl": "nowhere"}, {"eventType": "RETURN_CREATED"}):
        assert shop.post(path, changes, method="PATCH").status == 400
    assert listed(shop) == before
    assert shop.post("/v3/webhooks/subscriptions", {"events": []}).status == 400


def test_the_calls_are_throttled(shop):
    assert [shop.get("/v3/webhooks/eventTypes").status for _ in range(6)] == [200] * 5 + [429]
    (subscription_id,) = subscribe(shop, wish(NOBODY))
    path = f"/v3/webhooks/subscriptions/{subscription_id}"
    assert [shop.post(path, {}, method="PATCH").status for _ in range(6)] == [200] * 5 + [429]


# deliveries


def test_a_placed_order_is_told_with_the_envelope(shop, receiver):
    subscribe(shop, wish(receiver.url + "/events", headers={"X-Shop": "blue"}))
    po = shop.control.place_order()
    (delivery,) = shop.control.settle_deliveries()
    assert (delivery["outcome"], [attempt["status"] for attempt in delivery["attempts"]]) == ("delivered", [200])
    ((path, headers, _),) = receiver.got
    assert (path, headers["X-Shop"], headers["Content-Type"]) == ("/events", "blue", "application/json")
    (event,) = receiver.events
    assert event["source"].keys() == {"eventType", "eventTime", "eventId"}
    assert (event["source"]["eventType"], event["source"]["eventId"]) == ("PO_CREATED", delivery["event_id"])
    assert (event["payload"]["purchaseOrderId"], event["payload"]["partnerId"]) == (po, "10020300000")


def test_a_return_is_told_when_it_is_opened_delivered_and_refunded(shop, receiver):
    kinds = ("RETURN_CREATED", "RETURN_DELIVERED", "RETURN_INVOICED")
    subscribe(shop, *(wish(f"{receiver.url}/{kind}", kind, "RETURNS") for kind in kinds))
    po = shop.control.place_order(lines=[{"sku": "A", "product_name": "Mug"}])
    shop.control.ship_elsewhere(po)
    rma = shop.control.open_return(po)
    shop.control.deliver_return(rma)
    later(shop, 50 * 60 * MINUTE)
    assert {path[1:] for path, _, _ in receiver.got} == set(kinds)
    row = {"returnOrderId": rma, "purchaseOrderId": po, "productName": "Mug"}
    assert receiver.payloads == [{"partnerId": "10020300000", "returnOrders": [row]}] * 3


def test_only_active_subscriptions_of_the_event_and_account_hear_of_it(shop, receiver):
    subscribe(
        shop, wish(receiver.url, status="INACTIVE"), wish(receiver.url, "RETURN_CREATED", "RETURNS"), wish(receiver.url)
    )
    shop.control.add_account("bob", "secret")
    shop.control.place_order(account="bob")
    assert shop.control.settle_deliveries() == []
    shop.control.place_order()
    assert len(shop.control.settle_deliveries()) == len(receiver.got) == 1


def test_basic_authentication(shop, receiver):
    auth = {"authMethod": "BASIC_AUTH", "userName": "u", "password": "p:w", "authHeaderName": "X-Proof"}
    subscribe(shop, wish(receiver.url, authDetails=auth))
    shop.control.place_order()
    shop.control.settle_deliveries()
    assert receiver.got[0][1]["X-Proof"] == "Basic " + base64.b64encode(b"u:p:w").decode()


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_hmac_covers_the_raw_body(shop, receiver, encoding):
    shop.control.set_notification_options(hmac_encoding=encoding)
    auth = {"authMethod": "HMAC", "clientSecret": "s3cret", "authHeaderName": "WM_SEC.SIGNATURE"}
    subscribe(shop, wish(receiver.url, authDetails=auth))
    shop.control.place_order(lines=[{"sku": "Ä/1", "product_name": "Tasse „groß“"}])
    shop.control.settle_deliveries()
    _, headers, body = receiver.got[0]
    digest = hmac.digest(b"s3cret", body, hashlib.sha256)
    expected = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    assert headers["WM_SEC.SIGNATURE"] == expected


def test_oauth_asks_the_seller_for_a_token_first(shop, receiver):
    auth = {"authMethod": "OAUTH", "authUrl": receiver.url + "/token", "clientId": "id", "clientSecret": "s"}
    subscribe(shop, wish(receiver.url, authDetails=auth))
    shop.control.place_order()
    shop.control.settle_deliveries()
    (_, form, _), (_, headers, _) = receiver.got
    assert form == {"grant_type": "client_credentials", "client_id": "id", "client_secret": "s"}
    assert headers["Authorization"] == "Bearer secret-token"


def test_a_failed_token_call_is_a_failed_attempt(shop, receiver):
    auth = {"authMethod": "OAUTH", "authUrl": receiver.url + "/no-token", "clientId": "id", "clientSecret": "s"}
    receiver.answers = [500, 200]
    subscribe(shop, wish(receiver.url, authDetails=auth))
    shop.control.place_order()
    (delivery,) = shop.control.settle_deliveries()
    assert "500" in delivery["attempts"][0]["error"]
    (delivery,) = later(shop, 5 * MINUTE)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [None, None]


def test_a_failed_delivery_comes_again_after_5_15_and_45_minutes(shop, receiver):
    receiver.answers = [500, 302, 401, 200]
    subscribe(shop, wish(receiver.url))
    shop.control.place_order()
    tries = [len(shop.control.settle_deliveries()[0]["attempts"])]
    for minutes in (4, 2, 14, 2, 44, 2):
        (delivery,) = later(shop, minutes * MINUTE)
        tries.append(len(delivery["attempts"]))
    assert tries == [1, 1, 2, 2, 3, 3, 4]
    assert delivery["outcome"] == "delivered"
    assert len({event["source"]["eventId"] for event in receiver.events}) == 1


def test_after_the_last_failure_it_is_dropped_and_can_be_sent_again(shop, receiver):
    receiver.answers = [503] * 4
    subscribe(shop, wish(receiver.url))
    shop.control.place_order()
    shop.control.settle_deliveries()
    for _ in range(4):
        (delivery,) = later(shop, 46 * MINUTE)
    assert (delivery["outcome"], len(delivery["attempts"])) == ("dropped", 4)
    shop.control.redeliver(delivery["delivery_id"])
    (delivery,) = shop.control.settle_deliveries()
    assert (delivery["outcome"], len(delivery["attempts"])) == ("delivered", 5)
    with pytest.raises(ValueError, match="No delivery"):
        shop.control.redeliver("17")


def test_neither_a_slow_nor_an_absent_receiver_delays_a_call(shop, receiver):
    shop.control.set_notification_options(timeout_seconds=0.2)
    receiver.answers = [1.0]
    subscribe(shop, wish(receiver.url), wish(NOBODY), wish("http://nowhere.invalid/"))
    started = time.monotonic()
    po = shop.control.place_order()
    assert shop.order(po)["purchaseOrderId"] == po
    assert time.monotonic() - started < 1
    outcomes = shop.control.settle_deliveries()
    assert [delivery["outcome"] for delivery in outcomes] == ["waiting"] * 3
    assert {attempt["error"] is None for delivery in outcomes for attempt in delivery["attempts"]} == {False}
    assert {delivery["outcome"] for delivery in later(shop, 6 * MINUTE)} == {"delivered", "waiting"}


def test_everything_may_come_twice(shop, receiver):
    shop.control.set_notification_options(copies=2)
    subscribe(shop, wish(receiver.url))
    shop.control.place_order()
    shop.control.settle_deliveries()
    first, second = receiver.events
    assert first == second


def test_a_burst_may_come_late_and_in_reverse(shop, receiver):
    shop.control.set_notification_options(delay_seconds=600, order="reversed")
    subscribe(shop, wish(receiver.url, "OFFER_PUBLISHED", "ITEM"))
    for sku in "ABC":
        shop.control.send_event("OFFER_PUBLISHED", {"sku": sku})
    assert [delivery["attempts"] for delivery in shop.control.settle_deliveries()] == [[], [], []]
    later(shop, 601)
    assert [payload["sku"] for payload in receiver.payloads] == ["C", "B", "A"]


def test_what_waits_for_a_deleted_subscription_is_dropped(shop):
    (subscription_id,) = subscribe(shop, wish(NOBODY))
    shop.control.place_order()
    shop.control.settle_deliveries()
    shop.post(f"/v3/webhooks/subscriptions/{subscription_id}", method="DELETE")
    (delivery,) = later(shop, 6 * MINUTE)
    assert (delivery["outcome"], len(delivery["attempts"])) == ("dropped", 1)


def test_an_unknown_event_is_refused_with_a_sentence(shop):
    with pytest.raises(ValueError, match="one of PO_CREATED"):
        shop.control.send_event("LUNCH", {})
    with pytest.raises(ValueError, match="No account bob"):
        shop.control.send_event("PO_CREATED", {}, account="bob")
    with pytest.raises(ValueError, match="colour"):
        shop.control.set_notification_options(colour="red")


def test_an_address_can_be_tested_before_subscribing(shop, receiver):
    body = wish(receiver.url, authDetails={"authMethod": "BASIC_AUTH", "userName": "u", "password": "p"})
    del body["status"]
    assert shop.post("/v3/webhooks/test", body).json == {"message": "Eventurl successfully validated"}
    assert receiver.events[0]["source"]["eventType"] == "PO_CREATED"
    assert receiver.got[0][1]["Authorization"].startswith("Basic ")
    assert shop.control.subscriptions() == shop.control.deliveries() == []

    receiver.answers = [404]
    assert shop.post("/v3/webhooks/test", body).error["field"] == "eventUrl"
    for changes in ({"eventUrl": NOBODY}, {"eventUrl": "file:///etc/passwd"}, {"eventType": "LUNCH"}):
        assert shop.post("/v3/webhooks/test", {**body, **changes}).status == 400


def test_what_waits_survives_a_restart(tmp_path, receiver):
    file = tmp_path / "walmart.json"
    receiver.answers = [500]
    with WalmartServer(state_file=file) as server:
        subscribe(Seller(server), wish(receiver.url))
        po = server.control.place_order()
        (before,) = server.control.settle_deliveries()
    with WalmartServer(state_file=file) as server:
        assert server.control.deliveries() == [before]
        server.control.advance_clock(6 * MINUTE)
        (delivery,) = server.control.settle_deliveries()
    assert delivery["outcome"] == "delivered"
    assert [payload["purchaseOrderId"] for payload in receiver.payloads] == [po, po]


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_every_answer_keeps_the_published_contract(shop, receiver):
    auth = {"authMethod": "HMAC", "clientSecret": "s", "authHeaderName": "X"}
    shop.get("/v3/webhooks/eventTypes")
    (subscription_id,) = subscribe(shop, wish(receiver.url, authDetails=auth, headers={"content-type": "text/json"}))
    listed(shop, "?eventType=PO_CREATED&resourceName=ORDER&status=ACTIVE&subscriptionId=" + subscription_id)
    path = f"/v3/webhooks/subscriptions/{subscription_id}"
    shop.post(path, {"status": "INACTIVE"}, method="PATCH")
    shop.post(path, method="DELETE")
    body = wish(receiver.url)
    del body["status"]
    shop.post("/v3/webhooks/test", body)
    exchanges = shop.control.requests()
    assert {exchange["status"] for exchange in exchanges} == {200}
    assert violations(exchanges) == []
