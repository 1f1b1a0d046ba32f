"""How long notifications are kept: far longer than any platform repeats one."""

from channel_manager.sync import sql

DAYS = 30
BATCH = 5000

FORGET = """
    DELETE FROM notifications_notification
    WHERE id IN (
        SELECT id FROM notifications_notification WHERE received_at < now() - make_interval(days => %s) LIMIT %s)
"""


def forget_notifications(*, days: int = DAYS) -> int:
    """Delete old ones, a batch; how many."""
    return sql.execute(FORGET, [days, BATCH])
