"""Things that go wrong between a shop and its callers, on request."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    # Nothing is executed
    STATUS_BEFORE = "status_before"  # an error status
    RESET = "reset"  # the connection closes
    HTML = "html"  # 503 with an HTML page, as in maintenance
    HTML_OK = "html_ok"  # a proxy's page with status 200
    REDIRECT = "redirect"  # 302 to another host
    PHP_ERROR = "php_error"  # 500 with a line of plain text
    UNAUTHORIZED = "unauthorized"  # 401 as for a revoked token
    # Executed and committed
    SLOW = "slow"  # after a delay
    SLOW_REPLY = "slow_reply"  # at once, but the answer comes after a delay
    STATUS_AFTER = "status_after"  # then an error status
    LOST_REPLY = "lost_reply"  # then the connection closes
    TRUNCATED = "truncated"  # half of the JSON
    CUT = "cut"  # the connection closes within the body
    DRIP = "drip"  # the body comes in small pieces, each after a delay
    HUGE = "huge"  # the body is followed by very many blanks
    WRONG_TYPE = "wrong_type"  # JSON that calls itself HTML
    NOISE = "noise"  # PHP's warnings before the JSON
    EMPTY = "empty"  # no body


BROKEN = (Kind.HTML_OK, Kind.TRUNCATED, Kind.CUT, Kind.HUGE, Kind.WRONG_TYPE, Kind.NOISE, Kind.EMPTY)
UNANSWERED = (Kind.LOST_REPLY, Kind.RESET)
NOT_EXECUTED = (
    Kind.STATUS_BEFORE, Kind.RESET, Kind.HTML, Kind.HTML_OK, Kind.REDIRECT, Kind.PHP_ERROR, Kind.UNAUTHORIZED,
)  # fmt: skip


@dataclass(kw_only=True)
class Fault:
    kind: Kind
    method: str | None = None
    path: str | None = None  # a regular expression, searched in the full path
    times: int = 1
    skip: int = 0  # so many calls that fit pass unharmed first
    status: int = 500
    delay: float = 1.0
    size: int = 64 * 1024 * 1024  # bytes, of a huge body
    headers: dict[str, str] = field(default_factory=dict)  # besides the usual ones
    body: Any = None  # of an error status instead of the usual one; a text is a page of HTML

    def fits(self, method: str, path: str) -> bool:
        if self.method is not None and self.method.upper() != method:
            return False
        return self.path is None or re.search(self.path, path) is not None


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str) -> Fault | None:
        """The first waiting fault that fits, used up by one."""
        fault = next((fault for fault in self.waiting if fault.fits(method, path)), None)
        if fault is None:
            return None
        if fault.skip > 0:
            fault.skip -= 1
            return None
        fault.times -= 1
        self.waiting = [other for other in self.waiting if other.times > 0]
        return fault
