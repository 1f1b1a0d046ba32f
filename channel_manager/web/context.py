"""What every page's frame shows."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone, translation


def page(request: HttpRequest) -> dict[str, Any]:
    return {
        "user": getattr(request, "user", None),
        "language": translation.get_language() or "en",
        "right_to_left": translation.get_language_bidi(),
        "now": timezone.now(),
    }
