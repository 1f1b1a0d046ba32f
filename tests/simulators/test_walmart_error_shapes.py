"""Every way in which the API says no, for any call (walmart-api §8), and every way in which an answer goes wrong."""

import http.client
import json
import time
import xml.etree.ElementTree as ET

import pytest
from walmart_seller import seller

from tests.contracts import CHECK

GATEWAY = "GMP_GATEWAY_API"
ORDERS = "GMP_ORDER_API"


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


@pytest.fixture
def po(shop):
    return shop.control.place_order()


@pytest.mark.parametrize(
    ("shape", "status", "shown"),
    [
        ("resource", 400, lambda body: body["errors"]["error"][0]["code"] == f"INVALID_REQUEST.{ORDERS}"),
        ("gateway", 401, lambda body: body["error"][0]["code"] == f"UNAUTHORIZED.{GATEWAY}"),
        ("list", 200, lambda body: body["errors"][0]["description"] == "SYSTEM_ERROR"),
        ("message_list", 500, lambda body: body["errors"][0]["message"] == "SYSTEM_ERROR"),
        ("sparse", 500, lambda body: body["errors"]["error"][0]["description"] is None),
        ("oauth", 401, lambda body: body["error"] == "unauthorized" and body["error_description"]),
    ],
)
def test_json_envelopes(shop, po, shape, status, shown):
    shop.control.faults_add("status_before", shape=shape, status=status)
    answer = shop.acknowledge(po)
    assert answer.status == status
    assert shown(answer.json)
    assert shop.control.order(po)["lines"][0]["created"] == 1


def test_xml_and_html_whatever_was_accepted(shop):
    shop.control.faults_add("status_before", shape="xml", status=503)
    answer = shop.get("/v3/orders")
    assert answer.headers["content-type"] == "application/xml"
    assert ET.fromstring(answer.text).find("error/code").text == f"SYSTEM_ERROR.{ORDERS}"
    shop.control.faults_add("status_before", shape="html", status=500)
    answer = shop.get("/v3/orders")
    assert (answer.status, answer.headers["content-type"]) == (500, "text/html")


@pytest.mark.parametrize("shape", ["empty", "truncated_json", "not_json"])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_what_calls_itself_json_and_is_none(shop, shape, status):
    shop.control.faults_add("status_before", shape=shape, status=status)
    answer = shop.get("/v3/orders")
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    with pytest.raises(json.JSONDecodeError):
        answer.json  # noqa: B018 - the reading is what fails


def test_the_calls_own_answer_may_be_cut_off(shop, po):
    shop.control.faults_add("status_after", shape="truncated_json")
    answer = shop.acknowledge(po)
    assert answer.status == 200
    assert answer.text.startswith('{"order": {"purchaseOrderId": ')
    assert shop.control.order(po)["lines"][0]["acknowledged"] == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (206, "SOME_CONTENT_NOT_FOUND"),
        (403, "FORBIDDEN"),
        (404, "CONTENT_NOT_FOUND"),
        (405, "METHOD_NOT_ALLOWED"),
        (406, "INVALID_ACCEPT_TYPE"),
        (415, "UNSUPPORTED_MEDIA_TYPE"),
        (423, "RESOURCE_IS_LOCKED"),
        (429, "REQUEST_THRESHOLD_VIOLATED"),
        (502, "SYSTEM_ERROR"),
        (504, "DOWNSTREAM_SYSTEM_TIME_OUT"),
        (520, "SYSTEM_ERROR"),
    ],
)
def test_every_status_has_its_code(shop, status, code):
    shop.control.faults_add("status_before", shape="gateway", status=status)
    answer = shop.get("/v3/orders")
    assert (answer.status, answer.json["error"][0]["code"]) == (status, f"{code}.{GATEWAY}")


