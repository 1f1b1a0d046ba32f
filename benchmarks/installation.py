"""A throw-away installation: an embedded database in a temporary folder, and the processes that work on it.

Knows no Django before it is entered, since the settings start the database.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from channel_manager.config.postgres import leave, wait_until_stopped
from chaos.processes.starting import HOST, answers, close_connections, free_port, prepare, stop, wait_until

__all__ = ["Installation", "wait_until"]


class Installation:
    """Everything that was started ends with the block, each process by its own id."""

    def __init__(self) -> None:
        self._ending = ExitStack()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.web_port = free_port()
        """Known from the beginning: platforms are told of it."""

    def __enter__(self) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="channel-manager-bench-"))
        self.folder = folder
        self._ending.callback(shutil.rmtree, folder, ignore_errors=True)
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {
            "CHANNEL_MANAGER_DATA": str(folder),
            "CHANNEL_MANAGER_POLL_SECONDS": "1",
            "CHANNEL_MANAGER_PUBLIC_URL": f"http://{HOST}:{self.web_port}",
            "CHANNEL_MANAGER_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "channel_manager.config.settings",
        }
        self._ending.callback(self._leave)
        prepare()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.close()

    def start(self, name: str, *command: str, **environment: str) -> None:
        """A Python module with its arguments, as a process of its own."""
        arguments = [sys.executable, "-m", *command]
        process = subprocess.Popen(  # noqa: S603 - our own modules
            arguments, env=os.environ | environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        self.processes[name] = process
        self._ending.callback(stop, process)

    def serve(self, name: str, *command: str, port: int = 0, **environment: str) -> str:
        """The same for a server; `{port}` in its arguments is the port, a free one by itself. Its address, once it
        answers.
        """
        port = port or free_port()
        self.start(name, *(part.format(port=port) for part in command), **environment)
        url = f"http://{HOST}:{port}"
        wait_until(lambda: answers(url), f"{name} to answer")
        return url

    def stop(self, name: str) -> None:
        stop(self.processes.pop(name))

    def _leave(self) -> None:
        close_connections()
        leave()
        wait_until_stopped(self.folder / "postgres")
