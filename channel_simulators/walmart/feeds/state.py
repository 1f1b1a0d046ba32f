"""The facts of feeds. Times are epoch milliseconds."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(slots=True, kw_only=True)
class Fault:
    """What is wrong with a row or with a whole file."""

    type: str
    """DATA_ERROR, SYSTEM_ERROR or TIMEOUT_ERROR."""
    code: str
    description: str
    field: str | None = None


@dataclass(slots=True, kw_only=True)
class Row:
    """The outcome of one row."""

    index: int
    sku: str | None
    status: str
    wpid: str | None = None
    item_id: str | None = None
    gtin: str = ""
    fault: Fault | None = None


@dataclass(slots=True, kw_only=True)
class Feed:
    feed_id: str
    partner_id: str
    feed_type: str
    submitted_at: int
    starts_at: int
    ends_at: int
    modified_at: int
    status: str = "RECEIVED"
    received: int = 0
    sent: list[Any] = field(default_factory=list)
    """The rows as they came, until they are processed."""
    rows: list[Row] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict)
    """Rows by status."""
    fault: Fault | None = None
    """Why the file as a whole is refused."""
    file_name: str | None = None
    channel_type: str | None = None
    ship_node: str | None = None

    def count(self, status: str) -> int:
        return self.tally.get(status, 0)


@dataclass(slots=True, kw_only=True)
class Failure:
    """A row that will fail because a test wants it to."""

    fault: Fault
    remaining: int
    feed_type: str | None = None


@dataclass(slots=True, kw_only=True)
class FeedOptions:
    """Seconds Walmart takes, and what the documents leave open."""

    start_after: float = 5
    finish_after: float = 30
    """From the submission; walmart-api §4.5 speaks of 15 minutes."""
    largest_detail_page: int = 50
    """The guide says up to 1,000 (walmart-api §9 no. 52)."""
    rows_without_sku: Literal["none", "failed", "all"] = "none"
    """Which results come without their SKU, to be known by their index only."""
    versions: dict[str, list[str]] = field(default_factory=dict)
    """Accepted beginnings of the payload's version by feed type, where other than usual: they roll."""


@dataclass(slots=True, kw_only=True)
class Feeds:
    feeds: dict[str, Feed] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    """Feeds that are not final."""
    failures: dict[str, dict[str, Failure]] = field(default_factory=dict)
    """By partner id, then SKU."""
    file_faults: list[Fault] = field(default_factory=list)
    """For the next files, one each."""
    options: FeedOptions = field(default_factory=FeedOptions)
