"""`POST /v3/token` and `GET /v3/token/detail` (walmart-api §1.2 to §1.5)."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from channel_simulators.walmart.gateway.answers import answer
from channel_simulators.walmart.gateway.errors import Refusal, gateway, unauthorized
from channel_simulators.walmart.gateway.gate import ACCOUNT, GRANT
from channel_simulators.walmart.state import Account
from channel_simulators.walmart.world import WORLD, World

GRANTS = {"authorization_code": ("code", "redirect_uri"), "refresh_token": ("refresh_token",)}
"""The grants of solution providers, with what they need (walmart-api §1.2)."""


async def token(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    account = _account(request, world)
    form = parse_qs((await request.read()).decode(errors="replace"))
    if request.content_type != "application/x-www-form-urlencoded":
        raise gateway(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported")
    _check_grant(form, request)
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
        "scopes": request[ACCOUNT].scopes,
    }
    match = request.app[WORLD].state.options.channel_match
    if match is not None:
        body["is_channel_match"] = match
    return answer(request, body, root="tokenDetail")


def _check_grant(form: dict[str, list[str]], request: web.Request) -> None:
    """A seller's own keys are no solution provider's: its grants are known here, and refused as OAuth 2.0 says it."""
    grant = form.get("grant_type", [""])[-1]
    if grant == "client_credentials":
        return
    if grant not in GRANTS:
        raise _oauth(400, "unsupported_grant_type", "The grant type is not supported")
    missing = [name for name in GRANTS[grant] if not form.get(name)]
    if not request.headers.get("WM_PARTNER.ID"):
        missing.append("WM_PARTNER.ID")
    if missing:
        raise _oauth(400, "invalid_request", f"Missing: {', '.join(missing)}")
    raise _oauth(400, "unauthorized_client", "The client is not authorized to use this grant type")


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
    shape = world.state.options.bad_credentials_shape
    if shape == "oauth":
        return _oauth(401, "invalid_client", "client authentication failed")
    if shape == "header":
        return gateway(400, "INVALID_REQUEST_HEADER", "Invalid Authorization header")
    return unauthorized()


def _oauth(status: int, error: str, description: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})
