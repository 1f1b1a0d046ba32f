"""What is kept for how long: sending a level is repeated by the next one, so that nobody looks back for long."""

from channel_manager.catalog.operations.single import SendPrice, SendStock
from channel_manager.sync import sql

SENT_DAYS = 7
FEEDS_DAYS = 30
BATCH = 1000

FORGET_SENT = """
    WITH old AS (
        SELECT id FROM sync_operation
        WHERE kind = ANY(%s) AND state IN ('done', 'skipped') AND finished_at < now() - make_interval(days => %s)
        LIMIT %s),
    tried AS (DELETE FROM sync_attempt USING old WHERE operation_id = old.id),
    lowered AS (DELETE FROM sync_lowering USING old WHERE operation_id = old.id)
    DELETE FROM sync_operation USING old WHERE sync_operation.id = old.id
"""
FORGET_ROWS = """
    DELETE FROM catalog_feed_row WHERE id IN (
        SELECT row.id FROM catalog_feed_row row JOIN catalog_feed feed ON feed.id = row.feed_id
        WHERE feed.finished_at < now() - make_interval(days => %s) AND row.outcome = 'accepted' LIMIT %s)
"""


def forget_sent() -> int:
    """Forget single sendings that ended well long ago, a batch; how many. What failed stays."""
    return sql.execute(FORGET_SENT, [[SendStock.name, SendPrice.name], SENT_DAYS, BATCH])


def forget_rows() -> int:
    """Forget accepted rows of old feeds, a batch; how many. The feed and its refused rows stay."""
    return sql.execute(FORGET_ROWS, [FEEDS_DAYS, BATCH])
