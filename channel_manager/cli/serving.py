"""The processes of an installation: the web server, the worker, and both under one supervisor."""

import itertools
import sys
from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured

from channel_manager.cli import database, ports
from channel_manager.cli.endings import Code, Stop
from channel_manager.cli.processes import Child, Program, Supervisor, stop
from channel_manager.cli.signals import Stopping
from channel_manager.cli.terminal import complain, say

DATABASE_CHECK = 5  # seconds
WORKERS, THREADS = 2, 2  # measured on two cores: docs/architecture.md
KILL_AFTER = 10  # seconds for requests under way when the web server stops
MYSELF = (sys.executable, "-m", "channel_manager")
CHOOSE = "Stop it, or choose another port with --port."


def serve_pages(host: str, port: int) -> None:
    """Until SIGINT or SIGTERM. Django is loaded before the server's processes are forked: they share its memory."""
    ports.require_free(host, {"web": port}, CHOOSE)
    database.open_database("web")
    _tell_read_only()
    database.load_pages()
    database.close_connections()
    from granian import Granian  # noqa: PLC0415 - no other command needs it
    from granian.constants import Interfaces  # noqa: PLC0415 - as above
    from granian.log import LogLevels  # noqa: PLC0415 - as above

    say(f"Channel Manager answers at http://{_in_url(host)}:{port}")
    Granian(
        database.WSGI,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
    ).serve()


def work() -> None:
    """Until SIGINT or SIGTERM."""
    database.open_database("worker")
    database.close_connections()
    from channel_manager.worker.run import run_worker  # noqa: PLC0415 - needs the settings

    say("The worker is running.")
    run_worker(_tell_read_only)


def _tell_read_only() -> None:
    for sentence in database.recognise():
        complain(sentence)


def migrate() -> None:
    database.open_database("migrate", migrated=False)
    database.apply_migrations()


def run_all(host: str, port: int) -> None:
    """Everything on one machine, until SIGINT, SIGTERM or the terminal is closed."""
    ports.require_free(host, {"web": port}, CHOOSE)
    database.keep_embedded_running()
    with Stopping() as stopping:
        _migrate_first(stopping)
        supervisor = Supervisor(complain)
        try:
            if not stopping.asked:
                supervisor.start(Program("web", [*MYSELF, "web", f"--host={host}", f"--port={port}"]))
                supervisor.start(Program("worker", [*MYSELF, "worker"]))
            watch(supervisor, stopping)
        finally:
            say("Stopping …")
            supervisor.stop(hurry=lambda: stopping.asked > 1)


def _migrate_first(stopping: Stopping) -> None:
    child = Child(Program("migrate", [*MYSELF, "migrate"]))
    while not child.wait(0.1):
        if stopping.asked:
            stop([child])
            return
    if child.code:
        raise Stop("The database was not brought up to date; nothing was started.", _code(child.code))


def _code(code: int) -> Code:
    return Code(code) if code in list(Code) else Code.PROBLEM


def watch(supervisor: Supervisor, stopping: Stopping, each_second: Callable[[], None] = lambda: None) -> None:
    """Until stopping is asked for. Web and worker connect again by themselves, but nobody else would start a database
    that is gone.
    """
    for second in itertools.count(1):
        if stopping.wait(1):
            return
        supervisor.look_after()
        if second % DATABASE_CHECK == 0:
            _keep_database()
        each_second()


def _keep_database() -> None:
    try:
        database.keep_embedded_running()
    except ImproperlyConfigured as error:
        complain(str(error))


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
