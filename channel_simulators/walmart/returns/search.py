"""Searching returns: the parameters of walmart-api §3.1."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.returns import progress
from channel_simulators.walmart.returns.kinds import KINDS, STATUSES
from channel_simulators.walmart.returns.state import ReturnOrder, Returns
from channel_simulators.walmart.state import epoch_ms

LARGEST_PAGE = 200
CREATED = ("returnCreationStartDate", "returnCreationEndDate")
MODIFIED = ("returnLastModifiedStartDate", "returnLastModifiedEndDate")
DATES = (*CREATED, *MODIFIED)
CHOICES = {
    "status": STATUSES,
    "returnType": ("REFUND", "REPLACEMENT", "PREORDER"),
    "replacementInfo": ("true", "false"),
    "isWFSEnabled": ("Y", "N"),
}
TEXTS = ("returnOrderId", "customerOrderId")
DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)?)?")
"""Fractions of a second are taken here, unlike on orders: the published contract shows them."""


@dataclass(frozen=True, kw_only=True)
class Search:
    limit: int
    given: Mapping[str, str]
    """The parameters that filter, as they were sent."""
    dates: Mapping[str, int]

    @property
    def replacement_info(self) -> bool:
        return self.given.get("replacementInfo") == "true"


def parse(query: Mapping[str, str]) -> Search:
    """Raise Refusal 400; dates come in pairs (walmart-api §9 no. 51)."""
    given = {name: value for name, value in query.items() if name in {*DATES, *CHOICES, *TEXTS} and value}
    for name, allowed in CHOICES.items():
        if given.get(name, allowed[0]) not in allowed:
            raise errors.parameter(name, f"{name} should be one of {', '.join(allowed)}")
    for start, end in (CREATED, MODIFIED):
        if (start in given) != (end in given):
            missing = end if start in given else start
            raise errors.parameter(missing, f"{start} and {end} should be given together")
    dates = {name: _date(name, given[name]) for name in DATES if name in given}
    return Search(limit=_limit(query), given=given, dates=dates)


def matches(rma: ReturnOrder, search: Search, returns: Returns) -> bool:
    given, dates = search.given, search.dates
    has = {"returnOrderId": rma.return_order_id, "customerOrderId": rma.customer_order_id}
    if search.replacement_info:
        has["returnType"] = KINDS[rma.kind].return_type
    return (
        all(given.get(name, value) == value for name, value in has.items())
        and _is_listed(rma, given.get("isWFSEnabled") == "Y", returns)
        and all(
            dates.get(start, 0) <= moment <= dates.get(end, 2**62)
            for moment, (start, end) in ((rma.created_at, CREATED), (rma.modified_at, MODIFIED))
        )
        and given.get("status") in (None, *(status for line in rma.lines for status in progress.statuses(line)))
    )


def _is_listed(rma: ReturnOrder, wfs: bool, returns: Returns) -> bool:  # noqa: FBT001 - the parameter's two values
    """Returns of what Walmart fulfilled are shown on request (walmart-api §3.1)."""
    if not wfs:
        return not rma.walmart_fulfilled
    return rma.walmart_fulfilled or returns.options.wfs_listing == "also"


def _date(name: str, text: str) -> int:
    if not DATE.fullmatch(text):
        raise errors.invalid_request(name, "Invalid Date format value")
    try:
        moment = datetime.fromisoformat(text)
        return epoch_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise errors.invalid_request(name, "Invalid Date format value") from None


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "10")
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= LARGEST_PAGE:
        raise errors.parameter("limit", f"limit should be a number from 1 to {LARGEST_PAGE}")
    return int(text)
