"""A run as a table for a spreadsheet, row by row: as long as it may be, it is never held in memory."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from channel_manager.reconciliation.models import ComparedOrder, Finding, Run
from channel_manager.reconciliation.queries import compared_rows, finding_rows
from channel_manager.shared.sentences import Sentence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""
FINDINGS = (
    "Walmart order",
    "Commerce order",
    "State",
    "Severity",
    "Kind",
    "Side",
    "Line",
    "Expected",
    "Found",
    "What",
    "Proposed",
    "Found at (UTC)",
    "Decided by",
    "Decided at (UTC)",
    "Reason",
    "Gone at (UTC)",
)
SIDES = ("walmart", "here", "commerce")
STATES = ("ordered", "shipped", "cancelled", "refunded")
ORDERS = (
    "Walmart order",
    "Commerce order",
    "Outcome",
    "Total at Walmart",
    "Total here",
    "Total in Commerce",
    *(f"{state} {side}" for state in STATES for side in SIDES),
    "Differences",
    "Compared at (UTC)",
)


def findings(run: Run) -> Iterator[str]:
    """Lines of CSV, the heads first."""
    return _lines(FINDINGS, (_finding(finding) for finding in finding_rows(run)))


def orders(run: Run) -> Iterator[str]:
    """Every order that the run compared: lines of CSV, the heads first."""
    return _lines(ORDERS, (_order(compared) for compared in compared_rows(run)))


def safe(cell: object) -> str:
    """A text that begins like a formula is only a text."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(FORMULA) else text


def _lines(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    yield _line(heads)
    for cells in rows:
        yield _line(cells)


def _line(cells: Iterable[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([safe(cell) for cell in cells])
    return buffer.getvalue()


def _finding(finding: Finding) -> tuple[object, ...]:
    return (
        finding.number,
        finding.order.commerce_number if finding.order else "",
        finding.state,
        finding.severity,
        finding.kind,
        finding.side,
        finding.line,
        finding.expected,
        finding.found,
        _words(finding.sentence),
        " ".join(_words(sentence) for sentence in finding.preview),
        _time(finding.found_at),
        finding.decided_by.get_username() if finding.decided_by else "",
        _time(finding.decided_at),
        finding.reason,
        _time(finding.closed_at),
    )


def _order(compared: ComparedOrder) -> tuple[object, ...]:
    units = [compared.units.get(side, {}).get(state, "") for state in STATES for side in SIDES]
    return (
        compared.number,
        compared.commerce_number,
        compared.outcome,
        compared.walmart_total,
        compared.own_total,
        compared.commerce_total,
        *units,
        " ".join(_words(sentence) for sentence in compared.differences),
        _time(compared.compared_at),
    )


def _words(sentence: Any) -> str:
    return str(Sentence.from_json(sentence))


def _time(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""
