"""The whole product in a real browser: web server, a real worker process, both simulators over sockets."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import sync_playwright

from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer
from tests.scenarios.world import World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WORKER = "import django; django.setup(); from channel_manager.worker.run import run_worker; run_worker()"


def pytest_collection_modifyitems(items):
    if CHROMIUM:
        return
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed: on Debian, apt-get install chromium"))


@pytest.fixture
def world(transactional_db, monkeypatch):
    """Alice's store; what is asked of either simulator is answered over real HTTP."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with WalmartServer() as walmart, CommerceServer() as commerce:
        yield World(walmart, commerce)


@pytest.fixture
def worker(world):
    """A worker that polls every second, stopped by its own process id."""
    settings = connection.settings_dict
    user, password, host = (settings[name] for name in ("USER", "PASSWORD", "HOST"))
    url = f"postgresql://{user}:{password}@/{settings['NAME']}?host={host}&port={settings['PORT'] or 5432}"
    if host and not host.startswith("/"):
        url = f"postgresql://{user}:{password}@{host}:{settings['PORT'] or 5432}/{settings['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "CHANNEL_MANAGER_POLL_SECONDS": "1",
        "DJANGO_SETTINGS_MODULE": "channel_manager.config.settings",
        "CHANNEL_MANAGER_LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
    yield process
    process.terminate()
    try:
        process.wait(timeout=40)
    finally:
        process.kill()


@pytest.fixture
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, live_server):
    """A page that fails the test on any error of a script or any refusal of the content security policy."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.set_default_timeout(20_000)
    yield page
    context.close()
    assert [text for text in complaints if "422" not in text and "404" not in text] == []
