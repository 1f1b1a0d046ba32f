"""Every way in which a shop fails (observed §5, commerce-api §12): what is done about it and what the operator reads."""

import json
from datetime import timedelta

import pytest

from channel_manager.connectors.adobe_commerce import postponed
from channel_manager.connectors.adobe_commerce.errors import translate, unreadable
from channel_manager.shared.errors import Ambiguous, Misconfigured, NotFound, Postponed, Rejected, Unavailable

PAGE = (
    b"<!doctype html><html><head><title>x</title><style>p{}</style></head><body><h1>Back&nbsp;soon</h1></body></html>"
)
PLAIN = b"Argument #1 ($sku) must be of type string, null given"
EXPLAINED = {
    "create_cart": None,
    "add_to_cart": postponed.product("HAT"),
    "set_shipping": postponed.address,
    "place": postponed.placing,
    "correct": None,
    "describe_payment": None,
    "comment": None,
    "ship": None,
    "add_track": None,
    "invoice": None,
    "refund": None,
    "cancel": None,
    "unhold": None,
    "close_phantom": None,
}
"""What each write makes of a refusal of its own; the rest goes by the general rule."""


def told(message, parameters=None, **rest):
    return json.dumps({"message": message, **({"parameters": parameters} if parameters else {}), **rest}).encode()


def again(status, said):
    return f"Commerce did not give a usable answer (HTTP {status}). It is tried again by itself. It said: {said}"


def look(status, said):
    return (
        f"Commerce did not give a usable answer (HTTP {status}) and may have done it all the same. It is looked up "
        f"before it is repeated. It said: {said}"
    )


def before(status, said):
    return (
        f"Something before the shop answered for it (HTTP {status}). Check the base address and the web server before "
        f"the shop. It is tried again by itself. It said: {said}"
    )


def closed(status):
    return f"Commerce is not available now (HTTP {status}). It is tried again by itself."


def barred(status):
    return (
        f"Something before the shop refused the request (HTTP {status}). Let this server through the firewall and the "
        "Authorization header through the web server."
    )


MASKED = "Internal Error. Details are available in Magento log file. Report ID: webapi-64d"
DENIED = told("The consumer isn't authorized to access %resources.", {"resources": "Magento_Sales::ship"})
KEYS = (
    "Commerce refused the credentials, or the integration lacks the permission {}. Check the four keys and the "
    "permissions under System › Integrations."
)
BEARER = (
    "Commerce refused the Bearer token for Magento_Sales::ship. Set Stores › Configuration › Services › OAuth › “Allow "
    "OAuth Access Tokens to be used as standalone Bearer tokens” to Yes (or enter all four keys), and give the "
    "integration this permission."
)
SIGNATURE = (
    "Commerce refused the signature. Check the consumer secret and the access token secret; if the shop stands behind "
    "a proxy, enter the address that the shop sees as the signing address."
)
CLOCK = "Commerce refused the time of the request. Set the clocks of this machine and of the shop."
NONCE = told("The nonce is already being used by the consumer with ID %1.", ["3"])
AWAY = "The shop sends us on to {}. Enter the address where it answers itself as the base address."
VIEW = "The shop does not know this store view any more. Give it its old code again in the shop."
ROUTE = "This shop does not have the needed part of the REST API: Request does not match any route."
BUSY = "Commerce is still placing this order. It is looked up before it is repeated."

