"""Inbound notifications. An answer of 200 means: stored, committed, and read soon. No session, cookie or form token."""

import re
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from channel_manager.api import calls
from channel_manager.connectors import registry
from channel_manager.notifications import intake, proofs
from channel_manager.notifications.models import Hook
from channel_manager.ports.messages import Platform

LARGEST = 256 * 1024
CHALLENGE = re.compile(r"[A-Za-z0-9._~+/=-]{1,512}")
SUCCESS = {"op": "success"}
"""What Adobe Commerce's own webhooks want to hear, so that they go on with what they were doing."""
log = structlog.get_logger(__name__)

View = Callable[[HttpRequest, str], HttpResponse]
Read = TypeVar("Read")


class Refused(Exception):
    def __init__(self, status: int, words: str, **headers: str) -> None:
        super().__init__(words)
        self.answer = JsonResponse({"error": words}, status=status, headers=headers)


def from_outside(*methods: str) -> Callable[[View], View]:
    """Called by programs: neither signed in nor with a form's token. What breaks on our side is to be tried again."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def called(request: HttpRequest, key: str) -> HttpResponse:
            answer = _answered(view, request, key) if request.method in methods else _not_allowed().answer
            answer["Cache-Control"] = "no-store"
            if answer.status_code >= 400:
                log.info("a notification was refused", to=view.__name__, status=answer.status_code)
            # Django would log the address, and its key with it.
            answer._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - there is no public switch
            return answer

        return called

    return wrap


@from_outside("POST")
def marketplace(request: HttpRequest, key: str) -> HttpResponse:
    """A delivery of a marketplace, proved by Basic authentication."""
    hook = _hook(key, Platform.MARKETPLACE, request.headers.get("Authorization", ""))
    notification = _read(request, registry.NOTIFICATIONS[hook.store.marketplace])
    return JsonResponse({"received": True, "new": intake.receive(hook, notification)})


@from_outside("POST", "GET")
def commerce(request: HttpRequest, key: str) -> HttpResponse:
    """A call of the shop, proved by Basic or Bearer, or by `?key=` where a header cannot be set. The body may be empty.

    Adobe I/O Events asks for a challenge to be repeated when the address is registered (commerce-api §10.1).
    """
    hook = _hook(key, Platform.COMMERCE, request.headers.get("Authorization", ""), request.GET.get("key", ""))
    if request.method == "GET":
        return _repeated(request.GET.get("challenge", ""))
    call = _read(request, calls.read)
    if call.challenge:
        return _repeated(call.challenge)
    intake.receive(hook, call.notification)
    return JsonResponse(SUCCESS)


def _answered(view: View, request: HttpRequest, key: str) -> HttpResponse:
    try:
        return view(request, key)
    except Refused as refused:
        return refused.answer
    except Exception:
        log.exception("a notification could not be taken")
        return Refused(503, "It could not be stored. Send it again later.", **{"Retry-After": "60"}).answer


def _hook(key: str, platform: Platform, authorization: str, parameter: str = "") -> Hook:
    """What the caller may call. An address that does not exist costs the work of one that does. Raises Refused."""
    hook = proofs.hook_at(key, platform)
    proved = proofs.proves(hook, authorization, parameter)
    if hook is None:
        raise Refused(404, "There is nothing here.")
    if not proved:
        scheme = {"WWW-Authenticate": 'Basic realm="notifications"'}
        raise Refused(401, "The name or the secret is wrong.", **scheme)
    return hook


def _read(request: HttpRequest, reader: Callable[[bytes], Read]) -> Read:
    try:
        return reader(_body(request))
    except ValueError as error:
        raise Refused(400, "This is no JSON.") from error


def _body(request: HttpRequest) -> bytes:
    """The whole body. One that comes in chunks has no length, and Django would take it for empty. Raises Refused."""
    length = request.META.get("CONTENT_LENGTH") or ""
    too_large = Refused(413, f"At most {LARGEST} bytes are taken.")
    if length.isdecimal() and int(length) > LARGEST:
        raise too_large
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    source = request.META["wsgi.input"] if chunked and not length else request
    try:
        body: bytes = source.read(LARGEST + 1)
    except OSError as error:
        raise Refused(400, "The body did not come through.") from error
    if len(body) > LARGEST:
        raise too_large
    return body


def _repeated(challenge: str) -> HttpResponse:
    if not challenge:
        raise _not_allowed()
    if not CHALLENGE.fullmatch(challenge):
        raise Refused(400, "This is no challenge.")
    return HttpResponse(challenge, content_type="text/plain")


def _not_allowed() -> Refused:
    return Refused(405, "Only POST is taken.", Allow="POST")
