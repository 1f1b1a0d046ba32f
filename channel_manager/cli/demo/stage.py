"""Everything the demo runs: a folder of its own, the two simulators, database, web server and worker."""

import fcntl
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from channel_manager.cli import database
from channel_manager.cli.demo.simulators import Commerce, Walmart, answers
from channel_manager.cli.endings import Stop
from channel_manager.cli.processes import Program, Supervisor
from channel_manager.cli.serving import MYSELF
from channel_manager.cli.terminal import complain

PATIENCE = 12.0  # seconds for each program to end
READY = 90.0  # seconds for everything to answer
LOOK = 0.1
GENERATION = "3"
"""Of what the simulators keep. Data of another one cannot be continued."""
POLL_SECONDS = 2
KEPT = ("CHANNEL_MANAGER_POSTGRES_USER", "CHANNEL_MANAGER_POSTGRES_OPTIONS", "CHANNEL_MANAGER_DEBUG")
"""What the demo takes from the environment of a real installation."""


@dataclass(frozen=True)
class Ports:
    web: int
    walmart: int
    commerce: int


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


class Folder:
    """The data of one demo, used by one demo at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def __enter__(self) -> Self:
        """Raises Stop while another demo uses it."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.path / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise Stop(f"A demo is running in {self.path}. Stop it first (Ctrl-C where it was started).") from None
        return self

    def require_continuable(self) -> None:
        """Raises Stop for data that an earlier version has left."""
        mark = self.path / "generation"
        if (self.path / "simulators").exists() and not (mark.exists() and mark.read_text() == GENERATION):
            raise Stop(
                f"The data in {self.path} was left by another version of the demo and cannot be continued. "
                "`make demo-reset` throws it away; then start the demo again."
            )
        mark.write_text(GENERATION)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)


class Stage:
    """The running demo. Use from the main thread."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.ports = ports
        self.walmart, self.commerce = Walmart(address(ports.walmart)), Commerce(address(ports.commerce))
        self.supervisor = Supervisor(complain)
        self._folder = folder.absolute()

    def start_platforms(self) -> None:
        for platform, port in (("walmart", self.ports.walmart), ("commerce", self.ports.commerce)):
            arguments = [sys.executable, "-m", "channel_simulators", platform, f"--port={port}"]
            arguments.append(f"--state-dir={self._folder / 'simulators'}")
            self._start(f"{platform} simulator", arguments)

    def open_installation(self) -> None:
        """The demo's own database in this process, up to date. Whatever the environment says of a real one is set
        aside.
        """
        for name in list(os.environ):
            if name == "DATABASE_URL" or (name.startswith("CHANNEL_MANAGER_") and name not in KEPT):
                del os.environ[name]
        os.environ["CHANNEL_MANAGER_DATA"] = str(self._folder)
        os.environ["CHANNEL_MANAGER_POLL_SECONDS"] = str(POLL_SECONDS)
        os.environ["CHANNEL_MANAGER_PUBLIC_URL"] = address(self.ports.web)
        os.environ["CHANNEL_MANAGER_LOG_LEVEL"] = "WARNING"
        database.open_database("demo", migrated=False)
        database.apply_migrations(quiet=True)

    def start_service(self) -> None:
        self._start("web", [*MYSELF, "web", f"--port={self.ports.web}"])
        self._start("worker", [*MYSELF, "worker"])

    def wait_until(self, ready: Callable[[], bool], what: str, asked_to_stop: Callable[[], bool]) -> None:
        """Raises Stop when a program ends meanwhile, with its last words, or when it takes too long."""
        deadline = time.monotonic() + READY
        while not ready():
            if asked_to_stop():
                raise Stop("Stopped before everything was running.")
            self._require_alive()
            if time.monotonic() > deadline:
                raise Stop(f"{what} did not answer within {READY:g} s.\n{self._last_words()}")
            time.sleep(LOOK)

    def platforms_answer(self) -> bool:
        return answers(self.walmart.url) and answers(self.commerce.url)

    def pages_answer(self) -> bool:
        return answers(f"{address(self.ports.web)}/sign-in")

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        self.supervisor.stop(patience=PATIENCE, hurry=hurry)

    def _start(self, name: str, arguments: list[str]) -> None:
        log = self._folder / "logs" / f"{name.replace(' ', '-')}.log"
        self.supervisor.start(Program(name, arguments, log=log))

    def _last_words(self) -> str:
        return "\n".join(f"{child.program.name}:\n{child.last_words()}" for child in self.supervisor.children)

    def _require_alive(self) -> None:
        for child in self.supervisor.children:
            if child.code is not None:
                raise Stop(f"The {child.program.name} process did not start (code {child.code}):\n{child.last_words()}")