ANYWHERE = {
    # name: (status, headers, body, (class and words of a read), (class and words of a write); None: the same)
    "masked error": (500, {}, told(MASKED), (Unavailable, again(500, MASKED)), (Ambiguous, look(500, MASKED))),
    "developer mode": (
        500,
        {},
        told("Boom", trace="#0 /var/www/secret.php"),
        (Unavailable, again(500, "Boom")),
        (Ambiguous, look(500, "Boom")),
    ),
    "early renderer": (
        500,
        {},
        json.dumps({"messages": {"error": [{"code": 500, "message": "Fatal"}]}}).encode(),
        (Unavailable, again(500, "Fatal")),
        (Ambiguous, look(500, "Fatal")),
    ),
    "type error of PHP": (
        500,
        {},
        PLAIN,
        (Unavailable, again(500, PLAIN.decode())),
        (Ambiguous, look(500, PLAIN.decode())),
    ),
    "nothing at all": (500, {}, b"", (Unavailable, again(500, "nothing.")), (Ambiguous, look(500, "nothing."))),
    "a buyer's data in an error": (
        500,
        {},
        told("Mail to bob@example.com failed"),
        (Unavailable, again(500, "Mail to ••• failed")),
        (Ambiguous, look(500, "Mail to ••• failed")),
    ),
    "bad gateway": (502, {}, PAGE, (Unavailable, again(502, "Back soon")), (Ambiguous, look(502, "Back soon"))),
    "gateway timeout": (504, {}, PAGE, (Unavailable, again(504, "Back soon")), (Ambiguous, look(504, "Back soon"))),
    "unknown error of a cloud": (
        520,
        {},
        b"",
        (Unavailable, again(520, "nothing.")),
        (Ambiguous, look(520, "nothing.")),
    ),
    "maintenance": (503, {}, PAGE, (Unavailable, closed(503)), None),
    "maintenance in JSON": (503, {}, told("Maintenance"), (Unavailable, closed(503)), None),
    "cache that gave up waiting": (
        503,
        {"Via": "1.1 varnish"},
        b"<h1>Error 503 Backend fetch failed</h1>",
        (Unavailable, closed(503)),
        (Ambiguous, look(503, "Error 503 Backend fetch failed")),
    ),
    "too many requests": (429, {"Retry-After": "30"}, PAGE, (Unavailable, closed(429)), None),
    "too many requests in JSON": (429, {"Retry-After": "30"}, told("Slow down"), (Unavailable, closed(429)), None),
    "no permission": (401, {}, DENIED, (Misconfigured, KEYS.format("Magento_Sales::ship")), None),
    "several permissions": (
        401,
        {},
        told("The consumer isn't authorized to access %resources.", {"resources": ["A::b", "C::d"]}),
        (Misconfigured, KEYS.format("A::b, C::d")),
        None,
    ),
    "unknown token": (401, {}, told("Token does not exist"), (Misconfigured, KEYS.format("-")), None),
    "bad signature": (
        401,
        {},
        told("The signature is invalid. Verify and try again."),
        (Misconfigured, SIGNATURE),
        None,
    ),
    "wrong clock": (
        401,
        {},
        told("Incorrect timestamp value in the oauth_timestamp parameter"),
        (Misconfigured, CLOCK),
        None,
    ),
    "used nonce": (
        401,
        {},
        NONCE,
        (Misconfigured, KEYS.format("-")),
        (Ambiguous, "Commerce received this request twice. It is looked up before it is repeated."),
    ),
    "login of a web server": (401, {"WWW-Authenticate": "Basic"}, PAGE, (Misconfigured, barred(401)), None),
    "firewall": (403, {}, PAGE, (Misconfigured, barred(403)), None),
    "firewall in JSON": (403, {}, told("Forbidden"), (Misconfigured, barred(403)), None),
    "redirect": (
        302,
        {"Location": "https://me:secret@login.example/admin?key=5"},
        b"",
        (Misconfigured, AWAY.format("https://login.example/admin")),
        None,
    ),
    "redirect to nowhere": (301, {}, PAGE, (Misconfigured, AWAY.format("-")), None),
    "page for a route": (404, {}, PAGE, (Unavailable, before(404, "Back soon")), None),
    "page for a bad request": (400, {}, PAGE, (Unavailable, before(400, "Back soon")), None),
    "page for a long address": (414, {}, PAGE, (Unavailable, before(414, "Back soon")), None),
    "no route": (404, {}, told("Request does not match any route."), (NotFound, ROUTE), None),
}


@pytest.mark.parametrize("name", ANYWHERE)
def test_what_a_failure_means_to_a_read(name):
    status, headers, body, (kind, words), _ = ANYWHERE[name]
    error = translate(status, headers, body, writes=False)
    assert (type(error), str(error), error.side, error.status) == (kind, words, "Commerce", status)


@pytest.mark.parametrize("write", EXPLAINED)
@pytest.mark.parametrize("name", ANYWHERE)
def test_what_a_failure_means_to_every_write(name, write):
    status, headers, body, reading, writing = ANYWHERE[name]
    error = translate(status, headers, body, writes=True, explain=EXPLAINED[write])
    assert (type(error), str(error), error.status) == (*(writing or reading), status)


