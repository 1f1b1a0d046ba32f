"""Two simulators a test, a fresh world a test."""

import pytest
from world import World

from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer


@pytest.fixture
def world(transactional_db):
    with WalmartServer() as walmart, CommerceServer() as commerce:
        yield World(walmart, commerce)
