"""Times are shown in the viewer's own time zone, which a small script writes into a cookie."""

import re
from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "time_zone"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){0,2}")


class ViewerTimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "") or getattr(request.user, "time_zone", "")
        with timezone.override(zone(name)):
            return self.get_response(request)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """UTC for anything that is not the name of a time zone: the cookie may hold what it likes."""
    if not NAME.fullmatch(name):
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")
