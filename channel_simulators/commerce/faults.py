"""Things that go wrong between a shop and its callers, on request."""

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    STATUS_BEFORE = "status_before"  # an error status, nothing executed
    STATUS_AFTER = "status_after"  # executed and committed, then an error status
    LOST_REPLY = "lost_reply"  # executed and committed, then the connection closes
    RESET = "reset"  # the connection closes, nothing executed
    SLOW = "slow"  # executed after a delay
    HTML = "html"  # 503 with an HTML page
    UNAUTHORIZED = "unauthorized"  # 401 as for a revoked token


@dataclass(kw_only=True)
class Fault:
    kind: Kind
    method: str | None = None
    path: str | None = None  # a regular expression, searched in the full path
    times: int = 1
    status: int = 500
    delay: float = 1.0

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
        if fault is not None:
            fault.times -= 1
            self.waiting = [other for other in self.waiting if other.times > 0]
        return fault