@pytest.mark.parametrize(
    "code", ["URI_NOT_FOUND", "INVALID_SYSTEM_STATE", "MALFORMED_REQUEST_CONTENT.GMP_ITEM_QUERY_API"]
)
def test_any_code_and_text_on_demand(shop, code):
    shop.control.faults_add("status_before", status=418, code=code, description="Just so")
    answer = shop.get("/v3/orders")
    assert (answer.status, answer.error["description"]) == (418, "Just so")
    assert answer.error["code"] == (code if "." in code else f"{code}.{ORDERS}")


def test_an_outage_blames_correct_requests(shop, po):
    """walmart-api §9 no. 46"""
    shop.control.faults_add("status_before", status=400, code="INVALID_REQUEST", times=2)
    for _ in range(2):
        answer = shop.acknowledge(po)
        assert (answer.error["code"], answer.error["description"]) == (f"INVALID_REQUEST.{ORDERS}", "Invalid Request")
    assert shop.acknowledge(po).status == 200


def test_a_token_call_can_fail_in_any_shape(shop):
    shop.control.faults_add("status_before", path="^/v3/token$", status=400, shape="oauth", code="invalid_client")
    answer = shop.ask_token()
    assert (answer.status, answer.json["error"]) == (400, "invalid_client")


def test_a_partial_list_says_so_in_its_body(shop):
    for _ in range(2):
        shop.control.place_order()
    for status in (None, 200):
        shop.control.faults_add("partial", status=status)
        answer = shop.get("/v3/orders")
        assert answer.status == (status or 206)
        assert len(answer.json["list"]["elements"]["order"]) == 1
        assert answer.json["list"]["errors"][0]["code"] == f"SOME_CONTENT_NOT_FOUND.{ORDERS}"


def test_a_right_answer_under_a_wrong_name(shop, po):
    shop.control.faults_add("content_type", content_type="text/html")
    answer = shop.get(f"/v3/orders/{po}")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
    assert answer.json["order"]["purchaseOrderId"] == po


def test_a_storm_of_429_in_both_spellings_and_three_formats(shop):
    shop.control.set_options(replenish_format="alternate")
    shop.control.faults_add("status_before", status=429, retry_after=60, times=6)
    seen = set()
    for _ in range(6):
        answer = shop.get("/v3/orders")
        assert answer.status == 429
        name, value = next(pair for pair in answer.headers.items() if pair[0].startswith("x-next"))
        seen.add((name, "iso" if "T" in value else len(value)))
    assert {spelling for spelling, _ in seen} == {"x-next-replenishment-time", "x-next-replenish-time"}
    assert {form for _, form in seen} == {"iso", 10, 13}


def test_answers_that_dribble(shop, po):
    for kind in ("dribble_headers", "dribble_body"):
        shop.control.faults_add(kind, delay=0.2)
        before = time.monotonic()
        answer = shop.get(f"/v3/orders/{po}")
        assert (answer.status, answer.json["order"]["purchaseOrderId"]) == (200, po)
        assert time.monotonic() - before >= 0.2


def test_a_gigantic_answer_can_be_left_in_the_middle(shop, po):
    shop.control.faults_add("gigantic", size=3_000_000)
    answer = shop.get(f"/v3/orders/{po}")
    assert len(answer.text) == 3_000_000
    assert answer.json["order"]["purchaseOrderId"] == po

    shop.control.faults_add("gigantic", size=100_000_000)
    headers = shop.headers(**{"WM_SEC.ACCESS_TOKEN": shop.token})
    connection = http.client.HTTPConnection(shop.server.url.removeprefix("http://"), timeout=5)
    connection.request("GET", f"/v3/orders/{po}", headers=headers)
    assert connection.getresponse().read(1000)
    connection.close()
    assert shop.get(f"/v3/orders/{po}").status == 200, "the server goes on"


def test_a_body_that_is_too_large_is_answered_by_the_edge(shop, po):
    shop.control.set_options(largest_body=2000)
    part = shop.part("1", trackingNumber="1" * 3000)
    answer = shop.ship(po, part)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (413, "text/html")
    assert shop.control.requests()[-1]["status"] == 413


