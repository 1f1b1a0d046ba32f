"""Who looks at the pages: everybody has signed in at the moment of the pictures."""

import time_machine
from django.conf import settings
from django.test import Client

from channel_manager.accounts.models import User
from screens.moments import NOW

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in() -> dict[str, str]:
    """Session keys by name."""
    with time_machine.travel(NOW, tick=False):
        return {person.username: _session(person) for person in User.objects.all()}


def _session(person: User) -> str:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
