"""The style sheets as one answer: a first page waits for it once, not for seven files that share six connections."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FOLDER = Path(__file__).parent / "static" / "css"
SHEETS = ("tokens", "base", "layout", "parts", "pages", "list", "states")
"""`tokens` says in which order the layers count."""
A_YEAR = "public, max-age=31536000, immutable"


class JoinedSheetsMiddleware:
    """Beside the static files, before anything that looks at who asks. Its address changes with any static file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != address():
            return self.get_response(request)
        text = joined.__wrapped__() if settings.DEBUG else joined()
        return HttpResponse(text, content_type="text/css; charset=utf-8", headers={"Cache-Control": A_YEAR})


def address() -> str:
    return f"/styles/{settings.STATIC_URL.strip('/').rpartition('/')[2]}.css"


@lru_cache(maxsize=1)
def joined() -> str:
    return "\n".join((FOLDER / f"{sheet}.css").read_text() for sheet in SHEETS)
