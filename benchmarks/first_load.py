"""How long a person with a slow computer and a slow line waits for a page that they open for the first time.

Headless Chromium by its own protocol: processor slowed down 4 times, 1.6 Mbit/s down and 0.75 up, 150 ms before each
answer begins, nothing kept from before. As in the browser's own tools the 150 ms are of each request, and connections
cost nothing more. Server and browser share this machine. Medians of `--rounds`, beside a page that says hello on the
same server.

`python -m benchmarks.first_load`
"""

import argparse
import importlib
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.installation import Installation
from benchmarks.table import Row, show
from screens import chromium

if TYPE_CHECKING:
    from channel_manager.accounts.models import User

ORDERS = 50
SLOWER = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
ANSWERED = """
addEventListener("keydown", () => requestAnimationFrame(() => { window.answered = performance.now(); }));
"""
"""Runs after the listeners of the page, which stand on the document: what they did is painted next."""
MODULES = """() => {
  const base = document.querySelector("script[src$='/app.js']")?.src;
  const named = [...document.querySelectorAll("[data-module]")].map((one) => `./${one.dataset.module}.js`);
  return Promise.all(named.map((name) => import(new URL(name, base)).then(() => true)));
}"""
"""Also those that a page asks for by itself have run."""
TIMES = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
  performance.getEntriesByType("navigation")[0].loadEventEnd,
  window.answered,
]"""


@dataclass(slots=True)
class Visits:
    """Of one page: milliseconds since its address was entered, requests, and bytes as they came over the line."""

    painted: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)
    usable: list[float] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    received: list[float] = field(default_factory=list)


def measure(installation: Installation, by: "User", *, rounds: int) -> list[Row]:
    """A store with ORDERS orders: its list, and the newest of them."""
    pages, cookies = _pages(installation, by)
    seen = {name: Visits() for name in pages}
    with chromium.launched() as browser:
        for turn in range(rounds + 1):
            for name, address in pages.items():
                visits = _visited(browser, address, cookies)
                if turn:
                    _add(seen[name], visits)
    bare = seen.pop("hello")
    return [row for name, visits in seen.items() for row in _rows(name, visits, bare)]


def _pages(installation: Installation, by: "User") -> tuple[dict[str, str], dict[str, str]]:
    from django.utils import timezone  # noqa: PLC0415 - Django is set up by now

    from benchmarks import many_orders, samples, serving  # noqa: PLC0415

    store = samples.store("first load", "first-load")
    many_orders.fill(store, ORDERS, timezone.now())
    order = store.orders.latest("ordered_at")
    hello = installation.serve("hello", *serving.GRANIAN, "--port", "{port}", "benchmarks.hello:application")
    url = installation.serve("web", "channel_manager", "web", "--port", "{port}", port=installation.web_port)
    base = f"{url}/stores/{store.pk}/orders"
    return {"hello": hello, "Orders": base, "Order": f"{base}/{order.pk}"}, serving.signed_in(by)


def _visited(browser: Browser, address: str, cookies: dict[str, str]) -> Visits:
    """Once, by a browser that was never here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    try:
        return _timed(context, address)
    finally:
        context.close()


def _timed(context: BrowserContext, address: str) -> Visits:
    page = context.new_page()
    page.add_init_script(ANSWERED)
    sizes = _slowed_down(context, page)
    page.goto(address, wait_until="load")
    page.evaluate(MODULES)
    page.keyboard.press("?")
    page.wait_for_function("window.answered")
    if page.locator("#keys").count() and not page.locator("#keys[open]").count():
        raise RuntimeError(f"{address} did not answer the key.")
    painted, loaded, usable = page.evaluate(TIMES)
    return Visits([painted], [loaded], [usable], [len(sizes)], [sum(sizes)])


def _slowed_down(context: BrowserContext, page: Page) -> list[float]:
    """The bytes of each answer, as they come."""
    sizes: list[float] = []
    session = context.new_cdp_session(page)
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return sizes


def _add(to: Visits, visits: Visits) -> None:
    for name in Visits.__slots__:
        getattr(to, name).extend(getattr(visits, name))


def _rows(name: str, ours: Visits, bare: Visits) -> list[Row]:
    middle = statistics.median
    beside = f"hello on the same server; {SLOWER}× slower, 1.6 Mbit/s, 150 ms"
    count = middle(ours.requests)
    times = {"first paint": (ours.painted, bare.painted), "loaded": (ours.loaded, bare.loaded)}
    times["first key answered"] = ours.usable, bare.usable
    rows = [
        Row(what=f"{name} page, {what}", ours=middle(one), unit="ms", bare=middle(other), beside=beside)
        for what, (one, other) in times.items()
    ]
    received = middle(ours.received) / 1000
    return [*rows, Row(what=f"{name} page, received", ours=received, unit="kB", note=f"in {count:.0f} answers")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.first_load")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    with Installation() as installation:
        people = importlib.import_module("channel_manager.accounts.models")  # needs the installation's settings
        alice = people.User.objects.create_superuser("alice", "alice@example.com", "a long password of alice")
        show(measure(installation, alice, rounds=asked.rounds))


if __name__ == "__main__":
    main()
