"""Two transactions that meet, without a race: the second begins while the first is open, and is waited for."""

import time

from channel_manager.sync import sql

PATIENCE = 2.0
BLOCKED = """
    SELECT count(*) AS found FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def until_blocked(thread):
    """It waits for a lock, or has ended without one."""
    ends = time.monotonic() + PATIENCE
    while thread.is_alive() and not sql.rows(BLOCKED)[0]["found"] and time.monotonic() < ends:
        time.sleep(0.005)
