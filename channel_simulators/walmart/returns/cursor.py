"""Paging of returns (walmart-api §0.1): a query string made by the server, `?sellerId=151&limit=10&offset=10`."""

from collections import deque
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.returns.search import Search
from channel_simulators.walmart.state import Account

REMEMBERED = 1000


class ReturnCursors:
    """What was given out: one that was re-encoded, reordered or added to is not among it."""

    def __init__(self) -> None:
        self._made: deque[str] = deque(maxlen=REMEMBERED)

    def make(self, search: Search, *, offset: int, account: Account) -> str:
        """`offset` counts into a result that is found anew for each page: rows that left it shift the rest."""
        pairs = {"sellerId": account.seller_id, "limit": str(search.limit), "offset": str(offset), **search.given}
        text = "&".join(f"{name}={quote(value, safe=':')}" for name, value in pairs.items())
        self._made.append(text)
        return "?" + text

    def read(self, raw_query: str, account: Account) -> tuple[Mapping[str, str], int]:
        """The filters and the offset in it."""
        pairs = dict(parse_qsl(raw_query, keep_blank_values=True))
        if pairs.get("sellerId") != account.seller_id:
            raise errors.unauthorized()
        if raw_query not in self._made:
            raise errors.invalid_request("nextCursor", "Invalid Request")
        return pairs, int(pairs["offset"])


def is_cursor(raw_query: str) -> bool:
    return any(pair.startswith("sellerId=") for pair in raw_query.split("&"))
