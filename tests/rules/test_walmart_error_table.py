"""Everything that Walmart is known to answer instead of data (walmart-api §1.5, §7, §8), and what is made of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from channel_manager.connectors.walmart.errors import error_for, is_empty_list, not_data, token_error
from channel_manager.shared.errors import Ambiguous, Misconfigured, NotFound, Rejected, Unavailable
from channel_manager.shared.http import Answer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OF_ORDERS = ("acknowledge", "ship", "cancel", "refund", "refund_return")
OF_FILES = ("feed_stock", "feed_price")
OF_ITEMS = ("set_stock", "set_price", *OF_FILES)
WRITES = (*OF_ORDERS, *OF_ITEMS)
ACTIONS = ("read", *WRITES)

BUSY = "Walmart's rate limit is used up. It goes on by itself when Walmart allows it."
NO_ORDER = "Walmart does not know this order, or it belongs to another seller account. Check the number."
NO_RETURN = "Walmart does not know this return, or it belongs to another seller account. Check the number."
NO_ITEM = "Walmart does not know what this is about. Look at the item in Seller Center, then send it again."
TOO_LARGE = "The file is larger than Walmart takes. Send fewer SKUs in one file."
NO_DATA = "Walmart answered with something else than data. It is tried again by itself."
WRONG_ADDRESS = (
    "There is no Walmart API at this address. Connect the store again with the right one: `channel-manager store add`."
)
CREDENTIALS = (
    "Walmart does not accept the Client ID and Client Secret. Copy both again from Walmart's developer portal "
    "(production keys for the production address) and give them to `channel-manager store credentials`."
)
TOKEN = (
    "Walmart refuses the access token that it has just issued. Check that the keys belong to this address (sandbox or "
    "production) and are still active; `channel-manager store credentials` takes new ones."
)
NOT_PERMITTED = (
    "Walmart does not permit this with the given keys. Give them full access to orders, returns, items, inventory, "
    "price and feeds in Walmart's developer portal; if they have it, give the channel type that Walmart issued to "
    "`channel-manager store credentials`."
)
BLOCKED = (
    "Walmart's network refused the connection before it reached the API. Ask Walmart whether this server's address is "
    "blocked, and check proxies on the way."
)
SILENT = "Walmart refused this without saying why. Compare the order with Walmart, then send it again."
SILENT_OF_ITEMS = "Walmart refused this without saying why. Look at the item in Seller Center, then send it again."


def trouble(status):
    return f"Walmart has a problem at the moment (status {status}). It is tried again by itself."


def failed(status):
    return (
        f"Walmart failed while working on this (status {status}). Whether it was done is looked up before it is "
        "tried again."
    )


def ours(words):
    return f"Walmart did not understand a request: {words}. This is a fault of Channel Manager: report it."


def refused(words):
    return f"Walmart refused this: {words}. Correct it and send it again."


def answer(status, body=b"", headers=None):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers=headers or {}, body=data)


def item(code="INVALID_REQUEST_CONTENT.GMP_ORDER_API", description="Something", **members):
    """With the members of the published example; unnamed ones null, as they may be."""
    empty = dict.fromkeys(("field", "info", "severity", "category", "causes", "errorIdentifiers", "component"))
    return empty | {"code": code, "description": description} | members


def resource(status, code, description="Something", **members):
    return answer(status, {"errors": {"error": [item(code, description, **members)]}})


# -- every shape, read by its structure (§8.1) --

WORDS = "Method code is not supported in line number 1"
FAULT = item(description=WORDS, field="methodCode", severity="ERROR", category="DATA", causes=[])
SHAPES = {
    "order, return and item calls": {"errors": {"error": [FAULT]}},
    "one error that is no list": {"errors": {"error": FAULT}},
    "gateway": {"error": [FAULT]},
    "inline": {"errors": [FAULT]},
    "message in place of description": {"errors": [FAULT | {"description": None, "message": WORDS}]},
    "only what is needed": {"errors": [{"description": WORDS, "field": "methodCode", "code": FAULT["code"]}]},
    "nulls between": {"errors": {"error": [None, 7, "x", FAULT]}},
    "beside a list": {"list": None, "errors": [FAULT]},
    "XML": f"""<?xml version="1.0" encoding="UTF-8"?><ns2:errors xmlns:ns2="http://walmart.com/"><ns2:error>
        <ns2:code>{FAULT["code"]}</ns2:code><ns2:field>methodCode</ns2:field>
        <ns2:description>{WORDS}</ns2:description></ns2:error></ns2:errors>""".encode(),
    "XML without namespace": f"<errors><error><code>{FAULT['code']}</code><field>methodCode</field>"
    f"<description>{WORDS}</description></error></errors>".encode(),
    "with a byte-order mark": b"\xef\xbb\xbf" + json.dumps({"error": [FAULT]}).encode(),
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("status", [200, 400])
def test_each_shape_says_the_same(body, status):
    judge = error_for if status == 400 else not_data
    found = judge(answer(status, body), action="ship", now=NOON)
    assert type(found) is Rejected
    assert str(found) == (
        "Walmart does not accept the shipping method of this shipment. It takes Standard, Express, OneDay, Freight, "
        "WhiteGlove and Value: choose one of them and send it again."
    )
    assert (found.code, found.field, found.said, found.status, found.side) == (
        FAULT["code"],
        "methodCode",
        WORDS,
        status,
        "Walmart",
    )


HTML = b"<!DOCTYPE html><html><head><title>Access\n Denied</title></head><body>x</body></html>"


@pytest.mark.parametrize(
    ("status", "read", "write", "words"),
    [
        (403, Misconfigured, Misconfigured, (BLOCKED, BLOCKED)),
        (404, Unavailable, Unavailable, (trouble(404), trouble(404))),
        (502, Unavailable, Ambiguous, (trouble(502), failed(502))),
        (503, Unavailable, Unavailable, (trouble(503), trouble(503))),
        (504, Unavailable, Ambiguous, (trouble(504), failed(504))),
        (520, Unavailable, Ambiguous, (trouble(520), failed(520))),
    ],
)
def test_a_page_of_the_edge_is_told_by_its_status(status, read, write, words):
    for action in ACTIONS:
        found = error_for(answer(status, HTML), action=action, now=NOON)
        expected = (read, words[0]) if action == "read" else (write, words[1])
        assert (type(found), str(found)) == expected
        assert found.said == "Access Denied"


@pytest.mark.parametrize(
    "body",
    [
        HTML,
        b"",
        b"[]",
        b"null",
        b"upstream connect error",
        b'{"order": {"customerName": "Alice',
        b"<?xml version='1.0'?><order><postalAddress><name>Alice</name></postalAddress></order>",
        b"\x00\x01\x02",
        b'{"errors": []}',
        b'{"errors": null}',
    ],
)
def test_a_success_without_data_is_looked_up_after_a_write_and_never_shows_a_person(body):
    for action in ACTIONS:
        found = not_data(answer(200, body), action=action, now=NOON)
        assert (type(found), str(found)) == (Unavailable if action == "read" else Ambiguous, NO_DATA)
        assert "Alice" not in found.said


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API", Unavailable),
        ("RESOURCE_IS_LOCKED.GMP_RECEIVER_API", Unavailable),
        ("SYSTEM_ERROR.GMP_ORDER_API", Ambiguous),
        ("INVALID_SYSTEM_STATE.GMP_ORDER_API", Ambiguous),
        ("DOWNSTREAM_SYSTEM_TIME_OUT.GMP_ORDER_API", Ambiguous),
        ("INVALID_REQUEST_CONTENT.GMP_ORDER_API", Rejected),
    ],
)
def test_an_error_inside_a_success_is_what_its_code_says(code, expected):
    body = {"errors": [item(code)]}
    for action in WRITES:
        assert type(not_data(answer(200, body), action=action, now=NOON)) is expected
    assert type(not_data(answer(200, body), action="read", now=NOON)) is Unavailable


# -- every code and status (§8.2) --

CODES = [
    # code, status, class of a read, class of a write, words of a read, words of a write
    ("INVALID_REQUEST", 400, Rejected, Rejected, ours("Something"), refused("Something")),
    ("INVALID_REQUEST_PARAM", 400, Rejected, Rejected, ours("Something"), refused("Something")),
    ("INVALID_REQUEST_HEADER", 400, Rejected, Rejected, ours("Something"), ours("Something")),
    ("INVALID_REQUEST_CONTENT", 400, Rejected, Rejected, ours("Something"), refused("Something")),
    ("MISSING_REQUEST_HEADER", 400, Rejected, Rejected, ours("Something"), ours("Something")),
    ("MISSING_REQUEST_PARAM", 400, Rejected, Rejected, ours("Something"), ours("Something")),
    ("MALFORMED_REQUEST_CONTENT", 400, Rejected, Rejected, ours("Something"), ours("Something")),
    ("UNAUTHORIZED", 401, Misconfigured, Misconfigured, TOKEN, TOKEN),
    ("FORBIDDEN", 403, Misconfigured, Misconfigured, NOT_PERMITTED, NOT_PERMITTED),
    ("CONTENT_NOT_FOUND", 404, NotFound, NotFound, NO_ORDER, NO_ORDER),
    ("URI_NOT_FOUND", 404, Misconfigured, Misconfigured, WRONG_ADDRESS, WRONG_ADDRESS),
    ("METHOD_NOT_ALLOWED", 405, Rejected, Rejected, ours("Something"), ours("Something")),
    ("INVALID_ACCEPT_TYPE", 406, Rejected, Rejected, ours("Something"), ours("Something")),
    ("", 408, Unavailable, Ambiguous, trouble(408), failed(408)),
    ("", 413, Rejected, Rejected, ours("Something"), ours("Something")),
    ("UNSUPPORTED_MEDIA_TYPE", 415, Rejected, Rejected, ours("Something"), ours("Something")),
    ("RESOURCE_IS_LOCKED", 423, Unavailable, Unavailable, trouble(423), trouble(423)),
    ("RESOURCE_IS_LOCKED", 400, Unavailable, Unavailable, trouble(400), trouble(400)),
    ("REQUEST_THRESHOLD_VIOLATED", 429, Unavailable, Unavailable, BUSY, BUSY),
    ("REQUEST_THRESHOLD_VIOLATED", 400, Unavailable, Unavailable, BUSY, BUSY),
    ("REQUEST_THRESHOLD_VIOLATED", 503, Unavailable, Unavailable, BUSY, BUSY),
    ("", 429, Unavailable, Unavailable, BUSY, BUSY),
    ("INVALID_SYSTEM_STATE", 500, Unavailable, Ambiguous, trouble(500), failed(500)),
    ("SYSTEM_ERROR", 500, Unavailable, Ambiguous, trouble(500), failed(500)),
    ("SYSTEM_ERROR", 400, Unavailable, Ambiguous, trouble(400), failed(400)),
    ("", 502, Unavailable, Ambiguous, trouble(502), failed(502)),
    ("", 503, Unavailable, Unavailable, trouble(503), trouble(503)),
    ("DOWNSTREAM_SYSTEM_TIME_OUT", 504, Unavailable, Ambiguous, trouble(504), failed(504)),
    ("", 520, Unavailable, Ambiguous, trouble(520), failed(520)),
    ("", 301, Misconfigured, Misconfigured, WRONG_ADDRESS, WRONG_ADDRESS),
]


@pytest.mark.parametrize("service", ["GMP_ORDER_API", "GMP_GATEWAY_API", "GMP_RECEIVER_API", ""])
@pytest.mark.parametrize(("code", "status", "read", "write", "read_words", "write_words"), CODES)
def test_each_code_and_status(code, status, read, write, read_words, write_words, service):
    full = f"{code}.{service}" if code and service else code
    for action in ACTIONS:
        found = error_for(resource(status, full), action=action, now=NOON)
        kind, words = (read, read_words) if action == "read" else (write, write_words)
        if kind is NotFound:
            words = NO_RETURN if action == "refund_return" else NO_ITEM if action in OF_ITEMS else words
        if status == 413 and action in OF_FILES:
            words = TOO_LARGE
        assert (type(found), str(found)) == (kind, words)
        assert (found.code, found.status, found.said) == (full, status, "Something")


@pytest.mark.parametrize("status", [400, 405, 413, 418])
def test_a_refusal_without_a_word_is_still_a_sentence(status):
    for action in WRITES:
        expected = SILENT_OF_ITEMS if action in OF_ITEMS else SILENT
        if status in (405, 413):
            expected = TOO_LARGE if status == 413 and action in OF_FILES else ours(f"status {status}")
        assert str(error_for(answer(status), action=action, now=NOON)) == expected
    assert str(error_for(answer(status), action="read", now=NOON)) == ours(f"status {status}")


# -- every text seen in the field (§8.4), and those of returns and refunds --

OVER = (
    "Walmart refused the shipment: it asks for more than is still open on the order. See what Walmart already counts "
    "as shipped or cancelled, correct the quantities and send it again."
)
SHIPPED = (
    "Walmart already counts these items as shipped. Compare the order with Walmart: if this parcel is already there, "
    "nothing is left to do."
)
OWN_REFUND = "Walmart fulfils this order and refunds it itself. It cannot be refunded from here."
OWN = "Walmart ships this order itself. It cannot be acknowledged, shipped or cancelled from here."
OUR_DATE = "Walmart did not understand a date that was sent to it. This is a fault of Channel Manager: report it."
MORE_MONEY = (
    "Walmart refused the refund: it is more than was charged and not yet refunded. See what Walmart already counts as "
    "refunded, correct the amounts and send it again."
)
MORE_UNITS = (
    "Walmart refused the refund: it asks for more units than the return still has. See what Walmart already counts as "
    "refunded or cancelled, correct the quantities and send it again."
)
REFUNDED = (
    "Walmart has already refunded this. Compare the refunded amounts with Walmart: if this refund is already there, "
    "nothing is left to do."
)
UNKNOWN_LINE = (
    "Walmart does not know a line of this return, or the return belongs to another order. Refresh the return, then "
    "send the refund again."
)
ASKED_TO_CANCEL = (
    "Walmart refused the shipment because the buyer asked to cancel. Cancel these items, or, if the parcel has left, "
    "send it again with the override."
)
EXCEPTIONAL = (
    "Walmart refuses the refund of this item through its return: the seller arranges the return of such items. "
    "Refund the order instead."
)
OVER_SHIPPED = (
    "Qty OverShipped : Some or All Line(s)/Qty cannot be Shipped due to invalid Lines Or invalid Qty Or Qty more than "
    "allowed"
)
EARLY = "Walmart takes no price for this item yet: new items wait about 24 hours. Send it again tomorrow."
PRICE = (
    "Walmart refused the price: it takes positive amounts in US dollars with at most two decimals. Correct the price in "
    "Commerce; it is sent again by itself."
)
AMOUNT = (
    "Walmart refused the quantity of this SKU: it takes whole numbers from 0. Check the stock rule of the store and of "
    "the SKU, then send it again."
)
SKU = (
    "Walmart refused the SKU: it takes at most 50 characters, and only SKUs of this seller account. Compare it with "
    "the item in Seller Center."
)
LOCKED = "Walmart is still working on this SKU and takes nothing else for it. Send it again in some minutes."
OWN_STOCK = "Walmart keeps the stock of this SKU in its own warehouses (WFS). It cannot be set from here."
NODE = (
    "Walmart does not know the warehouse that the stock was sent for. Check the fulfilment centers in Seller Center, "
    "then send it again."
)
FORGOTTEN = (
    "Walmart has forgotten the list that was being read: it keeps one for two minutes. Reading starts again from the "
    "first page."
)
TEXTS = [
    ("set_stock", "quantity", "quantity is not valid", AMOUNT),
    ("set_stock", "sku", "sku should have at most 50 characters", SKU),
    ("set_stock", "sku", "The SKU A is locked or being processed. Try again later.", LOCKED),
    ("set_stock", "shipNode", "shipNode is unknown", NODE),
    ("set_stock", "sku", "The SKU A is fulfilled by Walmart", OWN_STOCK),
    ("set_stock", "sku", "WFS items are not permitted", OWN_STOCK),
    ("set_stock", None, "Something new.", refused("Something new")),
    ("set_price", "currentPrice", "currentPrice amount should be a positive number with at most two decimals", PRICE),
    ("set_price", "currentPrice", "currentPrice should be in USD", PRICE),
    ("set_price", "sku", "New items take prices after 24 hours", EARLY),
    ("set_price", "sku", "The SKU A is locked or being processed. Try again later.", LOCKED),
    ("set_price", "sku", "sku is missing", SKU),
    ("set_price", None, "The offer is of WFS", refused("The offer is of WFS")),
    ("feed_stock", "feedType", "feedType is not supported", refused("feedType is not supported")),
    ("feed_price", None, "Something new.", refused("Something new")),
    ("read", "nextCursor", "Invalid Cursor", FORGOTTEN),
    ("ship", None, OVER_SHIPPED, OVER),
    ("ship", None, "Line doesn't have enough quantity to ship requested quantity 1, qtyAvailableToShip :: 0", OVER),
    ("ship", None, "The Line: 4 of PO: 1796277083022 is in SHIPPED status", SHIPPED),
    ("cancel", None, "The Line: 4 of PO: 1796277083022 is in SHIPPED status",
     "Walmart already counts these items as shipped, so they cannot be cancelled any more. Refund them instead."),
    ("ship", "intentToCancelOverride", "must be true",
     ASKED_TO_CANCEL),
    ("acknowledge", None, "Some or all qty in higher status",
     "Walmart refused the acknowledgement: all items are already acknowledged, shipped or cancelled there."),
    ("read", None, "Invalid Date format value", OUR_DATE),
    ("read", None, "Order not found Bad request fromDate or toDate is missing", OUR_DATE),
    ("ship", None, "LS-1010 hazardous goods", refused("LS-1010 hazardous goods")),
    ("ship", None, "PO is WFS", OWN),
    ("cancel", "purchaseOrderId", "PO: 1 is fulfilled by Walmart and cannot be updated by the seller", OWN),
    ("refund", "purchaseOrderId", "PO: 1 is fulfilled by Walmart and cannot be updated by the seller", OWN_REFUND),
    ("refund", "chargeAmount", "Refund amount is more than the amount charged and not yet refunded", MORE_MONEY),
    ("refund", "amount", "Total refund exceeds the original charge", MORE_MONEY),
    ("refund", None, "The Line: 1 of PO: 1 is already refunded", REFUNDED),
    ("refund", "refundReason", "Refund reason is not valid in line number 1",
     "Walmart does not accept this refund reason. Choose another reason and send it again."),
    ("refund", None, "The Line: 1 of PO: 1 is not in SHIPPED or DELIVERED status",
     "Walmart refunds only what has been shipped. Ship these items first, or cancel them instead of refunding them."),
    ("refund_return", "returnOrderLineNumber", "Return order line 1 is already refunded", REFUNDED),
    ("refund_return", "returnOrderLineNumber", "Return order line 1 is cancelled",
     "Walmart has cancelled this return. Nothing can be refunded for it."),
    ("refund_return", "quantity", "Quantity 4 is more than the refundable quantity 3", MORE_UNITS),
    ("refund_return", "quantity", "invalid", MORE_UNITS),
    ("refund_return", "returnOrderLineNumber", "Return order line number is missing or invalid", UNKNOWN_LINE),
    ("refund_return", "customerOrderId", "customerOrderId is not that of the return order", UNKNOWN_LINE),
    ("refund_return", "returnOrderId", "Return order 1 is fulfilled by Walmart", OWN_REFUND),
    ("refund_return", "returnOrderId", "WFS returns are not permitted", OWN_REFUND),
    ("refund_return", "returnOrderId", "Return order 1 holds exception items, refund them on the purchase order",
     EXCEPTIONAL),
    ("refund_return", "returnOrderId", "Return order 1 is a replacement and cannot be refunded",
     "Walmart sends the buyer a replacement for this return instead of money. There is nothing to refund."),
    ("refund_return", None, "Something new.", refused("Something new")),
]  # fmt: skip


@pytest.mark.parametrize(("action", "field", "description", "words"), TEXTS)
def test_each_text_is_a_sentence_for_the_operator(action, field, description, words):
    for code in ("INVALID_REQUEST_CONTENT.GMP_ORDER_API", "INVALID_REQUEST.GMP_ORDER_API", None):
        found = error_for(resource(400, code, description, field=field), action=action, now=NOON)
        assert (type(found), str(found)) == (Rejected, words)
        assert (found.said, found.field) == (description, field or "")


@pytest.mark.parametrize("said", ["Invalid Request", "invalid request.", "INVALID_REQUEST"])
@pytest.mark.parametrize("member", ["description", "message", "info"])
def test_the_plain_invalid_request_of_an_outage_is_later_for_every_call(said, member):
    fault = item("INVALID_REQUEST.GMP_ORDER_API", None) | {member: said}
    for action in ACTIONS:
        found = error_for(answer(400, {"errors": {"error": [fault]}}), action=action, now=NOON)
        assert (type(found), str(found), found.status) == (Unavailable, trouble(400), 400)


def test_an_operators_words_hold_no_address_of_a_buyer():
    found = error_for(resource(400, None, "No such buyer alice@example.com"), action="ship", now=NOON)
    assert found.said == "No such buyer •••"


# -- authentication (§1.5) --


def gateway(code):
    return {"error": [item(f"{code}.GMP_GATEWAY_API", code, field=code)]}


OAUTH = {"error": "invalid_client", "error_description": "client authentication failed"}


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (401, gateway("UNAUTHORIZED"), Misconfigured, CREDENTIALS),
        (400, gateway("UNAUTHORIZED"), Misconfigured, CREDENTIALS),
        (400, gateway("INVALID_REQUEST_HEADER"), Misconfigured, CREDENTIALS),
        (400, gateway("MISSING_REQUEST_HEADER"), Misconfigured, CREDENTIALS),
        (401, OAUTH, Misconfigured, CREDENTIALS),
        (400, OAUTH, Misconfigured, CREDENTIALS),
        (403, gateway("FORBIDDEN"), Misconfigured, CREDENTIALS),
        (404, gateway("URI_NOT_FOUND"), Misconfigured, WRONG_ADDRESS),
        (405, b"", Misconfigured, WRONG_ADDRESS),
        (302, b"", Misconfigured, WRONG_ADDRESS),
        (408, b"", Unavailable, trouble(408)),
        (423, gateway("RESOURCE_IS_LOCKED"), Unavailable, trouble(423)),
        (429, gateway("REQUEST_THRESHOLD_VIOLATED"), Unavailable, BUSY),
        (500, gateway("SYSTEM_ERROR"), Unavailable, trouble(500)),
        (503, HTML, Unavailable, trouble(503)),
        (520, HTML, Unavailable, trouble(520)),
    ],
)
def test_each_failure_of_the_token_endpoint(status, body, expected, words):
    found = token_error(answer(status, body), now=NOON)
    assert (type(found), str(found)) == (expected, words)


# -- empty lists (§2.5) and throttling (§7) --


@pytest.mark.parametrize(
    ("status", "body", "empty"),
    [
        (404, {"errors": {"error": [item("CONTENT_NOT_FOUND.GMP_ORDER_API", severity="INFO")]}}, True),
        (404, {"error": [item("CONTENT_NOT_FOUND.GMP_GATEWAY_API")]}, True),
        (404, b"", True),
        (404, b"{}", False),
        (404, b"[]", False),
        (404, b"\x00", False),
        (404, gateway("URI_NOT_FOUND"), False),
        (404, HTML, False),
        (404, b'{"errors": {"error": [{"co', False),
        (200, {"errors": {"error": [item("CONTENT_NOT_FOUND.GMP_ORDER_API")]}}, False),
        (500, b"", False),
    ],
)
def test_what_is_an_empty_list(status, body, empty):
    assert is_empty_list(answer(status, body)) is empty


IN_90_SECONDS = NOON + timedelta(seconds=90)
TOLD = [
    (str(int(IN_90_SECONDS.timestamp())), 90),
    (str(int(IN_90_SECONDS.timestamp() * 1000)), 90),
    ("2026-11-23T12:01:30Z", 90),
    ("2026-11-23T12:01:30.000Z", 90),
    ("2026-11-23T07:01:30-05:00", 90),
    ("2026-11-23T11:00:00Z", 1),
    ("2027-11-23T11:00:00Z", 600),
    ("soon", None),
    ("", None),
    ("nan", None),
    ("-1", None),
    ("1e999", None),
    ("60", None),
]


@pytest.mark.parametrize("name", ["x-next-replenishment-time", "X-Next-Replenish-Time", "X-NEXT-REPLENISHMENT-TIME"])
@pytest.mark.parametrize(("value", "seconds"), TOLD)
def test_how_long_a_throttled_call_waits(name, value, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    throttled = Answer(status=429, headers={name: value, "x-current-token-count": "0"}, body=b"")
    for action in ACTIONS:
        found = error_for(throttled, action=action, now=NOON)
        assert (type(found), found.retry_after, found.status) == (Unavailable, expected, 429)
    assert token_error(throttled, now=NOON).retry_after == expected


@pytest.mark.parametrize(("value", "seconds"), [("7", 7), ("0", 1), ("99999999", 600), ("later", None)])
def test_the_common_header_counts_where_walmarts_own_is_missing(value, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    for status in (429, 503):
        found = error_for(Answer(status=status, headers={"Retry-After": value}, body=b""), action="ship", now=NOON)
        assert found.retry_after == expected
