"""What is kept for how long. Runs and findings stay; the list of every order that was compared does not."""

from channel_manager.sync import sql

ORDERS_DAYS = 30
BATCH = 5000

FORGET = """
    DELETE FROM reconciliation_comparedorder
    WHERE id IN (
        SELECT compared.id FROM reconciliation_comparedorder compared
        JOIN reconciliation_run run ON run.id = compared.run_id
        WHERE run.finished_at < now() - make_interval(days => %s)
        LIMIT %s)
"""


def forget_compared(*, days: int = ORDERS_DAYS) -> int:
    """A batch; how many. In a transaction."""
    return sql.execute(FORGET, [days, BATCH])
