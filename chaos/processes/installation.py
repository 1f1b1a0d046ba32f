"""A throw-away installation: embedded database, simulators, faulty ways between them, workers that may be killed.

Knows no Django before `open`, since the settings start the database. Every process ends with this one, whatever ends
it: the kernel tells them (`chaos.processes.child`).
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

from channel_manager.config.postgres import EmbeddedPostgresError, Server, ensure, leave, wait_until_stopped
from channel_manager.config.postgres.locations import Locations
from chaos.processes.starting import HOST, answers, close_connections, free_port, prepare, stop, wait_until
from chaos.wire.cut import Way

MOST_FALLEN = 5


class Installation:
    """`workers`: process ids by name, 0 before birth. `limits`: how much faster than in life
    Walmart may be called, but for the calls `unhurried`.
    """

    def __init__(
        self, folder: Path | None = None, *, public_url: str = "", limits: float = 10.0, unhurried: str = ""
    ) -> None:
        self._ending = ExitStack()
        self._given, self._public_url, self._limits, self._unhurried = folder, public_url, limits, unhurried
        self._born = 0
        self._lock = threading.Lock()
        self.workers: dict[str, int] = {}
        self.dead: set[str] = set()
        self.killed: set[str] = set()
        self.restarts = 0
        self.fallen: list[str] = []
        self.web_port = free_port()

    def __enter__(self) -> Self:
        self.folder = self._given or Path(tempfile.mkdtemp(prefix="channel-manager-chaos-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._given is None:
            self._ending.callback(shutil.rmtree, self.folder, ignore_errors=True)
        for name in ("DATABASE_URL", "CHANNEL_MANAGER_POSTGRES_OPTIONS"):
            os.environ.pop(name, None)
        os.environ |= {
            "CHANNEL_MANAGER_DATA": str(self.folder),
            "CHANNEL_MANAGER_LOG_LEVEL": "WARNING",
            "CHANNEL_MANAGER_POLL_SECONDS": "2",
            "CHANNEL_MANAGER_PUBLIC_URL": self._public_url,
            "DJANGO_SETTINGS_MODULE": "channel_manager.config.settings",
        }
        try:
            self._open()
        except BaseException:
            self._ending.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.close()

    def _open(self) -> None:
        self._ending.callback(wait_until_stopped, self.folder / "postgres")
        self._ending.callback(leave)
        self.server = ensure(self.folder / "postgres")
        places = Locations.of(self.folder / "postgres")
        self._postmaster = places.data / "postmaster.pid"
        self.way = self._ending.enter_context(Way(self.server.socket_dir / f".s.PGSQL.{self.server.port}"))
        prepare()
        self._ending.callback(close_connections)
        self.walmart_url = self._simulator("walmart")
        self.commerce_url = self._simulator("commerce")
        self._open_nursery()

    # ---- processes ----

    def keep_workers(self, count: int) -> None:
        """As many as there should be: one that is gone is replaced."""
        if len(self.fallen) > MOST_FALLEN or self.nursery.poll() is not None:
            raise RuntimeError(f"Workers do not live; their log: {self.folder / 'workers.log'}")
        assert self.nursery.stdin is not None
        with self._lock:
            for _ in range(count - len(self.workers)):
                self._born += 1
                name = f"worker-{self._born}"
                self.workers[name] = 0
                self.nursery.stdin.write(f"{name} {self.journal(name)}\n".encode())
                self.nursery.stdin.flush()

    def kill_worker(self, name: str) -> None:
        """Several calls of one worker may each ask for it before its death is noted: it dies once."""
        with self._lock:
            if pid := self.workers.get(name):
                os.kill(pid, signal.SIGKILL)
                self.killed.add(name)

    def _open_nursery(self) -> None:
        environment = {
            "DATABASE_URL": self._by_way(self.server),
            "CHANNEL_MANAGER_ROLE": "worker",
            "CHAOS_LIMITS": str(self._limits),
            "CHAOS_UNHURRIED": self._unhurried,
        }
        self.nursery = self._start("chaos.processes.nursery", log="workers", pipes=subprocess.PIPE, **environment)
        self._ending.callback(stop, self.nursery)
        threading.Thread(target=self._listen, name="nursery", daemon=True).start()

    def _listen(self) -> None:
        """Until the nursery's end."""
        assert self.nursery.stdout is not None
        for line in self.nursery.stdout:
            what, name, number = line.decode().split()
            with self._lock:
                if what == "born":
                    self.workers[name] = int(number)
                else:
                    self._note_gone(name, int(number))

    def _note_gone(self, name: str, code: int) -> None:
        del self.workers[name]
        self.dead.add(name)
        self.restarts += 1
        if code != -signal.SIGKILL:
            self.fallen.append(f"{name} ended by itself with {code}; its log: {self.folder / 'workers.log'}")

    def serve_pages(self) -> None:
        web = self._start("channel_manager", "web", "--port", str(self.web_port), log="web")
        self._ending.callback(stop, web)
        wait_until(lambda: answers(f"http://{HOST}:{self.web_port}"), "the pages to answer")

    def journal(self, name: str) -> Path:
        return self.folder / f"{name}.journal"

    @property
    def logs(self) -> list[Path]:
        return [*sorted(self.folder.glob("*.log")), self.folder / "postgres" / "server.log"]

    # ---- disasters ----

    def kill_postgres(self) -> None:
        os.kill(int(self._postmaster.read_text().split()[0]), signal.SIGKILL)

    def revive_postgres(self) -> None:
        """Its supervisor has gone with it; whoever needs the server starts it again. Cheap when it runs.

        Killed while it is asked, it is asked again the next time.
        """
        with suppress(EmbeddedPostgresError):
            ensure(self.folder / "postgres", say=lambda _words: None)

    def cut_off(self, seconds: float) -> None:
        self.way.cut()
        threading.Timer(seconds, self.way.mend).start()

    def _simulator(self, platform: str) -> str:
        port = free_port()
        self._ending.callback(stop, self._start("channel_simulators", platform, "--port", str(port), log=platform))
        url = f"http://{HOST}:{port}"
        wait_until(lambda: answers(url), f"the simulator of {platform} to answer")
        return url

    def _start(
        self, module: str, *arguments: str, log: str, pipes: int = subprocess.DEVNULL, **environment: str
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "chaos.processes.child", module, *arguments]
        checkout = Path(__file__).parents[2]
        with self._log(log) as written:
            return subprocess.Popen(  # noqa: S603 - our own modules
                command,
                env=os.environ | environment,
                stdin=pipes,
                stdout=pipes,
                stderr=written,
                cwd=checkout,
                start_new_session=True,
            )

    def _log(self, name: str) -> IO[bytes]:
        return (self.folder / f"{name}.log").open("ab")

    def _by_way(self, server: Server) -> str:
        return f"postgresql://{server.user}:{quote(server.password, safe='')}@{HOST}:{self.way.port}/{server.database}"
