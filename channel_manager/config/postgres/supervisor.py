"""The process that owns the server: starts it, restarts it after a crash, stops it when its last user has left.

`python -m channel_manager.config.postgres.supervisor FOLDER` stays in the foreground; `launching` starts one detached.
"""

import argparse
import contextlib
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from channel_manager.config.postgres.binaries import usable_binaries
from channel_manager.config.postgres.errors import EmbeddedPostgresError, unusable
from channel_manager.config.postgres.initialise import initialise
from channel_manager.config.postgres.locations import Locations
from channel_manager.config.postgres.ownership import prepare_folder, server_account
from channel_manager.config.postgres.postmaster import PAUSE, Postmaster, bound_log
from channel_manager.config.postgres.users import try_empty, try_lead

HEAD_COUNT = 0.25  # seconds between two looks for users
GRACE = 2.0  # seconds without a user before the server is stopped
CRASHES = 5  # within CRASH_WINDOW seconds: something is wrong that restarting does not cure
CRASH_WINDOW = 60.0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="supervisor", description="Runs the embedded PostgreSQL while it has users.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lead", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--report", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    places = Locations.of(chosen.folder)
    if chosen.lead is not None:
        if os.fork():
            os._exit(0)  # the launcher waits for this parent only; nobody has to reap the supervisor
    elif not _lead_in_foreground(places):
        return 1
    return supervise(places, chosen.report)


def supervise(places: Locations, report: int | None) -> int:
    """Run until the last user has left or a signal comes; the caller holds the supervisor's lock."""
    _end_on_signals()
    postmaster: Postmaster | None = None
    try:
        account = server_account(places)
        binaries = usable_binaries(account)
        initialise(places, binaries, account)
        postmaster = Postmaster(places, binaries, account)
        postmaster.start()
        _watch(postmaster)
    except (EmbeddedPostgresError, OSError) as error:
        words = str(unusable(places.folder, error) if isinstance(error, OSError) else error)
        _say(words)
        if report is not None:
            _report(report, words)
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        if postmaster is not None:
            postmaster.stop()
    return 0


def _watch(postmaster: Postmaster) -> None:
    """Return, with the door for users shut until this process ends, once nobody has been there for a while."""
    last_seen = time.monotonic()
    crashes: list[float] = []
    while True:
        time.sleep(HEAD_COUNT)
        empty = try_empty(postmaster.places.users_lock)
        if empty is None:
            last_seen = time.monotonic()
        elif time.monotonic() - last_seen >= GRACE:
            return
        else:
            os.close(empty)
        if not postmaster.alive:
            crashes = [at for at in crashes if time.monotonic() - at < CRASH_WINDOW] + [time.monotonic()]
            _restart(postmaster, len(crashes))
            last_seen = time.monotonic()
        bound_log(postmaster.places)


def _restart(postmaster: Postmaster, crashes: int) -> None:
    if crashes > CRASHES:
        raise EmbeddedPostgresError(
            f"PostgreSQL ended {crashes} times within a minute. Its log: {postmaster.places.log}"
        )
    _say("PostgreSQL has ended unexpectedly; starting it again")
    time.sleep(PAUSE)
    postmaster.start()


def _lead_in_foreground(places: Locations) -> bool:
    try:
        prepare_folder(places)
    except EmbeddedPostgresError as error:
        _say(str(error))
        return False
    if try_lead(places.server_lock) is None:
        _say(f"Another supervisor runs the database in {places.folder}.")
        return False
    return True


def _end_on_signals() -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _report(descriptor: int, words: str) -> None:
    with contextlib.suppress(OSError):  # the launching process may be gone
        os.write(descriptor, words.encode()[:4096])


def _say(words: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC [{os.getpid()}] supervisor: {words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
