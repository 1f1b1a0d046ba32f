"""Paging (walmart-api §2.4): the cursor is a query string made by the server, valid only as it was made."""

from collections import deque
from urllib.parse import parse_qsl, quote

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.orders.listing.search import Search
from channel_simulators.walmart.state import Account, iso

MARK = "hasMoreElements"
REMEMBERED = 1000


class Cursors:
    """What was given out: one that was re-encoded, reordered or added to is not among it."""

    def __init__(self) -> None:
        self._made: deque[str] = deque(maxlen=REMEMBERED)

    def make(self, search: Search, *, total: int, offset: int, account: Account, more: bool | None = None) -> str:
        """`offset` counts into a result that is found anew for each page: rows that left it shift the rest.

        `more` is what the cursor says of further elements; None for the truth.
        """
        more = offset < total if more is None else more
        pairs = {
            "limit": str(search.limit),
            MARK: "true" if more else "false",
            "soIndex": str(total),
            "poIndex": str(offset),
            "partnerId": account.partner_id,
            "sellerId": account.seller_id,
            **{name: iso(search.dates[name]) for name in ("createdStartDate", "createdEndDate")},
        }
        pairs |= {name: value for name, value in search.given.items() if name not in pairs}
        text = "&".join(f"{name}={quote(value, safe=':')}" for name, value in pairs.items())
        self._made.append(text)
        return "?" + text

    def read(self, raw_query: str, account: Account) -> tuple[dict[str, str], int]:
        """The filters and the offset in it."""
        pairs = dict(parse_qsl(raw_query, keep_blank_values=True))
        if (pairs.get("partnerId"), pairs.get("sellerId")) != (account.partner_id, account.seller_id):
            raise errors.unauthorized()
        if raw_query not in self._made:
            raise errors.invalid_request("nextCursor", "Invalid Request")
        return pairs, int(pairs["poIndex"])


def is_cursor(raw_query: str) -> bool:
    """Wrapped as `nextCursor=…` it is no cursor: the name is unknown and page 1 comes back."""
    return any(pair.startswith(f"{MARK}=") for pair in raw_query.split("&"))
