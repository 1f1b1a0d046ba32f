"""OAuth 1.0a as the shop verifies it: the vectors of commerce-api §1.2 and the rules behind them."""

import re
from urllib.parse import unquote

import pytest

from channel_manager.connectors.adobe_commerce.auth import (
    Bearer,
    OAuth,
    base_string,
    from_credentials,
    natural,
    normalised_path,
)
from channel_manager.shared.errors import Misconfigured

KEYS = {"consumer_key": "ck1", "consumer_secret": "cs2", "access_token": "tk3", "access_token_secret": "ts4"}
SHOP = "https://shop.example.com"
FILTER = "searchCriteria%5BfilterGroups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5B"
CHANGED_ORDERS = (
    f"{SHOP}/rest/default/V1/orders?{FILTER}field%5D=updated_at&{FILTER}conditionType%5D=gteq"
    f"&{FILTER}value%5D=2026-01-02%2003%3A04%3A05&searchCriteria%5BpageSize%5D=50"
)
SALABLE = (
    f"{SHOP}/rest/V1/inventory/are-products-salable?"
    + "&".join(f"skus%5B{n}%5D=S{n}" for n in range(12))
    + "&stockId=1"
)


def signature(method, url):
    header = OAuth(**KEYS).signed(method, url, nonce="abcdef0123456789", timestamp="1700000000")
    return re.search(r'oauth_signature="([^"]+)"', header)[1]


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("POST", f"{SHOP}/rest/default/V1/order/12/ship", "zZ/sj+Kz2STQtNUb95+PC5oaUG9+jX3s9sNeuxWqcvg="),
        ("GET", CHANGED_ORDERS, "WJGU814Ml9VyiQTWkn6mH3BDQtFx/d7yDWLfzA6oxpM="),
        ("GET", SALABLE, "Lp6sIAR1fiFH3YGARE+AKo4X4O4akOngSOMZZqXNKjU="),
        ("GET", f"{SHOP}/rest/all/V1/products/A%2BB%2FC%20(1)", "40XtGjccciISWFAoUI4gWFFL70zuTaPyNpr0kvluHFM="),
    ],
)
def test_signatures_are_those_the_server_computes(method, url, expected):
    assert unquote(signature(method, url)) == expected


def test_names_sort_by_number_and_not_by_bytes():
    names = [f"skus%5B{n}%5D" for n in (10, 2, 1, 11)]
    assert sorted(names, key=natural) == [f"skus%5B{n}%5D" for n in (1, 2, 10, 11)]


def test_a_digit_and_another_character_compare_by_bytes():
    assert sorted(["a1", "a%5B", "ab", "a"], key=natural) == ["a", "a%5B", "a1", "ab"]


@pytest.mark.parametrize(
    ("sent", "signed"),
    [
        ("/rest/V1/products/CAP%2FBLK%201", "/rest/V1/products/CAP/BLK%201"),
        ("/rest/V1/products/A%2BB%2FC%20%281%29", "/rest/V1/products/A+B/C%20%281%29"),
        ("/rest/V1/products/(1)", "/rest/V1/products/%281%29"),
        ("/rest/V1/products/caf%c3%a9", "/rest/V1/products/caf%C3%A9"),
        ("/rest/V1/products/50%25", "/rest/V1/products/50%25"),
        ("/rest/V1/orders", "/rest/V1/orders"),
    ],
)
def test_paths_are_signed_as_the_server_rewrites_them(sent, signed):
    assert normalised_path(sent) == signed


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("HTTPS://Shop.Example.com:443/a", "https%3A%2F%2Fshop.example.com%2Fa"),
        ("http://shop.example.com:80/a", "http%3A%2F%2Fshop.example.com%2Fa"),
        ("http://127.0.0.1:8081/a", "http%3A%2F%2F127.0.0.1%3A8081%2Fa"),
        ("https://user@shop.example.com/a", "https%3A%2F%2Fshop.example.com%2Fa"),
    ],
)
def test_scheme_and_host_are_lower_case_and_a_default_port_is_dropped(url, host):
    assert base_string("get", url, {}).split("&")[:2] == ["GET", host]


def test_a_query_piece_without_a_value_is_not_signed():
    assert base_string("GET", f"{SHOP}/a?searchCriteria&b=1&c=2=3", {}).split("&")[2] == "b%3D1"


def test_every_attempt_has_its_own_nonce():
    signer = OAuth(**KEYS)
    nonces = {re.search(r'oauth_nonce="(\w+)"', signer.header("GET", SHOP))[1] for _ in range(50)}
    assert len(nonces) == 50


def test_a_token_alone_is_a_bearer_token():
    assert from_credentials("tk3") == Bearer("tk3")
    assert from_credentials({"access_token": " tk3\n", "consumer_key": ""}).header("GET", SHOP) == "Bearer tk3"


def test_pasted_blanks_around_keys_do_not_matter():
    assert from_credentials({name: f" {value}\n" for name, value in KEYS.items()}) == OAuth(**KEYS)


def test_missing_keys_are_named():
    with pytest.raises(Misconfigured) as refused:
        from_credentials({**KEYS, "consumer_secret": "", "access_token_secret": ""})
    assert refused.value.sentence.values == {"missing": "consumer_secret, access_token_secret"}
    assert refused.value.field == "consumer_secret"
