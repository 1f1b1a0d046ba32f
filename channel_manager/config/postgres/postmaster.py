"""The PostgreSQL server as a child process."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from channel_manager.config.postgres.binaries import Binaries
from channel_manager.config.postgres.diagnosis import diagnose
from channel_manager.config.postgres.errors import EmbeddedPostgresError
from channel_manager.config.postgres.initialise import ENVIRONMENT, HERE
from channel_manager.config.postgres.locations import PORT, Locations
from channel_manager.config.postgres.ownership import (
    Account,
    check_private_folder,
    make_private_folder,
    open_private,
)

OPTIONS_SETTING = "CHANNEL_MANAGER_POSTGRES_OPTIONS"
OPTIONS = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%a ",
    "cluster_name": "channel-manager",
}
LOG_LIMIT = 8 * 1024 * 1024  # bytes; one older file is kept beside it
PAUSE = 0.3  # seconds until the processes of a killed postmaster have noticed and let go of its memory
PATIENCE = 30.0  # seconds for the same on a busy machine
LONGEST_SHUTDOWN = 300.0  # seconds for the last checkpoint of a large database
PR_SET_PDEATHSIG = 1
PREDECESSOR_ALIVE = ("pre-existing shared memory block", "is still in use", "already exists")

_prctl = ctypes.CDLL(None, use_errno=True).prctl


class Postmaster:
    """Started and stopped from one thread, the main one: the kernel ties the child's life to it."""

    def __init__(self, places: Locations, binaries: Binaries, account: Account | None) -> None:
        self.places = places
        self._binaries = binaries
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Return when connections are accepted, however long the recovery after a crash takes.

        Raises EmbeddedPostgresError when the server gives up.
        """
        patience = time.monotonic() + PATIENCE
        while True:
            forget_dead_predecessor(self.places)
            self._spawn()
            if self._became_ready():
                return
            said = self._said()
            if not any(sign in said for sign in PREDECESSOR_ALIVE) or time.monotonic() > patience:
                raise EmbeddedPostgresError(diagnose(said, self.places, "start"))
            time.sleep(PAUSE)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, a checkpoint is written."""
        if self._process is None:
            return
        if self.alive:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=LONGEST_SHUTDOWN)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def _spawn(self) -> None:
        self._prepare_socket_dir()
        supervisor = os.getpid()

        def die_with_supervisor() -> None:
            _prctl(PR_SET_PDEATHSIG, signal.SIGINT)
            if os.getppid() != supervisor:
                os._exit(1)

        log = open_private(self.places.log, os.O_WRONLY | os.O_APPEND)
        self._log_start = os.fstat(log).st_size
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [self._binaries.postgres, "-D", HERE, *self._options()],
                cwd=self.places.data,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,
                preexec_fn=die_with_supervisor,  # noqa: PLW1509 - one thread only; after the change of user, which clears it
                **(self._account.popen_arguments() if self._account else {}),
            )
        finally:
            os.close(log)

    def _options(self) -> list[str]:
        places = self.places
        directory = "." if places.socket_dir == places.data else str(places.socket_dir)
        # The socket's options come last: an option of the operator must not open the server to the network.
        options = OPTIONS | chosen_options() | {"listen_addresses": "", "unix_socket_permissions": "0700"}
        options |= {"unix_socket_directories": directory, "port": str(PORT), "logging_collector": "off"}
        return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]

    def _prepare_socket_dir(self) -> None:
        path = self.places.socket_dir
        if path == self.places.data:
            return
        with contextlib.suppress(FileExistsError):
            make_private_folder(path, self._account)
        check_private_folder(path, self._account)

    def _became_ready(self) -> bool:
        """False when the server has ended instead."""
        while self.alive:
            if self._status() == "ready":
                return True
            time.sleep(0.02)
        return False

    def _status(self) -> str:
        lines = pid_file_lines(self.places.data / "postmaster.pid")
        ours = self._process is not None and lines[:1] == [str(self._process.pid)]
        return lines[7].strip() if ours and len(lines) > 7 else ""

    def _said(self) -> str:
        with self.places.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")


def chosen_options() -> dict[str, str]:
    """The operator's options, `name=value` separated by blanks; they win over ours."""
    words = os.environ.get(OPTIONS_SETTING, "").split()
    if bad := [word for word in words if "=" not in word]:
        raise EmbeddedPostgresError(f"{OPTIONS_SETTING}: “{bad[0]}” is not of the form name=value.")
    return dict(word.split("=", 1) for word in words)


def forget_dead_predecessor(places: Locations) -> None:
    """Remove the pid files of a server that is gone, even if its number belongs to another process by now.

    PostgreSQL alone would refuse to start then, as in a container where numbers repeat. The caller holds the
    supervisor's lock, so a living predecessor can only be one that is shutting down: wait for it.
    """
    pid_file = places.data / "postmaster.pid"
    patience = time.monotonic() + LONGEST_SHUTDOWN
    while (pid := _pid(pid_file)) and is_server_of(pid, places.data):
        if time.monotonic() > patience:
            raise EmbeddedPostgresError(
                f"Another PostgreSQL server (process {pid}) uses {places.data} and does not end. Stop it (kill {pid})."
            )
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(PAUSE)
    for path in (pid_file, places.socket_dir / f".s.PGSQL.{PORT}.lock"):
        path.unlink(missing_ok=True)


def is_server_of(pid: int, data: Path) -> bool:
    process = Path("/proc") / str(pid)
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        return words[0].endswith(b"postgres") and (process / "cwd").samefile(data)
    except OSError:
        return False


def pid_file_lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _pid(path: Path) -> int | None:
    lines = pid_file_lines(path)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def bound_log(places: Locations) -> None:
    """Copy and empty a log that has grown too long; the server appends to the same file all the time."""
    if places.log.exists() and places.log.stat().st_size > LOG_LIMIT:
        shutil.copy2(places.log, places.older_log)
        os.truncate(places.log, 0)