def test_a_bearer_token_has_words_of_its_own():
    error = translate(401, {}, DENIED, writes=True, bearer=True)
    assert (type(error), str(error), error.field) == (Misconfigured, BEARER, "Magento_Sales::ship")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PAGE, "Back soon"),
        (b"", "nothing."),
        (b"  \n", "nothing."),
        (b'{"items": [{"customer_email": "bob@example.com", "firstname": "Bob"', "something cut off."),
        (b"<html></html>", "nothing."),
        (b"ok", "ok"),
    ],
)
def test_a_success_that_is_no_json(body, said):
    reading, writing = unreadable(200, body, writes=False), unreadable(200, body, writes=True)
    assert (type(reading), str(reading)) == (Unavailable, again(200, said))
    assert (type(writing), str(writing)) == (Ambiguous, look(200, said))


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "120"}, timedelta(seconds=120)),
        ({"Retry-After": " 5 "}, timedelta(seconds=5)),
        ({"Retry-After": "99999999999999999999"}, timedelta(days=1)),
        (
            {"Retry-After": "Mon, 23 Nov 2026 12:00:30 GMT", "Date": "Mon, 23 Nov 2026 12:00:00 GMT"},
            timedelta(seconds=30),
        ),
        ({"Retry-After": "Mon, 23 Nov 2026 11:00:00 GMT", "Date": "Mon, 23 Nov 2026 12:00:00 GMT"}, timedelta()),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "²"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_wish_to_wait_is_kept(status, headers, wait):
    assert translate(status, headers, PAGE, writes=True).retry_after == wait


