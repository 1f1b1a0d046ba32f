"""Other people's client packages, their code untouched, at simulators of their own.

They are installed beside the development packages (requirements/strangers.in) and found last, so that they change nothing
for other tests. A package that cannot be imported here skips its tests and says so.
"""

import os
import sys
import uuid
from pathlib import Path

import pytest

from channel_simulators.commerce import sandbox
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer

MARKETPLACE = "https://marketplace.walmartapis.com"
sys.path.append(str(Path(sys.prefix) / "strangers"))


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch):
    """These packages read proxies, tokens and addresses from the environment."""
    for name in [
        name for name in os.environ if name.lower().endswith("_proxy") or name.startswith(("MAGENTO", "PYMAG"))
    ]:
        monkeypatch.delenv(name)


@pytest.fixture
def marketplace(monkeypatch):
    """Walmart's simulator; whatever goes to the hard-coded host through `requests` arrives there."""
    adapters = pytest.importorskip("requests.adapters")
    ordinary = adapters.HTTPAdapter.send
    with WalmartServer() as server:

        def redirected(self, request, *arguments, **more):
            assert request.url.startswith(MARKETPLACE)
            request.url = request.url.replace(MARKETPLACE, server.url, 1)
            return ordinary(self, request, *arguments, **more)

        monkeypatch.setattr(adapters.HTTPAdapter, "send", redirected)
        yield server


@pytest.fixture
def shop():
    """The Commerce simulator with what most such clients count on: integration tokens as plain Bearer (commerce-api §1.1)."""
    with CommerceServer() as server:
        server.control.set_options(bearer_allowed=True)
        yield server


@pytest.fixture
def token():
    return sandbox.ACCESS_TOKEN


@pytest.fixture
def correlation():
    return str(uuid.uuid4())
