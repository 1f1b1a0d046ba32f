"""The toy platforms and the two simulators, for the tests that fail when one mechanism is missing."""

import pytest

from channel_manager.sync.lanes import limits
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer
from tests.contexts import sync_toys
from tests.scenarios.world import World


@pytest.fixture
def toys(transactional_db):
    """A confirmed store with two toy platforms and nothing to do."""
    sync_toys.forget_jobs()
    limits._told.clear()
    return sync_toys.World(sync_toys.make_store())


@pytest.fixture
def world(transactional_db):
    """A store between the two simulators, over real HTTP."""
    limits._told.clear()
    with WalmartServer() as walmart, CommerceServer() as commerce:
        yield World(walmart, commerce)
