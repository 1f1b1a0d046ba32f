"""Where platforms call, and with what: the address holds a part that cannot be guessed, the secret is sealed."""

import secrets
from datetime import datetime

from django.conf import settings

from channel_manager.notifications.models import Hook
from channel_manager.ports.messages import Platform
from channel_manager.ports.notifications import Receiver
from channel_manager.shared.secrets import Box
from channel_manager.stores.models import Store

PATH = "hooks"


def base() -> str:
    """The public address of this installation without a slash at its end; empty when none is set."""
    return str(settings.PUBLIC_URL)


def of(hook: Hook) -> str:
    return f"{base()}/{PATH}/{hook.key}/{hook.platform}"


def make(store: Store, platform: Platform) -> Hook:
    """A new address with a new secret."""
    return Hook.objects.create(store=store, platform=platform, key=secrets.token_urlsafe(24), secret=sealed(platform))


def in_use(store_id: int, platform: Platform) -> Hook | None:
    return Hook.objects.filter(store=store_id, platform=platform, retired_at=None).first()


def retire(store: Store, platform: Platform, at: datetime) -> None:
    Hook.objects.filter(store=store, platform=platform, retired_at=None).update(retired_at=at)


def receiver(hook: Hook) -> Receiver:
    """Raises SecretsError when the key file is not the one that its secret was sealed with."""
    secret = opened(bytes(hook.secret))
    return Receiver(url=of(hook), user=secret["user"], password=secret["password"])


def sealed(platform: Platform) -> bytes:
    """A new secret. People type the shop's, so the name in it is a word."""
    user = platform.value if platform is Platform.COMMERCE else secrets.token_hex(8)
    return _box().seal({"user": user, "password": secrets.token_urlsafe(32)})


def opened(sealed_secret: bytes) -> dict[str, str]:
    """Its user and password. Raises SecretsError."""
    return _box().open(sealed_secret)


def _box() -> Box:
    return Box(settings.CREDENTIAL_KEYS)
