"""What an answer of the shop that is not a success means (commerce-api §12, observed §5)."""

import html
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from channel_manager.connectors.adobe_commerce import refusals
from channel_manager.connectors.adobe_commerce.mapping.reading import plain
from channel_manager.shared import redact
from channel_manager.shared.decoding import clean, decoded
from channel_manager.shared.errors import Ambiguous, Misconfigured, NotFound, Rejected, RemoteError, Unavailable
from channel_manager.shared.sentences import Sentence, say

SIDE = "Commerce"
NO_ROUTE = "Request does not match any route."
UNKNOWN_STORE = "Specified request cannot be processed."
BUSY_CART = "The cart is locked for processing"
ONLY_HTTPS = "Operation allowed only in HTTPS"
BAD_SIGNATURE = "The signature is invalid"
USED_NONCE = "The nonce is already being used"
WORDS = 1000
"""As much of what the shop says as a person reads."""
LONGEST_WAIT = timedelta(days=1)
_GAVE_UP_WAITING = re.compile(r"fetch failed|first byte timeout|read error|Guru Meditation", re.IGNORECASE)
"""A cache before the shop (Varnish, Fastly) says 503 as well when the shop is still at work (commerce-api §12.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error body. `template` keeps the placeholders and is what is matched; `words` is for people."""

    template: str
    words: str
    resources: str = ""

    def says(self, fragment: str) -> bool:
        return fragment in self.template


Explain = Callable[[int, Problem], RemoteError | None]
"""What a refusal (400 or 404) means at one endpoint; None leaves it to the general rule."""


def translate(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    writes: bool,
    bearer: bool = False,
    explain: Explain | None = None,
) -> RemoteError:
    """The error to raise for an answer. `writes` says whether something may have been done."""
    problem = read_problem(body)
    details: dict[str, Any] = {"side": SIDE, "status": status, "said": _said(problem, body)}
    if status == 503 and writes and _GAVE_UP_WAITING.search(details["said"]):
        return _failed(status, details, writes=True)
    if status in {429, 503}:
        return Unavailable(
            say("Commerce is not available now (HTTP %(status)s). It is tried again by itself.", status=status),
            retry_after=_retry_after(headers),
            **details,
        )
    if status == 401 and problem:
        return _unauthorised(problem, details, writes=writes, bearer=bearer)
    if 300 <= status < 400 or status in {401, 403}:
        return _barred(status, headers, details)
    if status >= 500 or problem is None:
        return _failed(status, details, writes=writes)
    return (explain and explain(status, problem)) or _refused(status, problem, details, writes=writes)


def unreadable(status: int, body: bytes, *, writes: bool) -> RemoteError:
    """A success whose body is no JSON: a page of a proxy, or a cut answer."""
    return _failed(status, {"side": SIDE, "status": status, "said": _said(None, body)}, writes=writes)


def read_problem(body: bytes) -> Problem | None:
    """None for anything that is not an error of Commerce: HTML, plain text of PHP, an empty body."""
    try:
        data = decoded(body)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    data = _early(data)
    if not isinstance(data.get("message"), str):
        return None
    parameters = data.get("parameters")
    told = [data, *_objects(data.get("errors"))]
    resources = parameters.get("resources", "") if isinstance(parameters, dict) else ""
    return Problem(
        template=_one_line(" ".join(plain(one.get("message")) for one in told))[:WORDS],
        words=redact.text(_one_line(" ".join(render(one) for one in told))[:WORDS]),
        resources=_plain(resources)[:WORDS],
    )


