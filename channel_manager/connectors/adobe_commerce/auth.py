"""Who we are to the shop: OAuth 1.0a with HMAC-SHA256 as the server verifies it (commerce-api §1.2), or Bearer."""

import base64
import hashlib
import hmac
import re
import secrets
import string
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from channel_manager.shared.errors import Misconfigured
from channel_manager.shared.sentences import say

OAUTH_KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
METHOD = "HMAC-SHA256"

_LITERAL_IN_PATH = string.ascii_letters + string.digits + "_-.~:@&=+$,/;%"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_TO_ESCAPE = re.compile(rf"[^{re.escape(_LITERAL_IN_PATH)}]+|%(?![0-9A-Fa-f]{{2}})")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Authorization(Protocol):
    @property
    def bearer(self) -> bool: ...

    def header(self, method: str, url: str, *, as_sent: bool = False) -> str:
        """The Authorization header of one attempt. `url` is the address as the server sees it.

        `as_sent` signs the path without normalising it, as shops before 2.4.6 verify it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Bearer:
    token: str
    bearer: bool = True

    def header(self, method: str, url: str, *, as_sent: bool = False) -> str:
        return f"Bearer {self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str
    bearer: bool = False

    def header(self, method: str, url: str, *, as_sent: bool = False) -> str:
        return self.signed(
            method, url, nonce=secrets.token_hex(16), timestamp=str(int(time.time())), normalise=not as_sent
        )

    def signed(self, method: str, url: str, *, nonce: str, timestamp: str, normalise: bool = True) -> str:
        """Every attempt needs its own nonce: the server keeps each for two hours."""
        parameters = {
            "oauth_consumer_key": self.consumer_key,
            "oauth_nonce": nonce,
            "oauth_signature_method": METHOD,
            "oauth_timestamp": timestamp,
            "oauth_token": self.access_token,
            "oauth_version": "1.0",
        }
        base = base_string(method, url, parameters, normalise=normalise)
        signature = sign(base, self.consumer_secret, self.access_token_secret)
        return "OAuth " + ",".join(
            f'{name}="{encoded(value)}"' for name, value in {**parameters, "oauth_signature": signature}.items()
        )


def from_credentials(credentials: Mapping[str, str] | str) -> Authorization:
    """OAuth from the four keys of an integration; Bearer from a bare token or from `access_token` alone.

    Raises Misconfigured naming the keys that are missing.
    """
    if isinstance(credentials, str):
        credentials = {"access_token": credentials}
    given = {name: str(value).strip() for name, value in credentials.items() if value and str(value).strip()}
    bearer = given.get("bearer_token") or given.get("access_token")
    if bearer and not any(given.get(name) for name in OAUTH_KEYS if name != "access_token"):
        return Bearer(bearer)
    missing = [name for name in OAUTH_KEYS if name not in given]
    if missing:
        raise Misconfigured(
            say(
                "The Commerce credentials are incomplete: %(missing)s. Copy all four keys from System › Integrations.",
                missing=", ".join(missing),
            ),
            side="Commerce",
            field=missing[0],
        )
    return OAuth(
        consumer_key=given["consumer_key"],
        consumer_secret=given["consumer_secret"],
        access_token=given["access_token"],
        access_token_secret=given["access_token_secret"],
    )


def sign(base: str, consumer_secret: str, token_secret: str) -> str:
    key = f"{encoded(consumer_secret)}&{encoded(token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()


def base_string(method: str, url: str, parameters: Mapping[str, str], *, normalise: bool = True) -> str:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(_DEFAULT_PORTS.get(scheme, ":"))
    path = normalised_path(parts.path) if normalise else parts.path
    pairs = {encoded(name): encoded(value) for name, value in (*_query(parts.query), *parameters.items())}
    joined = "&".join(f"{name}={pairs[name]}" for name in sorted(pairs, key=natural))
    return "&".join((method.upper(), encoded(f"{scheme}://{host}{path}"), encoded(joined)))


def _query(query: str) -> Iterator[tuple[str, str]]:
    """The pieces that the server signs: a piece without `=`, or with two, is not among them."""
    for piece in query.split("&"):
        name, *values = piece.split("=")
        if len(values) == 1 and "oauth_" not in name:
            yield unquote(name), unquote(values[0])


def natural(name: str) -> list[tuple[int, int]]:
    """Sort key of PHP's strnatcmp on an encoded name: runs of digits compare as numbers, the rest by bytes."""
    return [
        (ord("0"), int(piece)) if piece.isdigit() else (ord(piece), 0) for piece in re.findall(r"\d+|.", name, re.ASCII)
    ]


def normalised_path(path: str) -> str:
    """The path as Laminas Uri rewrites it before the server computes the signature (since 2.4.6)."""

    def literal(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _LITERAL_IN_PATH else match[0].upper()

    return _TO_ESCAPE.sub(lambda match: encoded(match[0]), _ESCAPE.sub(literal, path))


def encoded(text: str) -> str:
    """RFC 3986: everything but letters, digits and `-._~`."""
    return quote(text, safe="-._~")
