"""Covering every wake-up that was lost, every retry whose time has come and every lease that has expired."""

from channel_manager.ports.messages import Platform
from channel_manager.sync import sql, wakeups
from channel_manager.sync.lanes.claim import free_expired
from channel_manager.sync.lanes.key import LaneKey

DUE = """
    SELECT DISTINCT operation.store_id, operation.platform, operation.family
    FROM sync_operation operation
    JOIN stores_store store ON store.id = operation.store_id
    LEFT JOIN sync_read_only copied ON copied.store_id = operation.store_id
    LEFT JOIN sync_lane lane ON lane.store_id = operation.store_id AND lane.platform = operation.platform
        AND lane.family = operation.family
    LEFT JOIN sync_platform_pause pause ON pause.store_id = operation.store_id AND pause.platform = operation.platform
    WHERE operation.state = 'waiting' AND operation.due_at <= now()
      AND store.is_active AND store.confirmed_at IS NOT NULL AND copied.store_id IS NULL
      AND (lane.blocked_until IS NULL OR lane.blocked_until <= now())
      AND (pause.next_check_at IS NULL OR pause.next_check_at <= now())
"""
ORPHANS = """
    DELETE FROM procrastinate_jobs job
    WHERE status = 'doing' AND NOT EXISTS (
        SELECT 1 FROM procrastinate_workers worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - interval '30 seconds')
"""


def sweep() -> None:
    """Wake each lane that has something to do; forget the jobs of workers that are gone. In a transaction."""
    free_expired()
    sql.execute(ORPHANS)
    due = sql.rows(DUE)
    wakeups.wake(sorted(LaneKey(row["store_id"], Platform(row["platform"]), row["family"]) for row in due))
