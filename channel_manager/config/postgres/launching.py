"""Start the supervisor in a session of its own: no Ctrl-C and no closed terminal reaches it."""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import channel_manager
from channel_manager.config.postgres.errors import EmbeddedPostgresError
from channel_manager.config.postgres.locations import Locations
from channel_manager.config.postgres.ownership import open_private

SUPERVISOR = "channel_manager.config.postgres.supervisor"  # by name: it is run, not imported


@dataclass(frozen=True)
class Launch:
    """What the launching process hears of its supervisor: nothing, or the words of a failure."""

    report: int

    def failure(self) -> str:
        """Empty while all is well, and when the supervisor has ended without a word."""
        try:
            return os.read(self.report, 65536).decode()
        except BlockingIOError:
            return ""

    def close(self) -> None:
        os.close(self.report)


def launch(places: Locations, lead: int) -> Launch:
    """Start a detached supervisor and pass it the open lock; the caller's copy is closed."""
    root = str(Path(channel_manager.__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    with contextlib.ExitStack() as open_here:
        open_here.callback(os.close, lead)
        log = open_private(places.log, os.O_WRONLY | os.O_APPEND)
        open_here.callback(os.close, log)
        reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        open_here.callback(os.close, writing)
        try:
            subprocess.run(  # noqa: S603 - our own program
                [sys.executable, "-m", SUPERVISOR, str(places.folder), f"--lead={lead}", f"--report={writing}"],
                check=True,
                start_new_session=True,
                pass_fds=(lead, writing),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=os.environ | {"PYTHONPATH": path},
            )
        except (OSError, subprocess.CalledProcessError) as error:
            os.close(reading)
            raise EmbeddedPostgresError(
                f"The database's supervisor did not start ({error}). Its log: {places.log}"
            ) from error
    return Launch(reading)
