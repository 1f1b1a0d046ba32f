"""Feeds at Walmart: submitted as a file, judged row by row later (walmart-api §4.4, §4.5)."""

import re
from datetime import datetime

from channel_manager.connectors.walmart.client import File, Json, WalmartClient, encoded
from channel_manager.connectors.walmart.errors import SIDE
from channel_manager.connectors.walmart.mapping import feeds as mapping
from channel_manager.connectors.walmart.refusals import TOO_LARGE, unknown_feed
from channel_manager.ports.catalog import FeedKind, FeedLine, FeedReport, FeedSummary
from channel_manager.shared.errors import Ambiguous, NotFound, Rejected
from channel_manager.shared.sentences import say

LARGEST_FILE = 10_000_000
MOST_FEEDS = 10_000
"""Of the list are looked at."""
_FILE_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)


async def submit(
    client: WalmartClient, kind: FeedKind, lines: tuple[FeedLine, ...], *, currency: str, name: str
) -> str:
    """Raises Rejected without asking Walmart for a file that it would not take."""
    if not _FILE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a file.")
    content = encoded(mapping.file_of(kind, lines, currency))
    if len(content) > LARGEST_FILE:
        sentence = say(
            "A file of %(lines)s SKUs has %(size)s MB, and Walmart takes at most %(most)s MB. Send fewer SKUs in one "
            "file.",
            lines=len(lines),
            size=f"{len(content) / 1e6:.1f}",
            most=LARGEST_FILE // 10**6,
        )
        raise Rejected(sentence, side=SIDE, field="file", status=TOO_LARGE)
    data = await client.submit_feed(f"feed_{kind}", mapping.FEED_TYPES[kind], File(name, content))
    if feed_id := mapping.feed_id(data):
        return feed_id
    sentence = say(
        "Walmart took a file of %(lines)s SKUs without giving it a number. It is looked for before it is sent again.",
        lines=len(lines),
    )
    raise Ambiguous(sentence, side=SIDE, field="feedId")


async def submitted(client: WalmartClient, kind: FeedKind, since: datetime) -> tuple[FeedSummary, ...]:
    """One without a moment is told too: it may be the one that is looked for."""
    found: dict[str, FeedSummary] = {}
    offset = 0
    while offset < MOST_FEEDS:
        query = {"feedType": mapping.FEED_TYPES[kind], "offset": str(offset), "limit": str(mapping.PAGE)}
        data = await client.feeds(query)
        page = mapping.summaries(data, kind)
        found |= {one.feed_id: one for one in page if one.submitted_at is None or one.submitted_at >= since}
        offset, more = mapping.onward(data, offset)
        if not more or _is_past(page, since):
            break
    return tuple(sorted(found.values(), key=lambda one: one.submitted_at or since, reverse=True))


async def one(client: WalmartClient, feed_id: str, rows_from: int | None) -> FeedReport:
    if not feed_id.strip(". "):
        raise NotFound(unknown_feed(feed_id), side=SIDE)
    query = {"includeDetails": "false"}
    if rows_from is not None:
        query = {"includeDetails": "true", "offset": str(rows_from), "limit": str(mapping.PAGE)}
    data: Json = await client.feed(feed_id, query)
    return mapping.report(data, feed_id, rows_from=rows_from)


def _is_past(page: tuple[FeedSummary, ...], since: datetime) -> bool:
    """Whether what follows is older still. Walmart shows the latest first; should it not, all pages are read."""
    moments = [one.submitted_at for one in page if one.submitted_at is not None]
    return bool(moments) and max(moments) < since and moments[0] >= moments[-1]
