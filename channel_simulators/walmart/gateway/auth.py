"""`POST /v3/token` and `GET /v3/token/detail` (walmart-api §1.2 to §1.5)."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from channel_simulators.walmart.gateway.answers import answer
from channel_simulators.walmart.gateway.errors import Refusal, gateway, unauthorized
from channel_simulators.walmart.gateway.gate import GRANT
from channel_simulators.walmart.state import Account
from channel_simulators.walmart.world import WORLD, World

SCOPES = {
    "reports": "view_only",
    "item": "full_access",
    "price": "full_access",
    "lagtime": "view_only",
    "feeds": "full_access",
    "returns": "full_access",
    "orders": "full_access",
    "rules": "view_only",
    "inventory": "full_access",
    "content": "view_only",
    "shipping": "no_access",
}


async def token(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    account = _account(request, world)
    form = parse_qs((await request.read()).decode(errors="replace"))
    if request.content_type != "application/x-www-form-urlencoded":
        raise gateway(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported")
    if form.get("grant_type") != ["client_credentials"]:
        raise _oauth(400, "unsupported_grant_type", "The grant type is not supported")
    options = world.state.options
    value = world.tokens.issue(account.partner_id, options, world.now())
    if "application/json" in request.headers.get("Accept", ""):
        return answer(request, {"access_token": value, "token_type": "Bearer", "expires_in": options.token_life})
    body = {"accessToken": value, "tokenType": "Bearer", "expiresIn": options.token_life}
    return answer(request, body, root="OAuthTokenDTO")


async def detail(request: web.Request) -> web.Response:
    grant = request[GRANT]
    body: dict[str, Any] = {
        "expire_at": str(grant.expires_at),
        "issued_at": str(grant.issued_at),
        "is_valid": True,
        "is_channel_match": True,
        "scopes": SCOPES,
    }
    return answer(request, body, root="tokenDetail")


def _account(request: web.Request, world: World) -> Account:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _bad_credentials(world) from None
    account = world.account(client_id)
    if scheme != "Basic" or account is None or account.client_secret != secret:
        raise _bad_credentials(world)
    return account


def _bad_credentials(world: World) -> Refusal:
    if world.state.options.bad_credentials_shape == "oauth":
        return _oauth(401, "invalid_client", "client authentication failed")
    return unauthorized()


def _oauth(status: int, error: str, description: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})
