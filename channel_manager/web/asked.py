"""What an address asks for; anything it cannot ask for is left out."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

LONGEST_SEARCH = 100


def search(request: HttpRequest) -> str:
    return text(request, "search")


def text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def position(text: str) -> tuple[datetime, int] | None:
    """The last row of the page before, as `written` put it: what it is sorted by, and its id."""
    at, _separator, pk = text.rpartition("_")
    found, row = moment(at), number(pk)
    return None if found is None or row is None else (found, row)


def written(at: datetime, row: int) -> str:
    return f"{at.isoformat()}_{row}"


def number(text: str) -> int | None:
    """An id; None for anything that cannot be one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None
