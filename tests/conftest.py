"""For every test: in which order."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Slow ones begin before others, so that at the end no core waits for one of them. pytest-django afterwards puts
    tests that commit behind those that roll back, and keeps this order among each.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
