"""DATABASE_URL and the other ways to name the database."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from channel_manager.config.database import PATIENCE, check_version, databases, from_url


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.delenv("CHANNEL_MANAGER_ROLE", raising=False)
    monkeypatch.delenv("CHANNEL_MANAGER_NO_DATABASE", raising=False)


def test_a_url_is_read_as_libpq_reads_it(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://ann:p%40ss@db.example:6432/shop%20one?sslmode=require")
    monkeypatch.setenv("CHANNEL_MANAGER_ROLE", "worker")

    assert databases() == {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "shop one",
            "HOST": "db.example",
            "PORT": "6432",
            "USER": "ann",
            "PASSWORD": "p@ss",
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "application_name": "channel-manager worker",
                **PATIENCE,
                "sslmode": "require",
            },
        }
    }


def test_a_socket_folder_may_stand_in_the_query():
    found = from_url("postgresql:///shop?host=/run/postgresql&user=ann&connect_timeout=3")

    assert (found["HOST"], found["USER"], found["NAME"]) == ("/run/postgresql", "ann", "shop")
    assert found["OPTIONS"] == PATIENCE | {"application_name": "channel-manager", "connect_timeout": "3"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://db/shop", "must name a PostgreSQL server"),
        ("/var/lib/shop.sqlite3", "must name a PostgreSQL server"),
        ("postgres://db:port/shop", "cannot be read"),
        ("postgres://db:5432", "names no database"),
    ],
)
def test_a_wrong_url_is_explained(url, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        from_url(url)


def test_a_command_without_queries_starts_no_server(monkeypatch, tmp_path):
    monkeypatch.setenv("CHANNEL_MANAGER_NO_DATABASE", "1")
    monkeypatch.setenv("CHANNEL_MANAGER_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    assert databases()["default"]["HOST"].startswith("/nonexistent/")
    assert list(tmp_path.iterdir()) == []


class Connected:
    """A connection to a server of a given version."""

    def __init__(self, number: str) -> None:
        self.number = number

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def execute(self, query: str) -> None:
        assert query == "SHOW server_version_num"

    def fetchone(self) -> tuple[str]:
        return (self.number,)


def test_a_server_that_is_too_old_is_refused():
    check_version(Connected("150000"))
    with pytest.raises(ImproperlyConfigured, match="is PostgreSQL 14; Channel Manager needs 15"):
        check_version(Connected("140011"))
