"""Where the embedded database keeps its files."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

PORT = 5432  # only a part of the socket's name: the server never listens on TCP
LONGEST_SOCKET_DIR = 85  # sockaddr_un holds 107 bytes, "/.s.PGSQL.5432" included


@dataclass(frozen=True)
class Locations:
    """The files of one embedded database; `folder` is absolute and without symbolic links."""

    folder: Path

    @classmethod
    def of(cls, folder: Path | str) -> "Locations":
        return cls(Path(folder).expanduser().resolve())

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def data_in_making(self) -> Path:
        return self.folder / "data.new"

    @property
    def password(self) -> Path:
        return self.folder / "password"

    @property
    def server_lock(self) -> Path:
        """Held exclusively by the supervisor while it lives."""
        return self.folder / "server.lock"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the server."""
        return self.folder / "users.lock"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def older_log(self) -> Path:
        return self.folder / "server.log.1"

    @property
    def socket_dir(self) -> Path:
        """Inside the data folder, or a private folder in /tmp when that path does not fit into a socket's address.

        The name is a pure function of the folder: a connection string stays right over restarts of the server.
        libpq would read a comma as the end of the host's name.
        """
        if len(os.fsencode(self.data)) <= LONGEST_SOCKET_DIR and "," not in str(self.data):
            return self.data
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path("/tmp") / f"channel-manager-{digest}"  # noqa: S108 - owner and mode are checked before use

    @property
    def ours(self) -> tuple[Path, ...]:
        return (self.users_lock, self.server_lock, self.data, self.data_in_making, self.password, self.log)
