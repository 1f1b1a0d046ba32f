"""Looks at Walmart's figure of a product after each call that may have moved it, before anybody hears of the answer."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chaos.lives.ledger import Ledger

Json = dict[str, Any]
SKU = re.compile(rb'"sku"\s*:\s*("(?:[^"\\]|\\.)*")')
FREEING = re.compile(r"^/v3/orders/(\d+)/(shipping|cancel)$")
VIOLATION = "VIOLATION"
"""How its line of a trace begins."""
STOCK, FEEDS = "/v3/inventory", "/v3/feeds"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a worker to Walmart. `about`: kind of operation or stream, and its subject."""

    about: str
    method: str
    target: str
    body: bytes

    @property
    def stated(self) -> str | None:
        """The SKU whose figure it states."""
        parts = urlsplit(self.target)
        if self.method != "PUT" or parts.path != STOCK:
            return None
        return parse_qs(parts.query)["sku"][0]

    @property
    def submitted(self) -> list[str]:
        """The SKUs of the file of stock that it submits."""
        parts = urlsplit(self.target)
        if self.method != "POST" or parts.path != FEEDS or parse_qs(parts.query).get("feedType") != ["inventory"]:
            return []
        return [json.loads(found) for found in SKU.findall(self.body)]

    @property
    def freed(self) -> tuple[str, dict[str, int]]:
        """The order that it ships or cancels, and units by line."""
        found = FREEING.match(urlsplit(self.target).path) if self.method == "POST" else None
        return (found[1], dict(_lines(json.loads(self.body)))) if found else ("", {})


@dataclass(slots=True)
class Watch:
    """`stock_of` asks Walmart (stated, reserved, available), `lines_of` an order's SKUs by line. `asked`: the products
    that are judged. Called from several threads.
    """

    ledger: Ledger
    stock_of: Callable[[str], Json]
    lines_of: Callable[[str], Mapping[str, str]]
    asked: frozenset[str]
    trace: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    violations: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    looks: int = 0
    stated: int = 0
    submitted: int = 0
    _over: set[str] = field(default_factory=set)
    _tries: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))

    def refused(self, call: Call, why: str) -> None:
        """It was not executed."""
        if sku := call.stated:
            self._tries[call.about, sku].append(False)
            self._note(sku, f"{call.about} states nothing: {why}")

    def coming(self, call: Call) -> None:
        """It is about to be executed."""
        if skus := call.submitted:
            self.submitted += 1
            self.ledger.submitted(skus)
        for sku, units in self._freed(call).items():
            tries = self._tries.pop((call.about, sku), [])
            self.ledger.freed_at_walmart(sku, units, lowered=not tries or any(tries))

    def executed(self, call: Call, status: int) -> None:
        """It was, and is not answered yet."""
        if sku := call.stated:
            self._tries[call.about, sku].append(True)
            self.stated += 1
            self.look(sku, f"{call.about} states {json.loads(call.body)['quantity']['amount']}, {status}")
        for sku in call.submitted:
            self.look(sku, f"{call.about} is submitted, {status}")
        for sku, units in self._freed(call).items():
            self.look(sku, f"{call.about} frees {units}, {status}")

    def look(self, sku: str, why: str = "") -> None:
        """Nobody may be shown more than is left, and what Walmart could not be told yet."""
        if sku not in self.asked:
            return
        before = self.ledger.bound(sku)
        shown = self.stock_of(sku)
        most = max(before, self.ledger.bound(sku))
        self.looks += 1
        if why:
            self._note(sku, f"{why}: {shown['input']} stated, {shown['reserved']} reserved; at most {most}")
        self._judge(sku, int(shown["available"]), most)

    def _judge(self, sku: str, shown: int, most: int) -> None:
        """One violation lasts until fewer are shown."""
        if shown <= most:
            self._over.discard(sku)
        elif sku not in self._over:
            self._over.add(sku)
            known = self.ledger.told_of(sku)
            self._note(sku, f"{VIOLATION}: {shown} can be bought, {most} at most: {known}")
            self.violations[sku].append(f"{datetime.now(UTC):%H:%M:%S} {shown} can be bought, not {most} ({known})")

    def _freed(self, call: Call) -> dict[str, int]:
        number, units = call.freed
        skus = self.lines_of(number) if number else {}
        found: dict[str, int] = {}
        for line, count in units.items():
            found[skus[line]] = found.get(skus[line], 0) + count
        return found

    def _note(self, sku: str, words: str) -> None:
        self.trace[sku].append(f"{datetime.now(UTC):%H:%M:%S.%f} {words}")


def _lines(part: Any) -> Iterator[tuple[str, int]]:
    """Line number and units of each line of a shipment or a cancellation."""
    if isinstance(part, dict) and "lineNumber" in part:
        yield str(part["lineNumber"]), sum(_amounts(part))
    elif isinstance(part, dict):
        for inner in part.values():
            yield from _lines(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _lines(inner)


def _amounts(part: Any) -> Iterator[int]:
    if isinstance(part, dict) and "statusQuantity" in part:
        yield int(part["statusQuantity"]["amount"])
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _amounts(inner)
