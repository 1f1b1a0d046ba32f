"""`channel-manager orders sync`."""

import time
from datetime import datetime

from django.db import transaction

from channel_manager.cli.endings import Stop
from channel_manager.cli.orders.listing import chosen_stores
from channel_manager.cli.terminal import say
from channel_manager.shared.sentences import Sentence
from channel_manager.sync import pulls, sql
from channel_manager.sync.models import StreamCursor

LOOK = 0.2


def read_now(*, store: str, seconds: int) -> None:
    """Wait at most `seconds` until all is read; 0: do not wait. Raises Stop when that fails."""
    stores = [one.pk for one in chosen_stores(store) if one.is_active]
    asked: datetime = sql.rows("SELECT clock_timestamp() AS now")[0]["now"]
    with transaction.atomic():
        for cursor in _cursors(stores):
            pulls.request(cursor.store_id, cursor.stream)
    if not seconds:
        say(f"Asked for: {len(stores)} stores are read as soon as a worker is free.")
        return
    _wait(stores, asked, seconds)
    say("Everything is read.")


def _cursors(store_ids: list[int]) -> list[StreamCursor]:
    return list(StreamCursor.objects.filter(store_id__in=store_ids).order_by("store_id", "stream"))


def _wait(store_ids: list[int], asked: datetime, seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while True:
        cursors = _cursors(store_ids)
        late = [cursor for cursor in cursors if not _read_since(cursor, asked)]
        if not late and {cursor.store_id for cursor in cursors} == set(store_ids):
            return
        if time.monotonic() > deadline:
            raise Stop(f"Not everything was read within {seconds} s. {_why(late)}")
        time.sleep(LOOK)


def _read_since(cursor: StreamCursor, asked: datetime) -> bool:
    """By a run that began after it was asked for."""
    began, ended = cursor.started_at, cursor.finished_at
    return began is not None and ended is not None and asked <= began <= ended


def _why(late: list[StreamCursor]) -> str:
    said = [str(Sentence.from_json(one.error["sentence"])) for one in late if one.error]
    return said[0] if said else "Is a worker running? Start one with `channel-manager worker`."
