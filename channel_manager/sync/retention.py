"""What is kept for how long."""

from channel_manager.sync import sql

EXCHANGES_DAYS = 30
BATCH = 1000

FORGET = """
    UPDATE sync_attempt SET exchanges = '[]'
    WHERE id IN (
        SELECT attempt.id FROM sync_attempt attempt
        JOIN sync_operation operation ON operation.id = attempt.operation_id
        WHERE attempt.exchanges <> '[]' AND attempt.finished_at < now() - make_interval(days => %s)
          AND operation.state IN ('done', 'skipped', 'settled')
        LIMIT %s)
"""


def forget_exchanges(*, days: int = EXCHANGES_DAYS) -> int:
    """Empty the records of old exchanges of operations that have ended, a batch; how many. The attempts stay."""
    return sql.execute(FORGET, [days, BATCH])
