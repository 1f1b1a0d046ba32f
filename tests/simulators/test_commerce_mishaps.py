"""Everything that goes wrong between a shop and its callers: commerce-api §12, §15.11."""

import http.client
import json
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from commerce_caller import Caller, authorization, criteria

from channel_simulators.commerce.server import CommerceServer

PATH = "/rest/V1/store/websites"


@pytest.fixture(scope="module")
def running():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def shop(running):
    running.control.faults_clear()
    running.control.set_options(ids="mixed", maintenance=False)
    return running


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


def raw(shop, method="GET", path=PATH, body=b"", **headers):
    """Status, headers and bytes; redirects are not followed."""
    with closing(http.client.HTTPConnection(urlsplit(shop.url).netloc, timeout=5)) as connection:
        headers = {"Authorization": authorization(method, shop.url + path), **headers}
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()


def test_a_proxys_page_with_status_200(shop):
    shop.control.faults_add("html_ok")
    status, headers, body = raw(shop)
    assert (status, headers["Content-Type"], b"being verified" in body) == (200, "text/html; charset=utf-8", True)
    assert raw(shop)[1]["Content-Type"].startswith("application/json")


def test_a_redirect_to_another_host(shop):
    shop.control.faults_add("redirect")
    status, headers, _ = raw(shop)
    assert (status, urlsplit(headers["Location"]).netloc) == (302, "login.example.com")


def test_a_php_error_is_a_line_of_text(shop):
    shop.control.faults_add("php_error")
    status, headers, body = raw(shop)
    assert (status, headers.get_content_type(), body.count(b"\n")) == (500, "text/plain", 0)


@pytest.mark.parametrize("how", ["fault", "option"])
def test_maintenance_is_an_html_page_without_a_time_to_come_back(shop, how):
    if how == "fault":
        shop.control.faults_add("html")
    else:
        shop.control.set_options(maintenance=True)
    status, headers, _ = raw(shop)
    assert (status, headers.get_content_type(), "Retry-After" in headers) == (503, "text/html", False)


@pytest.mark.parametrize("kind", ["truncated", "cut", "wrong_type", "noise", "empty", "huge"])
def test_a_write_whose_answer_is_unreadable_was_executed(shop, kind):
    before = len(shop.control.state()["carts"])
    shop.control.faults_add(kind, method="POST", path="carts", size=300_000)
    unreadable = False
    try:
        status, headers, body = raw(shop, "POST", "/rest/V1/carts")
        unreadable = kind in ("wrong_type", "huge")
        assert status == 200
        assert (headers.get_content_type() == "text/html") == (kind == "wrong_type")
        assert (len(body) > 250_000) == (kind == "huge")
        json.loads(body)
    except (http.client.HTTPException, ConnectionError, ValueError):
        unreadable = True
    assert kind == "truncated" or unreadable  # half of "17" is a number too
    assert len(shop.control.state()["carts"]) == before + 1


def test_half_of_a_list_is_no_json(shop):
    shop.control.faults_add("truncated")
    _, _, body = raw(shop)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(body)


def test_a_connection_that_closes_within_the_body(shop):
    shop.control.faults_add("cut")
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        raw(shop)


def test_a_body_that_comes_in_drops(shop):
    shop.control.faults_add("drip", delay=0.001)
    began = time.monotonic()
    _, _, body = raw(shop)
    assert json.loads(body)[0]["code"] == "admin"
    assert time.monotonic() - began > 0.001 * len(body)


def test_a_reply_that_comes_late_was_executed_at_once(shop, alice):
    before = len(shop.control.state()["carts"])
    shop.control.faults_add("slow_reply", method="POST", delay=0.3)
    headers = {"Authorization": authorization("POST", shop.url + "/rest/V1/carts")}
    with closing(http.client.HTTPConnection(urlsplit(shop.url).netloc, timeout=0.1)) as impatient:
        impatient.request("POST", "/rest/V1/carts", b"", headers)
        with pytest.raises(TimeoutError):
            impatient.getresponse()
    assert len(shop.control.state()["carts"]) == before + 1


def test_headers_and_statuses_of_other_servers_on_the_way(shop):
    shop.control.faults_add("status_before", status=429, headers={"Retry-After": "7"})
    status, headers, _ = raw(shop)
    assert (status, headers["Retry-After"]) == (429, "7")
    shop.control.faults_add("status_after", status=504)
    assert raw(shop)[0] == 504


def test_a_fault_may_wait_for_the_second_call(shop):
    shop.control.faults_add("status_before", path="websites", skip=1, times=2, status=502)
    assert [raw(shop)[0] for _ in range(4)] == [200, 502, 502, 200]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/json", 200), ("application/json; charset=utf-8", 200), ("text/plain", 400), ("", 400)],
)
def test_the_type_of_a_body_must_be_named(shop, content_type, status):
    body = json.dumps({"skus": []}).encode()
    headers = {"Content-Type": content_type} if content_type else {}
    assert raw(shop, "POST", "/rest/V1/products/base-prices-information", body, **headers)[0] == status


@pytest.mark.parametrize(
    ("ids", "cart", "shipment"), [("mixed", int, str), ("numbers", int, int), ("strings", str, str)]
)
def test_bare_ids_come_as_numbers_or_texts(shop, alice, ids, cart, shipment):
    shop.control.set_options(ids=ids)
    made = alice.post("carts")
    alice.post(f"carts/{made}/items", {"cartItem": {"quote_id": str(made), "sku": "WHISK-11", "qty": 1}})
    order = alice.place_cart(made)
    assert (type(made), type(order)) == (cart, cart)
    assert type(alice.post(f"order/{order}/invoice")) is shipment
    assert type(alice.post(f"order/{order}/ship")) is shipment
    assert type(alice.post(f"order/{order}/refund")) is shipment
    assert alice.post(f"orders/{order}/cancel") is False
    assert isinstance(alice.get("orders", criteria(size=1))["items"][0]["entity_id"], int)


def test_an_error_may_have_any_body(shop):
    early = {"messages": {"error": [{"code": 500, "message": "Fatal"}]}}
    shop.control.faults_add("status_before", status=500, body=early)
    assert json.loads(raw(shop)[2]) == early
    shop.control.faults_add("status_before", status=403, body="<h1>Forbidden</h1>")
    status, headers, body = raw(shop)
    assert (status, headers.get_content_type(), body) == (403, "text/html", b"<h1>Forbidden</h1>")
