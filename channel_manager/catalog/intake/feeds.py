"""What became of submitted feeds: a feed's end says nothing of its rows, so every row is read (walmart-api §4.5)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from channel_manager.catalog.models import Feed, FeedProgress
from channel_manager.ports.catalog import FeedReport, FeedRow, FeedState, FeedSummary, RowOutcome
from channel_manager.shared.sentences import say
from channel_manager.sync import failures, levels, sql
from channel_manager.sync.kinds import Json

WAITS = (30, 60, 60, 120, 300, 300, 900, 3600, 7200, 14400)
"""Seconds from look to look. Walmart promises a quarter of an hour (walmart-api §4.5); looking is one call of 5,000."""
LONGEST = timedelta(hours=48)
BUSY_FOR = timedelta(minutes=15)
"""How long rows wait that the marketplace could not take, as of a SKU that it is still working on."""

WRITE = """
    UPDATE catalog_feed_row row SET outcome = mine.outcome, code = mine.code, said = mine.said
    FROM jsonb_to_recordset(%s::jsonb) AS mine (index int, sku text, outcome text, code text, said text)
    WHERE row.feed_id = %s AND row.index = mine.index AND (mine.sku = '' OR row.key = mine.sku)
"""
ALL_ACCEPTED = "UPDATE catalog_feed_row SET outcome = 'accepted' WHERE feed_id = %s"
# A row that the report left out is sent again.
MISSING = "UPDATE catalog_feed_row SET outcome = 'again' WHERE feed_id = %s AND outcome IN ('', 'processing')"
LOCK = """
    SELECT id FROM sync_level
    WHERE carrier = %(carrier)s OR store_id = %(store)s AND kind = %(kind)s AND key IN (
        SELECT key FROM catalog_feed_row WHERE feed_id = %(feed)s)
    ORDER BY key COLLATE "C" FOR UPDATE
"""
# What was sent past the feed while it was under way, or is just being sent, may have been overwritten by it: it is sent
# once more.
PASSED = f"""
    UPDATE sync_level SET {levels.UNSURE}, urgent = true
    WHERE id IN (
        SELECT level.id FROM catalog_feed_row row
        JOIN sync_level level ON level.store_id = %(store)s AND level.kind = %(kind)s AND level.key = row.key
        WHERE row.feed_id = %(feed)s AND level.carrier <> %(carrier)s)
"""  # noqa: S608 - composed of constants
ACCEPTED = """
    UPDATE sync_level level
    SET sent = row.value, sent_at = now(), error = NULL, again_at = NULL,
        urgent = level.urgent AND level.wanted IS DISTINCT FROM row.value,
        dirty_since = CASE WHEN level.wanted IS DISTINCT FROM row.value AND level.wanted IS NOT NULL THEN now() END,
        carrier = '', carried = NULL, carried_at = NULL
    FROM catalog_feed_row row
    WHERE level.carrier = %(carrier)s AND row.feed_id = %(feed)s AND row.key = level.key AND row.outcome = 'accepted'
"""
REFUSED = """
    UPDATE sync_level level
    SET error = %(error)s::jsonb || jsonb_build_object('code', row.code, 'said', row.said), again_at = %(never)s,
        carrier = '', carried = NULL, carried_at = NULL
    FROM catalog_feed_row row
    WHERE level.carrier = %(carrier)s AND row.feed_id = %(feed)s AND row.key = level.key AND row.outcome = 'refused'
"""
# Whether such a row was written all the same nobody knows.
AGAIN = f"UPDATE sync_level SET {levels.UNSURE}, again_at = now() + %s WHERE carrier = %s"  # noqa: S608 - as above
COUNTED = """
    SELECT count(*) FILTER (WHERE outcome = 'accepted') AS accepted, count(*) FILTER (WHERE outcome = 'refused') AS
        refused, count(*) FILTER (WHERE outcome = 'again') AS again
    FROM catalog_feed_row WHERE feed_id = %s
