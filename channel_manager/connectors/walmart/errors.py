"""What an answer of Walmart that is no success means to us (walmart-api §8): later, refused, or perhaps done."""

from datetime import datetime
from typing import Any

from channel_manager.connectors.walmart import envelopes, limits
from channel_manager.connectors.walmart.refusals import about, sentence_for
from channel_manager.shared import redact
from channel_manager.shared.decoding import clean
from channel_manager.shared.errors import Ambiguous, Misconfigured, NotFound, Rejected, RemoteError, Unavailable
from channel_manager.shared.http import Answer
from channel_manager.shared.sentences import Sentence, say

SIDE = "Walmart"
LONGEST_WORDS = 2000
READ = "read"


def error_for(answer: Answer, *, action: str, now: datetime, unknown: Sentence | None = None) -> RemoteError:
    """The error to raise. `action` is the family of a write ("ship", "refund_return" and so on), "read" for reads;
    `unknown` says what it means that Walmart does not know what was asked for.

    `Unavailable` with status 400 is the plain "Invalid Request" that has been seen for correct requests during outages
    (walmart-api §8.4): to be repeated a bounded number of times. With status 429, or the code that begins with
    REQUEST_THRESHOLD_VIOLATED, it is a used-up rate limit: that operation's rate is to be halved (walmart-api §7).
    """
    report = envelopes.report(answer.body)
    details = _details(answer, report)
    status, name = answer.status, report.main.name
    if status == 429 or name == "REQUEST_THRESHOLD_VIOLATED":
        return Unavailable(_BUSY, retry_after=limits.retry_after(answer.headers, now), **details)
    if status in (401, 403) or 300 <= status < 400:
        return Misconfigured(_no_entry(status, report), **details)
    if status == 404:
        return _missing(report, details, unknown or _UNKNOWN.get(action, _NO_SUCH_ORDER))
    if status in (423, 503) or name == "RESOURCE_IS_LOCKED" or (status < 500 and _is_outage(report)):
        return Unavailable(_trouble(status), retry_after=limits.retry_after(answer.headers, now), **details)
    if status >= 500 or status == 408 or name in _FAILED:
        return _broken(status, details, writes=action != READ)
    sentence = sentence_for(action, report, status)
    return Rejected(sentence, about=about(sentence), **details)


def token_error(answer: Answer, *, now: datetime) -> RemoteError:
    """The error of the token endpoint: 400, 401 and 403 are bad credentials whatever the words (walmart-api §1.5)."""
    details = _details(answer, envelopes.report(answer.body))
    if answer.status in (400, 401, 403):
        return Misconfigured(_CREDENTIALS, **details)
    if 300 <= answer.status < 500 and answer.status not in (408, 423, 429):
        return Misconfigured(_WRONG_ADDRESS, **details)
    retry_after = limits.retry_after(answer.headers, now)
    sentence = _BUSY if answer.status == 429 else _trouble(answer.status)
    return Unavailable(sentence, retry_after=retry_after, **details)


def not_data(answer: Answer, *, action: str, now: datetime) -> RemoteError:
    """A success whose body cannot be used: a page of a proxy, an error inside a 200, an empty body.

    Of an error inside a 200 only a write makes something: a read is simply tried again.
    """
    report = envelopes.report(answer.body)
    details = _details(answer, report)
    if report.faults and not report.page and action != READ:
        return error_for(answer, action=action, now=now)
    sentence = say("Walmart answered with something else than data. It is tried again by itself.")
    return Ambiguous(sentence, **details) if action != READ else Unavailable(sentence, **details)


def is_empty_list(answer: Answer) -> bool:
    """A list without matches is a 404 (walmart-api §2.5); a wrong path or a proxy's page is not.

    Neither is anything else that says nothing of an error: what is taken for an empty list is not read again.
    """
    if answer.status != 404:
        return False
    report = envelopes.report(answer.body)
    speaks = bool(report.faults) or not answer.body
    return speaks and not report.page and report.main.name != "URI_NOT_FOUND"


# Codes of failures on Walmart's side, under whatever status they come (walmart-api §8.2).
_FAILED = ("SYSTEM_ERROR", "INVALID_SYSTEM_STATE", "DOWNSTREAM_SYSTEM_TIME_OUT")
_CREDENTIALS = say(
    "Walmart does not accept the Client ID and Client Secret. Copy both again from Walmart's developer portal "
    "(production keys for the production address) and give them to `channel-manager store credentials`."
)
_WRONG_ADDRESS = say(
    "There is no Walmart API at this address. Connect the store again with the right one: `channel-manager store add`."
)
_TOKEN_REFUSED = say(
    "Walmart refuses the access token that it has just issued. Check that the keys belong to this address (sandbox or "
    "production) and are still active; `channel-manager store credentials` takes new ones."
)
_NOT_PERMITTED = say(
    "Walmart does not permit this with the given keys. Give them full access to orders, returns, items, inventory, "
    "price and feeds in Walmart's developer portal; if they have it, give the channel type that Walmart issued to "
    "`channel-manager store credentials`."
)
_BLOCKED = say(
    "Walmart's network refused the connection before it reached the API. Ask Walmart whether this server's address is "
    "blocked, and check proxies on the way."
)
_NO_SUCH_ORDER = say("Walmart does not know this order, or it belongs to another seller account. Check the number.")
_NO_SUCH_RETURN = say("Walmart does not know this return, or it belongs to another seller account. Check the number.")
_NOTHING_SUCH = say("Walmart does not know what this is about. Look at the item in Seller Center, then send it again.")
_UNKNOWN = {
    "refund_return": _NO_SUCH_RETURN,
    **dict.fromkeys(("set_stock", "set_price", "feed_stock", "feed_price"), _NOTHING_SUCH),
}
_BUSY = say("Walmart's rate limit is used up. It goes on by itself when Walmart allows it.")


def _no_entry(status: int, report: envelopes.Report) -> Sentence:
    if status == 401:
        return _TOKEN_REFUSED
    if status == 403:
        return _BLOCKED if report.page else _NOT_PERMITTED
    return _WRONG_ADDRESS


def _missing(report: envelopes.Report, details: dict[str, Any], unknown: Sentence) -> RemoteError:
    if report.main.name == "URI_NOT_FOUND":
        return Misconfigured(_WRONG_ADDRESS, **details)
    if report.page:
        return Unavailable(_trouble(404), **details)
    return NotFound(unknown, about=about(unknown), **details)


def _broken(status: int, details: dict[str, Any], *, writes: bool) -> RemoteError:
    if writes:
        sentence = say(
            "Walmart failed while working on this (status %(status)s). Whether it was done is looked up before it is "
            "tried again.",
            status=status,
        )
        return Ambiguous(sentence, **details)
    return Unavailable(_trouble(status), **details)


def _trouble(status: int) -> Sentence:
    return say("Walmart has a problem at the moment (status %(status)s). It is tried again by itself.", status=status)


def _is_outage(report: envelopes.Report) -> bool:
    said = {fault.words.strip(" .").lower() for fault in report.faults}
    return report.main.name == "INVALID_REQUEST" and said <= {"invalid request", "invalid_request"}


def _details(answer: Answer, report: envelopes.Report) -> dict[str, Any]:
    main = report.main
    said = redact.text(report.words[:LONGEST_WORDS]) or clean(answer.start)
    return {"side": SIDE, "field": main.field, "said": said, "code": main.code, "status": answer.status}
