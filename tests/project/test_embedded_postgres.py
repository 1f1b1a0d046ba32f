"""The embedded server with real processes: every test works on a folder of its own and stops what it started."""

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from channel_manager.config.postgres import EmbeddedPostgresError, Server, ensure, leave, wait_until_stopped
from channel_manager.config.postgres.binaries import INSTALL, STAGES, WHEEL, find_binaries
from channel_manager.config.postgres.diagnosis import diagnose
from channel_manager.config.postgres.locations import LONGEST_SOCKET_DIR, Locations
from channel_manager.config.postgres.postmaster import LOG_LIMIT, OPTIONS_SETTING, bound_log
from channel_manager.config.postgres.supervisor import GRACE

USER = """
import json, os, sys
from pathlib import Path
from channel_manager.config.postgres import EmbeddedPostgresError, ensure
def use():
    try:
        print(json.dumps({"dsn": ensure(Path(sys.argv[1])).dsn, "pid": os.getpid()}), flush=True)
    except EmbeddedPostgresError as error:
        print(json.dumps({"error": str(error)}), flush=True)
"""
STAY = "use(); sys.stdin.read()"
FORK_AND_LEAVE = "ensure(Path(sys.argv[1])); os.fork() and os._exit(0); use(); sys.stdin.read()"
PROJECT = Path(__file__).parents[2]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user; run the suite as root too")


@pytest.fixture(autouse=True)
def durable(monkeypatch):
    """The suite's own server is set up without fsync; these are not."""
    monkeypatch.delenv(OPTIONS_SETTING, raising=False)
    monkeypatch.delenv("CHANNEL_MANAGER_POSTGRES_USER", raising=False)


@pytest.fixture
def places(tmp_path) -> Iterator[Locations]:
    locations = Locations.of(tmp_path / "postgres")
    yield locations
    stop(locations)


