"""Two simulators a test, a fresh world a test, and every exchange held against the published contracts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from world import World

from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer

CHECK = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "check.py"


@pytest.fixture
def world(transactional_db):
    with WalmartServer() as walmart, CommerceServer() as commerce:
        yield World(walmart, commerce)


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory):
    """The simulators write what passes over the wire; afterwards none of it may break the platforms' contracts."""
    if not CHECK.exists():
        yield None
        return
    file = tmp_path_factory.mktemp("exchanges") / "exchanges.jsonl"
    os.environ["CHANNEL_EXCHANGES"] = str(file)
    try:
        yield file
    finally:
        del os.environ["CHANNEL_EXCHANGES"]
    result = subprocess.run([sys.executable, CHECK, file], capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout[-5000:]
