"""What a call is about, in words that are the same in every run: no generated number is part of them."""

import re
from urllib.parse import parse_qs, urlsplit

from chaos.schedule import Point, index_of

ABOUT = "X-Chaos-About"
"""Header of each call of a worker: kind of operation or stream, subject, name of the worker; taken off by the proxy."""
TOKEN = "token"  # noqa: S105 - the name of a call
LISTING = "sku:"
"""Subject of what is about a listing: “sku:1:PAN-26”."""
_PREFIX = re.compile(r"^/(rest/[^/]+/)?[Vv]\d+/")
_FEED = re.compile(r"@|%40")
_NUMBER = re.compile(r"\d{13}|\d{15,}")


class Names:
    """Learns which order a subject such as “order:17” is, from calls that name both."""

    def __init__(self) -> None:
        self._orders: dict[str, str] = {}

    def point(self, platform: str, method: str, target: str, about: str) -> tuple[Point, str]:
        """The point of a call and the worker that makes it. `target` is path and query, `about` the header's value."""
        kind, _, rest = about.partition("|")
        subject, _, worker = rest.partition("|")
        parts = urlsplit(target)
        call = f"{method} {_route(parts.path)}"
        if parts.path.endswith("/token"):
            return Point(platform, TOKEN, "", call), worker
        if subject.startswith(LISTING):
            return Point(platform, kind, subject.split(":", 2)[2], call), worker
        named = _named(parts.path) or _in_query(parts.query)
        if named and subject.startswith("order:") and index_of(named) is not None:
            self._orders[subject] = named
        return Point(platform, kind, self._orders.get(subject) or named, call), worker


def _route(path: str) -> str:
    """“/rest/walmart/V1/carts/17/items” → “carts/items”; “/v3/feeds/0F…@AX8BCgA” → “feeds/one”."""
    steps = _PREFIX.sub("", path).strip("/").split("/")
    return "/".join("one" if _FEED.search(step) else step for step in steps if step and not step.isdecimal())


def _named(path: str) -> str:
    found = _NUMBER.search(path)
    return found.group() if found else ""


def _in_query(query: str) -> str:
    """An order that is looked for by its external number."""
    values = [value for several in parse_qs(query).values() for value in several]
    return next((value for value in values if index_of(value) is not None), "")
