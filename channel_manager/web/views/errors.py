"""Pages for what went wrong: what happened, what to do, and a reference that is in the log."""

import re
import secrets
import sys

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from channel_manager.web.access import Forbidden

log = structlog.get_logger(__name__)
SANE = re.compile(r"[A-Za-z0-9._-]{4,64}")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain("errors/400.html", 400, _reference(request, "bad request", problem=str(exception or "")))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Usually a page that was open while the person signed in anew."""
    reference = _reference(request, "form without its token", problem=reason)
    return _plain("errors/csrf.html", 403, reference)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    known = exception if isinstance(exception, Forbidden) else None
    context = {"sentence": known.sentence if known else None, "owners": known.owners if known else []}
    return _framed(request, "errors/403.html", 403, "not allowed", **context)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's call
    """Says the same of what does not exist and of what this person may not see."""
    return _framed(request, "errors/404.html", 404, "not found")


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: what they need may be what is broken."""
    reference = _reference(request, "page failed", exc_info=sys.exc_info())
    return _plain("errors/500.html", 500, reference)


def _framed(request: HttpRequest, template: str, status: int, event: str, **context: object) -> HttpResponse:
    """In the frame of all pages; logged quietly, as nothing broke."""
    reference = _named(request)
    log.info(event, reference=reference, method=request.method, path=request.path)
    answer = render(request, template, {"reference": reference, **context}, status=status)
    answer["X-Request-ID"] = reference
    return answer


def _plain(template: str, status: int, reference: str) -> HttpResponse:
    page = loader.get_template(template).render({"reference": reference, "language": "en", "right_to_left": False})
    return HttpResponse(page, status=status, headers={"X-Request-ID": reference})


def _reference(request: HttpRequest, event: str, **details: object) -> str:
    """Logged with what happened."""
    reference = _named(request)
    log.error(event, reference=reference, method=request.method, path=request.path, **details)
    return reference


def _named(request: HttpRequest) -> str:
    """The proxy's id of the request, or a new one."""
    given = request.headers.get("X-Request-ID", "")
    return given if SANE.fullmatch(given) else secrets.token_hex(6)
