"""Credentials of a store: sealed at rest, opened only to build a client, never shown again."""

from django.conf import settings

from channel_manager.shared.secrets import Box
from channel_manager.stores.models import Store


def seal(credentials: dict[str, str]) -> bytes:
    return Box(settings.CREDENTIAL_KEYS).seal(credentials)


def marketplace_credentials(store: Store) -> dict[str, str]:
    """Raises SecretsError when the key file is not the one they were sealed with."""
    return Box(settings.CREDENTIAL_KEYS).open(bytes(store.marketplace_credentials))


def commerce_credentials(store: Store) -> dict[str, str]:
    """Raises SecretsError when the key file is not the one they were sealed with."""
    return Box(settings.CREDENTIAL_KEYS).open(bytes(store.commerce_credentials))
