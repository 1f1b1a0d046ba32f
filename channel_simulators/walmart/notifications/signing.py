"""How a delivery proves where it comes from (walmart-api §6.3)."""

import base64
import hashlib
import hmac

import aiohttp

DEFAULT_HEADER = "Authorization"


async def headers(
    session: aiohttp.ClientSession, auth: dict[str, str] | None, body: bytes, *, hmac_encoding: str
) -> dict[str, str]:
    """Raise aiohttp.ClientError or ValueError when the seller's token address gives no token."""
    if not auth:
        return {}
    name = auth.get("authHeaderName") or DEFAULT_HEADER
    if auth["authMethod"] == "BASIC_AUTH":
        return {name: "Basic " + _base64(f"{auth['userName']}:{auth['password']}".encode())}
    if auth["authMethod"] == "HMAC":
        digest = hmac.digest(auth["clientSecret"].encode(), body, hashlib.sha256)
        return {name: digest.hex() if hmac_encoding == "hex" else _base64(digest)}
    return {name: "Bearer " + await _token(session, auth)}


async def _token(session: aiohttp.ClientSession, auth: dict[str, str]) -> str:
    """The credentials go in the form; a header with them is not documented."""
    form = {
        "grant_type": "client_credentials",
        "client_id": auth["clientId"],
        "client_secret": auth["clientSecret"],
    }
    async with session.post(auth["authUrl"], data=form, allow_redirects=False) as response:
        response.raise_for_status()
        answer = await response.json(content_type=None)
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not token:
        raise ValueError("The authUrl gave no access_token.")
    return str(token)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