def _early(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The renderer of failures before routing wraps its errors (commerce-api §12.1)."""
    wrapped = data.get("messages")
    errors = _objects(wrapped.get("error")) if isinstance(wrapped, dict) else []
    return errors[0] if errors else data


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def render(error: Mapping[str, Any]) -> str:
    """The message with its placeholders filled; parameters are an object, a list or missing."""
    message, parameters = plain(error.get("message")), error.get("parameters")
    if isinstance(parameters, Mapping):
        named = {str(name): _plain(value) for name, value in parameters.items()}
    elif isinstance(parameters, list):
        named = {str(number): _plain(value) for number, value in enumerate(parameters, 1)}
    else:
        return message
    places = "|".join(re.escape(name) for name in sorted(named, key=len, reverse=True) if name)
    return re.sub(f"%({places})", lambda match: named[match[1]], message) if places else message


def is_no_route(error: RemoteError) -> bool:
    """Whether the shop lacks the endpoint, for example because its module is removed."""
    return error.status == 404 and error.said.startswith(NO_ROUTE)


def is_bad_signature(error: RemoteError) -> bool:
    return error.status == 401 and error.said.startswith(BAD_SIGNATURE)


def _unauthorised(problem: Problem, details: dict[str, Any], *, writes: bool, bearer: bool) -> RemoteError:
    if problem.says(USED_NONCE) and writes:
        # Nonces are random: a used one means that the transport sent this request twice and the first arrived.
        return Ambiguous(say("Commerce received this request twice. It is looked up before it is repeated."), **details)
    if problem.says(BAD_SIGNATURE):
        sentence = say(
            "Commerce refused the signature. Check the consumer secret and the access token secret; if the shop stands "
            "behind a proxy, enter the address that the shop sees as the signing address."
        )
    elif problem.says("timestamp"):
        sentence = say("Commerce refused the time of the request. Set the clocks of this machine and of the shop.")
    elif bearer:
        sentence = say(
            "Commerce refused the Bearer token for %(resource)s. Set Stores › Configuration › Services › OAuth › "
            "“Allow OAuth Access Tokens to be used as standalone Bearer tokens” to Yes (or enter all four keys), and "
            "give the integration this permission.",
            resource=problem.resources or "-",
        )
    else:
        sentence = say(
            "Commerce refused the credentials, or the integration lacks the permission %(resource)s. Check the four "
            "keys and the permissions under System › Integrations.",
            resource=problem.resources or "-",
        )
    return Misconfigured(sentence, field=problem.resources, **details)


def _barred(status: int, headers: Mapping[str, str], details: dict[str, Any]) -> Misconfigured:
    if status < 400:
        return Misconfigured(
            say(
                "The shop sends us on to %(location)s. Enter the address where it answers itself as the base address.",
                location=_without_query(headers.get("Location", "-")),
            ),
            field="base_url",
            **details,
        )
    return Misconfigured(
        say(
            "Something before the shop refused the request (HTTP %(status)s). Let this server through the firewall and "
            "the Authorization header through the web server.",
            status=status,
        ),
        **details,
    )


def _without_query(address: str) -> str:
    """Where a redirect leads, without what it may carry along."""
    try:
        parts = urlsplit(address[:WORDS])
    except ValueError:
        return "-"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path or "-"


def _failed(status: int, details: dict[str, Any], *, writes: bool) -> RemoteError:
    if writes and (status >= 500 or status < 300):
        return Ambiguous(
            say(
                "Commerce did not give a usable answer (HTTP %(status)s) and may have done it all the same. It is "
                "looked up before it is repeated. It said: %(said)s",
                status=status,
                said=details["said"],
            ),
            **details,
        )
    if 400 <= status < 500:
        return Unavailable(
            say(
                "Something before the shop answered for it (HTTP %(status)s). Check the base address and the web "
                "server before the shop. It is tried again by itself. It said: %(said)s",
                status=status,
                said=details["said"],
            ),
            **details,
        )
    return Unavailable(
        say(
            "Commerce did not give a usable answer (HTTP %(status)s). It is tried again by itself. It said: %(said)s",
            status=status,
            said=details["said"],
        ),
        **details,
    )


def _refused(status: int, problem: Problem, details: dict[str, Any], *, writes: bool) -> RemoteError:
    if problem.says(NO_ROUTE):
        return NotFound(
            say("This shop does not have the needed part of the REST API: %(said)s", **_words(problem)), **details
        )
    if problem.says(UNKNOWN_STORE):
        return Misconfigured(
            say("The shop does not know this store view any more. Give it its old code again in the shop."),
            field="store_code",
            **details,
        )
    if problem.says(ONLY_HTTPS):
        return Misconfigured(
            say("The shop answers over https only. Enter its address with https://."), field="base_url", **details
        )
    if problem.says(BUSY_CART):
        busy = say("Commerce is still placing this order. It is looked up before it is repeated.")
        return Ambiguous(busy, **details) if writes else Unavailable(busy, **details)
    sentence = refusals.known(problem.template) or say("Commerce refused it: %(said)s")
    kind = NotFound if status == 404 else Rejected
    return kind(_filled(sentence, problem), about=refusals.about_document(problem.template), **details)


def _filled(sentence: Sentence, problem: Problem) -> Sentence:
    return replace(sentence, values=_words(problem))


def _words(problem: Problem) -> dict[str, str]:
    return {"said": problem.words}


def _said(problem: Problem | None, body: bytes) -> str:
    """What a person may read of it. JSON that is none may hold a buyer's data: it is not quoted."""
    if problem:
        return problem.words
    page = clean(body[:4000].decode(errors="replace")).strip()
    if not page:
        return "nothing."
    if page[0] in '{["':
        return "something cut off."
    text = re.sub(r"(?s)<(style|script|head)\b.*?</\1>|<[^>]*>?", " ", page)
    return redact.text(_one_line(html.unescape(text)))[:300] or "nothing."


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(value: Any) -> str:
    """One value, or the values of a list."""
    if isinstance(value, list):
        return ", ".join(plain(one) for one in value)
    return plain(value) if isinstance(value, str | int | float) else ""


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds, or a date by the server's own clock."""
    given = headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdecimal():
        return min(timedelta(seconds=int(given[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(given).timestamp()
        now = parsedate_to_datetime(headers.get("Date", "")).timestamp() if "Date" in headers else time.time()
    except (ValueError, OverflowError):
        return None
    return min(timedelta(seconds=max(round(until - now), 0)), LONGEST_WAIT)