"""
ROW_REFUSED: Json = {
    "class": "Rejected",
    "sentence": say(
        "Walmart refused this row of a feed. Mend what it says at the product or the item, then resend."
    ).as_json(),
    "side": "Walmart",
    "field": "",
    "status": None,
    "about": "",
}
FILE_REFUSED = say("Walmart refused the whole file of the feed. Its levels go into the next one.")
NO_END = say("Walmart has not finished the feed within two days. Its levels are sent again.")


def due(store_id: int, now: datetime) -> Feed | None:
    """The feed that should be looked at now, if any."""
    found = Feed.objects.filter(store=store_id, state=FeedProgress.SUBMITTED, due_at__lte=now)
    return found.order_by("due_at", "pk").first()


def receive(feed_pk: int, report: FeedReport | None, now: datetime) -> None:
    """Write down what was found of a feed under way, and end it when all its rows are known. None: it could not be
    read.
    """
    feed = Feed.objects.select_for_update().get(pk=feed_pk)
    if feed.state != FeedProgress.SUBMITTED:
        return
    assert feed.submitted_at is not None
    feed.looks += 1
    match report:
        case FeedReport(feed=FeedSummary(state=FeedState.REFUSED)):
            _refused(feed, report, now)
        case FeedReport(feed=FeedSummary(state=FeedState.FINISHED)) if all_accepted(feed, report):
            sql.execute(ALL_ACCEPTED, [feed.pk])
            _finish(feed, now)
        case FeedReport(feed=FeedSummary(state=FeedState.FINISHED)):
            _read_on(feed, report, now)
        case _ if now - feed.submitted_at > LONGEST:
            _lost(feed, now)
        case _:
            feed.due_at = now + timedelta(seconds=WAITS[min(feed.looks, len(WAITS) - 1)])
            feed.save(update_fields=["looks", "due_at"])


def all_accepted(feed: Feed, report: FeedReport) -> bool:
    """Whether the counts leave no row that could be anything else, so that the rows need not be read."""
    shown = report.feed
    return shown.accepted == shown.received == feed.lines and not shown.failed and not shown.processing


def _read_on(feed: Feed, report: FeedReport, now: datetime) -> None:
    """Rows come page by page; the next one is due at once."""
    _write(feed, report.rows)
    if report.following is None:
        sql.execute(MISSING, [feed.pk])
        _finish(feed, now)
        return
    feed.rows_read, feed.due_at = report.following, now
    feed.save(update_fields=["rows_read", "due_at", "looks"])


def _write(feed: Feed, rows: Sequence[FeedRow]) -> None:
    mine = [
        {"index": row.index, "sku": row.sku, "outcome": row.outcome, "code": row.code[:64], "said": row.said[:2000]}
        for row in rows
        if row.outcome is not RowOutcome.PROCESSING
    ]
    sql.execute(WRITE, [sql.json(mine), feed.pk])


def _finish(feed: Feed, now: datetime) -> None:
    where = {"feed": feed.pk, "carrier": feed.carrier, "store": feed.store_id, "kind": feed.kind}
    sql.rows(LOCK, where)
    sql.execute(PASSED, where)
    sql.execute(ACCEPTED, where)
    sql.execute(REFUSED, where | {"error": sql.json(ROW_REFUSED), "never": levels.NEVER})
    sql.execute(AGAIN, [BUSY_FOR, feed.carrier])
    counts = sql.rows(COUNTED, [feed.pk])[0]
    feed.accepted, feed.refused, feed.again = counts["accepted"], counts["refused"], counts["again"]
    feed.state, feed.finished_at = FeedProgress.FINISHED, now
    feed.save()


def _refused(feed: Feed, report: FeedReport, now: datetime) -> None:
    feed.problem = failures.stated(FILE_REFUSED, side="Walmart", said=report.feed.said)
    feed.state, feed.finished_at = FeedProgress.REFUSED, now
    feed.save()
    sql.execute(AGAIN, [BUSY_FOR, feed.carrier])


def _lost(feed: Feed, now: datetime) -> None:
    feed.problem = failures.stated(NO_END, side="Walmart")
    feed.state, feed.finished_at = FeedProgress.LOST, now
    feed.save()
    sql.execute(AGAIN, [timedelta(), feed.carrier])
