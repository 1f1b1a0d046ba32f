import pytest
from commerce_caller import Caller

from channel_simulators.commerce import sandbox
from channel_simulators.commerce.server import CommerceServer

TOKEN = "/rest/V1/integration/admin/token"
ADMIN = {"username": sandbox.ADMIN_USER, "password": sandbox.ADMIN_PASSWORD}


@pytest.fixture
def shop():
    with CommerceServer() as server:
        server.control.set_options(second_factor=False)
        yield server


@pytest.fixture
def caller(shop):
    return Caller(shop.url)


def sign_in(caller, **changes):
    return caller.send("POST", TOKEN, {**ADMIN, **changes}, headers={"Accept": "application/json"})


def websites(caller, token):
    return caller.send("GET", "store/websites", headers={"Authorization": f"Bearer {token}"})[0]


def test_an_admin_users_token_opens_the_shop_though_integrations_have_to_sign(shop, caller):
    shop.control.set_acl([])
    status, token = sign_in(caller)
    assert (status, websites(caller, token), websites(caller, f"{token}x")) == (200, 200, 401)


def test_it_ends(shop, caller):
    shop.control.set_options(admin_token_life=60)
    _, token = sign_in(caller)
    shop.control.advance_clock(59)
    assert websites(caller, token) == 200
    shop.control.advance_clock(2)
    assert websites(caller, token) == 401


def test_the_second_factor_refuses_right_credentials(shop, caller):
    shop.control.set_options(second_factor=True)
    message = "Please use the 2fa provider-specific endpoints to obtain a token."
    assert sign_in(caller) == (400, {"message": message, "parameters": {"active_providers": ["google"]}})
    assert sign_in(caller, password="wrong")[0] == 401


def test_wrong_and_missing_credentials(caller):
    status, body = sign_in(caller, password="wrong")
    assert (status, body["message"][:30]) == (401, "The account sign-in was incorr")
    required = '"%fieldName" is required. Enter and try again.'
    assert sign_in(caller, username="") == (400, {"message": required, "parameters": {"fieldName": "username"}})
