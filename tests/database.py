"""A pytest plugin: the suite's own embedded PostgreSQL, named before Django reads its settings (which start it).

The server's data are kept in var/test between runs, to start faster; Django makes and drops its test database in it.
Runs at the same time get servers of their own. With DATABASE_URL set, the suite runs on that server instead.
"""

import fcntl
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from channel_manager.config.postgres.users import try_lock

OPTIONS = "fsync=off full_page_writes=off synchronous_commit=off"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the controller's environment is inherited
    if "CHANNEL_MANAGER_DATA" not in os.environ:
        os.environ["CHANNEL_MANAGER_DATA"] = str(_free_folder(early_config.rootpath / "var" / "test"))
    if not os.environ.get("DATABASE_URL"):
        os.environ.setdefault("CHANNEL_MANAGER_POSTGRES_OPTIONS", OPTIONS)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Registered after pytest-django, so that its fixture is extended and not the other way round."""
    config.pluginmanager.register(TestDatabase())


class TestDatabase:
    __test__ = False

    @pytest.fixture(scope="session")
    @classmethod
    def django_db_setup(cls, django_db_setup, django_db_blocker) -> Iterator[None]:
        """Processes that tests started may still be connected when the test database is dropped."""
        yield
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def _free_folder(parent: Path) -> Path:
    """The first folder that no other run uses; it is ours, by a lock, until this process ends."""
    for number in itertools.count(1):
        folder = parent / str(number)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if try_lock(folder / "suite.lock", fcntl.LOCK_EX) is not None:
            return folder
    raise AssertionError
