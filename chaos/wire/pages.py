"""Lists of Walmart, page by page. A cursor is Walmart's own and left alone."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

LISTS = ("/v3/orders", "/v3/orders/released", "/v3/returns")
CURSOR = ("hasMoreElements", "offset=", "sellerId=")


def begins(target: str) -> bool:
    """Whether this asks for the first page of a list."""
    parts = urlsplit(target)
    query = parts.query
    return parts.path in LISTS and "limit" in query and not any(mark in query for mark in CURSOR)


def smaller(target: str, size: int) -> str:
    parts = urlsplit(target)
    query = [(name, str(size) if name == "limit" else value) for name, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query=urlencode(query, safe=":")))
