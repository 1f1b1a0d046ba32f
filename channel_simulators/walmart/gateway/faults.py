"""Faults on demand, as networks and platforms have them: before a call is executed, or after it."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from channel_simulators.walmart.gateway.shapes import SHAPES

BEFORE = ("status_before", "html", "expired_token", "reset")
"""The call is not executed."""
AFTER = ("status_after", "lost_reply", "slow", "dribble_headers", "dribble_body", "content_type", "gigantic", "partial")
KINDS = (*BEFORE, *AFTER)


@dataclass(slots=True, kw_only=True)
class Fault:
    """What `WalmartControl.faults_add` asks for; its docstring explains the kinds."""

    kind: str
    method: str | None = None
    path: str | None = None
    """A regular expression searched in the path. Without it every call is meant but that for a token."""
    remaining: int = 1
    status: int | None = None
    delay: float | None = None
    retry_after: float | None = None
    shape: str | None = None
    code: str | None = None
    description: str | None = None
    content_type: str | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of fault {self.kind!r}: one of {', '.join(KINDS)}.")
        if self.shape not in (None, *SHAPES):
            raise ValueError(f"Unknown shape {self.shape!r}: one of {', '.join(SHAPES)}.")

    def concerns(self, method: str, path: str) -> bool:
        if not self.remaining or self.method not in (None, method):
            return False
        return path != "/v3/token" if self.path is None else re.search(self.path, path) is not None


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault that concerns the call, counted down."""
        fault = next((fault for fault in self._faults if fault.concerns(method, path)), None)
        if fault:
            fault.remaining -= 1
        return fault

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]
