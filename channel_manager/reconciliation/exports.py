"""A run as a table for a spreadsheet, row by row: as long as it may be, it is never held in memory."""

from collections.abc import Iterator
from typing import Any

from channel_manager.reconciliation.models import ComparedOrder, Finding, Run
from channel_manager.reconciliation.queries import compared_rows, finding_rows
from channel_manager.shared import spreadsheets
from channel_manager.shared.sentences import Sentence

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
    """CSV."""
    return spreadsheets.table(FINDINGS, (_finding(finding) for finding in finding_rows(run)))


def orders(run: Run) -> Iterator[str]:
    """CSV: every order that the run compared."""
    return spreadsheets.table(ORDERS, (_order(compared) for compared in compared_rows(run)))


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
        finding.found_at,
        finding.decided_by.get_username() if finding.decided_by else "",
        finding.decided_at,
        finding.reason,
        finding.closed_at,
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
        compared.compared_at,
    )


def _words(sentence: Any) -> str:
    return str(Sentence.from_json(sentence))
