"""What happens to a feed after its submission, by the clock: RECEIVED, INPROGRESS, then PROCESSED or ERROR."""

from collections import Counter
from typing import Any

from channel_simulators.walmart.catalog.state import Catalog
from channel_simulators.walmart.feeds.faults import RowFailed
from channel_simulators.walmart.feeds.kinds import KINDS, Kind
from channel_simulators.walmart.feeds.rows import Desk
from channel_simulators.walmart.feeds.state import Failure, Fault, Feed, Feeds, Row
from channel_simulators.walmart.world import FOREVER, World


def advance(world: World, now: int) -> int:
    """Process what is due, the earliest first, each at its own moment; return when to look again."""
    feeds = world.state.feeds
    following = FOREVER
    for feed in sorted((feeds.feeds[feed_id] for feed_id in feeds.waiting), key=lambda feed: feed.ends_at):
        if feed.ends_at <= now:
            finish(feed, feeds, world.state.catalog)
            feeds.waiting.remove(feed.feed_id)
            world.changed()
        elif feed.starts_at <= now:
            feed.status, feed.modified_at = "INPROGRESS", feed.starts_at
            following = min(following, feed.ends_at)
        else:
            following = min(following, feed.starts_at)
    return following


def finish(feed: Feed, feeds: Feeds, catalog: Catalog) -> None:
    """`PROCESSED` says nothing about the rows; a refused file has none."""
    feed.modified_at = feed.ends_at
    if feed.fault is not None:
        feed.status, feed.received, feed.sent = "ERROR", 0, []
        return
    desk = Desk(catalog=catalog, partner_id=feed.partner_id, now=feed.ends_at, ship_node=feed.ship_node)
    failures = {
        sku: failure
        for sku, failure in feeds.failures.get(feed.partner_id, {}).items()
        if failure.feed_type in (None, feed.feed_type)
    }
    kind = KINDS[feed.feed_type]
    feed.rows = [_row(desk, kind, index, sent, failures) for index, sent in enumerate(feed.sent)]
    feed.tally = Counter(row.status for row in feed.rows)
    feed.status, feed.sent = "PROCESSED", []


def sku_sent(kind: Kind, sent: Any) -> str | None:
    content = _content(kind, sent)
    sku = content.get("sku") if content is not None else None
    return sku if isinstance(sku, str) else None


def _row(desk: Desk, kind: Kind, index: int, sent: Any, failures: dict[str, Failure]) -> Row:
    sku = sku_sent(kind, sent)
    fault = _wanted(failures[sku]) if sku in failures else None
    if fault is None:
        content = _content(kind, sent)
        try:
            if content is None:
                raise RowFailed(kind.inside or kind.rows, "The row is not valid")
            item = kind.apply(desk, content)
        except RowFailed as failed:
            fault = failed.fault
    if fault is not None:
        return Row(index=index, sku=sku, status=fault.type, fault=fault)
    row = Row(index=index, sku=sku, status="SUCCESS")
    if item is not None:
        row.wpid, row.item_id, row.gtin = item.wpid, item.item_id, item.gtin
    return row


def _content(kind: Kind, sent: Any) -> dict[str, Any] | None:
    content = sent.get(kind.inside) if kind.inside and isinstance(sent, dict) else sent
    return content if isinstance(content, dict) else None


def _wanted(failure: Failure) -> Fault | None:
    if not failure.remaining:
        return None
    failure.remaining -= 1
    return failure.fault
