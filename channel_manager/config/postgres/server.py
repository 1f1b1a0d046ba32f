"""Join the embedded server, starting it when needed."""

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from channel_manager.config.postgres.binaries import find_binaries
from channel_manager.config.postgres.errors import EmbeddedPostgresError, unusable
from channel_manager.config.postgres.initialise import SUPERUSER, read_password
from channel_manager.config.postgres.launching import Launch, launch
from channel_manager.config.postgres.locations import PORT, Locations
from channel_manager.config.postgres.ownership import prepare_folder
from channel_manager.config.postgres.probe import Answer, create_database, probe
from channel_manager.config.postgres.users import try_join, try_lead

DATABASE = "channel_manager"
LAUNCHES = 3  # supervisors that may vanish without a word (killed) before we give up
LOOK = 0.03  # seconds between two looks while waiting
NOTICE = 10.0  # seconds between two messages while waiting
NOTICES = {
    Answer.ABSENT: "PostgreSQL is starting …",
    Answer.STARTING: "PostgreSQL is recovering its data after an unclean stop; nothing is lost, please wait …",
    Answer.FULL: "All connections of PostgreSQL are in use; waiting for a free one …",
}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Server:
    """How to connect: over a socket in `socket_dir`, with a password."""

    socket_dir: Path
    port: int
    user: str
    password: str
    database: str

    @property
    def dsn(self) -> str:
        return self.database_url(self.database)

    def database_url(self, name: str) -> str:
        """The libpq URL of another database of this server."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{self.user}:{quote(self.password, safe='')}@/{quote(name)}?host={host}&port={self.port}"

    def __repr__(self) -> str:
        return f"Server({self.socket_dir}, database={self.database})"


@dataclass(frozen=True)
class _Membership:
    pid: int
    lock: int


_memberships: dict[Path, _Membership] = {}
_one_at_a_time = threading.RLock()


def _to_terminal(words: str) -> None:
    sys.stderr.write(words + "\n")


def ensure(folder: Path, *, wait: float = 300.0, say: Say = _to_terminal) -> Server:
    """Start the server in `folder` unless it runs, and stay one of its users for the life of this process.

    Creates the database `channel_manager` when it is missing. Cheap (one connection) when the server is there; call it
    again after a fork and when connections fail. Waits up to `wait` seconds for a recovery, telling so through `say`.
    Raises EmbeddedPostgresError with what to do.
    """
    places = Locations.of(folder)
    deadline = time.monotonic() + wait
    with _one_at_a_time:
        prepare_folder(places)
        try:
            _join(places, deadline)
            server = _reach(places, deadline, say)
        except OSError as error:
            raise unusable(places.folder, error) from error
        create_database(server.database_url("postgres"), DATABASE)
        return server


def leave(folder: Path | None = None) -> None:
    """Stop being a user, of every server or of the one in `folder`; the last one to leave stops the server."""
    with _one_at_a_time:
        for known in [Locations.of(folder).folder] if folder else list(_memberships):
            if membership := _memberships.pop(known, None):
                os.close(membership.lock)  # in a forked child this closes its copy only


def wait_until_stopped(folder: Path, *, wait: float = 30.0) -> bool:
    """Whether the server in `folder` has ended, so that the folder can be removed; False while it still has users."""
    places = Locations.of(folder)
    deadline = time.monotonic() + wait
    while places.folder.exists():
        if (lead := try_lead(places.server_lock)) is not None:
            os.close(lead)
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK)
    return True


def _join(places: Locations, deadline: float) -> None:
    membership = _memberships.get(places.folder)
    if membership and membership.pid == os.getpid() and _still_in_place(membership.lock, places.users_lock):
        return
    while (lock := try_join(places.users_lock)) is None:
        _pause(deadline, f"The database in {places.folder} is still stopping. Try again in a minute.")
    if membership:  # inherited by a fork, or of a folder that was removed and made again
        os.close(membership.lock)
    _memberships[places.folder] = _Membership(os.getpid(), lock)


def _still_in_place(lock: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except OSError:
        return False


def _reach(places: Locations, deadline: float, say: Say) -> Server:
    """Return once the server answers; whoever gets the supervisor's lock on the way starts it."""
    launches: list[Launch] = []
    notices = _Notices(say)
    try:
        while True:
            server = _server(places)
            answer = probe(server.database_url("postgres")) if server else Answer.ABSENT
            if server and answer is Answer.READY:
                return server
            if answer is Answer.REFUSED:
                raise EmbeddedPostgresError(
                    f"The database refuses the password in {places.password}. Restore the file that goes with the data."
                )
            _launch_unless_led(places, launches)
            notices.waiting(answer)
            _pause(deadline, f"PostgreSQL in {places.folder} is not ready yet; it goes on. Its log: {places.log}")
    finally:
        for known in launches:
            known.close()


def _server(places: Locations) -> Server | None:
    """None before the data are made."""
    if not places.data.exists() or not places.password.exists():
        return None
    return Server(places.socket_dir, PORT, SUPERUSER, read_password(places), DATABASE)


def _launch_unless_led(places: Locations, launches: list[Launch]) -> None:
    lead = try_lead(places.server_lock)
    if lead is None:
        return
    failure = launches[-1].failure() if launches else ""
    if failure or len(launches) == LAUNCHES:
        os.close(lead)
        raise EmbeddedPostgresError(
            failure or f"The database's supervisor was killed repeatedly. Its log: {places.log}"
        )
    if not launches:
        find_binaries()
    launches.append(launch(places, lead))


def _pause(deadline: float, words: str) -> None:
    if time.monotonic() > deadline:
        raise EmbeddedPostgresError(words)
    time.sleep(LOOK)


class _Notices:
    """Says what is waited for: not for an ordinary start, then now and again."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._next = time.monotonic() + 1.0

    def waiting(self, answer: Answer) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + NOTICE
        self._say(NOTICES[answer])
