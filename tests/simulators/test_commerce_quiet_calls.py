"""What calls of a shop do not do or tell: no mail unless asked for, no comment, no rate limit, no zone, no fraction."""

import re
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from commerce_caller import Caller, authorization, criteria

from channel_simulators.commerce.server import CommerceServer

TRACK = {"track_number": "1Z", "title": "UPS", "carrier_code": "ups"}


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


@pytest.mark.parametrize("asked", [False, True])
def test_documents_are_mailed_only_when_asked_for(shop, alice, asked):
    """Observed §10: shipment, invoice, refund, comment and cancel with `notify` false mail nobody."""
    order = alice.place(("WHISK-11", 2))
    confirmation = shop.control.mails()
    alice.post(f"order/{order}/invoice", {"capture": False, "notify": asked})
    alice.post(f"order/{order}/ship", {"notify": asked, "tracks": [TRACK]})
    item = alice.items(order)[0]
    alice.post(f"order/{order}/refund", {"items": [{"order_item_id": item, "qty": 1}], "notify": asked})
    comment = {"comment": "hello", "is_customer_notified": 0, "is_visible_on_front": 0}
    alice.post(f"orders/{order}/comments", {"statusHistory": comment})
    alice.post(f"orders/{order}/cancel")
    sent = [mail["kind"] for mail in shop.control.mails()[len(confirmation) :]]
    assert sent == (["invoice", "shipment", "creditmemo"] if asked else [])


def test_a_cancellation_leaves_no_comment(alice):
    order = alice.place(("WHISK-11", 1))
    alice.post(f"orders/{order}/cancel")
    assert alice.order(order)["status_histories"] == []


def test_an_answer_tells_of_no_limit(shop, alice):
    path = "/rest/V1/store/websites"
    with closing(HTTPConnection(urlsplit(shop.url).netloc, timeout=5)) as connection:
        connection.request("GET", path, headers={"Authorization": authorization("GET", shop.url + path)})
        names = " ".join(connection.getresponse().headers).lower()
    assert "limit" not in names
    assert "retry" not in names
    assert {alice.send("GET", "store/websites")[0] for _ in range(50)} == {200}


def test_times_are_utc_without_zone_and_fraction(alice):
    order, item = alice.example_order()
    alice.ship(order, item, 1, tracks=[TRACK])
    alice.invoice(order)
    alice.memo(order, item, 1)
    found = [alice.order(order), alice.get("shipment/1"), alice.get("invoices/1"), alice.get("creditmemo/1")]
    times = [row[name] for row in [*found, *found[1]["tracks"]] for name in ("created_at", "updated_at")]
    assert {bool(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text)) for text in times} == {True}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "returns"), ("POST", "returns"), ("POST", "shipment"), ("POST", "creditmemo")]
)
def test_returns_and_documents_without_an_order_have_no_call(alice, method, path):
    """Returns exist in Adobe Commerce alone (commerce-api §7.6); plain saves must not be relied on (§5.1, §7.2)."""
    answer = alice.send(method, path, {} if method == "POST" else None, query=criteria() if method == "GET" else "")
    assert answer == (404, {"message": "Request does not match any route."})


def test_no_call_lists_tracks(alice):
    """Observed §2.3: only the shipment itself shows them."""
    assert alice.send("GET", "shipment/tracks", query=criteria())[0] in (400, 404)
    assert alice.send("GET", "shipments/tracks", query=criteria())[0] == 404


def test_a_notification_of_the_shop_cannot_be_subscribed_to(alice):
    """Magento Open Source has no events (commerce-api §10.3)."""
    assert alice.send("POST", "eventing/eventSubscribe", {"event": {}})[0] == 404
