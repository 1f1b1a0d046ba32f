"""The whole product in a real browser: web server, a real worker process, both simulators over sockets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import spoken
from django.db import connection
from django.test import Client
from every_page import addresses_of
from playwright.sync_api import expect

from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer
from screens import chromium
from tests import factories
from tests.scenarios.world import World

# As long as the pages have for what is asked of them: the suite keeps every core busy.
expect.set_options(timeout=20_000)

EXPECTED = ("status of 422", "status of 404", "ERR_INTERNET_DISCONNECTED", "htmx:sendError")
"""What Chromium calls an error though a test wants it."""
ABORTED = ("htmx:afterRequest", "htmx:sendAbort")
"""What htmx calls one, though it was told to: a later question takes the place of one under way."""
WORKER = "import django; django.setup(); from channel_manager.worker.run import run_worker; run_worker()"


def pytest_collection_modifyitems(items):
    if chromium.executable():
        return
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.skip(reason=chromium.MISSING))


@pytest.fixture
def world(browser, transactional_db):
    """Alice's store; what is asked of either simulator is answered over real HTTP."""
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


@pytest.fixture(scope="module")
def browser():
    """While it lives an event loop of Playwright stands in this thread, though no test of ours is asynchronous."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with chromium.launched() as found:
            yield found


@pytest.fixture
def tab(browser, live_server):
    """Opens a page in a browser that has kept nothing, signed in as this person or as nobody.

    Any error of a script or refusal of the content security policy fails the test.
    """
    contexts, complaints = [], []

    def opened(*, person=None, width=1440, height=1000, **options):
        context = browser.new_context(base_url=live_server.url, viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        if person:
            context.add_cookies([{"name": "sessionid", "value": session_of(person), "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.set_default_timeout(20_000)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in complaints if not any(one in text for one in EXPECTED + ABORTED)] == []


def session_of(person):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


@pytest.fixture(params=spoken.READERS, ids=str)
def reader(request):
    """Each flow is read twice: in English on light pages, in 繁體中文 on dark ones. Tests ask in English both times."""
    with spoken.speaking(request.param):
        yield request.param


@pytest.fixture
def window(tab, reader):
    """Opens pages for who reads."""
    return lambda **options: tab(**(reader.options | options))


@pytest.fixture
def page(window):
    return window()


@pytest.fixture
def store(browser, transactional_db):
    return factories.store("Kitchen & Home")


@pytest.fixture
def alice(store):
    return factories.user("alice", store=store)


@pytest.fixture
def bob(store):
    return factories.user("bob", store=store)


@pytest.fixture
def addresses(store):
    return addresses_of(store)


@pytest.fixture
def visit(tab, addresses):
    """Opens pages of the store that has something of everything: as its Alice, who may do all, or as nobody."""
    alice = factories.User.objects.get(username="alice")
    return lambda *, stranger=False, **options: tab(person=None if stranger else alice, **options)
