"""What the tests of the contexts begin with."""

import pytest
import sync_toys

from channel_manager.sync.lanes import limits


@pytest.fixture
def world(transactional_db):
    """A confirmed store with two toy platforms and nothing to do."""
    sync_toys.forget_jobs()
    limits._told.clear()
    sync_toys.Unapplied.broken = True
    return sync_toys.World(sync_toys.make_store())
