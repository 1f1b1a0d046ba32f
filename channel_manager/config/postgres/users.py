"""Who uses the server: a shared lock for life, which the kernel takes back even from a killed process."""

import fcntl
import os
from pathlib import Path

from channel_manager.config.postgres.ownership import open_private


def try_lock(path: Path, kind: int) -> int | None:
    """A descriptor that holds the lock until every copy of it is closed, or None when another process is in the way.

    Never unlock it explicitly: a forked child shares the lock with its parent and would release it for both.
    """
    descriptor = open_private(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def try_join(users_lock: Path) -> int | None:
    """None while the server is being stopped because its last user has left, or for the moment of a head count."""
    return try_lock(users_lock, fcntl.LOCK_SH)


def try_empty(users_lock: Path) -> int | None:
    """A descriptor when no process uses the server; nobody can join while it is open."""
    return try_lock(users_lock, fcntl.LOCK_EX)


def try_lead(server_lock: Path) -> int | None:
    """The exclusive lock of the supervisor, passed on to it open: there is no moment without an owner."""
    return try_lock(server_lock, fcntl.LOCK_EX)
