"""Make the data folder of a new database, or check that an existing one fits."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from channel_manager.config.postgres.binaries import MAJOR_VERSION, Binaries
from channel_manager.config.postgres.diagnosis import diagnose
from channel_manager.config.postgres.errors import EmbeddedPostgresError
from channel_manager.config.postgres.locations import Locations
from channel_manager.config.postgres.ownership import Account, make_private_folder, open_private

SUPERUSER = "channel_manager"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}  # no PG* variable of the caller reaches the server
HERE = "/proc/self/cwd"  # the server's account may be unable to enter the folders above its data


def initialise(places: Locations, binaries: Binaries, account: Account | None) -> None:
    """A killed initdb leaves data.new, never half a database under the real name."""
    if not places.data.exists():
        _make_data(places, binaries, account)
    _check_version(places)
    if not places.password.exists():
        raise EmbeddedPostgresError(
            f"The database's password is missing: {places.password}. Restore the file from the backup of {places.data}."
        )
    if account and places.data.stat().st_uid != account.uid:
        _hand_over(places.data, account)  # a backup restored by root


def read_password(places: Locations) -> str:
    descriptor = os.open(places.password, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(descriptor, encoding="ascii") as file:
        return file.read().strip()


def _make_data(places: Locations, binaries: Binaries, account: Account | None) -> None:
    if places.data_in_making.exists():
        shutil.rmtree(places.data_in_making)
    make_private_folder(places.data_in_making, account)
    password = secrets.token_urlsafe(24)
    with os.fdopen(open_private(places.password, os.O_WRONLY | os.O_TRUNC), "w", encoding="ascii") as file:
        file.write(password + "\n")
        file.flush()
        os.fsync(file.fileno())
    _run_initdb(places, binaries, account, password)
    places.data_in_making.rename(places.data)
    _sync_folder(places.folder)


def _run_initdb(places: Locations, binaries: Binaries, account: Account | None, password: str) -> None:
    reading, writing = os.pipe()
    try:
        if account:
            os.fchown(reading, account.uid, account.gid)  # /dev/fd/N is opened anew, under the account's rights
        os.write(writing, password.encode() + b"\n")
        os.close(writing)
        done = subprocess.run(  # noqa: S603 - our own program
            [
                binaries.initdb,
                f"--pgdata={HERE}",
                f"--username={SUPERUSER}",
                f"--pwfile=/dev/fd/{reading}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ],
            cwd=places.data_in_making,
            env=ENVIRONMENT,
            pass_fds=(reading,),
            umask=0o077,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **(account.popen_arguments() if account else {}),
        )
    finally:
        os.close(reading)
    if done.returncode != 0:
        raise EmbeddedPostgresError(diagnose(done.stdout.decode(errors="replace"), places, "create its data"))


def _check_version(places: Locations) -> None:
    version_file = places.data / "PG_VERSION"
    try:
        version = version_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{places.data} is not a PostgreSQL data folder (no PG_VERSION). Restore it, or move it away to start anew."
        ) from None
    if version != str(MAJOR_VERSION):
        raise EmbeddedPostgresError(
            f"The data in {places.data} were written by PostgreSQL {version}, and this release brings PostgreSQL"
            f" {MAJOR_VERSION}. Export them with the release that wrote them (pg_dump) and import them here, or run a"
            f" PostgreSQL {version} server on them and set DATABASE_URL."
        )


def _hand_over(tree: Path, account: Account) -> None:
    for folder, names, files in os.walk(tree):
        for name in [".", *names, *files]:
            os.chown(os.path.join(folder, name), account.uid, account.gid, follow_symlinks=False)  # noqa: PTH118 - Path drops "."


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
