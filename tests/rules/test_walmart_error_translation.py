import json
from datetime import UTC, datetime, timedelta

import pytest

from channel_manager.connectors.walmart import envelopes
from channel_manager.connectors.walmart.errors import error_for, is_empty_list, not_data, token_error
from channel_manager.shared.errors import Ambiguous, Misconfigured, NotFound, Rejected, Unavailable
from channel_manager.shared.http import Answer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ITEM = {
    "code": "INVALID_REQUEST_CONTENT.GMP_ORDER_API",
    "field": "methodCode",
    "description": "Method code is not supported in line number 1",
    "info": "Request content is invalid.",
    "severity": "ERROR",
    "causes": [],
    "errorIdentifiers": {"entry": []},
}
XML = b"""<?xml version="1.0"?><ns2:errors xmlns:ns2="http://walmart.com/"><ns2:error>
<ns2:code>INVALID_REQUEST_CONTENT.GMP_ORDER_API</ns2:code><ns2:field>methodCode</ns2:field>
<ns2:description>Method code is not supported &amp; refused</ns2:description></ns2:error></ns2:errors>"""
HTML = b"<!DOCTYPE html><html><head><title>520 Origin\n error</title><style>b{}</style></head><body>x</body></html>"


def answer(status, body=b"", **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=data)


def refusal(status=400, **member):
    return answer(status, {"errors": {"error": [ITEM | member]}})


def error(answered, action="ship"):
    return error_for(answered, action=action, now=NOON)


@pytest.mark.parametrize(
    "body",
    [
        {"errors": {"error": [ITEM]}},
        {"errors": {"error": ITEM}},
        {"error": [ITEM]},
        {"errors": [ITEM]},
        {"errors": [{**ITEM, "description": None, "message": ITEM["description"]}]},
        {"list": None, "errors": [ITEM]},
    ],
)
def test_every_json_envelope_is_read_by_its_structure(body):
    found = envelopes.report(json.dumps(body).encode())
    assert (found.main.name, found.main.field, found.words) == (
        "INVALID_REQUEST_CONTENT",
        "methodCode",
        "Method code is not supported in line number 1",
    )
    assert not found.page


def test_the_envelope_of_the_token_endpoint_is_read():
    found = envelopes.report(b'{"error": "invalid_client", "error_description": "client authentication failed"}')
    assert (found.main.code, found.words) == ("invalid_client", "client authentication failed")


def test_xml_is_read_without_its_namespace():
    found = envelopes.report(XML)
    assert (found.main.field, found.words) == ("methodCode", "Method code is not supported & refused")
    assert not found.page


def test_a_page_is_told_by_its_title():
    found = envelopes.report(HTML)
    assert (found.page, found.words) == (True, "520 Origin error")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b'{"errors": null}', b'{"errors": [null, 3]}'])
def test_a_body_that_says_nothing_is_no_obstacle(body):
    assert envelopes.report(body).faults == ()
    assert isinstance(error(answer(400, body)), Rejected)


def test_the_grave_fault_of_several_is_the_main_one():
    faults = [{"code": "A", "severity": "INFO", "description": "first"}, {"code": "B", "severity": "ERROR"}]
    found = envelopes.report(json.dumps({"error": faults}).encode())
    assert (found.main.code, found.words) == ("B", "first; B")


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (400, Rejected, Rejected),
        (401, Misconfigured, Misconfigured),
        (403, Misconfigured, Misconfigured),
        (404, NotFound, NotFound),
        (405, Rejected, Rejected),
        (408, Unavailable, Ambiguous),
        (413, Rejected, Rejected),
        (423, Unavailable, Unavailable),
        (429, Unavailable, Unavailable),
        (500, Unavailable, Ambiguous),
        (502, Unavailable, Ambiguous),
        (503, Unavailable, Unavailable),
        (504, Unavailable, Ambiguous),
        (520, Unavailable, Ambiguous),
        (302, Misconfigured, Misconfigured),
    ],
)
def test_the_status_decides_what_to_do(status, read, write):
    for action, expected in (("read", read), ("ship", write), ("cancel", write), ("acknowledge", write)):
        found = error(answer(status), action)
        assert type(found) is expected
        assert (found.side, found.status) == ("Walmart", status)
        assert str(found).endswith(".")


