"""The whole product in a real browser: web server, a real worker process, both simulators over sockets."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import spoken
from django.db import connection
from django.test import Client
from every_page import addresses_of
from playwright.sync_api import expect, sync_playwright

from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer
from tests import factories
from tests.scenarios.world import World

# As long as the pages have for what is asked of them: the suite keeps every core busy.
expect.set_options(timeout=20_000)

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
EXPECTED = ("status of 422", "status of 404", "ERR_INTERNET_DISCONNECTED", "htmx:sendError")
"""What Chromium calls an error though a test wants it."""
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


@pytest.fixture(params=spoken.READERS, ids=str)
def reader(request):
    """Each flow is read twice: in English on light pages, in 繁體中文 on dark ones. Tests ask in English both times."""
    with spoken.speaking(request.param):
        yield request.param


@pytest.fixture
def window(browser, live_server, reader):
    """Opens pages for who reads; any error of a script or refusal of the content security policy fails the test."""
    contexts, complaints = [], []

    def opened(*, width=1440, height=1000, **options):
        viewport = {"width": width, "height": height}
        context = browser.new_context(base_url=live_server.url, viewport=viewport, **(reader.options | options))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.set_default_timeout(20_000)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in complaints if not any(one in text for one in EXPECTED)] == []


@pytest.fixture
def page(window):
    return window()


@pytest.fixture
def signed_in(live_server):
    """The cookies of a browser in which this person has signed in."""

    def cookies(person):
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]

    return cookies


@pytest.fixture
def store(transactional_db, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    return factories.store("Kitchen & Home")


@pytest.fixture
def addresses(store):
    return addresses_of(store)


@pytest.fixture
def visit(browser, live_server, addresses, signed_in):
    """Opens pages in which Alice, who may do everything, has signed in, or nobody."""
    cookies = signed_in(factories.User.objects.get(username="alice"))
    contexts = []

    def page(*, stranger=False, width=1440, height=1000, **options):
        context = browser.new_context(base_url=live_server.url, viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.add_cookies([] if stranger else cookies)
        opened = context.new_page()
        opened.set_default_timeout(15_000)
        return opened

    yield page
    for context in contexts:
        context.close()
