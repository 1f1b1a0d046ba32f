"""Alice operates a store, Bob looks at it, Carol owns it, Mallory belongs to another."""

import pytest
from django.test import Client

from channel_manager.accounts.models import Role
from tests import factories


@pytest.fixture
def store(db):
    return factories.store("Brand A")


@pytest.fixture
def alice(store):
    return factories.user("alice", store=store)


@pytest.fixture
def bob(store):
    return factories.user("bob", store=store, role=Role.VIEWER)


@pytest.fixture
def carol(store):
    return factories.user("carol", store=store, role=Role.OWNER)


@pytest.fixture
def mallory(db):
    return factories.user("mallory", store=factories.store("Brand M"), role=Role.OWNER)


@pytest.fixture
def signed_in():
    """A browser in which a person has signed in."""

    def sign_in(person, **options):
        client = Client(**options)
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)