@pytest.mark.parametrize(
    ("action", "member", "words"),
    [
        ("ship", {}, "shipping method"),
        ("ship", {"field": "intentToCancelOverride", "description": "x"}, "buyer asked to cancel"),
        (
            "ship",
            {"field": "data", "description": "Qty OverShipped : Some or All Line(s)/Qty"},
            "more than is still open",
        ),
        ("ship", {"field": "data", "description": "doesn't have qtyAvailableToShip :: 0"}, "more than is still open"),
        ("ship", {"field": "", "description": "The Line: 4 of PO: 1 is in SHIPPED status"}, "already counts"),
        ("ship", {"field": "", "description": "The Line: 4 of PO: 1 is in CANCELLED status"}, "already cancelled"),
        ("ship", {"field": "carrierName", "description": "x"}, "Map it to one of Walmart's carriers"),
        ("ship", {"field": "trackingURL", "description": "x"}, "tracking-URL template"),
        ("ship", {"field": "trackingNumber", "description": "x"}, "tracking number"),
        ("ship", {"field": "shipDateTime", "description": "x"}, "order date and now"),
        ("ship", {"field": "processMode", "description": "x"}, "4 hours"),
        (
            "ship",
            {"field": "currentTrackingInfo", "description": "tracking number unknown"},
            "does not know the parcel",
        ),
        ("cancel", {"field": "", "description": "The Line: 4 of PO: 1 is in SHIPPED status"}, "Refund them instead"),
        ("cancel", {"field": "cancellationReason", "description": "CUSTOMER_REQUESTED_… no"}, "whose buyer asked"),
        ("cancel", {"field": "cancellationReason", "description": "no"}, "Choose another reason"),
        ("cancel", {"field": "", "description": "Qty more than allowed"}, "more than is still open"),
        ("acknowledge", {"field": "", "description": "Some or all qty in higher status"}, "already acknowledged"),
        ("cancel", {"field": "", "description": "PO is fulfilled by Walmart"}, "ships this order itself"),
        ("read", {"field": "", "description": "Invalid Date format value"}, "a date"),
        ("cancel", {"field": "x", "description": "Something new."}, "Walmart refused this: Something new. Correct"),
        ("ship", {"field": "", "description": "", "info": "", "code": ""}, "without saying why"),
    ],
)
def test_a_refusal_says_what_to_do(action, member, words):
    found = error(refusal(**member), action)
    assert type(found) is Rejected
    assert words in str(found)


def test_a_refusal_keeps_walmarts_words_and_code():
    found = error(refusal())
    assert (found.code, found.field, found.said) == (ITEM["code"], ITEM["field"], ITEM["description"])


def test_the_plain_invalid_request_of_an_outage_is_tried_again_and_marked():
    plain = refusal(code="INVALID_REQUEST.GMP_ORDER_API", field="data", description="Invalid Request")
    for action in ("read", "ship"):
        found = error(plain, action)
        assert type(found) is Unavailable
        assert (found.status, found.code) == (400, "INVALID_REQUEST.GMP_ORDER_API")
    precise = refusal(code="INVALID_REQUEST.GMP_ORDER_API", field="", description="Invalid Date format value")
    assert type(error(precise, "read")) is Rejected


def test_a_blocked_address_and_a_missing_permission_differ():
    assert "network refused" in str(error(answer(403, HTML)))
    assert "full access to orders, returns, items" in str(
        error(answer(403, {"error": [{"code": "FORBIDDEN.GMP_GATEWAY_API"}]}))
    )


def test_a_wrong_path_is_neither_an_unknown_order_nor_an_empty_list():
    wrong = answer(404, {"error": [{"code": "URI_NOT_FOUND.GMP_GATEWAY_API"}]})
    empty = answer(404, {"errors": {"error": [{"code": "CONTENT_NOT_FOUND.GMP_ORDER_API", "severity": "INFO"}]}})
    assert isinstance(error(wrong), Misconfigured)
    assert isinstance(error(answer(404, HTML)), Unavailable)
    assert isinstance(error(empty), NotFound)
    assert [is_empty_list(found) for found in (wrong, answer(404, HTML), empty, answer(404), answer(200))] == [
        False,
        False,
        True,
        True,
        False,
    ]


def test_a_throttled_call_waits_as_long_as_told():
    moment = str(int((NOON + timedelta(seconds=90)).timestamp()))
    for name in ("x_next_replenishment_time", "X_Next_Replenish_Time"):
        assert error(answer(429, **{name: moment})).retry_after == timedelta(seconds=90)
    assert error(answer(503, retry_after="7")).retry_after == timedelta(seconds=7)
    assert error(answer(429)).retry_after is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, Misconfigured), (401, Misconfigured), (403, Misconfigured), (404, Misconfigured), (301, Misconfigured),
     (429, Unavailable), (500, Unavailable), (503, Unavailable), (520, Unavailable)],
)  # fmt: skip
def test_the_token_endpoint_tells_credentials_from_trouble(status, expected):
    assert type(token_error(answer(status), now=NOON)) is expected


def test_a_success_without_data_is_looked_up_after_a_write():
    assert type(not_data(answer(200, HTML), action="ship", now=NOON)) is Ambiguous
    assert type(not_data(answer(200), action="ship", now=NOON)) is Ambiguous
    assert type(not_data(answer(200, HTML), action="read", now=NOON)) is Unavailable


def test_an_error_inside_a_success_is_a_refusal_of_the_write():
    found = not_data(answer(200, {"errors": [ITEM]}), action="ship", now=NOON)
    assert type(found) is Rejected
    assert "shipping method" in str(found)
