"""Who may do what: observed §1.3, §2.7; commerce-api §1. Signatures themselves: test_commerce_signing."""

import base64
import hashlib
import hmac
import time
from urllib.parse import quote

import pytest
from commerce_caller import Caller, authorization, criteria

from channel_simulators.commerce import sandbox
from channel_simulators.commerce.routes import ROUTES
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.commerce.wire.auth import ANONYMOUS, SELF

BEARER = {"Authorization": f"Bearer {sandbox.ACCESS_TOKEN}"}
PATH = "/rest/V1/store/websites"


@pytest.fixture(scope="module")
def running():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def shop(running):
    running.control.set_acl(None)
    running.control.set_integration(active=True)
    running.control.set_options(bearer_allowed=False, parameters="mixed")
    return running


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


def refused(resource):
    message = "The consumer isn't authorized to access %resources."
    return 401, {"message": message, "parameters": {"resources": resource}}


def signed(alice, path=PATH, query="", **changes):
    url = alice.url + path + (f"?{query}" if query else "")
    return alice.send("GET", path, query=query, headers={"Authorization": authorization("GET", url, **changes)})


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if r.resource not in (ANONYMOUS, SELF)], ids=lambda r: f"{r.method} {r.pattern}"
)
def test_every_call_names_the_right_it_lacks(shop, alice, route):
    shop.control.set_acl([])
    path = "/".join("1" if part.startswith("{") else part for part in route.parts)
    assert alice.send(route.method, path, {} if route.method != "GET" else None) == refused(route.resource)


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("GET", "orders", "Magento_Sales::actions_view"),
        ("POST", "orders", "Magento_Sales::api_actions"),
        ("PUT", "orders/create", "Magento_Sales::create"),
        ("POST", "order/1/ship", "Magento_Sales::ship"),
        ("POST", "order/1/invoice", "Magento_Sales::invoice"),
        ("POST", "order/1/refund", "Magento_Sales::creditmemo"),
        ("GET", "creditmemos", "Magento_Sales::sales_creditmemo"),
        ("POST", "invoice/1/refund", "Magento_Sales::sales_invoice"),
        ("POST", "carts", "Magento_Cart::manage"),
        ("GET", "products", "Magento_Catalog::products"),
        ("POST", "products/base-prices-information", "Magento_Catalog::catalog"),
        ("GET", "products/attributes/x", "Magento_Catalog::attributes_attributes"),
        ("GET", "stockItems/x", "Magento_Catalog::catalog_inventory"),
        ("GET", "inventory/source-items", "Magento_InventoryApi::source"),
        ("POST", "inventory/source-items", "Magento_InventoryApi::stock_source_item_assign"),
        ("GET", "inventory/export-stock-salable-qty/website/x", "Magento_InventoryApi::stock"),
        ("GET", "inventory/stock-resolver/website/x", "Magento_InventorySalesApi::stock"),
    ],
)
def test_rights_of_the_calls_that_matter(shop, alice, method, path, resource):
    shop.control.set_acl([])
    assert alice.send(method, path, {} if method != "GET" else None) == refused(resource)


def test_a_right_opens_its_calls_alone(shop, alice):
    shop.control.set_acl(["Magento_Sales::actions_view"])
    assert alice.send("GET", "orders", query=criteria())[0] == 200
    assert alice.send("GET", "creditmemos", query=criteria()) == refused("Magento_Sales::sales_creditmemo")
    assert "Magento_Sales" in alice.get("modules")


def test_a_revoked_token_looks_like_a_missing_right(shop, alice):
    shop.control.set_options(bearer_allowed=True)
    assert alice.send("GET", PATH, headers=BEARER)[0] == 200
    shop.control.set_integration(active=False)
    assert alice.send("GET", PATH) == refused("Magento_Backend::store")
    assert alice.send("GET", PATH, headers=BEARER) == refused("Magento_Backend::store")
    assert alice.send("GET", "modules", headers=BEARER)[0] == 401


@pytest.mark.parametrize("name", ["oauth_token", "oauth_consumer_key"])
def test_foreign_credentials_are_refused(alice, name):
    assert signed(alice, **{name: "x" * 32}) == refused("Magento_Backend::store")


def test_a_wrong_secret_is_told_as_a_wrong_signature(shop, alice):
    shop.control.set_credentials(token_secret="z" * 32)
    try:
        status, body = alice.send("GET", PATH)
    finally:
        shop.control.set_credentials(token_secret=sandbox.TOKEN_SECRET)
    assert (status, body["message"]) == (401, "The signature is invalid. Verify and try again.")


def test_missing_parameters_are_named(alice):
    status, body = signed(alice, oauth_nonce="")
    assert (status, body["parameters"]) == (400, {"fieldName": "oauth_nonce"})
    status, body = signed(alice, oauth_nonce="", oauth_timestamp="")
    assert (status, body["message"]) == (400, "One or more input exceptions have occurred.")
    assert [error["parameters"]["fieldName"] for error in body["errors"]] == ["oauth_nonce", "oauth_timestamp"]


