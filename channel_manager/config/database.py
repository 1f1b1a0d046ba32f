"""The database of an installation: the server named by DATABASE_URL, else the embedded PostgreSQL."""

import os
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper

from channel_manager.config import environment
from channel_manager.config.postgres import EmbeddedPostgresError, ensure

OLDEST_SERVER = 15
ENGINE = "django.db.backends.postgresql"
EXAMPLE = "postgresql://user:password@host:5432/name?sslmode=require"
PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "40000",
}
"""Of libpq, in seconds, the last in milliseconds: a server that is gone without a word is noticed within 40 s, where
the kernel would wait a quarter of an hour. A long query is no silence. A socket of this machine needs none of it.
"""


def databases() -> dict[str, dict[str, Any]]:
    """Django's DATABASES. Starts the embedded server and makes this process one of its users, unless
    DATABASE_URL names another, or CHANNEL_MANAGER_NO_DATABASE=1 promises that no query will be made (type checks).

    Raises ImproperlyConfigured with what to do.
    """
    if environment.flag("CHANNEL_MANAGER_NO_DATABASE", default=False):
        return {
            "default": {"ENGINE": ENGINE, "NAME": "none", "HOST": "/nonexistent/CHANNEL_MANAGER_NO_DATABASE-is-set"}
        }
    url = os.environ.get("DATABASE_URL", "").strip()
    return {"default": from_url(url) if url else embedded()}


def from_url(url: str) -> dict[str, Any]:
    """`postgresql://` as libpq reads it, options in the query (`sslmode`, `host` of a socket, `connect_timeout` …)."""
    parts = _split(url)
    query = dict(parse_qsl(parts.query))
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ImproperlyConfigured(f"DATABASE_URL names no database: {EXAMPLE}.")
    address = {
        "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": query.pop("port", "") or str(parts.port or ""),
        "USER": query.pop("user", "") or unquote(parts.username or ""),
        "PASSWORD": query.pop("password", "") or unquote(parts.password or ""),
    }
    return _settings(name, address, query)


def embedded() -> dict[str, Any]:
    """Safe to call again: it finds the server running, or starts it again."""
    try:
        server = ensure(environment.data_folder() / "postgres")
    except EmbeddedPostgresError as error:
        raise ImproperlyConfigured(str(error)) from error
    address = {
        "HOST": str(server.socket_dir),
        "PORT": str(server.port),
        "USER": server.user,
        "PASSWORD": server.password,
    }
    return _settings(server.database, address, {})


def check_version(connection: BaseDatabaseWrapper) -> None:
    """Raises ImproperlyConfigured for a server older than PostgreSQL 15; connects."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        (number,) = cursor.fetchone()
    major = int(number) // 10_000
    if major < OLDEST_SERVER:
        raise ImproperlyConfigured(
            f"The database server is PostgreSQL {major}; Channel Manager needs {OLDEST_SERVER} or newer."
            " Upgrade it, or unset DATABASE_URL to use the embedded one."
        )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read here for its error
    except ValueError:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read. Its form is {EXAMPLE}.") from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL must name a PostgreSQL server: {EXAMPLE}, not “{parts.scheme}:”.")
    return parts


def _settings(name: str, address: dict[str, str], options: dict[str, str]) -> dict[str, Any]:
    role = os.environ.get("CHANNEL_MANAGER_ROLE", "").strip()
    defaults = {"application_name": f"channel-manager {role}".rstrip(), **PATIENCE}
    return {
        "ENGINE": ENGINE,
        "NAME": name,
        **address,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": defaults | options,
    }
