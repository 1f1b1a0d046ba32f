"""The Orders page over few and over very many orders: how long the server takes for one person's page.

`python -m benchmarks.listing --orders 1000000` measures a million by themselves, which are made in one to two minutes.
"""

import argparse
import importlib
import io
import re
import statistics
import sys
import time
from html import unescape
from typing import TYPE_CHECKING, Any

from benchmarks.installation import Installation
from benchmarks.table import Row, show

if TYPE_CHECKING:
    from channel_manager.accounts.models import User
    from channel_manager.stores.models import Store

FEW = 10_000
ASKED = {
    "newest": "",
    "page after page": "",
    "Errors": "card=errors",
    "At risk": "card=at_risk",
    "Shipped": "card=shipped",
    "by value": "sort=value",
    "by SKU": "sku=SKU-7",
    "by SKU, bestseller": "sku=SKU-BEST",
    "search, number": "search=1000000000777",
    "search, SKU": "search=sku-7",
    "search, beginning": "search=10000000007",
}
"""What is measured; the second walks on to a page that nobody has seen each time."""


def measure(by: "User", *, orders: int, rounds: int) -> list[Row]:
    """A store with FEW orders and one with `orders`, asked in turns, so that a busy moment meets both. Both sell as
    much a day, so that as much is open and as much has an error: the one is older.
    """
    few, _seconds = _filled(FEW, age=FEW / orders)
    many, seeding = _filled(orders, age=1)
    server = Server(by)
    rows = [
        Row(what="Orders made to measure with", ours=orders / seeding, unit="/s", note=f"{orders:,} in {seeding:.0f} s")
    ]
    for name, query in ASKED.items():
        walks = name == "page after page"
        small, large = server.times(few, many, query, rounds=rounds, walks=walks)
        beside = f"with {FEW:,} orders; {orders:,} here"
        rows.append(Row(what=f"Orders page, {name}", ours=large, unit="ms", bare=small, beside=beside))
    return rows


class Server:
    """The whole application in this process, asked as the web server asks it, by one person."""

    def __init__(self, by: "User") -> None:
        from benchmarks.serving import signed_in  # noqa: PLC0415 - Django is set up by now
        from channel_manager.config.wsgi import application  # noqa: PLC0415

        self._application = application
        self._cookies = "; ".join(f"{name}={value}" for name, value in signed_in(by).items())

    def times(self, few: "Store", many: "Store", query: str, *, rounds: int, walks: bool) -> tuple[float, float]:
        """Medians in milliseconds. Both are asked once before, as a server in use has been."""
        places = {store.pk: query for store in (few, many)}
        taken: dict[int, list[float]] = {few.pk: [], many.pk: []}
        for turn in range(rounds + 2):
            for store_id, place in places.items():
                began = time.perf_counter()
                body = self.page(store_id, place)
                if turn >= 2:
                    taken[store_id].append((time.perf_counter() - began) * 1000)
                if walks:
                    places[store_id] = _following(body) or query
        return statistics.median(taken[few.pk]), statistics.median(taken[many.pk])

    def page(self, store_id: int, query: str) -> str:
        told: list[str] = []
        environment: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": f"/stores/{store_id}/orders",
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_COOKIE": self._cookies,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        start: Any = lambda status, _headers: told.append(status)  # noqa: E731 - WSGI's other arguments never come
        answer = self._application(environment, start)
        body = b"".join(answer).decode()
        answer.close()
        if not told[0].startswith("200"):
            raise RuntimeError(f"The Orders page answered {told[0]} to “{query}”.")
        return body


def _following(body: str) -> str:
    found = re.search(r'rel="next" href="[^"?]*\?([^"]*)"', body)
    return unescape(found[1]) if found else ""


def _filled(orders: int, *, age: float) -> "tuple[Store, float]":
    from django.utils import timezone  # noqa: PLC0415 - Django is set up by now

    from benchmarks import many_orders, samples  # noqa: PLC0415

    store = samples.store(f"{orders:,} orders", f"many-{orders}", commerce_url=f"http://127.0.0.1:{orders % 60000}")
    return store, many_orders.fill(store, orders, timezone.now(), span=many_orders.TWO_YEARS * age)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.listing", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    asked = parser.parse_args()
    with Installation():
        people = importlib.import_module("channel_manager.accounts.models")  # needs the installation's settings
        alice = people.User.objects.create_superuser("alice", "alice@example.com", "a long password of alice")
        show(measure(alice, orders=asked.orders, rounds=asked.rounds))


if __name__ == "__main__":
    main()
