"""What each answer of the shop means (observed §5, commerce-api §12)."""

import json
from datetime import timedelta

import pytest

from channel_manager.connectors.adobe_commerce import postponed
from channel_manager.connectors.adobe_commerce.errors import is_no_route, read_problem, translate
from channel_manager.shared.errors import (
    Ambiguous,
    Misconfigured,
    NotFound,
    Postponed,
    Rejected,
    Unavailable,
)

MAINTENANCE = b"<!doctype html><html><head><style>p{color:red}</style></head><body><p>Back soon.</p></body></html>"
PLAIN = b"Argument #1 ($sku) must be of type string, null given"
MASKED = {"message": "Internal Error. Details are available in Magento log file. Report ID: webapi-64d"}


def error(status, body, *, writes=False, headers=None, **rest):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return translate(status, headers or {}, content, writes=writes, **rest)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "Plain."}, "Plain."),
        (
            {"message": "No %fieldName = %fieldValue", "parameters": {"fieldName": "cartId", "fieldValue": 9}},
            "No cartId = 9",
        ),
        ({"message": '"%1" and %2', "parameters": ["SKU %2", 3]}, '"SKU %2" and 3'),
        ({"message": "%field of %fieldName", "parameters": {"field": "a", "fieldName": "b"}}, "a of b"),
        ({"message": "100% wool"}, "100% wool"),
        (
            {"message": "Several.", "errors": [{"message": "Bad %1.", "parameters": ["x"]}, {"message": "Worse."}]},
            "Several. Bad x. Worse.",
        ),
        ({"messages": {"error": [{"code": 500, "message": "Early."}]}}, "Early."),
        ({"message": "Two\n   lines"}, "Two lines"),
        ({"message": "%1", "parameters": [["a", "b"]]}, "a, b"),
    ],
)
def test_messages_are_rendered_from_every_shape_of_parameters(body, words):
    assert read_problem(json.dumps(body).encode()).words == words


@pytest.mark.parametrize("body", [MAINTENANCE, PLAIN, b"", b"[]", b'"text"', b"{}"])
def test_what_is_no_error_of_commerce_is_none(body):
    assert read_problem(body) is None


@pytest.mark.parametrize(
    ("status", "body", "reading", "writing"),
    [
        (400, {"message": "Decoding error."}, Rejected, Rejected),
        (400, {"message": "Specified request cannot be processed."}, Misconfigured, Misconfigured),
        (400, {"message": "The cart is locked for processing. Please try again later."}, Unavailable, Ambiguous),
        (404, {"message": "The entity that was requested doesn't exist."}, NotFound, NotFound),
        (404, {"message": "Request does not match any route."}, NotFound, NotFound),
        (404, MAINTENANCE, Unavailable, Unavailable),
        (401, {"message": "The consumer isn't authorized."}, Misconfigured, Misconfigured),
        (401, b"<html>Login</html>", Misconfigured, Misconfigured),
        (403, MAINTENANCE, Misconfigured, Misconfigured),
        (301, b"", Misconfigured, Misconfigured),
        (429, b"", Unavailable, Unavailable),
        (500, MASKED, Unavailable, Ambiguous),
        (500, PLAIN, Unavailable, Ambiguous),
        (502, MAINTENANCE, Unavailable, Ambiguous),
        (503, MAINTENANCE, Unavailable, Unavailable),
        (503, {"message": "Maintenance"}, Unavailable, Unavailable),
        (504, b"", Unavailable, Ambiguous),
        (520, MAINTENANCE, Unavailable, Ambiguous),
    ],
)
def test_status_and_body_decide_the_class(status, body, reading, writing):
    assert type(error(status, body)) is reading
    assert type(error(status, body, writes=True)) is writing


def test_retry_after_is_kept():
    assert error(429, b"", headers={"Retry-After": "90"}).retry_after == timedelta(seconds=90)
    assert error(503, MAINTENANCE).retry_after is None


def test_a_page_is_told_by_its_text_alone():
    assert error(502, MAINTENANCE).said == "Back soon."


def test_missing_permission_names_the_resource_and_the_place():
    refused = error(
        401,
        {
            "message": "The consumer isn't authorized to access %resources.",
            "parameters": {"resources": "Magento_Sales::ship"},
        },
    )
    assert refused.field == "Magento_Sales::ship"
    assert "Magento_Sales::ship" in str(refused)
    assert "System › Integrations" in str(refused)


