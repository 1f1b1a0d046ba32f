"""Telling the worker that there is something to do. A hint only: the sweep covers every one that is lost."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from channel_manager.sync import sql
from channel_manager.sync.lanes.key import LaneKey

DELIVER = "deliver"
PULL = "pull"
QUEUE = "default"
BEHIND = "behind"
"""What must never keep orders waiting: long readings, and what is sent slowly."""
_behind: set[str] = set()

INSERT = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)
    VALUES (%s, %s, %s, %s::jsonb)
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class WakeUp:
    """One job at most waits for each `about`; the statement goes through Django's own connection, never Procrastinate's
    `defer`, so that it is in the caller's hands when it is seen.
    """

    task: str
    about: str
    arguments: str
    queue: str = QUEUE

    def __call__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [self.queue, self.task, f"{self.task}:{self.about}", self.arguments])

    def after_commit(self) -> None:
        """Inside the transaction the worker could fetch the hint before it can see the work."""
        if not any(self in planned for planned in connection.run_on_commit):
            transaction.on_commit(self, robust=True)


def put_behind(names: Iterable[str]) -> None:
    """These streams and endpoint families wait in a queue of their own from now on. Said when a process starts."""
    _behind.update(names)


def delivery(lane: LaneKey) -> WakeUp:
    return WakeUp(DELIVER, str(lane), sql.json({"lane": str(lane)}), _queue(lane.family))


def pull(store_id: int, stream: str) -> WakeUp:
    return WakeUp(PULL, f"{store_id}:{stream}", sql.json({"store_id": store_id, "stream": stream}), _queue(stream))


def wake(lanes: Iterable[LaneKey]) -> None:
    """Each lane's delivery, after the caller's transaction has committed."""
    for lane in lanes:
        delivery(lane).after_commit()


def _queue(name: str) -> str:
    return BEHIND if name in _behind else QUEUE
