"""The one place where commands touch the configuration. Django is loaded here, never by importing a command."""

import importlib
import os
import shlex
from pathlib import Path

import django
from django.apps import apps

from channel_manager.cli.endings import Code, Stop
from channel_manager.config import environment
from channel_manager.config.database import check_version, embedded
from channel_manager.config.postgres import leave, wait_until_stopped

SETTINGS = "channel_manager.config.settings"
WSGI = "channel_manager.config.wsgi:application"


def open_database(role: str, *, migrated: bool = True) -> None:
    """Load Django and connect; `role` names the process to the database.

    Raises what `endings.explain` knows, and Stop when the database is older than the program.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    os.environ["CHANNEL_MANAGER_ROLE"] = role
    django.setup()
    from django.db import connection  # noqa: PLC0415 - reads the settings

    check_version(connection)
    if migrated:
        _require_migrations()


def recognise() -> list[str]:
    """Sentences on stores that only read, since their database was copied or moved. Django is loaded."""
    from channel_manager.sync import writer  # noqa: PLC0415 - needs the settings

    stores = writer.recognise(host=environment.machine() if _is_local() else "", folder=_embedded_folder())
    return [
        f"“{store.name}” is read-only: {writer.CLAUSE} Look at it, then: channel-manager store take-over "
        f"{shlex.quote(store.name)}"
        for store in stores
    ]


def _is_local() -> bool:
    """Whether the database server runs on this machine."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    host = str(connection.settings_dict["HOST"])
    return host.startswith("/") or host in ("", "localhost", "127.0.0.1", "::1")


def _embedded_folder() -> str:
    embedded_one = not os.environ.get("DATABASE_URL", "").strip()
    return str(environment.data_folder().resolve()) if embedded_one else ""


def load_pages() -> None:
    """Import all of the web application: a mistake shows now and not in each of its processes, which share it."""
    importlib.import_module(WSGI.partition(":")[0])
    from django.urls import get_resolver  # noqa: PLC0415 - needs the settings

    _ = get_resolver().url_patterns


def apply_migrations(*, quiet: bool = False) -> None:
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings

    call_command("migrate", interactive=False, verbosity=0 if quiet else 1)


def close_connections() -> None:
    """Before processes are forked: a connection belongs to one process."""
    from django.db import connections  # noqa: PLC0415 - needs the settings

    connections.close_all()


def keep_embedded_running() -> None:
    """Be a user of the embedded server, and start it again when it is gone. Nothing with DATABASE_URL. No Django app
    is loaded.
    """
    if not os.environ.get("DATABASE_URL", "").strip():
        embedded()


def installation_folder() -> Path:
    return environment.data_folder()


def leave_embedded() -> None:
    """No longer use the embedded server: the last one to leave stops it."""
    if apps.ready:
        close_connections()
    leave()


def embedded_has_stopped(folder: Path) -> bool:
    """Waits a few seconds for a server whose last user has just left."""
    return wait_until_stopped(folder / "postgres", wait=10)


def _require_migrations() -> None:
    from django.db import connection  # noqa: PLC0415 - needs the settings
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415 - as above

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise Stop(
            f"The database lacks {len(waiting)} migrations of this release. Run `channel-manager migrate`, then again.",
            Code.CONFIGURATION,
        )
