import time
from urllib.parse import urlsplit

import pytest
from commerce_caller import Caller, authorization, criteria

from channel_simulators.commerce import sandbox
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.commerce.wire import signature


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


REFUSED = {
    "message": "The consumer isn't authorized to access %resources.",
    "parameters": {"resources": "Magento_Sales::actions_view"},
}
FILTER = "searchCriteria%5BfilterGroups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5B"
POLL = (
    f"https://shop.example.com/rest/default/V1/orders?{FILTER}field%5D=updated_at&{FILTER}conditionType%5D=gteq"
    f"&{FILTER}value%5D=2026-01-02%2003%3A04%3A05&searchCriteria%5BpageSize%5D=50"
)


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        (
            "POST",
            "https://shop.example.com/rest/default/V1/order/12/ship",
            "zZ/sj+Kz2STQtNUb95+PC5oaUG9+jX3s9sNeuxWqcvg=",
        ),
        (
            "GET",
            POLL,
            "WJGU814Ml9VyiQTWkn6mH3BDQtFx/d7yDWLfzA6oxpM=",
        ),
        (
            "GET",
            "https://shop.example.com/rest/V1/inventory/are-products-salable?"
            + "&".join(f"skus[{n}]=S{n}" for n in range(12))
            + "&stockId=1",
            "Lp6sIAR1fiFH3YGARE+AKo4X4O4akOngSOMZZqXNKjU=",
        ),
        (
            "GET",
            "https://shop.example.com/rest/all/V1/products/A%2BB%2FC%20(1)",
            "40XtGjccciISWFAoUI4gWFFL70zuTaPyNpr0kvluHFM=",
        ),
    ],
)
def test_signature_vectors(method, url, expected):
    parts = urlsplit(url)
    oauth = {
        "oauth_consumer_key": "ck1",
        "oauth_nonce": "abcdef0123456789",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": "1700000000",
        "oauth_token": "tk3",
        "oauth_version": "1.0",
    }
    signed = signature.sign(
        method=method,
        url=signature.normalised_url(parts.scheme, parts.netloc, parts.path),
        parameters=oauth | signature.query_parameters(parts.query),
        consumer_secret="cs2",
        token_secret="ts4",
    )
    assert signed == expected


def test_sandbox_credentials_are_32_characters():
    values = (sandbox.CONSUMER_KEY, sandbox.CONSUMER_SECRET, sandbox.ACCESS_TOKEN, sandbox.TOKEN_SECRET)
    assert [len(value) for value in values] == [32] * 4


def signed(alice, path, query="", **more):
    url = alice.url + path + (f"?{query}" if query else "")
    return alice.send("GET", path, query=query, headers={"Authorization": authorization("GET", url, **more)})


def test_byte_sorted_parameters_fail_from_index_ten_on(alice):
    nine = "&".join(f"storeCodes%5B{n}%5D=default" for n in range(10))
    ten = "&".join(f"storeCodes%5B{n}%5D=default" for n in range(11))
    assert signed(alice, "/rest/V1/store/storeConfigs", nine)[0] == 200
    status, body = signed(alice, "/rest/V1/store/storeConfigs", ten)
    assert (status, body["message"]) == (401, "The signature is invalid. Verify and try again.")


def test_the_normalised_path_is_what_counts(alice):
    sent = "/rest/walmart/V1/products/CAP%2FBLK%201"
    assert signed(alice, sent)[0] == 401
    status, product = signed(alice, sent, signed_path="/rest/walmart/V1/products/CAP/BLK%201")
    assert (status, product["sku"]) == (200, "CAP/BLK 1")


def test_nonce_is_good_once_and_the_future_is_bounded(alice):
    path = "/rest/V1/store/websites"
    assert signed(alice, path, oauth_nonce="same")[0] == 200
    status, body = signed(alice, path, oauth_nonce="same")
    assert (status, body["message"]) == (401, "The nonce is already being used by the consumer with ID %1.")
    assert signed(alice, path, oauth_timestamp=str(int(time.time()) + 700))[0] == 401
    assert signed(alice, path, oauth_timestamp="1000000000")[0] == 200


def test_only_hmac_sha256_is_known(alice):
    assert signed(alice, "/rest/V1/store/websites", oauth_signature_method="HMAC-SHA1")[0] == 400


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": f"Bearer {sandbox.ACCESS_TOKEN}"}]
)
def test_bad_missing_and_not_allowed_tokens_look_the_same(alice, header):
    headers = {"Accept": "application/json", **header}
    assert alice.send("GET", "orders", query="searchCriteria=all", headers=headers) == (401, REFUSED)


def test_bearer_works_where_the_shop_allows_it(shop, alice):
    shop.control.set_options(bearer_allowed=True)
    headers = {"Authorization": f"Bearer {sandbox.ACCESS_TOKEN}"}
    assert alice.send("GET", "orders", query="searchCriteria=all", headers=headers)[0] == 200


def test_a_missing_right_names_its_resource_and_modules_answer_all_the_same(shop, alice):
    shop.control.set_acl(["Magento_Cart::manage"])
    assert alice.send("GET", "orders", query=criteria()) == (401, REFUSED)
    assert "Magento_InventorySalesApi" in alice.get("modules")
    assert isinstance(alice.post("carts"), int)
