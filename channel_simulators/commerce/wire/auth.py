"""Who calls: an integration with its OAuth signature or, where the shop allows it, its bare token (commerce-api §1)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from channel_simulators.commerce.store.entities import Integration
from channel_simulators.commerce.store.state import State
from channel_simulators.commerce.wire import signature
from channel_simulators.commerce.wire.errors import ApiError, required, unauthorized

CLOCK_TOLERANCE = 600  # seconds into the future; there is no lower bound
NONCE_LIFE = 120 * 60  # seconds
_REQUIRED = ("oauth_consumer_key", "oauth_signature", "oauth_signature_method", "oauth_nonce", "oauth_timestamp")

ANONYMOUS = "anonymous"  # open to everybody
SELF = "self"  # open to any valid token


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The parts of a request that authorisation looks at."""

    method: str
    scheme: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class Nonces:
    used: dict[str, float] = field(default_factory=dict)

    def spend(self, nonce: str, now: float) -> bool:
        """False if it was used before."""
        while self.used and next(iter(self.used.values())) < now - NONCE_LIFE:  # oldest first
            del self.used[next(iter(self.used))]
        if nonce in self.used:
            return False
        self.used[nonce] = now
        return True


def authorize(state: State, nonces: Nonces, credentials: Credentials, resource: str, now: float) -> None:
    """Let the request pass or raise the shop's 401/400; a missing right and a bad token look the same."""
    if resource == ANONYMOUS or _is_admin(state, credentials, now):
        return
    integration = state.integration
    if not _is_known(state, nonces, credentials, resource, now):
        raise unauthorized(resource)
    allowed = integration.resources is None or resource in integration.resources
    if resource != SELF and not allowed:
        raise unauthorized(resource)


def _is_admin(state: State, credentials: Credentials, now: float) -> bool:
    """The sandbox's one Admin user has every right."""
    kind, _, token = credentials.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and state.admin_tokens.get(token.strip(), 0) > now


def _is_known(state: State, nonces: Nonces, credentials: Credentials, resource: str, now: float) -> bool:
    header = credentials.headers.get("Authorization", "")
    kind, _, rest = header.partition(" ")
    if kind.lower() == "bearer":
        right = hmac.compare_digest(rest.strip().encode(), state.integration.access_token.encode())
        return right and state.options.bearer_allowed and state.integration.active
    if kind.lower() == "oauth":
        _verify(state.integration, nonces, credentials, resource, now)
        return True
    return False


def _verify(integration: Integration, nonces: Nonces, credentials: Credentials, resource: str, now: float) -> None:
    oauth = signature.header_parameters(credentials.headers["Authorization"])
    _check_form(oauth)
    given = (oauth["oauth_consumer_key"], oauth["oauth_token"])
    if given != (integration.consumer_key, integration.access_token) or not integration.active:
        raise unauthorized(resource)  # observed §2.7
    timestamp = oauth["oauth_timestamp"]
    if not timestamp.isdigit() or int(timestamp) > now + CLOCK_TOLERANCE:
        raise ApiError(401, "The oauth_timestamp value is invalid or too far in the future.")
    if not nonces.spend(oauth["oauth_nonce"], now):
        raise ApiError(401, "The nonce is already being used by the consumer with ID %1.", ["1"])
    if not hmac.compare_digest(_expected(integration, credentials, oauth).encode(), oauth["oauth_signature"].encode()):
        raise ApiError(401, "The signature is invalid. Verify and try again.")


def _check_form(oauth: dict[str, str]) -> None:
    missing = [name for name in (*_REQUIRED, "oauth_token") if not oauth.get(name)]
    if missing:
        raise required(*missing)
    if oauth["oauth_signature_method"] != "HMAC-SHA256":
        raise ApiError(400, 'The "%1" signature method isn\'t supported.', [oauth["oauth_signature_method"]])
    if oauth.get("oauth_version", "1.0") != "1.0":
        raise ApiError(400, 'The "%1" Oauth version isn\'t supported.', [oauth["oauth_version"]])


def _expected(integration: Integration, credentials: Credentials, oauth: dict[str, str]) -> str:
    signed = {name: value for name, value in oauth.items() if name.startswith("oauth_") and name != "oauth_signature"}
    scheme = credentials.headers.get("X-Forwarded-Proto", credentials.scheme)
    sent = signature.query_parameters(credentials.raw_query) | _form(credentials)
    return signature.sign(
        method=credentials.method,
        url=signature.normalised_url(scheme, credentials.headers.get("Host", ""), credentials.raw_path),
        parameters=signed | sent,
        consumer_secret=integration.consumer_secret,
        token_secret=integration.token_secret,
    )


def _form(credentials: Credentials) -> dict[str, str]:
    """The parameters of a form's body are signed like those of the query; a JSON body is not (commerce-api §1.2)."""
    kind = credentials.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    return signature.query_parameters(credentials.body.decode(errors="replace"))