ENTITY = "The entity that was requested doesn't exist. Verify the entity and try again."
SHIP = "Shipment Document Validation Error(s):\n"
MEMO = "Creditmemo Document Validation Error(s):\n"
GONE = "Commerce does not know this document any more. Look whether it was deleted: " + ENTITY
REFUSALS = [
    # write, status, body, class, the operator's words before the shop's own
    (
        "ship",
        404,
        told(ENTITY),
        NotFound,
        "Commerce does not know this document any more. Look whether it was deleted:",
    ),
    (
        "ship",
        400,
        told(SHIP + "You can't create a shipment without products."),
        Rejected,
        "Nothing of these lines is left to ship in Commerce. Compare the shipped quantities:",
    ),
    (
        "ship",
        400,
        told(
            SHIP + "The order does not allow a shipment to be created.\nYou can't create a shipment without products."
        ),
        Rejected,
        "Nothing is left to ship in this Commerce order. Compare it with the marketplace’s:",
    ),
    (
        "ship",
        400,
        told(SHIP + "A shipment cannot be created when an order has a status of canceled"),
        Rejected,
        "Commerce cannot ship this order in its present state. Release its hold or look at it in Commerce:",
    ),
    (
        "ship",
        400,
        told("Could not save a shipment, see error log for details"),
        Rejected,
        (
            "Commerce could not save the shipment: the source does not hold this quantity, the source code is unknown, or a "
            "track has no carrier and title. Correct the source’s quantity in Commerce or choose another source:"
        ),
    ),
    (
        "ship",
        400,
        told('Maximum items of type "%type" is %max', {"type": "ShipmentItem", "max": 20}),
        Rejected,
        (
            "The shop takes only so many lines in one request. Raise the limit under Stores › Configuration › Services › "
            "Magento Web API › Web API Input Limits, or do this one in the Commerce Admin:"
        ),
    ),
    (
        "invoice",
        400,
        told("Invoice Document Validation Error(s):\nThe invoice can't be created without products. Add products."),
        Rejected,
        "Nothing of these lines is left to invoice in Commerce.",
    ),
    (
        "invoice",
        400,
        told("Invoice Document Validation Error(s):\nThe order does not allow an invoice to be created."),
        Rejected,
        "Commerce cannot invoice this order in its present state. Look at it in Commerce:",
    ),
    (
        "invoice",
        400,
        told("Could not save an invoice, see error log for details"),
        Rejected,
        "Commerce could not save the invoice; its own log says why. Look at the order in Commerce:",
    ),
    (
        "refund",
        400,
        told('We found an invalid quantity to refund item "%1".', ["Hat"]),
        Rejected,
        "More units would be refunded than were invoiced and not yet refunded:",
    ),
    (
        "refund",
        400,
        told(
            MEMO + 'The quantity to creditmemo must not be greater than the unrefunded quantity for product SKU "HAT".'
        ),
        Rejected,
        "More units would be refunded than were invoiced and not yet refunded:",
    ),
    (
        "refund",
        400,
        told(MEMO + "The quantity to refund must not be greater than the unrefunded quantity."),
        Rejected,
        "More units would be refunded than were invoiced and not yet refunded:",
    ),
    (
        "refund",
        400,
        told(MEMO + "The most money available to refund is 0."),
        Rejected,
        "More would be refunded than was paid and not yet refunded. Invoice what was shipped first:",
    ),
    (
        "refund",
        400,
        told(MEMO + "A creditmemo can not be created when an order has a status of closed"),
        Rejected,
        (
            "Commerce makes no credit memo for this order in its present state: a canceled one was never paid, a closed one "
            "is refunded whole, a held one must be released first. Look at it in Commerce:"
        ),
    ),
    (
        "refund",
        400,
        told(MEMO + "The order does not allow a creditmemo to be created."),
        Rejected,
        "Nothing of this order is invoiced and not yet refunded. Invoice what was shipped first:",
    ),
    (
        "refund",
        400,
        told(MEMO + "The credit memo's total must be positive."),
        Rejected,
        "The credit memo would refund nothing. Lower what is kept back, or raise what is refunded:",
    ),
    (
        "refund",
        400,
        told(MEMO + "You can't create a creditmemo without products."),
        Rejected,
        "Nothing of these lines is left to refund in Commerce. Compare the refunded quantities:",
    ),
    (
        "refund",
        400,
        told("Maximum shipping amount allowed to refund is: %1", ["4.57"]),
        Rejected,
        "More shipping would be refunded than was charged and not yet refunded. Lower it:",
    ),
    (
        "refund",
        400,
        told(MEMO + "The return to stock argument contains product item that is not part of the original order."),
        Rejected,
        "An item to be returned to stock is not part of this credit memo. Choose among its items:",
    ),
    (
        "refund",
        400,
        told(MEMO + 'The "HAT" product is not part of the current creditmemo.'),
        Rejected,
        "An item to be returned to stock is not part of this credit memo. Choose among its items:",
    ),
    (
        "refund",
        400,
        told(MEMO + 'The creditmemo contains product SKU "HAT" that is not part of the original order.'),
        Rejected,
        "The Commerce order has other items than we know, as after an edit in its Admin. Look at it:",
    ),
    (
        "refund",
        400,
        told("Could not save a Creditmemo, see error log for details"),
        Rejected,
        "Commerce could not save the credit memo; its own log says why. Look at the order in Commerce:",
    ),
    (
        "comment",
        400,
        told('Unable to add comment: The status "%1" is not part of the order\n status history.', ["pending"]),
        Rejected,
        "The Commerce order changed its status meanwhile. Send the comment again:",
    ),
    ("unhold", 400, told("You cannot remove the hold."), Rejected, "The Commerce order is not on hold."),
    (
        "correct",
        400,
        told('"%fieldName" is not supported. Correct the field name and try again.', {"fieldName": "x"}),
        Rejected,
        "This version of Commerce does not know a field that we send. Please report it:",
    ),
    ("correct", 400, told("Unique constraint violation found"), Rejected, "Commerce refused it:"),
    ("correct", 400, told("Decoding error."), Rejected, "Commerce refused it:"),
    (
        "add_to_cart",
        400,
        told("The requested qty is not available"),
        Postponed,
        "Commerce has not enough of HAT to sell. Add stock, or cancel what cannot be sent.",
    ),
    (
        "add_to_cart",
        404,
        told("The product that was requested doesn't exist. Verify the product and try again."),
        Postponed,
        (
            "Commerce has no product with the SKU HAT. Link it to the product that is meant, create that product, or "
            "correct the SKU of the listing."
        ),
    ),
    (
        "add_to_cart",
        400,
        told("Product that you are trying to add is not available."),
        Postponed,
        (
            "The product HAT is disabled, out of stock or not assigned to the website of this store view. Change that in "
            "Commerce, or cancel what cannot be sent."
        ),
    ),
    (
        "set_shipping",
        400,
        told("Please check the shipping address information. %1", ['"telephone" is required. Enter and try again.']),
        Postponed,
        (
            'Commerce refuses the address because of telephone: Please check the shipping address information. "telephone" '
            "is required. Enter and try again. Correct it here, or make the field optional for the channel's store view; "
            "the order then goes on by itself."
        ),
    ),
    (
        "place",
        404,
        told("No such entity with %fieldName = %fieldValue", {"fieldName": "cartId", "fieldValue": 7}),
        NotFound,
        (
            "Commerce does not know this cart or document; a cart is spent once its order is placed. No such entity with "
            "cartId = 7"
        ),
    ),
    (
        "place",
        400,
        told("The requested Payment Method is not available."),
        Postponed,
        "The shop does not offer the payment method. Activate an offline one for the store view:",
    ),
    ("place", 400, told("The cart is locked for processing. Please try again later."), Ambiguous, BUSY),
    ("create_cart", 400, told("Specified request cannot be processed."), Misconfigured, VIEW),
    (
        "create_cart",
        400,
        told("Operation allowed only in HTTPS"),
        Misconfigured,
        "The shop answers over https only. Enter its address with https://.",
    ),
]


@pytest.mark.parametrize(("write", "status", "body", "kind", "words"), REFUSALS)
def test_what_a_refusal_means_and_what_is_to_be_done(write, status, body, kind, words):
    error = translate(status, {}, body, writes=True, explain=EXPLAINED[write])
    assert type(error) is kind
    assert str(error) in {words, f"{words} {error.said}"}
