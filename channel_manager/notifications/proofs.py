"""Whether a caller knows the secret of an address. Right, wrong and unknown addresses cost the same work."""

import base64
import binascii
import hashlib
import hmac
from functools import cache

from channel_manager.notifications import addresses
from channel_manager.notifications.models import Hook
from channel_manager.ports.messages import Platform


def hook_at(key: str, platform: Platform) -> Hook | None:
    """With its store. PostgreSQL refuses to be asked for the character NUL."""
    return Hook.objects.select_related("store").filter(key=key.replace("\x00", ""), platform=platform).first()


def proves(hook: Hook | None, authorization: str, parameter: str = "") -> bool:
    """By the header, Basic with user and password or Bearer with the password alone, or by a parameter of the address
    for callers that cannot set a header. Raises SecretsError.
    """
    known = addresses.opened(bytes(hook.secret) if hook else _decoy())
    basic = _same(_basic(authorization), f"{known['user']}:{known['password']}")
    alone = _same(_bearer(authorization) or parameter, known["password"])
    return hook is not None and (basic or alone)


def _basic(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _same(given: str, right: str) -> bool:
    """Digests have one length, so that not even that of the secret is told."""
    return hmac.compare_digest(_digest(given), _digest(right))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


@cache
def _decoy() -> bytes:
    """A secret that nobody knows."""
    return addresses.sealed(Platform.MARKETPLACE)