def test_times_and_versions(shop, alice):
    now = int(shop.control.now().timestamp())
    assert signed(alice, oauth_timestamp=str(now + 500))[0] == 200
    assert signed(alice, oauth_timestamp=str(now + 700))[0] == 401
    assert signed(alice, oauth_timestamp="1")[0] == 200
    assert signed(alice, oauth_timestamp="soon")[0] == 401
    assert signed(alice, oauth_version="2.0")[0] == 400
    assert signed(alice, oauth_signature_method="PLAINTEXT")[0] == 400


def test_a_nonce_is_forgotten_after_two_hours(shop, alice):
    assert [signed(alice, oauth_nonce="once")[0] for _ in range(2)] == [200, 401]
    shop.control.advance_clock(3 * 3600)
    assert signed(alice, oauth_nonce="once")[0] == 200


def test_a_refused_signature_does_not_free_the_nonce(alice):
    assert signed(alice, oauth_nonce="spent", signed_path="/rest/V1/other")[0] == 401
    assert signed(alice, oauth_nonce="spent")[1]["message"].startswith("The nonce is already being used")


def test_what_the_server_does_not_sign(alice):
    """A piece without `=`, or with two, is dropped; of a repeated name the last counts (commerce-api §1.2)."""
    assert signed(alice, "/rest/V1/orders", "searchCriteria")[0] == 400  # let in, then the criteria are missing
    assert signed(alice, PATH, "a=b=c")[0] == 200
    assert signed(alice, "/rest/V1/store/storeConfigs", "storeCodes[]=default&storeCodes[]=walmart")[0] == 401


def test_a_forms_body_is_signed(alice):
    """JSON is not."""
    url = alice.url + PATH
    oauth = {
        "oauth_consumer_key": sandbox.CONSUMER_KEY, "oauth_nonce": "form-1", "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())), "oauth_token": sandbox.ACCESS_TOKEN, "oauth_version": "1.0",
    }  # fmt: skip

    def header(parameters, nonce):
        pairs = sorted({**oauth, "oauth_nonce": nonce, **parameters}.items())
        text = "&".join(f"{quote(n, safe='~')}={quote(v, safe='~')}" for n, v in pairs)
        base = "&".join(("POST", quote(url, safe="~"), quote(text, safe="~")))
        key = f"{sandbox.CONSUMER_SECRET}&{sandbox.TOKEN_SECRET}".encode()
        signature = base64.b64encode(hmac.new(key, base.encode(), hashlib.sha256).digest()).decode()
        whole = {**oauth, "oauth_nonce": nonce, "oauth_signature": signature}
        return "OAuth " + ",".join(f'{n}="{quote(v, safe="~")}"' for n, v in whole.items())

    def post(authorization):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": authorization}
        return alice.send("POST", "/rest/V1/carts", b"a=1&b=two%20words", headers=headers)

    url = alice.url + "/rest/V1/carts"
    assert post(header({}, "form-2"))[1]["message"] == "The signature is invalid. Verify and try again."
    status, body = post(header({"a": "1", "b": "two words"}, "form-3"))
    assert (status, body["message"]) == (400, "Server cannot understand Content-Type HTTP header media type %1")


def test_store_codes_in_the_path(alice):
    for prefix in ("/rest/V1", "/rest/default/V1", "/rest/walmart/V1", "/rest/all/V1", "/index.php/rest/all/V1"):
        assert alice.send("GET", f"{prefix}/store/websites")[0] == 200
    assert alice.send("GET", "/rest/nowhere/V1/store/websites")[0] == 400
    assert alice.send("GET", "/rest/V1/nowhere") == (404, {"message": "Request does not match any route."})
    assert alice.send("GET", "/rest/V2/store/websites")[0] == 404
    assert alice.send("DELETE", "store/websites")[0] == 404


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("list", ["Magento_Sales::actions_view"]),
        ("object", {"resources": "Magento_Sales::actions_view"}),
    ],
)
def test_parameters_of_an_error_may_be_a_list_or_an_object(shop, alice, shape, expected):
    shop.control.set_acl([])
    shop.control.set_options(parameters=shape)
    assert alice.send("GET", "orders", query=criteria())[1]["parameters"] == expected


def test_saving_an_order_needs_another_right_in_another_release(shop, alice):
    shop.control.set_acl([])
    shop.control.set_options(order_save_right="Magento_Sales::create")
    try:
        assert alice.send("POST", "orders", {"entity": {}}) == refused("Magento_Sales::create")
    finally:
        shop.control.set_options(order_save_right="")
    assert alice.send("POST", "orders", {"entity": {}}) == refused("Magento_Sales::api_actions")
