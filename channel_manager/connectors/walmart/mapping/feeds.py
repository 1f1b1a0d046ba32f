"""Files of many rows → Walmart, and what it says became of them (walmart-api §4.4, §4.5)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from channel_manager.connectors.walmart.mapping.inventory import stock
from channel_manager.connectors.walmart.mapping.prices import price
from channel_manager.connectors.walmart.mapping.reading import Json, count, moment, names, part, parts, rows, text
from channel_manager.ports.catalog import FeedKind, FeedLine, FeedReport, FeedRow, FeedState, FeedSummary, RowOutcome

MOST_LINES = 10_000
PAGE = 50
FEED_TYPES = {FeedKind.STOCK: "inventory", FeedKind.PRICE: "price"}
LOCKED = "ERR_EXT_DATA_0101211"
UNREADABLE = "UNREADABLE"
"""Our code of a row whose outcome has no meaning to us: shown to a person, since nothing is known of it."""
_KINDS = {name: kind for kind, name in FEED_TYPES.items()}
_STATES = {
    "RECEIVED": FeedState.RECEIVED,
    "INPROGRESS": FeedState.PROCESSING,
    "PROCESSED": FeedState.FINISHED,
    "ERROR": FeedState.REFUSED,
}
_OUTCOMES = {
    "INPROGRESS": RowOutcome.PROCESSING,
    "SUCCESS": RowOutcome.ACCEPTED,
    "DATA_ERROR": RowOutcome.REFUSED,
    "SYSTEM_ERROR": RowOutcome.AGAIN,
    "TIMEOUT_ERROR": RowOutcome.AGAIN,
}
_PASSING = ("SYSTEM_ERROR", "TIMEOUT_ERROR")


def file_of(kind: FeedKind, lines: tuple[FeedLine, ...], currency: str) -> Json:
    """The case of the keys matters: swapped, the whole file is refused. Raises ValueError."""
    if not 0 < len(lines) <= MOST_LINES:
        raise ValueError(f"A feed has 1 to {MOST_LINES} lines, not {len(lines)}.")
    if kind is FeedKind.STOCK:
        stocks = [stock(line.sku, _whole(line.value)) for line in lines]
        return {"InventoryHeader": {"version": "1.4"}, "Inventory": stocks}
    prices = [price(line.sku, line.value, currency) for line in lines]
    return {"PriceHeader": {"version": "1.7"}, "Price": prices}


def feed_id(data: Any, name: str = "feedId") -> str:
    """Some answers show it as it stands in paths."""
    return unquote(text(part(data), name))


def summaries(data: Any, kind: FeedKind) -> tuple[FeedSummary, ...]:
    """Those of the kind, and those that name none; one without an id cannot be dealt with."""
    found = parts(part(data, "results").get("feed"))
    wanted = ("", FEED_TYPES[kind])
    return tuple(summary(row) for row in found if feed_id(row) and text(row, "feedType").lower() in wanted)


def onward(data: Any, offset: int) -> tuple[int, bool]:
    """Where the next page of the list begins, and whether there is one."""
    size = len(rows(part(data, "results").get("feed")))
    reached, total = offset + size, count(part(data).get("totalResults"))
    return reached, bool(size) and (size >= PAGE if total is None else reached < total)


def summary(found: Json) -> FeedSummary:
    """A row of the list, or the detail, which names the moment otherwise. A state that is not known is not the end."""
    status = text(found, "feedStatus")
    state = _STATES.get(status.upper().replace("_", ""))
    errors = parts(part(found, "ingestionErrors").get("ingestionError"))
    return FeedSummary(
        feed_id=feed_id(found),
        kind=_KINDS.get(text(found, "feedType").lower()),
        state=state or FeedState.PROCESSING,
        submitted_at=moment(found.get("feedDate")) or moment(found.get("feedSubmissionDate")),
        received=count(found.get("itemsReceived")) or 0,
        accepted=count(found.get("itemsSucceeded")) or 0,
        failed=count(found.get("itemsFailed")) or 0,
        processing=count(found.get("itemsProcessing")) or 0,
        file_name=text(found, "fileName"),
        said=_words(errors) if state else status,
    )


def report(data: Any, asked: str, *, rows_from: int | None) -> FeedReport:
    """`asked` is the feed that was asked for; `rows_from` the place of the page's first row, None without rows."""
    found = part(data)
    told = summary({**found, "feedId": asked})
    if rows_from is None:
        return FeedReport(feed=told)
    page = rows(part(found, "itemDetails").get("itemIngestionStatus"))
    reached, received = rows_from + len(page), count(found.get("itemsReceived"))
    more = len(page) >= PAGE if received is None else reached < received
    return FeedReport(
        feed=told,
        rows=tuple(_row(row, place) for place, row in enumerate(page, rows_from)),
        following=reached if page and more else None,
    )


def _row(data: Any, place: int) -> FeedRow:
    """Known by its index, which is its place where it has none: some come without their SKU."""
    found = part(data)
    errors = parts(part(found, "ingestionErrors").get("ingestionError"))
    status = text(found, "ingestionStatus")
    outcome = _OUTCOMES.get(status.upper())
    index = count(found.get("index"))
    return FeedRow(
        index=place if index is None else index,
        sku=text(found, "sku"),
        outcome=_outcome(outcome, errors),
        code=next(iter(_codes(errors)), "") if outcome else UNREADABLE,
        said=_words(errors) if outcome else status,
    )


def _outcome(outcome: RowOutcome | None, errors: list[Json]) -> RowOutcome:
    """A SKU that is locked is free again later, if nothing else is wrong with the row."""
    if outcome is None:
        return RowOutcome.REFUSED
    if outcome is RowOutcome.REFUSED and errors and all(_passes(error) for error in errors):
        return RowOutcome.AGAIN
    return outcome


def _passes(error: Json) -> bool:
    return text(error, "code") == LOCKED or text(error, "type").upper() in _PASSING


def _codes(errors: Iterable[Json]) -> tuple[str, ...]:
    return names(text(error, "code") for error in errors)


def _words(errors: list[Json]) -> str:
    return "; ".join(names(text(error, "description") or text(error, "code") for error in errors))


def _whole(value: Decimal) -> int:
    if not value.is_finite() or value != int(value):
        raise ValueError(f"{value} is no number of units.")
    return int(value)