@pytest.fixture
def start_user() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    with contextlib.ExitStack() as stack:

        def start(
            places: Locations, then: str = STAY, python: str = sys.executable, **options
        ) -> subprocess.Popen[str]:
            user = subprocess.Popen(
                [python, "-c", USER + then, places.folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd="/",
                **options,
            )
            stack.callback(end, user)
            return user

        yield start


@pytest.fixture(scope="module")
def python_of_nobody() -> dict:
    """How nobody can run the product: the suite's own Python may lie in root's home."""
    paths = os.pathsep.join([str(PROJECT), str(Path(psycopg.__file__).parents[1])])
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": paths}
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            tried = [python, "-c", "import psycopg, channel_manager.config.postgres"]
            subprocess.run(tried, check=True, capture_output=True, cwd="/", env=environment, **as_nobody())
            return {"python": python, "env": environment, **as_nobody()}
    return pytest.skip("the checkout or its Python lies where no other user may enter")


def first_on_path(folder: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def as_nobody() -> dict:
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def end(user: subprocess.Popen[str]) -> None:
    user.kill()
    user.wait()
    user.stdin.close()
    user.stdout.close()


def heard(user: subprocess.Popen[str]) -> dict:
    return json.loads(user.stdout.readline())


def stop(places: Locations) -> None:
    leave(places.folder)
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        server = postmaster_pid(places)
        os.kill(parent_of(server), signal.SIGTERM)
        wait_until(lambda: not alive(server))
    if places.socket_dir != places.data:
        shutil.rmtree(places.socket_dir, ignore_errors=True)


def postmaster_pid(places: Locations) -> int:
    return int((places.data / "postmaster.pid").read_text().split()[0])


def parent_of(pid: int) -> int:
    return int(re.search(r"PPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def wait_until(condition: Callable[[], bool], seconds: float = 15.0) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - started


def answer(dsn: str, query: str = "SELECT 42"):
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchone()[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_cold_start_gives_a_private_database_with_our_settings(places):
    server = ensure(places.folder)

    with psycopg.connect(server.dsn) as connection:
        shown = [
            connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("listen_addresses", "synchronous_commit", "fsync", "jit", "timezone", "max_connections")
        ]
        locale = connection.execute(
            "SELECT datlocprovider, datlocale, current_database() FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert shown == ["", "on", "on", "off", "UTC", "100"]
    assert locale == ("b", "C.UTF-8", "channel_manager")
    assert (mode(places.folder), mode(places.data), mode(places.password)) == (0o700, 0o700, 0o600)
    assert places.log.exists()
    assert server.password not in repr(server)
    assert owner_of(postmaster_pid(places)) != 0


def test_the_server_stops_when_its_last_user_is_gone_even_killed_and_keeps_its_data(places, start_user):
    server = ensure(places.folder)
    other = start_user(places)
    assert heard(other)["dsn"] == server.dsn
    pid = postmaster_pid(places)
    with psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")

    leave(places.folder)
    time.sleep(GRACE + 0.6)
    assert alive(pid)

    supervisor = parent_of(pid)
    other.kill()
    assert not wait_until_stopped(places.folder, wait=0.1)
    waited = wait_until(lambda: not alive(pid))
    assert wait_until_stopped(places.folder)
    wait_until(lambda: not alive(supervisor))
    assert waited > GRACE - 0.5
    assert answer(ensure(places.folder).dsn, "SELECT number FROM kept") == 7


def test_racing_starters_get_one_server(places, start_user):
    users = [start_user(places) for _ in range(5)]

    answers = [heard(user) for user in users]

    assert {found.get("dsn") for found in answers} == {ensure(places.folder).dsn}
    assert places.log.read_text().count("starting PostgreSQL") == 1


def test_every_acknowledged_commit_survives_a_killed_server(places):
    server = ensure(places.folder)
    with psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE entry (writer int, number int)")
    acknowledged: list[tuple[int, int]] = []
    writers = [threading.Thread(target=write_until_cut, args=(server, n, acknowledged)) for n in range(3)]
    for writer in writers:
        writer.start()
    wait_until(lambda: len(acknowledged) > 300)

    killed = postmaster_pid(places)
    os.kill(killed, signal.SIGKILL)
    for writer in writers:
        writer.join(timeout=20)

    again = ensure(places.folder)
    assert again == server
    assert postmaster_pid(places) != killed
    with psycopg.connect(again.dsn) as connection:
        found = set(connection.execute("SELECT writer, number FROM entry").fetchall())
    assert set(acknowledged) - found == set()


def write_until_cut(server: Server, writer: int, acknowledged: list[tuple[int, int]]) -> None:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(server.dsn, autocommit=True) as connection:
        for number in range(1_000_000):
            connection.execute("INSERT INTO entry VALUES (%s, %s)", [writer, number])
            acknowledged.append((writer, number))


def test_a_killed_supervisor_takes_the_server_with_it_and_another_follows(places):
    server = ensure(places.folder)
    pid = postmaster_pid(places)

    os.kill(parent_of(pid), signal.SIGKILL)

    wait_until(lambda: not alive(pid))
    assert answer(ensure(places.folder).dsn) == 42
    assert ensure(places.folder) == server


def test_a_forked_child_is_a_user_by_itself(places, start_user):
    parent = start_user(places, FORK_AND_LEAVE)
    child = heard(parent)
    parent.wait()
    try:
        time.sleep(GRACE + 0.6)
        assert answer(child["dsn"]) == 42
    finally:
        os.kill(child["pid"], signal.SIGKILL)


def test_asking_again_costs_one_connection(places):
    server = ensure(places.folder)
    started = time.perf_counter()
    assert ensure(places.folder) == server
    assert time.perf_counter() - started < 1.0


def test_the_password_is_required(places):
    server = ensure(places.folder)

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.dsn, password="guessed")
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=str(server.socket_dir), user=server.user, dbname="postgres", passfile="/dev/null")


def test_nothing_listens_on_the_network(places):
    assert answer(ensure(places.folder).dsn, "SELECT inet_server_port()") is None
    kinds = {str(path.readlink()) for path in Path(f"/proc/{postmaster_pid(places)}/fd").iterdir()}
    inodes = {kind[8:-1] for kind in kinds if kind.startswith("socket:")}
    listening = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    assert inodes & listening == set()


def test_a_long_path_gets_a_short_private_socket_folder(tmp_path):
    places = Locations.of(tmp_path / ("long-" * 25) / "postgres, with a comma")
    try:
        server = ensure(places.folder)
        assert len(str(places.data)) > LONGEST_SOCKET_DIR
        assert server.socket_dir.parent == Path("/tmp")
        assert mode(server.socket_dir) == 0o700
        assert answer(server.dsn) == 42
    finally:
        stop(places)


def test_a_short_socket_folder_of_somebody_else_is_refused(tmp_path):
    places = Locations.of(tmp_path / ("long-" * 25) / "postgres")
    places.socket_dir.mkdir(mode=0o755)
    try:
        with pytest.raises(EmbeddedPostgresError, match="should be a private folder"):
            ensure(places.folder)
    finally:
        stop(places)


def test_a_stale_pid_file_whose_number_lives_again_is_no_obstacle(places):
    ensure(places.folder)
    account = (places.data.stat().st_uid, places.data.stat().st_gid)
    pid_file = (places.data / "postmaster.pid").read_text().splitlines()
    stop(places)
    identity = {"user": account[0], "group": account[1], "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "60"], cwd="/", **identity) as stranger:
        try:
            stale = "\n".join([str(stranger.pid), *pid_file[1:]])
            for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
                (places.data / name).write_text(stale)
                os.chown(places.data / name, *account)
            assert answer(ensure(places.folder).dsn) == 42
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_long_recovery_is_waited_for_with_a_message(places, monkeypatch):
    ensure(places.folder)
    stop(places)
    (places.data / "recovery.signal").touch()
    slow = Path(tempfile.mkdtemp(dir="/tmp"))
    slow.chmod(0o755)
    (slow / "restore").write_text("#!/bin/sh\nsleep 0.5\nexit 1\n")
    (slow / "restore").chmod(0o755)
    monkeypatch.setenv(OPTIONS_SETTING, f"hot_standby=off restore_command={slow}/restore")
    said: list[str] = []
    try:
        for path in places.data.glob("*.signal"):
            shutil.chown(path, places.data.stat().st_uid)
        server = ensure(places.folder, say=said.append)
    finally:
        shutil.rmtree(slow)
    assert said[0] == "PostgreSQL is recovering its data after an unclean stop; nothing is lost, please wait …"
    assert answer(server.dsn) == 42


def test_data_of_another_major_version_are_left_alone(places):
    ensure(places.folder)
    stop(places)
    (places.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedPostgresError, match=r"written by PostgreSQL 17.*brings PostgreSQL 18"):
        ensure(places.folder)


def test_a_data_folder_without_its_password_says_what_to_restore(places):
    ensure(places.folder)
    stop(places)
    kept = places.password.read_text()
    places.password.unlink()
    with pytest.raises(EmbeddedPostgresError, match="password is missing"):
        ensure(places.folder)

    places.password.write_text("another\n")
    with pytest.raises(EmbeddedPostgresError, match="refuses the password"):
        ensure(places.folder)
    places.password.write_text(kept)
    assert answer(ensure(places.folder).dsn) == 42


def test_an_interrupted_creation_is_begun_again(places):
    places.data_in_making.mkdir(parents=True)
    (places.data_in_making / "half").touch()

    assert answer(ensure(places.folder).dsn) == 42
    assert not places.data_in_making.exists()


def test_an_option_that_postgres_does_not_know_is_named(places, monkeypatch):
    monkeypatch.setenv(OPTIONS_SETTING, "no_such_option=1")
    with pytest.raises(EmbeddedPostgresError, match="an option that PostgreSQL does not know") as raised:
        ensure(places.folder)
    assert "no_such_option" in str(raised.value)

    monkeypatch.setenv(OPTIONS_SETTING, "fsync")
    with pytest.raises(EmbeddedPostgresError, match="not of the form name=value"):
        ensure(places.folder)


def test_a_folder_that_cannot_be_used_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match=r"cannot be used: File exists .*/file\)"):
        ensure(tmp_path / "file" / "postgres")
    with pytest.raises(EmbeddedPostgresError, match="holds other files"):
        ensure(tmp_path)


def test_missing_programs_are_explained(places, start_user, tmp_path):
    (tmp_path / "empty" / WHEEL).mkdir(parents=True)
    (tmp_path / "empty" / WHEEL / "__init__.py").touch()

    user = start_user(places, env=first_on_path(tmp_path / "empty"))

    assert "PostgreSQL's programs are missing" in heard(user)["error"]


def test_a_full_disk_is_explained(places):
    words = diagnose("initdb: error: could not write: No space left on device", places, "create its data")
    assert f"The disk that holds {places.folder} is full. Make room, then start again." in words


def test_the_log_does_not_grow_without_end(places):
    places.folder.mkdir()
    places.log.write_bytes(b"x" * (LOG_LIMIT + 1))

    bound_log(places)

    assert (places.log.stat().st_size, places.older_log.stat().st_size) == (0, LOG_LIMIT + 1)


@as_root
def test_root_runs_the_server_as_nobody_who_cannot_reach_the_folder_by_its_path(places):
    server = ensure(places.folder)

    nobody = pwd.getpwnam("nobody").pw_uid
    assert owner_of(postmaster_pid(places)) == nobody
    assert {path.stat().st_uid for path in (places.folder, places.password, places.users_lock)} == {0}
    seen = subprocess.run(["/bin/ls", places.data], check=False, capture_output=True, cwd="/", **as_nobody())
    assert seen.returncode != 0
    assert answer(server.dsn) == 42


@as_root
def test_root_and_the_owner_of_the_folder_share_one_server(start_user, python_of_nobody):
    nobody = pwd.getpwnam("nobody")
    home = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    places = Locations.of(home / "postgres")
    try:
        first = heard(start_user(places, **python_of_nobody))
        assert first.get("error") is None
        assert ensure(places.folder).dsn == first["dsn"]
        stop(places)

        assert answer(ensure(places.folder).dsn) == 42
        assert owner_of(postmaster_pid(places)) == nobody.pw_uid
        assert heard(start_user(places, **python_of_nobody))["dsn"] == first["dsn"]
        assert {path.stat().st_uid for path in places.folder.iterdir()} == {nobody.pw_uid}
    finally:
        stop(places)
        shutil.rmtree(home)


@as_root
def test_another_user_is_told_whose_folder_it_is(start_user, python_of_nobody):
    home = Path(tempfile.mkdtemp(dir="/tmp"))
    home.chmod(0o755)
    (home / "postgres").mkdir(mode=0o700)
    try:
        user = start_user(Locations.of(home / "postgres"), **python_of_nobody)
        assert "belongs to root, and you are nobody" in heard(user)["error"]
    finally:
        shutil.rmtree(home)


@as_root
def test_programs_in_a_folder_that_only_root_may_enter_are_staged(places, start_user, tmp_path):
    site = tmp_path / "closed"
    site.mkdir(mode=0o700)
    wheel = find_binaries().install.parent
    shutil.copytree(wheel / INSTALL, site / WHEEL / INSTALL, ignore=shutil.ignore_patterns("include", "pgxs", "*.a"))
    shutil.copytree(wheel.with_name(f"{WHEEL}.libs"), site / f"{WHEEL}.libs")
    (site / WHEEL / "__init__.py").touch()
    before = set(STAGES[0].glob("*")) if STAGES[0].exists() else None
    try:
        user = start_user(places, env=first_on_path(site))
        assert answer(heard(user)["dsn"]) == 42
        program = Path(f"/proc/{postmaster_pid(places)}/exe").readlink()
        assert program.is_relative_to(STAGES[0])
    finally:
        stop(places)
        for path in set(STAGES[0].glob("*")) - (before or set()):
            shutil.rmtree(path)
        if before is None:
            STAGES[0].rmdir()


@as_root
def test_the_setting_names_the_account(places, monkeypatch):
    monkeypatch.setenv("CHANNEL_MANAGER_POSTGRES_USER", "no-such-user")
    with pytest.raises(EmbeddedPostgresError, match="no user “no-such-user”"):
        ensure(places.folder)

    places.folder.exists() and shutil.rmtree(places.folder)
    monkeypatch.setenv("CHANNEL_MANAGER_POSTGRES_USER", "daemon")
    ensure(places.folder)
    assert owner_of(postmaster_pid(places)) == pwd.getpwnam("daemon").pw_uid
    assert places.password.stat().st_uid == pwd.getpwnam("daemon").pw_uid
