"""Which operating-system account owns what: PostgreSQL refuses to run as root, and nobody else may read its files."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channel_manager.config.postgres.errors import EmbeddedPostgresError, unusable
from channel_manager.config.postgres.locations import Locations

USER_SETTING = "CHANNEL_MANAGER_POSTGRES_USER"


@dataclass(frozen=True)
class Account:
    """An account to run a program under; never root."""

    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(places: Locations) -> Account | None:
    """None: the caller's own account. Root drops to the owner of existing data, else to the setting, else to nobody."""
    if os.geteuid() != 0:
        return None
    return _owner(places.data) or _owner(places.folder) or named_account(os.environ.get(USER_SETTING) or "nobody")


def named_account(name: str) -> Account:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise EmbeddedPostgresError(
            f"This machine has no user “{name}” to run PostgreSQL under. Set {USER_SETTING} to an ordinary user's name."
        ) from None
    if entry.pw_uid == 0:
        raise EmbeddedPostgresError(
            f"PostgreSQL refuses to run as root. Set {USER_SETTING} to an ordinary user's name."
        )
    return Account(entry.pw_uid, entry.pw_gid)


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def prepare_folder(places: Locations) -> None:
    """Make the folder, or check that an existing one is ours to use; 0700 either way.

    Raises EmbeddedPostgresError for a folder of somebody else, one that holds other files, or one that cannot be made.
    """
    folder = places.folder
    try:
        if not folder.exists():
            _make_folder(folder)
        _check_folder(places)
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
    except OSError as error:
        raise unusable(folder, error) from error


def open_private(path: Path, flags: int) -> int:
    """A descriptor of a 0600 file that belongs to the owner of its folder, made when missing."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    owner = path.parent.stat()
    if os.geteuid() == 0 and os.fstat(descriptor).st_uid != owner.st_uid:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def make_private_folder(path: Path, account: Account | None) -> None:
    path.mkdir(mode=0o700)
    if account:
        os.chown(path, account.uid, account.gid)


def check_private_folder(path: Path, account: Account | None) -> None:
    """Another user may have made a folder of this name first; raises unless it is ours alone."""
    found = path.lstat()
    expected = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != expected or stat.S_IMODE(found.st_mode) != 0o700:
        raise EmbeddedPostgresError(
            f"{path} should be a private folder of {user_name(expected)} and is not (it belongs to"
            f" {user_name(found.st_uid)}). Remove it, or set CHANNEL_MANAGER_DATA to a shorter path."
        )


def _owner(path: Path) -> Account | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Account(found.st_uid, found.st_gid) if found.st_uid != 0 else None


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    name = os.environ.get(USER_SETTING)
    if name and os.geteuid() == 0:
        account = named_account(name)
        os.chown(folder, account.uid, account.gid)


def _check_folder(places: Locations) -> None:
    owner = places.folder.stat().st_uid
    if os.geteuid() not in {0, owner}:
        raise EmbeddedPostgresError(
            f"The database folder {places.folder} belongs to {user_name(owner)}, and you are"
            f" {user_name(os.geteuid())}. Run the command as {user_name(owner)}, or choose another folder by"
            " setting CHANNEL_MANAGER_DATA."
        )
    if any(places.folder.iterdir()) and not any(path.exists() for path in places.ours):
        raise EmbeddedPostgresError(
            f"{places.folder} holds other files. Choose an empty or a new folder by setting CHANNEL_MANAGER_DATA."
        )
