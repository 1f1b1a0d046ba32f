"""What every page's frame shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation

PREFERENCES = {
    "theme": ("light", "dark"),
    "density": ("compact",),
    settings.LANGUAGE_COOKIE_NAME: tuple(code for code, _name in settings.LANGUAGES),
}
"""What a person may ask for by cookie; anything else is the default: as system and browser have it, and comfortable."""


def page(request: HttpRequest) -> dict[str, Any]:
    return {
        "user": getattr(request, "user", None),
        "language": translation.get_language() or "en",
        "languages": settings.LANGUAGES,
        "right_to_left": translation.get_language_bidi(),
        "now": timezone.now(),
        "here": request.get_full_path(),
        "preferred": preferred(request),
    }


def preferred(request: HttpRequest) -> dict[str, str]:
    """By name; empty for the default."""
    return {
        name: value if (value := request.COOKIES.get(name, "")) in values else ""
        for name, values in PREFERENCES.items()
    }