def test_a_refused_bearer_token_names_the_setting():
    refused = error(401, {"message": "The consumer isn't authorized to access %resources."}, bearer=True)
    assert "Allow OAuth Access Tokens to be used as standalone Bearer tokens" in str(refused)


def test_a_used_nonce_on_a_write_means_that_the_first_copy_arrived():
    body = {"message": "The nonce is already being used by the consumer with ID %1.", "parameters": ["3"]}
    assert type(error(401, body, writes=True)) is Ambiguous
    assert type(error(401, body)) is Misconfigured


def test_a_redirect_names_where_it_leads():
    refused = error(301, b"", headers={"Location": "https://www.shop.example/"})
    assert refused.sentence.values == {"location": "https://www.shop.example/"}
    assert refused.field == "base_url"


def test_a_missing_module_is_told_from_a_missing_row():
    assert is_no_route(error(404, {"message": "Request does not match any route."}))
    assert not is_no_route(error(404, {"message": "The entity that was requested doesn't exist."}))


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("Could not save a shipment, see error log for details", "source"),
        ("Shipment Document Validation Error(s):\nYou can't create a shipment without products.", "left to ship"),
        (
            "Shipment Document Validation Error(s):\nA shipment cannot be created when an order has a status of holded",
            "Release its hold",
        ),
        ("Creditmemo Document Validation Error(s):\nThe most money available to refund is 0.", "Invoice what was"),
        ("Anything else 100%", "Commerce refused it: Anything else 100%"),
    ],
)
def test_refusals_say_what_to_do(message, says):
    refused = error(400, {"message": message}, writes=True)
    assert type(refused) is Rejected
    assert says in str(refused)


@pytest.mark.parametrize(
    ("status", "message", "says"),
    [
        (400, "The requested qty is not available", "not enough of HAT/1, red"),
        (400, "Product that you are trying to add is not available.", "disabled, out of stock or not assigned"),
        (404, "The product that was requested doesn't exist. Verify the product and try again.", "no product with"),
        (400, "There are no source items with the in stock status", "No source"),
        (400, "You need to choose options for your item.", "required options"),
        (400, "The product's required option(s) weren't entered.", "required options"),
        (400, "Something new", "Something new"),
    ],
)
def test_a_refused_product_waits_and_is_named(status, message, says):
    refused = error(status, {"message": message}, writes=True, explain=postponed.product("HAT/1, red"))
    assert type(refused) is Postponed
    assert says in str(refused)
    assert "HAT/1, red" in str(refused)


def test_an_unknown_cart_is_not_the_fault_of_the_product():
    body = {
        "message": "No such entity with %fieldName = %fieldValue",
        "parameters": {"fieldName": "cartId", "fieldValue": 3},
    }
    assert type(error(404, body, writes=True, explain=postponed.product("HAT"))) is NotFound


def test_a_refused_address_waits_and_names_the_field():
    body = {
        "message": "Please check the shipping address information. %1",
        "parameters": ['"telephone" is required. Enter and try again.'],
    }
    refused = error(400, body, writes=True, explain=postponed.address)
    assert type(refused) is Postponed
    assert refused.field == "telephone"
    assert '"telephone" is required' in str(refused)


def test_an_address_refused_without_a_field_shows_the_words():
    refused = error(400, {"message": "First Name is not valid!"}, writes=True, explain=postponed.address)
    assert (type(refused), refused.field) == (Postponed, "")
    assert "First Name is not valid!" in str(refused)


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (400, "The requested qty is not available", Postponed),
        (400, "Some of the products are out of stock.", Postponed),
        (400, "The requested Payment Method is not available.", Postponed),
        (400, "The cart is locked for processing. Please try again later.", Ambiguous),
        (400, "Shipping address is not set", Rejected),
        (404, "No such entity with %fieldName = %fieldValue", NotFound),
    ],
)
def test_refusals_of_placing(status, message, expected):
    assert type(error(status, {"message": message}, writes=True, explain=postponed.placing)) is expected


def test_a_percent_sign_of_the_shop_does_not_break_a_sentence():
    refused = error(400, {"message": "50% off (%s)"}, writes=True, explain=postponed.product("A%B"))
    assert str(refused) == "Commerce does not take A%B into a cart: 50% off (%s)"


@pytest.mark.parametrize("body", [b'"\xff"', b'{"message": "\xff"}', b"\xff\xfe"])
def test_an_answer_that_is_not_text_is_understood_by_its_status(body):
    assert type(error(500, body, writes=True)) is Ambiguous
    assert type(error(500, body)) is Unavailable