def test_an_unacceptable_call_is_not_executed(shop, po):
    headers = shop.headers(**{"WM_SEC.ACCESS_TOKEN": shop.token, "Accept": "text/plain"})
    answer = shop.send("POST", f"/v3/orders/{po}/acknowledge", None, headers)
    assert answer.status == 406
    assert "INVALID_ACCEPT_TYPE" in answer.text
    assert shop.control.order(po)["lines"][0]["created"] == 1


def test_unknown_shapes_of_errors_are_refused(shop):
    with pytest.raises(ValueError, match="Unknown shape"):
        shop.control.faults_add("status_before", shape="round")


BODIES = [
    '{"orderShipment": 1}',
    '{"orderShipment": ["a"]}',
    '{"orderShipment": {"orderLines": {"orderLine": [{"lineNumber": "1", "orderLineStatuses": 7}]}}}',
    '{"orderShipment": {"processMode": ["PARTIAL_UPDATE"]}}',
    "[" * 20_000,
    '{"orderShipment": NaN}',
    '{"orderShipment": "\\ud800"}',
    "\xff",
    "",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("call", ["shipping", "cancel", "refund"])
def test_no_body_breaks_a_write(shop, po, call, body):
    headers = shop.headers(**{"WM_SEC.ACCESS_TOKEN": shop.token, "Content-Type": "application/json"})
    assert shop.send("POST", f"/v3/orders/{po}/{call}", body, headers).status == 400


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("carrierName", {"carrier": ["UPS"]}),
        ("carrierName", {"otherCarrier": {}}),
        ("carrierName", "UPS"),
        ("methodCode", ["Standard"]),
        ("shipDateTime", 10**40),
        ("shipDateTime", True),
        ("trackingNumber", 1),
        ("trackingURL", 1),
    ],
)
def test_no_tracking_breaks_a_shipment(shop, po, member, value):
    shop.acknowledge(po)
    assert shop.ship(po, shop.part("1", **{member: value})).status == 400


@pytest.mark.parametrize(
    "entry",
    [
        {"statusQuantity": {"unitOfMeasurement": "EACH", "amount": "9" * 5000}},
        {"statusQuantity": {"unitOfMeasurement": ["EACH"], "amount": "1"}},
        {"asn": {}},
        {"asn": []},
        {"returnCenterAddress": "here"},
    ],
)
def test_no_entry_breaks_a_shipment(shop, po, entry):
    shop.acknowledge(po)
    part = shop.part("1")
    part["orderLineStatuses"]["orderLineStatus"][0] |= entry
    assert shop.ship(po, part).status == 400
    assert shop.ship(po, {**shop.part("1"), "sellerOrderId": 17}).error["field"] == "sellerOrderId"


@pytest.mark.parametrize(
    "query",
    [
        "createdEndDate=9999-12-31T23:59:59-05:00",
        "createdEndDate=0001-01-01T00:00:00%2B05:00",
        f"limit={'9' * 5000}",
        "limit=%D9%A1%D9%A0",
        "sku=%FF%00",
        "hasMoreElements=true",
        "hasMoreElements=true&partnerId=10020300000&sellerId=101650&poIndex=x",
        "status=Created&status=Open",
    ],
)
def test_no_query_breaks_a_search(shop, query):
    assert shop.get(f"/v3/orders?{query}").status in (200, 400, 401, 404)


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_the_json_envelopes_are_the_published_ones(shop, po):
    """A violation would be named for a 2xx; so the envelopes are checked with the contract's own schema."""
    document = json.loads((CHECK.parent / "walmart" / "orders.json").read_text())
    branches = document["components"]["schemas"]["WalmartErrorEnvelope"]["anyOf"]
    for shape in ("resource", "gateway", "list", "message_list", "sparse", "oauth"):
        shop.control.faults_add("status_before", shape=shape, status=500)
        body = shop.get("/v3/orders").json
        assert any(set(branch["required"]) <= body.keys() for branch in branches), shape
